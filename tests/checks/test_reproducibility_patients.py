"""The checks of reproducibility on real projects: silent where all is well, and one finding for one cause."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from uv import find_uv_bin

from doctor import checks
from doctor.examine import Examined, examine
from doctor.model import Finding
from doctor.reading.repository.policy import read_policy
from doctor.target.environment import Request
from doctor.target.recognise import inspect_prefix
from tests.patients.conda import make_conda_prefix
from tests.patients.venvs import install, make_venv, python_of
from tests.patients.wheels import make_wheel

PYPROJECT = """\
[project]
name = "shop"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["alpha>=1.0", 'gamma>=3; sys_platform == "win32"']

[project.optional-dependencies]
plots = ["delta"]

[dependency-groups]
dev = ["beta"]

[tool.uv]
package = false
"""


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ENVDOCTOR_STATE", str(tmp_path / "state"))


def found(prefix: Path, project: Path, *, given: bool = False) -> list[Finding]:
    """All findings of the family, and of what it shares its judgement with."""
    environment = inspect_prefix(prefix)
    assert environment is not None
    request = Request(environment, project, read_policy(project), given=given, home=project.parent / "home")
    (done,) = (e.examination for e in examine(request, checks.load(["REP"])) if isinstance(e, Examined))
    assert not done.crashed, done.crashed
    assert not done.skipped, done.skipped
    return list(done.findings)


def told(prefix: Path, project: Path) -> list[tuple[str, str]]:
    return [(finding.code, finding.subject) for finding in found(prefix, project)]


def wheels(folder: Path) -> Path:
    for version in ("1.0", "1.1"):
        make_wheel(folder, "alpha", version, {"alpha.py": ""}, requires=["below"])
    for name in ("beta", "delta", "loose", "below"):
        make_wheel(folder, name, "1.0", {f"{name}.py": ""})
    make_wheel(folder, "gamma", "3.0", {"gamma.py": ""})
    return folder


def uv(project: Path, *arguments: str) -> None:
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "VIRTUAL_ENV"))}
    offered = ("--no-index", "--find-links", str(project.parent / "wheels"), "--no-cache", "--quiet", "--offline")
    command = [find_uv_bin(), *arguments, *offered]
    subprocess.run(command, cwd=project, env=variables, check=True, timeout=120)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project that uv has locked, and whose environment it has made from the lock."""
    project = tmp_path / "shop"
    project.mkdir()
    wheels(tmp_path / "wheels")
    (project / "pyproject.toml").write_text(PYPROJECT)
    (project / "main.py").write_text("import alpha\n")
    make_venv(project / ".venv")
    uv(project, "sync")
    return project


def test_what_uv_made_from_its_lock_is_sound(shop: Path) -> None:
    assert told(shop / ".venv", shop) == []


def test_another_version_than_uv_locked(shop: Path) -> None:
    install(shop / ".venv", "alpha==1.0", extra_args=("--upgrade", f"--find-links={shop.parent / 'wheels'}"))
    (finding,) = found(shop / ".venv", shop)
    assert (finding.code, finding.subject) == ("REP002", "uv.lock")
    assert "alpha 1.1 is locked: 1.0 is installed" in finding.evidence[0].text
    lines = (shop / "uv.lock").read_text().splitlines()
    assert lines[finding.evidence[0].line] == 'name = "alpha"', "the line before begins its table"


def test_a_dependency_that_was_added_and_not_locked(shop: Path) -> None:
    (shop / "pyproject.toml").write_text(PYPROJECT.replace('["alpha>=1.0"', '["loose", "alpha>=1.0"'))
    assert sorted(told(shop / ".venv", shop)) == [("REP002", "pyproject.toml"), ("REP003", "uv.lock")]


def test_what_somebody_installed_by_name(shop: Path) -> None:
    install(shop / ".venv", shop.parent / "wheels/loose-1.0-py3-none-any.whl")
    (finding,) = found(shop / ".venv", shop)
    assert (finding.code, finding.subject, finding.packages) == ("REP002", "undeclared", ("loose",))


def test_what_was_frozen_as_it_is(tmp_path: Path) -> None:
    project = tmp_path / "shop"
    folder = wheels(tmp_path / "wheels")
    project.mkdir()
    (project / "main.py").write_text("import alpha\n")
    prefix = make_venv(project / ".venv")
    install(prefix, folder / "alpha-1.1-py3-none-any.whl", folder / "below-1.0-py3-none-any.whl")
    assert told(prefix, project) == [("REP001", "shop")]
    freeze = [find_uv_bin(), "pip", "freeze", "--python", str(python_of(prefix))]
    text = subprocess.run(freeze, capture_output=True, text=True, check=True, timeout=60).stdout
    (project / "requirements.txt").write_text(text)
    assert told(prefix, project) == []


def test_only_the_projects_own_environment_is_judged(tmp_path: Path) -> None:
    project = tmp_path / "shop"
    project.mkdir()
    (project / "requirements.txt").write_text("alpha>=2\n")
    prefix = make_venv(tmp_path / "elsewhere")
    assert told(prefix, project) == []
    assert [(f.code, f.subject) for f in found(prefix, project, given=True)] == [("REP002", "requirements.txt")]


def test_an_environment_yml_by_hand_is_sound(tmp_path: Path) -> None:
    project = tmp_path / "shop"
    project.mkdir()
    text = """\
    name: work
    channels:
      - conda-forge
    platforms: [linux-64, win-64]
    dependencies:
      - python >=3.11
      - numpy=1.26
      - demo-lib>=1.0,<2
      - demo-tool  # [linux64]
      - no-such-thing  # [win]
    """
    (project / "environment.yml").write_text(text)
    (project / "environment-gpu.yml").write_text("name: gpu\ndependencies:\n  - numpy=2.3\n")
    (project / "main.py").write_text("import numpy\n")
    prefix = make_conda_prefix(tmp_path / "miniforge3/envs/work", packages=("python", "numpy", "demo-lib", "demo-tool"))
    assert [f for f in found(prefix, project) if f.subject != "undeclared"] == []


def test_no_secret_of_an_address_is_told(tmp_path: Path) -> None:
    project = tmp_path / "shop"
    project.mkdir()
    text = "alpha @ git+https://user:hunter2seed@git.example.org/alpha\n--index-url https://u:hunter2seed@x.example/s\n"
    (project / "requirements.txt").write_text(text)
    findings = found(make_venv(project / ".venv"), project)
    assert {finding.code for finding in findings} == {"REP002", "REP006"}
    assert "hunter2seed" not in repr(findings)
