"""Three repositories are taken from a clone to an environment in which their own tests run, at a real terminal."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from doctor.fix.history import operations
from doctor.fix.undo import undo
from doctor.target.recognise import inspect_prefix
from tests.onboard.conftest import Onboard
from tests.onboard.repositories import BY_UV, drifted, for_conda, own_tests, with_lock
from tests.patients.conda_command import make_conda_command
from tests.tui.terminal import Terminal

_QUESTION = "Take this step?"


def _say_yes(terminal: Terminal) -> int:
    """Answer each question with yes until it ends."""
    asked = 0
    while terminal.status is None:
        if terminal.text().count(_QUESTION) > asked:
            asked += 1
            terminal.press("y", "enter")
        terminal._read(0.05)
        terminal._reap()
    return terminal.wait_for_end()


@pytest.mark.parametrize("head", [BY_UV, "# by hand\n"], ids=["uv", "pip"])
def test_from_a_lock_with_hashes_to_an_environment(tmp_path: Path, onboard: Onboard, head: str) -> None:
    wheels = tmp_path / "wheels"
    folder = with_lock(tmp_path / "shop", wheels, head=head)
    with onboard(folder, "--offline", "--wheels", str(wheels), "--summary", str(tmp_path / "summary.md")) as terminal:
        terminal.wait_for("What it expects", "every hash compared", _QUESTION)
        assert _say_yes(terminal) == 0, terminal.text()
        screen = terminal.text()
    assert "No problem found" in screen
    assert "source .venv/bin/activate" in screen
    assert own_tests(folder, folder / ".venv") == ""
    assert "SHOP_MODE=test" in (folder / ".venv/bin/activate").read_text()
    text = (tmp_path / "summary.md").read_text()
    assert text.startswith("# Onboarding: shop")
    assert text.count("- [x]") == 3
    state = tmp_path / "state"
    for operation in operations(state):  # newest first: everything can be taken back
        assert operation.can_undo
        list(undo(operation, state))
    assert not os.path.lexists(folder / ".venv")


def test_from_environment_yml_by_conda(tmp_path: Path, onboard: Onboard) -> None:
    tools = tmp_path / "tools"
    make_conda_command(tools)
    folder = for_conda(tmp_path / "forecast")
    with onboard(folder, more={"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}) as terminal:
        screen = terminal.wait_for("conda reads environment.yml", "--override-channels", _QUESTION)
        assert "create --yes --prefix" in screen
        assert _say_yes(terminal) == 0, terminal.text()
        assert "conda activate ./.conda" in terminal.text()
    environment = inspect_prefix(folder / ".conda")
    assert environment is not None
    assert environment.kind == "conda"
    assert own_tests(folder, folder / ".conda") == ""
    held = json.loads((folder / ".conda/conda-meta/state").read_text())
    assert held["env_vars"] == {"FORECAST_MODE": "test"}


def test_a_drifted_environment_with_a_dead_kernel(tmp_path: Path, onboard: Onboard) -> None:
    wheels = tmp_path / "wheels"
    folder = drifted(tmp_path / "shop", wheels)
    assert own_tests(folder, folder / ".venv")
    with onboard(folder, "--offline", "--wheels", str(wheels)) as terminal:
        terminal.wait_for("scales (is 1.0, asked for ==2.0)", "dead-kernel", _QUESTION)
        assert _say_yes(terminal) == 0, terminal.text()
        assert "Kernel for notebooks: shop" in terminal.text()
    assert own_tests(folder, folder / ".venv") == ""
    kernel = json.loads((folder / ".venv/share/jupyter/kernels/shop/kernel.json").read_text())
    assert kernel["argv"][0] == "python"


def test_no_is_the_default_and_it_goes_on_where_it_was_left(tmp_path: Path, onboard: Onboard) -> None:
    wheels = tmp_path / "wheels"
    folder = with_lock(tmp_path / "shop", wheels)
    words = ("--offline", "--wheels", str(wheels))
    with onboard(folder, *words) as terminal:
        terminal.wait_for(_QUESTION)
        terminal.press("enter")
        assert terminal.wait_for_end() == 2
        assert "goes on from here" in terminal.text()
    assert not os.path.lexists(folder / ".venv")
    assert operations(tmp_path / "state") == ()
    with onboard(folder, *words) as terminal:
        terminal.wait_for(_QUESTION)
        terminal.press("s", "enter")
        terminal.wait_for("Nothing is there yet: if it fails, what it created is removed again")
        terminal.press("y", "enter")
        terminal.wait_for("editable mode", "Its own build code is run")
        terminal.wait_for("Done: created")
        terminal._read(5)
        terminal.press("q", "enter")
        assert terminal.wait_for_end() == 1
    assert inspect_prefix(folder / ".venv") is not None
    with onboard(folder, *words, "--yes") as terminal:
        assert terminal.wait_for_end(120) == 0, terminal.text()
        assert "created" not in terminal.text()
    assert own_tests(folder, folder / ".venv") == ""


def test_ctrl_c_removes_what_is_half_created(tmp_path: Path, onboard: Onboard) -> None:
    wheels = tmp_path / "wheels"
    folder = with_lock(tmp_path / "shop", wheels, head="# by hand\n")
    with onboard(folder, "--offline", "--wheels", str(wheels), "--yes") as terminal:
        terminal.wait_for("Create a virtual environment with")
        while not (folder / ".venv/pyvenv.cfg").exists():
            terminal._read(0.02)
        terminal.press("ctrl+c")
        assert terminal.wait_for_end(60) == 130
        assert "what it had created is removed" in terminal.text().replace("\n", " ")
    assert not os.path.lexists(folder / ".venv")
    assert [one.ending for one in operations(tmp_path / "state")] == ["put-back"]
