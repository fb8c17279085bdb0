"""The numbers of an environment are held to those of the team's baseline, once the user agrees."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import doctor.report
from tests.live.numeric import make

SCHEMA = json.loads((Path(doctor.report.__file__).parent / "schema.json").read_text(encoding="utf-8"))


def envdoctor(project: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "CONDA_PREFIX")}
    own = {name: value for name, value in own.items() if not name.startswith(("OMP_", "OPENBLAS_", "NPY_"))}
    places = {"HOME": str(project.parent / "home"), "ENVDOCTOR_STATE": str(project.parent / "state")}
    return subprocess.run(
        [sys.executable, "-m", "doctor", *arguments],
        cwd=project,
        env=own | places | variables,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )


def checked(project: Path, *options: str, **variables: str) -> dict[str, Any]:
    done = envdoctor(project, "check", "--select", "NUM005", "--format", "json", *options, **variables)
    assert done.returncode in (0, 1), done.stderr
    body: dict[str, Any] = json.loads(done.stdout)
    jsonschema.Draft202012Validator(SCHEMA).validate(body)
    return body


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with an environment and a baseline that holds its numbers."""
    folder = tmp_path_factory.mktemp("team") / "project"
    (folder.parent / "home").mkdir()
    folder.mkdir()
    make(folder / ".venv")
    (folder / "train.py").write_text("import numpy\n")
    done = envdoctor(folder, "snapshot", ".venv", "--baseline", "--probe", "--yes")
    assert done.returncode == 0, done.stderr
    assert (folder / ".envdoctor" / "baseline.json").stat().st_size < 200_000
    return folder


def test_unasked_it_says_how_to_compare(project: Path) -> None:
    body = checked(project)
    assert body["findings"] == []
    (skipped,) = body["skipped"]
    assert "envdoctor check --live compares them with those of .envdoctor/baseline.json" in skipped["reason"]


def test_equal_numbers_are_silent(project: Path) -> None:
    body = checked(project, "--live", "--yes")
    assert (body["findings"], body["skipped"]) == ([], [])
    numbers = body["live"]["numbers"]
    assert numbers["problem"] is None
    assert [run["label"] for run in numbers["runs"]] == ["one-thread", "as-configured"]
    assert numbers["libraries"][0]["name"] == "numpy"


def test_a_variable_that_changes_numbers_is_found_with_its_way_back(project: Path) -> None:
    body = checked(project, "--live", "--yes", OPENBLAS_CORETYPE="Nehalem")
    if not any(library["features"] == ["Nehalem"] for library in body["live"]["numbers"]["libraries"]):
        pytest.skip("this numpy has no OpenBLAS that can be told")
    labels = [run["label"] for run in body["live"]["numbers"]["runs"]]
    assert "OPENBLAS_CORETYPE unset" in labels
    (finding,) = body["findings"]
    assert (finding["code"], finding["severity"], finding["subject"]) == ("NUM005", "warning", "openblas")
    assert " steps, baseline " in finding["summary"]
    texts = [evidence["text"] for evidence in finding["evidence"]]
    assert any("measured; there is the baseline" in text for text in texts)
    assert "OPENBLAS_CORETYPE=Nehalem is set here" in texts
    titles = [remedy["title"] for remedy in finding["remedies"]]
    assert titles[0] == "Unset OPENBLAS_CORETYPE, as in the baseline"
    assert "Stop before rounding decides" in titles


def test_the_question_names_the_numbers_and_a_no_computes_none(project: Path) -> None:
    from tests.tui.terminal import Terminal

    own = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "CONDA_PREFIX")}
    places = {"HOME": str(project.parent / "home"), "ENVDOCTOR_STATE": str(project.parent / "state")}
    command = ["-m", "doctor", "check", "--live", "--select", "NUM005"]
    with Terminal(command, columns=100, variables=own | places, cwd=project) as terminal:
        terminal.wait_for("it computes small numbers", "the team's baseline", "Start it? [y/N]")
        terminal.press("enter")
        terminal.wait_for("Nothing was started")
        assert terminal.wait_for_end() == 0
