"""The demonstration at a real terminal: quickly there, no dead end, and gone however it ends."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.terminal import Terminal


@pytest.fixture
def temporary(tmp_path: Path) -> Iterator[Path]:
    """The folder of temporary files, which is empty afterwards."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    (tmp_path / "home").mkdir()
    yield folder
    assert list(folder.iterdir()) == []
    assert list((tmp_path / "home").iterdir()) == []


def opened(temporary: Path, **more: str) -> Terminal:
    variables = {"HOME": str(temporary.parent / "home"), "TMPDIR": str(temporary), **more}
    return Terminal(["-m", "doctor", "demo"], variables=variables, cwd=temporary.parent)


@pytest.mark.parametrize("colour", [{}, {"NO_COLOR": "1"}], ids=["colours", "NO_COLOR"])
def test_from_the_first_screen_to_a_repair_and_its_undo(temporary: Path, colour: dict[str, str]) -> None:
    began = time.monotonic()
    with opened(temporary, **colour) as terminal:
        terminal.wait_for("envdoctor demo", "forecast", "newcomer", "Enter examines one")
        place = "demo $ envdoctor check ~/projects/forecast/.venv"
        terminal.wait_for("~ is the demonstration's own home, not yours", place)
        assert time.monotonic() - began < 5
        terminal.press("t")
        terminal.wait_for("forecast: what to try", "envdoctor check ~/projects/forecast")
        terminal.press("escape")
        terminal.wait_for("Enter examines one")
        terminal.press("enter")
        terminal.wait_for("2 errors, 1 warning in", "MIX006", place)
        terminal.press("f")
        terminal.wait_for("MIX004", "[ ]")
        terminal.press("a", "enter")
        terminal.wait_for("a applies it")
        terminal.press("a")
        terminal.wait_for("y ")
        terminal.press("y")
        terminal.wait_for("Fixed")
        terminal.press("u")
        terminal.wait_for("Undone", "restored")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_the_newcomer_is_onboarded(temporary: Path) -> None:
    with opened(temporary) as terminal:
        terminal.wait_for("newcomer", "Enter examines one")
        terminal.press("down", "down", "down", "down", "enter")
        terminal.wait_for("What it expects", "Next step")
        terminal.press("enter")
        terminal.wait_for("every hash", "Take the step")
        terminal.press("a")
        terminal.wait_for("y  take it")
        terminal.press("y")
        terminal.wait_for("✓ Done", "Enter back")
        terminal.press("enter")
        terminal.wait_for("Next step", "SHOP_MODE")
        terminal.press("escape")
        terminal.wait_for("Enter examines one")
        terminal.press("enter")
        terminal.wait_for(".venv of newcomer", "No problem found")
        terminal.press("escape")
        terminal.wait_for("Enter examines one")
        terminal.press("ctrl+c")
        assert terminal.wait_for_end() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=["TERM", "HUP", "INT"])
def test_it_is_gone_after_a_signal(temporary: Path, number: signal.Signals) -> None:
    with opened(temporary) as terminal:
        terminal.wait_for("Enter examines one")
        os.kill(terminal.pid, number)
        terminal.wait_for_end()


def test_it_is_gone_after_a_signal_while_it_is_made(temporary: Path) -> None:
    with opened(temporary) as terminal:
        deadline = time.monotonic() + 20
        while not list(temporary.iterdir()) and time.monotonic() < deadline:
            time.sleep(0.005)
        os.kill(terminal.pid, signal.SIGINT)
        assert terminal.wait_for_end() == 130
