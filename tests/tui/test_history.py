"""The history in a real terminal: what was done, undone later, and removed."""

from __future__ import annotations

from tests.tui.terminal import Terminal
from tests.tui.test_guide import Patient, patient, start, to_plan, wait_until_gone

__all__ = ["patient"]


def repair(terminal: Terminal, *keys: str) -> None:
    """Repair what is safe and what these keys choose."""
    to_plan(terminal, *keys)
    terminal.press("a", "y")
    terminal.wait_for("✓ Fixed", seconds=60)


def test_undone_at_a_later_start_then_removed(patient: Patient) -> None:
    before = patient.tree()
    with start(patient) as terminal:
        repair(terminal, "down", " ")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    assert patient.lost.is_file()
    with start(patient) as terminal:
        terminal.wait_for("1 error in")
        terminal.press("escape")
        terminal.wait_for("choose an environment", "h History")
        terminal.press("h")
        terminal.wait_for("1 operation", "✓ fixed  .venv of project", "fix of MIX004, MIX006", "$ envdoctor history")
        terminal.press("enter")
        terminal.wait_for("✓ Fixed", "is gone", "saved copies:", "$ envdoctor undo")
        terminal.press("u")
        terminal.wait_for("Undo this?", "y  undo")
        terminal.press("n")
        wait_until_gone(terminal, "Undo this?")
        assert patient.lost.is_file()
        terminal.press("u", "y")
        terminal.wait_for("✓ Undone", seconds=60)
        assert patient.tree() == before
        terminal.press("enter")
        terminal.wait_for("✓ undone  .venv of project", "$ envdoctor history")
        terminal.press("u")
        terminal.wait_for("cannot be undone")
        terminal.press("p")
        terminal.wait_for("Which operations of all environments are kept?", "removes 1 of 1")
        terminal.press("down", "down", "down", "down", "down", "enter")
        terminal.wait_for("Remove 1 of 1 operation?")
        terminal.press("y")
        terminal.wait_for("Nothing was repaired yet", "1 operation removed")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    assert patient.tree() == before


def test_what_was_changed_since_is_lost_only_on_a_word(patient: Patient) -> None:
    before = patient.tree()
    with start(patient) as terminal:
        repair(terminal, "down", " ")
        patient.lost.write_text("x = 'mine'\n")
        terminal.press("u")
        terminal.wait_for("! Not begun", "changed since", "part.py", "o     do it anyway")
        assert patient.lost.read_text() == "x = 'mine'\n"
        terminal.press("o")
        terminal.wait_for("✓ Undone", seconds=60)
        terminal.press("enter")
        terminal.wait_for("2 errors, 1 warning")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    assert patient.tree() == before
