"""A message typed or pasted behind / in a real terminal: Enter finds its cause."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.patients.venvs import install, make_venv, site_packages_of
from tests.patients.wheels import make_wheel
from tests.tui.terminal import Terminal


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("symptom")
    prefix = make_venv(folder / "project" / ".venv")
    install(
        prefix, make_wheel(folder / "w", "lost-file", "1.0", {"lost_file/__init__.py": "", "lost_file/part.py": ""})
    )
    (site_packages_of(prefix) / "lost_file/part.py").unlink()
    (folder / "home").mkdir()
    return folder / "project"


def start(project: Path, *arguments: str, columns: int = 80, rows: int = 24) -> Terminal:
    outside = {
        "HOME": str(project.parent / "home"),
        "ENVDOCTOR_STATE": str(project.parent / "state"),
        "VIRTUAL_ENV": "",
        "CONDA_PREFIX": "",
    }
    return Terminal(["-m", "doctor", *arguments], columns=columns, rows=rows, variables=outside, cwd=project)


def paste(terminal: Terminal, text: str) -> None:
    """Send a text as a terminal does when the user pastes it."""
    os.write(terminal.descriptor, f"\x1b[200~{text}\x1b[201~".encode())


TRACEBACK = """\
Traceback (most recent call last):
  File "/home/me/train.py", line 1, in <module>
    from lost_file import part
ModuleNotFoundError: No module named 'lost_file.part'
"""


def test_a_pasted_traceback_over_the_list_of_environments(project: Path) -> None:
    with start(project) as terminal:
        terminal.wait_for("choose an environment", ".venv of project")
        terminal.press("/")
        terminal.wait_for("or paste an error")
        paste(terminal, TRACEBACK)
        terminal.wait_for("Enter finds the cause of this message in .venv of project", "ModuleNotFoundError")
        terminal.press("enter")
        shown = terminal.wait_for("The cause is found", "MIX006 missing-files", "$ envdoctor find --env .venv")
        assert "envdoctor fix .venv MIX006:lost-file" in shown
        terminal.press("y")
        terminal.wait_for("Copied: envdoctor fix")
        terminal.press("x")
        terminal.wait_for("1 error", "$ envdoctor check .venv")
        terminal.press("escape")
        terminal.wait_for("The cause is found")
        terminal.press("escape")
        terminal.wait_for("choose an environment", "Enter finds the cause")
        terminal.press("escape")
        assert "Enter finds" not in terminal.wait_for("choose an environment", "s Sort")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


@pytest.mark.parametrize(("columns", "rows"), [(40, 12), (120, 40)])
def test_a_typed_message_over_an_examination(project: Path, columns: int, rows: int) -> None:
    with start(project, ".venv", columns=columns, rows=rows) as terminal:
        terminal.wait_for("1 error")
        terminal.press("/", "No module named 'lost_file.part'")
        terminal.wait_for("Enter finds the cause")
        terminal.press("enter")
        terminal.wait_for("The cause is found", "MIX006")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_a_word_still_filters(project: Path) -> None:
    with start(project, ".venv") as terminal:
        terminal.wait_for("1 error")
        terminal.press("/", "lost", "enter")
        shown = terminal.wait_for("MIX006")
        assert "Enter finds" not in shown
        terminal.press("q")
        assert terminal.wait_for_end() == 0
