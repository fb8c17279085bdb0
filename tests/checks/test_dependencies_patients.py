"""Dependency checks on real environments: real wheels, real venvs, examined as the command does it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from doctor.checks.dependencies import requires_other_python, unmet_requirement, withdrawn_release
from doctor.examine import Examined, examine
from doctor.model import Check, Finding, Install, Severity
from doctor.target.environment import Environment, Request
from tests.patients.conda import make_conda_prefix
from tests.patients.venvs import install, make_venv, site_packages_of
from tests.patients.wheels import make_wheel

CHECKS = (unmet_requirement.CHECK, requires_other_python.CHECK, withdrawn_release.CHECK)
PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"


def wheel(folder: Path, name: str, version: str, *requires: str, python: str = "") -> Path:
    module = name.replace("-", "_").lower()
    return make_wheel(folder, name, version, {f"{module}.py": ""}, requires=requires, requires_python=python)


def look(prefix: Path, project: Path | None = None, checks: tuple[Check, ...] = CHECKS) -> tuple[Finding, ...]:
    request = Request(Environment(prefix, "venv"), project=project, home=Path.home())
    (last,) = [event for event in examine(request, checks) if isinstance(event, Examined)]
    assert not last.examination.crashed, [outcome.reason for outcome in last.examination.crashed]
    assert not last.examination.facts.gaps
    return last.examination.findings


def subjects(prefix: Path, project: Path | None = None) -> list[str]:
    return [f"{finding.code} {finding.subject}" for finding in look(prefix, project)]


def test_a_sound_environment_is_silent(tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "env")
    install(
        prefix,
        wheel(tmp_path, "Num_Py", "2.0.1"),
        wheel(tmp_path, "pandas", "2.2", "num.py>=1.26", "tzdata; sys_platform == 'win32'", "lxml; extra == 'xml'"),
        wheel(tmp_path, "user", "1.0", "pandas (>=2,<3)", f"pandas; python_version >= '{PYTHON}'", python=">=3.8"),
    )
    assert look(prefix) == ()


def test_missing_and_wrong_versions(tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "env")
    install(
        prefix,
        wheel(tmp_path, "numpy", "2.3.0"),
        wheel(tmp_path, "numba", "0.60.0", "numpy<2.1,>=1.22", "llvmlite>=0.43"),
        wheel(tmp_path, "scipy", "1.13", "numpy<2.2,>=1.23"),
    )
    found = look(prefix)
    assert [finding.subject for finding in found] == ["numba: llvmlite", "numba: numpy", "scipy: numpy"]
    assert {finding.severity for finding in found} == {Severity.ERROR}
    numba = found[1]
    assert numba.summary == "numba 0.60.0 needs numpy<2.1,>=1.22, and 2.3.0 is installed"
    assert numba.evidence[0].path.endswith("site-packages/numba-0.60.0.dist-info/METADATA")
    steps = [remedy.steps[0] for remedy in numba.remedies]
    assert steps == [
        Install("pip", ("numpy>=1.23,<2.1",)),
        Install("pip", ("numba>0.60.0", "numpy==2.3.0")),
    ]
    assert found[0].remedies[0].steps == (Install("pip", ("llvmlite>=0.43",)),)


def test_installing_what_the_remedy_says_heals(tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "env")
    install(prefix, wheel(tmp_path, "numpy", "2.3.0"), wheel(tmp_path, "numba", "0.60.0", "numpy<2.1"))
    assert subjects(prefix) == ["DEP001 numba: numpy"]
    install(prefix, wheel(tmp_path, "numpy", "2.0.2"))
    assert look(prefix) == ()


def test_requirements_that_contradict_each_other(tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "env")
    old, new = wheel(tmp_path, "old", "1.0", "base<2"), wheel(tmp_path, "new", "1.0", "base>=2")
    install(prefix, wheel(tmp_path, "base", "1.5"), old, new)
    (found,) = look(prefix)
    assert found.subject == "new: base"
    assert [remedy.title for remedy in found.remedies] == ["Decide which of them to keep"]


def test_extras_are_followed_as_far_as_they_are_asked_for(tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "env")
    install(
        prefix,
        wheel(tmp_path, "ray", "2.0", "ray[tune]; extra == 'all'", "optuna; extra == 'tune'", "dash; extra == 'web'"),
        wheel(tmp_path, "mine", "1.0", "ray[all]"),
    )
    assert subjects(prefix) == ["DEP001 ray: optuna"]


def test_extras_of_the_project_around_the_environment(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    prefix = make_venv(project / ".venv")
    install(prefix, wheel(tmp_path, "ray", "2.0", "optuna; extra == 'tune'", "dash; extra == 'web'"))
    assert subjects(prefix, project) == []
    (project / "requirements.txt").write_text("ray[tune]>=1\n")
    assert subjects(prefix, project) == ["DEP001 ray: optuna"]
    (project / "requirements.txt").write_text('ray[tune]>=1; sys_platform == "win32"\n')
    assert subjects(prefix, project) == [], "asked for on another system only"
    (project / "requirements.txt").write_text('ray[tune]>=1; sys_platform != "win32"\n')
    (project / "pyproject.toml").write_text(
        '[project]\nname = "x"\n[project.optional-dependencies]\nw = ["ray[web]"]\n'
    )
    assert subjects(prefix, project) == ["DEP001 ray: optuna"], "a group that need not be installed"


def test_packages_of_the_base_count_where_they_are_seen(tmp_path: Path) -> None:
    needs_pip = wheel(tmp_path, "tool", "1.0", "pip>=9", "surely-not-installed-anywhere")
    seeing = make_venv(tmp_path / "seeing", system_site=True, by="venv")
    install(seeing, needs_pip)
    assert subjects(seeing) == ["DEP001 tool: surely-not-installed-anywhere"]
    closed = make_venv(tmp_path / "closed")
    install(closed, needs_pip)
    assert subjects(closed) == ["DEP001 tool: pip", "DEP001 tool: surely-not-installed-anywhere"]


def test_hostile_metadata_gives_notes_and_no_crash(tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "env")
    site = site_packages_of(prefix)
    for number, line in enumerate(
        ("a" * 50_000, "x (" * 5_000, "y; " + "(" * 20_000, "z>=" + "9" * 5_000, "\x1b[31mred")
    ):
        folder = site / f"odd{number}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: odd{number}\nVersion: 1.0\nRequires-Dist: {line}\n"
        )
    found = look(prefix)
    assert found
    assert all("\x1b" not in str(finding) for finding in found)
    assert all(len(finding.summary) <= 100 for finding in found)


def test_another_python_is_asked_for(tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "env")
    install(prefix, wheel(tmp_path, "fine", "1.0", python=f">={PYTHON}"))
    assert look(prefix) == ()
    site = site_packages_of(prefix)
    metadata = site / "fine-1.0.dist-info/METADATA"
    metadata.write_text(metadata.read_text().replace(f">={PYTHON}", ">=3.99"))
    (found,) = look(prefix)
    assert (found.code, found.subject, found.severity) == ("DEP002", "fine", Severity.ERROR)
    assert found.remedies[0].steps == (Install("pip", ("fine!=1.0",)),)


def test_a_malicious_release_and_what_it_left(tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "env")
    bad = make_wheel(tmp_path, "litellm", "1.82.8", {"litellm/__init__.py": "", "litellm_init.pth": "import os\n"})
    install(prefix, bad)
    (found,) = look(prefix)
    assert (found.code, found.subject, found.severity) == ("DEP005", "litellm", Severity.ERROR)
    assert any(seen.path.endswith("litellm_init.pth") for seen in found.evidence)
    assert [remedy.safety.value for remedy in found.remedies] == ["manual", "careful"]
    install(prefix, wheel(tmp_path, "litellm", "1.83.1"))
    assert "DEP005 litellm" not in subjects(prefix)


@pytest.mark.parametrize("style", ["conda", "rattler"])
def test_a_sound_conda_environment_is_silent(tmp_path: Path, style: str) -> None:
    prefix = make_conda_prefix(tmp_path / "env", style=style)  # type: ignore[arg-type]
    assert look(prefix) == ()


def test_a_twin_is_not_to_be_installed_over_the_other(tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "env")
    twin = wheel(tmp_path, "opencv-python-headless", "4.10.0.84")
    install(prefix, twin, wheel(tmp_path, "albumentations", "1.4", "opencv-python>=4.9"))
    (finding,) = look(prefix)
    assert (finding.subject, finding.severity) == ("albumentations: opencv-python", Severity.NOTE)
    assert "keep to one of them" in finding.evidence[-1].text
    assert finding.remedies == ()
