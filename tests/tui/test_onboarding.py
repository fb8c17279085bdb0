"""Onboarding in the app, in a real terminal: each step is read, taken or left out; at the end it is verified."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.onboard.repositories import BY_UV, clean_variables, own_tests, with_lock
from tests.tui.terminal import Terminal


def start(tmp_path: Path, folder: Path, wheels: Path, columns: int, rows: int) -> Terminal:
    (tmp_path / "home").mkdir(exist_ok=True)
    outside = clean_variables(
        {
            "HOME": str(tmp_path / "home"),
            "ENVDOCTOR_STATE": str(tmp_path / "state"),
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(wheels),
            "UV_NO_INDEX": "1",
            "UV_FIND_LINKS": str(wheels),
            "VIRTUAL_ENV": "",
            "CONDA_PREFIX": "",
        }
    )
    return Terminal(["-m", "doctor"], columns=columns, rows=rows, variables=outside, cwd=folder)


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (40, 12)])
def test_from_a_clone_to_a_verified_environment(tmp_path: Path, columns: int, rows: int) -> None:
    wheels = tmp_path / "wheels"
    folder = with_lock(tmp_path / "shop", wheels, head=BY_UV)
    with start(tmp_path, folder, wheels, columns, rows) as terminal:
        terminal.wait_for("choose an environment")
        terminal.press("o")
        terminal.wait_for("Enter: Create an environment", "The path")
        terminal.press("enter")
        terminal.wait_for("a takes this step")
        assert not os.path.lexists(folder / ".venv")
        terminal.press("a")
        terminal.wait_for("Take this step?")
        terminal.press("n")
        terminal.wait_for("a takes this step")
        terminal.press("a")
        terminal.wait_for("Take this step?")
        terminal.press("y")
        terminal.wait_for("Done", "Enter", seconds=120)
        terminal.press("enter")
        terminal.wait_for("Enter: Install shop itself")
        terminal.press("enter")
        terminal.wait_for("a takes this step")
        terminal.press("a", "y")
        terminal.wait_for("Done", seconds=120)
        terminal.press("enter")
        terminal.wait_for("Enter: Set SHOP_MODE=test")
        terminal.press("d")
        terminal.wait_for("Enter: Examine it")
        terminal.press("x")
        terminal.wait_for("verified: it is sound", seconds=120)
        if columns == 80:
            terminal.wait_for("✓ Examine it", "what it found stands above")
        terminal.press("m")
        if columns == 80:
            terminal.wait_for("Copied as Markdown")
        terminal.press("escape")
        terminal.wait_for("choose an environment")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    assert own_tests(folder, folder / ".venv") == ""
    assert "SHOP_MODE" not in (folder / ".venv/bin/activate").read_text()


def test_a_folder_that_expects_nothing_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with start(tmp_path, tmp_path / "empty", tmp_path, 80, 24) as terminal:
        terminal.wait_for("choose an environment")
        terminal.press("o")
        terminal.wait_for("this cannot be onboarded", "envdoctor advise")
        terminal.press("enter", "x", "m", "escape")
        terminal.wait_for("choose an environment")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
