"""Advice for projects made on the spot: the way, its reasons, and the file that says so."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
import yaml

from doctor.cli import run
from doctor.facts import Facts
from doctor.fix.export.conda_file import ABOUT_NODEFAULTS
from doctor.onboard.advice.packages import packages_of
from doctor.onboard.advice.seen import seen
from doctor.onboard.advice.weighing import PROBLEMS, Advice, Problem, advise
from doctor.onboard.advice.writing import Draft, _as_yaml, draft
from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVDOCTOR_STATE", str(tmp_path / "state"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "glacier"
    folder.mkdir()
    return folder


def advised(project: Path, problem: Problem = "exploration") -> tuple[Advice, Draft, Facts]:
    _, facts = seen(project)
    advice = advise(problem, packages_of(facts), facts)
    return advice, draft(advice, facts, project), facts


def told(*arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert run(["advise", *arguments]) == 0
    return capsys.readouterr().out


def test_wheels_are_for_uv(project: Path) -> None:
    (project / "a.py").write_text("import numpy\nimport requests\nfrom PIL import Image\n")
    advice, drafted, _ = advised(project)
    assert advice.way == "uv"
    assert [(package.name, package.nature) for package in advice.packages] == [
        ("numpy", "native"),
        ("pillow", "native"),
        ("requests", "pure"),
    ]
    assert drafted.path == "pyproject.toml"
    written = tomllib.loads(drafted.after)["project"]
    assert written["dependencies"] == ["numpy", "pillow", "requests"]
    assert written["name"] == "glacier"


def test_what_no_wheel_brings_is_for_conda_with_pip_for_what_conda_lacks(project: Path) -> None:
    (project / "a.py").write_text("from osgeo import gdal\nimport rasterio\nimport quite_private_thing\n")
    advice, drafted, _ = advised(project)
    assert (advice.way, advice.hybrid, advice.by_pip) == ("conda", True, ("quite-private-thing",))
    assert any("gdal (a.py:1)" in reason and "compile" in reason for reason in advice.reasons)
    assert any("share GDAL" in reason for reason in advice.reasons)
    lines = drafted.after.splitlines()
    assert drafted.path == "environment.yml"
    assert lines[:4] == ["name: glacier", "channels:", "  - conda-forge", f"  - nodefaults  # {ABOUT_NODEFAULTS}"]
    assert lines[-3:] == ["  - pip", "  - pip:", "      - quite-private-thing"]
    assert "  - gdal" in lines


def test_a_shared_research_environment_is_locked(project: Path) -> None:
    (project / "a.py").write_text("import mpi4py, petsc4py\n")
    (project / "pyproject.toml").write_text('[tool.envdoctor]\nplatforms = ["linux-64", "osx-arm64"]\n')
    advice, drafted, _ = advised(project, "research")
    assert advice.way == "pixi"
    assert tomllib.loads(drafted.after)["workspace"]["platforms"] == ["linux-64", "osx-arm64"]
    assert any("pixi.lock" in reason and "osx-arm64" in reason for reason in advice.reasons)


def test_what_is_installed_is_pinned_where_it_matters(project: Path, tmp_path: Path) -> None:
    (project / "a.py").write_text("import numpy\nimport purely\n")
    venv = make_venv(project / ".venv")
    native = make_wheel(tmp_path, "numpy", "2.1.3", {"numpy/__init__.py": "", "numpy/core.so": ""})
    pure = make_wheel(tmp_path, "purely", "0.4.1", {"purely/__init__.py": ""})
    install(venv, native, pure)
    _, drafted, _ = advised(project)
    assert tomllib.loads(drafted.after)["project"]["dependencies"] == ["numpy==2.1.*", "purely"]


def test_a_script_carries_its_requirements(project: Path) -> None:
    text = "#!/usr/bin/env python\nimport requests\nprint(requests)\n"
    (project / "fetch.py").write_text(text)
    _, drafted, _ = advised(project, "script")
    assert (drafted.path, drafted.before) == ("fetch.py", text)
    lines = drafted.after.splitlines()
    assert lines[:3] == ["#!/usr/bin/env python", "# /// script", '# requires-python = ">=3.13"']
    assert '#   "requests",' in lines
    assert drafted.after.endswith("import requests\nprint(requests)\n")


def test_the_python_is_the_one_that_ran_the_notebooks(project: Path) -> None:
    for name, version in (("a", "3.11.4"), ("b", "3.11.9"), ("c", "3.12.1"), ("d", "2.7.18")):
        cell = {"cell_type": "code", "metadata": {}, "source": "import requests", "outputs": [], "execution_count": 1}
        metadata = {"language_info": {"name": "python", "version": version}}
        notebook = {"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
        (project / f"{name}.ipynb").write_text(json.dumps(notebook))
    metadata = {"language_info": {"name": "R", "version": "3.6.3"}}
    for name in ("r", "s", "t"):
        notebook = {"cells": [], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
        (project / f"{name}.ipynb").write_text(json.dumps(notebook))
    _, drafted, _ = advised(project)
    assert tomllib.loads(drafted.after)["project"]["requires-python"] == ">=3.11"


def test_nothing_is_written_for_what_is_thrown_away(project: Path) -> None:
    (project / "a.py").write_text("import requests\n")
    _, drafted, _ = advised(project, "throw-away")
    assert not drafted.path
    assert drafted.commands == ("uv run --no-project --with requests python",)


@pytest.mark.parametrize("name", ["environment.yml", "environment.yaml"])
def test_a_project_of_conda_stays_one(project: Path, name: str) -> None:
    (project / name).write_text("name: g\nchannels: [conda-forge]\ndependencies: [python=3.12, numpy=2]\n")
    (project / "a.py").write_text("import numpy, requests\n")
    advice, drafted, _ = advised(project)
    assert advice.way == "conda"
    assert drafted.told == (f"add to dependencies in {name}: requests",)
    assert drafted.commands == (f"conda env create --file {name} --name g", "conda activate g")
    assert not drafted.path


def test_torch_without_a_gpu_comes_from_its_cpu_index(project: Path) -> None:
    (project / "a.py").write_text("import torch\n")
    _, drafted, facts = advised(project)
    if not facts.machine.gpus.devices:
        assert tomllib.loads(drafted.after)["tool"]["uv"]["sources"]["torch"] == {"index": "pytorch-cpu"}
    (project / "pyproject.toml").write_text("[tool.envdoctor]\ngpu = true\n")
    advice, drafted, _ = advised(project)
    assert "pytorch-cpu" not in drafted.after
    assert any("GPU is expected" in reason for reason in advice.reasons) or facts.machine.gpus.devices


def test_secrets_of_a_specification_are_not_written_again(project: Path) -> None:
    (project / "requirements.txt").write_text("inhouse @ https://me:hunter2@example.org/inhouse-1.0.zip\nnumpy>=2\n")
    for problem in PROBLEMS:
        advice, drafted, _ = advised(project, problem)
        everything = f"{advice} {drafted}"
        assert "hunter2" not in everything
        assert "***@" not in drafted.after


def test_write_asks_and_never_writes_over(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "a.py").write_text("import requests\n")
    assert run(["advise", str(project), "--for", "exploration", "--write"]) == 2, "nobody can be asked"
    assert not (project / "pyproject.toml").exists()
    told(str(project), "--for", "exploration", "--write", "--yes", capsys=capsys)
    assert 'dependencies = [\n  "requests",\n]' in (project / "pyproject.toml").read_text()
    before = (project / "pyproject.toml").read_text()
    out = told(str(project), "--for", "exploration", "--write", "--yes", capsys=capsys)
    assert (project / "pyproject.toml").read_text() == before
    assert "asks for them already" in out


def test_a_script_that_is_rewritten_is_kept(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "fetch.py").write_text("import requests\n")
    told(str(project), "--for", "script", "--write", "--yes", capsys=capsys)
    assert (project / "fetch.py").read_text().startswith("# /// script")
    (kept,) = (tmp_path / "state" / "advice").rglob("fetch.py")
    assert kept.read_text() == "import requests\n"


def test_one_package(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    venv = make_venv(tmp_path / "env")
    out = told("--package", "gdal", "--env", str(venv), "--format", "json", capsys=capsys)
    answer = json.loads(out)
    assert answer["manager"] == "pip"
    assert any("compiled here" in reason for reason in answer["reasons"])


def test_without_a_terminal_the_problem_must_be_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["advise", str(project)]) == 2
    assert "--for" in capsys.readouterr().err
    assert run(["advise", str(project / "nowhere"), "--for", "ml"]) == 2


def test_hostile_names_do_not_reach_the_file(project: Path) -> None:
    (project / "requirements.txt").write_text('numpy>=2\nevil"; import os\nbad\x1b[31mname\n-e .\n')
    _, drafted, _ = advised(project)
    assert "\x1b" not in drafted.after
    if drafted.path == "pyproject.toml":
        tomllib.loads(drafted.after)


def test_nothing_is_written_through_a_link_out_of_the_project(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "theirs.toml").write_text("[tool.black]\n")
    (project / "pyproject.toml").symlink_to(tmp_path / "theirs.toml")
    (project / "a.py").write_text("import requests\n")
    assert run(["advise", str(project), "--for", "exploration", "--write", "--yes"]) == 2
    assert (tmp_path / "theirs.toml").read_text() == "[tool.black]\n"
    assert "a link that leads out of the project" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    ["[ project ]\nname = 'x'\nversion = '1'\n", "[tool.uv.sources]\nx = {path = 'x'}\n", "project.name = 'x'\n", "[x"],
)
def test_a_pyproject_that_is_there_stays_toml(project: Path, text: str) -> None:
    (project / "pyproject.toml").write_text(text)
    (project / "a.py").write_text("import torch\n")
    for problem in PROBLEMS:
        _, drafted, _ = advised(project, problem)
        if drafted.path == "pyproject.toml":
            assert set(tomllib.loads(drafted.after)) > set(tomllib.loads(text))


def test_a_script_with_a_dash_is_no_option(project: Path) -> None:
    (project / "--help.py").write_text("import requests\n")
    assert advised(project, "script")[1].commands == ("uv run ./--help.py",)


def test_what_yaml_would_read_as_more_than_text_is_quoted(project: Path) -> None:
    (project / "requirements.txt").write_text("inhouse ; platform_release != 'a: b #c'\ngdal\n")
    _, drafted, _ = advised(project, "research")
    if drafted.path == "environment.yml":
        (pip,) = [one["pip"] for one in yaml.safe_load(drafted.after)["dependencies"] if isinstance(one, dict)]
        assert all(isinstance(one, str) for one in pip)
    assert _as_yaml("inhouse ; platform_release != 'a: b #c'") == "\"inhouse ; platform_release != 'a: b #c'\""
    assert _as_yaml("numpy>=1.26,<2") == "numpy>=1.26,<2"
