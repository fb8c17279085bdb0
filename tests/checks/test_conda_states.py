"""Every state that mixed use leaves a conda prefix in comes out under its code; sound prefixes are silent.

The prefixes are real, and so are the operations on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from doctor import checks
from doctor.examine import Examined, examine
from doctor.model import Examination, Finding, Severity
from doctor.target.environment import Request
from doctor.target.recognise import inspect_prefix
from tests.patients import conda_states as states
from tests.patients.conda import SOUND, Style, make_conda_prefix
from tests.patients.conda_channel import NEXT_PYTHON, PYTHON, SITE


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    return make_conda_prefix(tmp_path / "env")


def examined(prefix: Path, *, deep: bool = False, variables: Mapping[str, str] = {}) -> Examination:
    """Examine a prefix with all checks, at a machine without a home folder to speak of; none may crash."""
    environment = inspect_prefix(prefix)
    assert environment is not None
    home = prefix.parent / "home"
    home.mkdir(exist_ok=True)
    request = Request(environment, deep=deep, variables={"PATH": "/usr/bin:/bin", **variables}, home=home)
    last = list(examine(request, checks.load()))[-1]
    assert isinstance(last, Examined)
    assert not last.examination.crashed
    assert not last.examination.facts.gaps
    return last.examination


def told(examination: Examination) -> list[tuple[str, str]]:
    """(code, subject) of the errors and warnings, machine and disks apart: those are not this prefix's."""
    found = (finding for finding in examination.findings if finding.severity is not Severity.NOTE)
    return [(finding.code, finding.subject) for finding in found if finding.code not in ("SIZ006", "GPU009")]


def the(examination: Examination, code: str) -> Finding:
    """The only finding with this code."""
    (found,) = (finding for finding in examination.findings if finding.code == code)
    return found


def places(finding: Finding) -> set[str]:
    return {evidence.path for evidence in finding.evidence}


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("style", ["conda", "mamba", "rattler", "pixi"])
def test_a_fresh_prefix_of_one_channel_is_silent(tmp_path: Path, style: Style, deep: bool) -> None:
    examination = examined(make_conda_prefix(tmp_path / "env", style), deep=deep)
    assert told(examination) == []
    assert examination.facts.conda.problems == ()
    assert {record.channel for record in examination.facts.conda.records} == {"conda-forge"}
    if deep:
        assert examination.facts.integrity.hashed > 1_000


def test_pure_python_from_pip_beside_conda_is_silent(prefix: Path) -> None:
    states.pip_only(prefix)
    examination = examined(prefix, deep=True)
    assert "demo-extra" in {dist.key for dist in examination.facts.distributions.installed}
    assert told(examination) == []


def test_another_version_by_pip_over_condas(prefix: Path) -> None:
    states.pip_over_conda(prefix)
    examination = examined(prefix, deep=True)
    record = examination.facts.conda.record("demo-lib")
    assert record is not None
    assert record.version == "1.1"
    assert told(examination) == [("MIX001", "demo-lib")]
    finding = the(examination, "MIX001")
    assert finding.severity is Severity.ERROR
    assert states.record_of(prefix, "demo-lib").relative_to(prefix).as_posix() in places(finding)
    assert f"{SITE}/demo_lib-2.0.dist-info" in places(finding)
    assert "pip" in finding.summary


def test_native_code_by_uv_over_condas(prefix: Path) -> None:
    states.native_pip_over_conda(prefix, by="uv")
    examination = examined(prefix)
    assert told(examination) == [("MIX001", "numpy")]
    assert the(examination, "MIX001").severity is Severity.ERROR
    assert "uv" in the(examination, "MIX001").summary


def test_the_same_version_by_uv_over_condas(prefix: Path) -> None:
    states.pip_over_conda(prefix, "1.1", by="uv")
    examination = examined(prefix)
    assert told(examination) == [("MIX001", "demo-lib")]
    assert the(examination, "MIX001").severity is Severity.WARNING


@pytest.mark.parametrize("style", ["conda", "rattler"])
def test_the_record_that_conda_list_deletes(tmp_path: Path, style: Style) -> None:
    prefix = make_conda_prefix(tmp_path / "env", style)
    states.pip_over_conda(prefix, by="uv")
    states.conda_listed(prefix, "demo-lib")
    examination = examined(prefix)
    assert examination.facts.conda.record("demo-lib") is None
    assert ("demo-lib" in examination.facts.conda.remembered) == (style == "conda")
    assert told(examination) == [("MIX012", "demo-lib")]  # and not DEP003, though demo-tool depends on it
    assert f"{SITE}/demo_lib-2.0.dist-info" in places(the(examination, "MIX012"))


def test_conda_linked_again_over_pips(prefix: Path) -> None:
    states.pip_over_conda(prefix, by="uv")
    states.conda_reinstalled(prefix, "demo-lib")
    examination = examined(prefix)
    both = {dist.version for dist in examination.facts.distributions.installed if dist.key == "demo-lib"}
    assert both == {"1.1", "2.0"}
    assert told(examination) == [("MIX003", "demo-lib")]
    assert places(the(examination, "MIX003")) == {f"{SITE}/demo_lib-{v}.dist-info" for v in ("1.1", "2.0")}


def test_pip_beside_condas_by_ignore_installed(prefix: Path) -> None:
    states.pip_over_conda(prefix, keep=True)
    assert told(examined(prefix)) == [("MIX003", "demo-lib")]


def test_conda_removed_after_pip(prefix: Path) -> None:
    states.native_pip_over_conda(prefix, by="uv")
    make_conda_prefix(prefix, packages=[name for name in SOUND if name != "numpy"])
    assert not (prefix / SITE / "numpy/__init__.py").exists()
    examination = examined(prefix)
    assert examination.facts.conda.record("numpy") is None
    assert "numpy" not in examination.facts.conda.remembered
    assert told(examination) == [("MIX006", "numpy")]
    assert f"{SITE}/numpy/__init__.py" in places(the(examination, "MIX006"))


def test_condas_package_uninstalled_by_pip(prefix: Path) -> None:
    states.pip_uninstalled(prefix, "demo-lib")
    examination = examined(prefix)
    assert told(examination) == [("MIX006", "demo-lib")]
    assert f"{SITE}/demo_lib/__init__.py" in places(the(examination, "MIX006"))


def test_packages_stranded_by_another_python(prefix: Path) -> None:
    states.pip_only(prefix)
    states.python_updated(prefix, (f"python {NEXT_PYTHON}.*", *SOUND[1:]))
    examination = examined(prefix)
    assert examination.facts.identity.python_minor == NEXT_PYTHON
    assert told(examination) == [("PYT012", SITE)]
    assert f"lib/python{PYTHON}/site-packages" in places(the(examination, "PYT012"))


def test_the_clone_of_a_mixed_prefix(prefix: Path, tmp_path: Path) -> None:
    states.pip_over_conda(prefix, by="uv")
    states.cloned(prefix, tmp_path / "clone")
    assert (tmp_path / "clone" / SITE / "demo_lib/only_1_1.py").exists()
    assert told(examined(tmp_path / "clone")) == [("MIX003", "demo-lib")]


def test_a_file_edited_in_place(tmp_path: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "env", cache=tmp_path / "cache")
    twin = make_conda_prefix(tmp_path / "twin", cache=tmp_path / "cache")
    path = f"{SITE}/demo_lib/only_1_1.py"
    states.edited_in_place(prefix, path)
    for damaged in (prefix, twin):
        assert told(examined(damaged)) == []
        examination = examined(damaged, deep=True)
        assert told(examination) == [("MIX007", "demo-lib")]
        assert places(the(examination, "MIX007")) == {path}


def test_a_killed_update(prefix: Path) -> None:
    renamed = states.update_killed(prefix)
    examination = examined(prefix)
    assert {left.path for left in examination.facts.conda.debris} == set(renamed)
    assert set(told(examination)) == {("MIX004", "conda-trash"), ("MIX006", "demo-lib")}
    assert set(renamed) <= places(the(examination, "MIX004"))


def test_a_record_that_cannot_be_read(prefix: Path) -> None:
    path = states.record_of(prefix, "demo-lib")
    path.write_bytes(path.read_bytes()[:700])
    examination = examined(prefix)
    assert told(examination) == [("MIX009", "demo-lib")]  # and not DEP003, though demo-tool depends on it
    assert places(the(examination, "MIX009")) == {path.relative_to(prefix).as_posix()}


def test_needs_that_are_not_met(prefix: Path) -> None:
    states.change_record(prefix, "demo-tool", depends=["python >=3.9", "demo-lib >=2.0", "gone >=1.0,<2"])
    states.change_record(prefix, "openssl", constrains=["numpy <1.20", "absent >=3"])
    examination = examined(prefix)
    assert told(examination) == [("DEP003", "demo-lib"), ("DEP003", "gone"), ("DEP003", "numpy")]
    assert "conda-meta/demo-tool-3.1-pyh0demo3_0.json" in places(examination.findings[0])


def test_packages_of_two_distributors(tmp_path: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "env", packages=(*SOUND[:-1], "pkgs/main::openssl"))
    examination = examined(prefix)
    record = examination.facts.conda.record("openssl")
    assert record is not None
    assert (record.channel, record.distributor) == ("pkgs/main", "defaults")
    assert record.spec.startswith("pkgs/main::openssl=3.4.0=")
    if any(check.code == "CHN001" for check in checks.load(["CHN001"])):
        assert "CHN001" in {code for code, _ in told(examination)}
