"""A repository's files alone, the project's own environment, and the hooks and actions that ask for them."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from doctor.checks import load
from doctor.cli.parse import parse
from tests.patients.conda import make_conda_prefix
from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel

ROOT = Path(__file__).parents[2]
ASKING = '[project]\nname = "demo"\nversion = "1"\nrequires-python = ">=3.12"\ndependencies = ["numpy>=2"]\n'
CONTRADICTING = "name: demo\nchannels: [conda-forge]\ndependencies:\n  - python=3.9\n  - numpy=1.24\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work" / "demo"
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(ASKING)
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ENVDOCTOR_STATE", str(tmp_path / "state"))
    return folder


def envdoctor(*words: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "doctor", *words]
    env = {**os.environ, **variables}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


def found(done: subprocess.CompletedProcess[str]) -> list[tuple[str, str]]:
    return [(finding["code"], finding["subject"]) for finding in json.loads(done.stdout)["findings"]]


def test_files_that_contradict_each_other_are_told_without_an_environment(project: Path) -> None:
    (project / "environment.yml").write_text(CONTRADICTING)
    done = envdoctor("check", "--repository", "--format", "json", "--fail-on", "warning", cwd=project)
    assert done.returncode == 1, done.stderr
    assert {subject for code, subject in found(done) if code == "REP005"} == {"numpy", "python"}
    told = json.loads(done.stdout)
    assert told["environment"]["kind"] == "repository"
    assert told["environment"]["python"] == ""
    assert told["skipped"] == []


def test_a_sound_repository_is_silent_and_nothing_is_judged_that_needs_an_environment(project: Path) -> None:
    (project / "requirements.txt").write_text("numpy==2.1.0\npandas==2.2.3\n")  # nowhere installed
    (project / "main.py").write_text("import numpy, pandas, nothing_of_the_kind\n")
    done = envdoctor("check", "--repository", cwd=project)
    assert done.returncode == 0
    number = sum(check.repository for check in load())
    assert f"No problem found in {number} checks" in done.stdout
    assert "without an environment" in done.stdout


def test_an_environment_in_the_repository_changes_nothing_of_it(project: Path) -> None:
    (project / "environment.yml").write_text(CONTRADICTING)
    before = envdoctor("check", "--repository", "--format", "json", cwd=project).stdout
    install(make_venv(project / ".venv"), make_wheel(project.parent, "needy", "1.0", {}, requires=["absent"]))
    assert envdoctor("check", "--repository", "--format", "json", cwd=project).stdout == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--repository", "--select", "GPU"), "none of these checks judges a repository's files alone"),
        (("--repository", "someenv"), "--repository says what to examine"),
        (("--repository", "--own-environment"), "--repository says what to examine"),
        (("--own-environment", "--env", "x"), "--own-environment says what to examine"),
        (("--repository", "--project", "/no/such"), "no such folder"),
    ],
)
def test_what_makes_no_sense_is_said(project: Path, words: tuple[str, ...], said: str) -> None:
    done = envdoctor("check", *words, cwd=project)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""


def test_outside_any_project_there_is_no_repository(tmp_path: Path, project: Path) -> None:
    done = envdoctor("check", "--repository", cwd=Path("/"))
    assert (done.returncode, "--project" in done.stderr) == (2, True)


def test_a_project_without_an_environment_is_no_failure(project: Path) -> None:
    done = envdoctor("check", "--own-environment", cwd=project)
    assert (done.returncode, done.stdout) == (0, "")
    assert "envdoctor onboard" in done.stderr


def test_the_environment_that_runs_envdoctor_for_a_hook_is_not_the_projects(project: Path) -> None:
    done = envdoctor("check", "--own-environment", cwd=project, VIRTUAL_ENV=sys.prefix)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_environment_in_the_project_is_its_own(project: Path) -> None:
    make_venv(project / ".venv")
    done = envdoctor("check", "--own-environment", "--select", "REP", "--format", "json", cwd=project)
    assert json.loads(done.stdout)["environment"]["prefix"].endswith("work/demo/.venv")
    assert ("REP002", "pyproject.toml") in found(done)


def test_the_conda_environment_that_its_file_names_is_its_own(project: Path, tmp_path: Path) -> None:
    base = make_conda_prefix(tmp_path / "home" / "miniforge3", cache=tmp_path / "cache")
    for name in ("other", "demo"):
        make_conda_prefix(base / "envs" / name, cache=tmp_path / "cache")
    (project / "environment.yml").write_text("name: demo\ndependencies:\n  - python\n")
    done = envdoctor("check", "--own-environment", "--format", "json", cwd=project)
    assert json.loads(done.stdout)["environment"]["name"] == "demo", done.stderr


def hooks() -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    return loaded


@pytest.mark.parametrize("hook", hooks(), ids=lambda hook: hook["id"])
def test_hooks_call_what_there_is(hook: dict[str, Any], project: Path) -> None:
    program, *words = shlex.split(hook["entry"])
    assert program == "envdoctor"
    assert parse(words).command == "check"
    assert hook["pass_filenames"] is False
    done = envdoctor(*words, cwd=project)
    assert done.returncode == 0, done.stderr


def test_hooks_run_when_their_files_change() -> None:
    repository, environment = hooks()
    files = re.compile(repository["files"])
    for name in (
        "pyproject.toml",
        "sub/environment-dev.yml",
        "uv.lock",
        "requirements/dev.txt",
        "a b.ipynb",
        "setup.py",
    ):
        assert files.search(name), name
    for name in ("main.py", "docs/readme.md", "data.csv", "mypyproject.toml.bak"):
        assert not files.search(name), name
    assert environment["stages"] == ["post-checkout", "post-merge"]
    assert environment["always_run"] is True


def test_the_action_hands_its_inputs_over_as_they_are(project: Path, tmp_path: Path) -> None:
    action = yaml.safe_load((ROOT / ".github" / "actions" / "envdoctor" / "action.yml").read_text())
    examine = action["runs"]["steps"][-1]
    assert "${{" not in "".join(step["run"] for step in action["runs"]["steps"]), "inputs must not become code"
    heard = tmp_path / "heard"
    recorder = tmp_path / "recorder"
    recorder.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {heard}\n')
    recorder.chmod(0o755)
    inputs = {name: told["default"] for name, told in action["inputs"].items()}
    given = {**inputs, "select": "MIX; touch /tmp/no", "environment": "my env", "sarif": "out.sarif"}
    variables = {
        name: given[re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", value)[1]]  # type: ignore[index]
        for name, value in examine["env"].items()
    }
    subprocess.run(
        ["bash", "-eu", "-c", examine["run"]], env={**os.environ, **variables, "ENVDOCTOR": str(recorder)}, check=True
    )
    words = heard.read_text().splitlines()
    options = parse(words)
    assert (options.select, options.environment, options.output) == (
        ["MIX; touch /tmp/no"],
        "my env",
        ["sarif=out.sarif"],
    )
    assert options.format == "github"
