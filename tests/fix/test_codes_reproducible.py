"""What a project says of its environment, and the environment itself, are brought together, proven and taken back."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest

from doctor.collect import project as project_layer
from doctor.compare.as_json import dump
from doctor.compare.fingerprint import fingerprint_of
from doctor.facts.project import Policy
from doctor.model import Examination
from tests.fix.ward import Ward
from tests.patients.conda import make_conda_prefix
from tests.patients.conda_channel import NEXT_PYTHON, PYTHON
from tests.patients.conda_command import make_conda_command
from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel


def project(ward: Ward, files: Mapping[str, str]) -> Path:
    """A project's folder with these files."""
    ward.project = ward.folder / "shop"
    for path, text in files.items():
        file = ward.project / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))
    return ward.project


def venv(ward: Ward, *installed: str, needs: Mapping[str, tuple[str, ...]] = {}, offered: tuple[str, ...] = ()) -> Path:
    """The project's virtual environment with packages NAME==VERSION; offered ones can be installed as well."""
    assert ward.project is not None
    prefix = make_venv(ward.project / ".venv")
    for text in (*installed, *offered):
        name, _, version = text.partition("==")
        wheel = make_wheel(ward.wheels, name, version, {f"{name}.py": ""}, requires=needs.get(name, ()))
        if text in installed:
            install(prefix, wheel)
    return prefix


def conda(ward: Ward, *packages: str, prefix: Path | None = None) -> Path:
    """An environment, called work in a conda below the home folder, and the conda that looks after it."""
    cache = ward.folder / "cache"
    make_conda_command(ward.tools, cache=cache)
    prefix = prefix or ward.home / "miniforge3/envs/work"
    prefix.parent.mkdir(parents=True, exist_ok=True)
    ward.offline = False  # packages are fetched, from the test's own channel
    return make_conda_prefix(prefix, packages=packages, cache=cache)


def versions(after: Examination) -> dict[str, str]:
    return {dist.key: dist.version for dist in after.facts.distributions.installed}


def test_a_project_that_says_nothing(ward: Ward) -> None:
    project(ward, {"main.py": "import tables_of\n"})
    done = ward.repair(venv(ward, "tables_of==1.2"), "REP001", "shop")
    assert list(done.written) == ["requirements.txt"]
    assert "tables_of==1.2" in done.written["requirements.txt"].splitlines()


def test_a_project_that_says_nothing_in_a_conda_environment(ward: Ward) -> None:
    folder = project(ward, {"main.py": "import numpy\n"})
    done = ward.repair(conda(ward, "python", "numpy", prefix=folder / ".conda"), "REP001", "shop")
    assert list(done.written) == ["environment.yml"]
    assert "  - numpy=1.26.3\n" in done.written["environment.yml"]


def test_packages_that_are_missing_or_too_old(ward: Ward) -> None:
    text = """\
        # what we need
        alpha>=2
        beta==1.5 ; python_version >= "3"
        gamma ; sys_platform == "win32"
    """
    project(ward, {"requirements.txt": text})
    prefix = venv(ward, "alpha==1.0", offered=("alpha==2.1", "beta==1.5", "beta==1.6"))
    done = ward.repair(prefix, "REP002", "requirements.txt", "Install")
    assert versions(done.after) == {"alpha": "2.1", "beta": "1.5"}


def test_another_version_than_locked(ward: Ward) -> None:
    lock = """\
        lock-version = "1.0"
        created-by = "hand"
        [[packages]]
        name = "alpha"
        version = "2.1"
        [[packages]]
        name = "beta"
        version = "1.5"
    """
    project(ward, {"pylock.toml": lock, "requirements.in": "alpha\n"})
    prefix = venv(ward, "alpha==1.0", "beta==1.5", offered=("alpha==2.1", "alpha==2.2"))
    done = ward.repair(prefix, "REP002", "pylock.toml", "Install")
    assert versions(done.after) == {"alpha": "2.1", "beta": "1.5"}


def test_a_conda_package_of_another_version(ward: Ward) -> None:
    project(ward, {"environment.yml": "name: work\nchannels: [conda-forge]\ndependencies:\n  - demo-lib=1.0\n"})
    done = ward.repair(conda(ward, "python", "demo-lib=1.1"), "REP002", "environment.yml", "Install")
    assert [record.version for record in done.after.facts.conda.records if record.name == "demo-lib"] == ["1.0"]


def test_another_python_than_asked_for(ward: Ward) -> None:
    text = f"name: work\nchannels: [conda-forge]\ndependencies:\n  - python={NEXT_PYTHON}\n  - demo-lib\n"
    project(ward, {"environment.yml": text})
    done = ward.repair(conda(ward, f"python={PYTHON}", "demo-lib"), "REP002", "python", "Create")
    assert done.after.facts.identity.python_minor == NEXT_PYTHON


NAMES = [f"part{number}" for number in range(8)]


def frozen(ward: Ward) -> Path:
    """An environment that was frozen, and in which one package is newer by now."""
    lines = [f"{name}==1.0" for name in NAMES]
    project(ward, {"requirements.txt": "\n".join(["top==1.0", *lines, ""])})
    others = [line for line in lines if not line.startswith("part3=")]
    return venv(ward, "top==1.0", *others, "part3==1.1", needs={"top": tuple(NAMES)}, offered=("part3==1.0",))


def test_an_environment_that_changed_since_it_was_frozen(ward: Ward) -> None:
    done = ward.repair(frozen(ward), "REP003", "requirements.txt", "Write down")
    (text,) = done.written.values()
    assert "part3==1.1" in text.splitlines()


def test_versions_that_were_frozen_are_put_back(ward: Ward) -> None:
    done = ward.repair(frozen(ward), "REP003", "requirements.txt", "Put back")
    assert versions(done.after)["part3"] == "1.0"


def test_an_explicit_list_that_was_left_behind(ward: Ward) -> None:
    prefix = conda(ward, "python", "numpy", "demo-lib=1.0")
    examination = ward.examine(prefix)
    lines = [f"{record.url}#{record.md5}" for record in examination.facts.conda.records]
    text = "\n".join(["# platform: linux-64", "@EXPLICIT", *lines, ""])
    project(
        ward, {"conda-explicit.txt": text.replace("demo-lib-1.0-", "demo-lib-0.9-"), "environment.yml": "name: work\n"}
    )
    done = ward.repair(prefix, "REP003", "conda-explicit.txt", "Write down")
    assert any("@EXPLICIT" in text and "demo-lib-1.0-" in text for text in done.written.values())


def exported(ward: Ward) -> Path:
    """A conda environment with an environment.yml as `conda env export` writes it."""
    prefix = conda(ward, "python", "numpy", "openssl", "demo-lib")
    records = sorted(ward.examine(prefix).facts.conda.records)
    lines = [f"  - {record.name}={record.version}={record.build}" for record in records]
    text = "\n".join(["name: work", "channels:", "  - conda-forge", "dependencies:", *lines, f"prefix: {prefix}", ""])
    project(ward, {"environment.yml": text})
    return prefix


def test_an_export_that_one_machine_can_install(ward: Ward) -> None:
    prefix = exported(ward)
    codes = {finding.code for finding in ward.examine(prefix).findings if finding.code.startswith("REP")}
    assert codes == {"REP004"}, "an unedited export is told once"
    done = ward.repair(prefix, "REP004", "environment.yml", "Write a portable", ending="done")
    (text,) = done.written.values()
    assert "prefix:" not in text
    assert "numpy=1.26.3\n" in text


def test_builds_and_folders_are_taken_out_of_an_export(ward: Ward) -> None:
    prefix = exported(ward)
    assert ward.project is not None
    before = (ward.project / "environment.yml").read_text()
    seen: list[str] = []
    read = project_layer.read

    def watched(*arguments: object) -> object:
        assert ward.project is not None
        seen.append((ward.project / "environment.yml").read_text())
        return read(*arguments)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(project_layer, "read", watched)
        ward.repair(prefix, "REP004", "environment.yml", "Take builds")
    (after,) = set(seen) - {before}
    assert "prefix:" not in after
    assert "  - numpy=1.26.3\n" in after
    assert after.count("\n") == before.count("\n") - 1
    assert (ward.project / "environment.yml").read_text() == before, "undone"


def test_folders_of_one_machine_in_frozen_requirements(ward: Ward) -> None:
    text = "alpha @ file:///croot/alpha_1708638617955/work\nbeta==1.0\n"
    project(ward, {"requirements.txt": text})
    ward.repair(venv(ward, "alpha==1.0", "beta==1.0"), "REP004", "requirements.txt", "Take")
    assert ward.project is not None
    assert (ward.project / "requirements.txt").read_text() == text, "undone"


def baseline(ward: Ward, prefix: Path) -> None:
    """Make what is there now the team's baseline."""
    assert ward.project is not None
    (ward.project / ".envdoctor").mkdir()
    (ward.project / ".envdoctor/baseline.json").write_text(dump(fingerprint_of(ward.examine(prefix).facts)))


def test_an_environment_that_left_its_baseline(ward: Ward) -> None:
    project(ward, {"main.py": "import numpy\n", "requirements.txt": "numpy\n"})
    prefix = venv(ward, "numpy==2.1.0", offered=("numpy==2.3.0",))
    baseline(ward, prefix)
    install(prefix, ward.wheels / "numpy-2.3.0-py3-none-any.whl", extra_args=("--upgrade",))
    done = ward.repair(prefix, "REP007", "distributions", "Install")
    assert versions(done.after)["numpy"] == "2.1.0"


def test_a_variable_of_the_baseline(ward: Ward) -> None:
    project(ward, {"main.py": "import numpy\n", "requirements.txt": "numpy\n"})
    prefix = venv(ward, "numpy==2.1.0")
    ward.more = {"OPENBLAS_CORETYPE": "Haswell"}
    baseline(ward, prefix)
    ward.more = {}
    done = ward.repair(prefix, "REP007", "settings", "Set")
    assert [(v.name, v.value) for v in done.after.facts.settings.activation] == [("OPENBLAS_CORETYPE", "Haswell")]


def test_one_build_in_a_file_for_two_platforms(ward: Ward) -> None:
    ward.policy = Policy(path="pyproject.toml", platforms=("linux-64", "osx-arm64"))
    prefix = conda(ward, "python", "numpy", "openssl")
    (numpy,) = (record for record in ward.examine(prefix).facts.conda.records if record.name == "numpy")
    text = f"name: work\nchannels: [conda-forge]\ndependencies:\n  - numpy=1.26.3={numpy.build}\n  - openssl\n"
    project(ward, {"environment.yml": text})
    done = ward.repair(prefix, "REP008", "environment.yml", "Write a portable", ending="done")
    assert "numpy=1.26.3\n" in "".join(done.written.values())
