"""Comparing in a real terminal: what is chosen, what differs, numbers after a yes, a file for a colleague."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel
from tests.tui.terminal import Terminal


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("comparing")
    wheels = folder / "wheels"
    one, two = (make_wheel(wheels, "glacier", version, {"glacier/__init__.py": ""}) for version in ("1.0", "2.0"))
    install(make_venv(folder / "project" / ".venv"), one)
    install(make_venv(folder / "project" / "venv"), two)
    (folder / "home").mkdir()
    return folder / "project"


@pytest.fixture(scope="module", autouse=True)
def _kept(project: Path) -> None:
    """A snapshot of the environment, as its user takes one while all works."""
    outside = {**os.environ, "HOME": str(project.parent / "home"), "ENVDOCTOR_STATE": str(project.parent / "state")}
    command = [sys.executable, "-m", "doctor", "snapshot", ".venv", "-o", str(project.parent / "kept.json")]
    subprocess.run(command, cwd=project, env=outside, check=True, capture_output=True)


def start(project: Path, *arguments: str, columns: int = 80, rows: int = 24, **more: str) -> Terminal:
    outside = {
        "HOME": str(project.parent / "home"),
        "ENVDOCTOR_STATE": str(project.parent / "state"),
        "VIRTUAL_ENV": "",
        "CONDA_PREFIX": "",
    }
    return Terminal(["-m", "doctor", *arguments], columns=columns, rows=rows, variables=outside | more, cwd=project)


def choose(terminal: Terminal, words: str) -> None:
    """Filter until only what holds the words is left, and open it."""
    terminal.press("/", words)
    while "earlier" in terminal.wait_for(words):
        pass
    terminal.press("enter")
    terminal.wait_for("⏎ Open")
    terminal.press("enter")


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (40, 12), (120, 40)])
def test_two_environments_of_this_machine(project: Path, columns: int, rows: int) -> None:
    with start(project, ".venv", columns=columns, rows=rows) as terminal:
        terminal.wait_for("roblem")
        terminal.press("m")
        terminal.wait_for("to compare with")
        choose(terminal, "python 3.11.7 venv")
        terminal.wait_for("p computes numbers")
        terminal.press("end")
        terminal.wait_for("uv pip install")  # the end of the text, under its last heading
        terminal.press("escape", "escape", "escape")
        terminal.wait_for("envdoctor check .venv")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_numbers_are_computed_only_after_a_yes(project: Path) -> None:
    with start(project, ".venv", NO_COLOR="1") as terminal:
        terminal.wait_for("No problem found")
        terminal.press("m")
        terminal.wait_for("to compare with")
        choose(terminal, "python 3.11.7 venv")
        terminal.wait_for("p computes numbers")
        terminal.press("p")
        terminal.wait_for("to compute numbers?", "start nothing")
        terminal.press("n")
        terminal.wait_for("p computes numbers")
        terminal.press("p")
        terminal.wait_for("to compute numbers?")
        terminal.press("y")
        terminal.wait_for("numbers are compared", seconds=120)
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_a_file_for_a_colleague_is_written_and_compared(project: Path) -> None:
    with start(project, ".venv") as terminal:
        terminal.wait_for("No problem found")
        terminal.press("m")
        terminal.wait_for("to compare with")
        terminal.press("w")
        terminal.wait_for("Write to which file?", "project.json")
        terminal.press("enter")
        terminal.wait_for("project.json", "it can be sent")
        written = json.loads((project / "project.json").read_text())
        assert "fingerprint" in written
        choose(terminal, "project.json")
        terminal.wait_for("p computes numbers")
        terminal.wait_for("othing")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_what_changed_since_a_snapshot(project: Path) -> None:
    with start(project, ".venv") as terminal:
        terminal.wait_for("No problem found")
        terminal.press("t")
        terminal.wait_for("what changed, and when", "snapshot", "glacier")
        terminal.press("/", "snapshot", "enter")
        terminal.wait_for("⏎ Open", "s1")
        terminal.press("b")
        terminal.wait_for("is marked")
        terminal.press("b")
        terminal.wait_for("othing has changed since")
        terminal.press("enter")
        terminal.wait_for("between the two moments", "timeline .venv --between s1 now")
        terminal.press("escape")
        terminal.wait_for("what changed, and when")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_a_file_that_is_none_is_said_with_its_place(project: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"schema_version": 1,\n"fingerprint": nonsense}')
    with start(project, ".venv") as terminal:
        terminal.wait_for("No problem found")
        terminal.press("m")
        terminal.wait_for("to compare with")
        terminal.press("o")
        terminal.wait_for("Compare with which file?")
        terminal.press(str(bad), "enter")
        assert "bad.json:line2:notJSON" in "".join(terminal.wait_for("✗").split())
        terminal.press("q")
        assert terminal.wait_for_end() == 0
