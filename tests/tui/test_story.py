"""The whole story at a real terminal, with colours and without: from the first start to a fix and its undo."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.patients.venvs import install, make_venv, site_packages_of
from tests.patients.wheels import make_wheel
from tests.tui.terminal import Terminal
from tests.tui.test_guide import wait_until_gone

#: how a colour is set: 30 to 37, 38;…, 40 to 47, 48;…, 90 to 97, 100 to 107, by itself or behind other codes
_COLOUR = re.compile(rb"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[\d;]*)?m")
_COPYING = b"\x1b]52"


class Machine:
    """A home with a project whose environment lost a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        wheels = folder / "wheels"
        self.prefix = make_venv(folder / "project/.venv")
        wheel = make_wheel(wheels, "lost-file", "1.0", {"lost_file/__init__.py": "", "lost_file/part.py": "x = 1\n"})
        install(self.prefix, wheel)
        self.lost = site_packages_of(self.prefix) / "lost_file/part.py"
        self.lost.unlink()
        (folder / "home").mkdir()

    @property
    def remembered(self) -> Path:
        return self.folder / "state/app.conf"

    def start(self, *arguments: str, **more: str) -> Terminal:
        variables = {
            "HOME": str(self.folder / "home"),
            "ENVDOCTOR_STATE": str(self.folder / "state"),
            "VIRTUAL_ENV": "",
            "CONDA_PREFIX": "",
            "UV_OFFLINE": "1",
            "UV_NO_INDEX": "1",
            "UV_FIND_LINKS": str(self.folder / "wheels"),
            "UV_CACHE_DIR": str(self.folder / "cache"),
            "LC_ALL": "",
        }
        return Terminal(
            ["-m", "doctor", *arguments],
            variables=variables | more,
            cwd=self.folder / "project",
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize(
    ("variables", "cross", "tick"),
    [
        ({"COLORTERM": "truecolor"}, "✗", "✓"),
        ({"NO_COLOR": "1", "LANG": "C"}, "x", "+"),
        ({"TERM": "screen-256color", "TMUX": "/tmp/tmux-0/default,1,0", "SSH_TTY": "/dev/pts/9"}, "✗", "✓"),
    ],
    ids=["colours", "no-colour-ascii", "tmux-ssh"],
)
def test_from_the_first_start_to_a_fix_and_its_undo(
    machine: Machine, variables: dict[str, str], cross: str, tick: str
) -> None:
    with machine.start(**variables) as terminal:
        terminal.wait_for("Welcome to envdoctor", ".venv of project", "Any key goes on")
        terminal.press("enter")  # the first key goes on, and counts
        terminal.wait_for(f"{cross} 1 error in", "MIX006 missing-files")
        terminal.press("enter")
        terminal.wait_for("What was seen", "--select MIX006")
        terminal.press("f")
        terminal.wait_for("1 of 1 finding chosen")
        terminal.press("enter")
        terminal.wait_for("a applies it", seconds=60)
        terminal.press("a", "y")
        terminal.wait_for(f"{tick} Fixed", seconds=60)
        assert machine.lost.is_file()
        terminal.press("u")
        terminal.wait_for(f"{tick} Undone", seconds=60)
        assert not machine.lost.exists()
        terminal.press("enter")
        terminal.wait_for(f"{cross} 1 error in")
        terminal.press("g", "1")
        terminal.wait_for("choose an environment")
        assert "Welcome" not in terminal.text()
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    assert _COPYING not in terminal.raw, "nothing is copied that the user did not ask for"
    if "NO_COLOR" in variables:
        assert terminal.text().isascii()
        assert not [code for code in _COLOUR.findall(terminal.raw) if not _is_grey(code)]
    if "COLORTERM" not in variables:
        assert b"38;2;" not in terminal.raw, "no colours beyond what the terminal says it has"
    with machine.start(**variables) as terminal:
        shown = terminal.wait_for("choose an environment", ".venv of project")
        assert "Welcome" not in shown, "it is explained once"
        terminal.press("?")
        terminal.wait_for("Esc closes it")
        terminal.press("end")
        terminal.wait_for("never changes anything")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_colours_are_chosen_by_a_key_and_remembered(machine: Machine) -> None:
    with machine.start() as terminal:
        terminal.wait_for("Welcome to envdoctor", ".venv of project")
        terminal.press("T")
        terminal.wait_for("Colours: light")
        terminal.press("T")
        terminal.wait_for("Colours: the terminal's own")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    assert "colours = terminal" in machine.remembered.read_text()
    with machine.start() as terminal:
        terminal.wait_for("choose an environment", ".venv of project")
        backgrounds = {cell.bg for line in terminal.screen.buffer.values() for cell in line.values()}
        assert backgrounds <= {"default", "blue", "black", "white"}, "only what the terminal calls so"
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_what_is_remembered_may_be_damaged_or_impossible_to_write(machine: Machine) -> None:
    machine.remembered.parent.mkdir()
    machine.remembered.write_bytes(b"colours = \x1b[2J\xff\n = \nwelcomed = " + b"[" * 3000)
    with machine.start() as terminal:
        terminal.wait_for("Welcome to envdoctor", ".venv of project")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    nowhere = machine.folder / "file"
    nowhere.write_text("")
    with machine.start(ENVDOCTOR_STATE=str(nowhere / "state")) as terminal:
        terminal.wait_for("Welcome to envdoctor", ".venv of project")
        terminal.press("T")
        terminal.wait_for("Colours: light")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_the_palette_finds_actions_packages_checks_places_and_what_was_done(machine: Machine) -> None:
    with machine.start(".venv") as terminal:
        terminal.wait_for("1 error in")
        terminal.press("ctrl+p", "lost")
        terminal.wait_for("Package: lost-file 1.0", "Finding: MIX006 lost-file")
        terminal.press("escape")
        wait_until_gone(terminal, "Package: lost-file")
        terminal.press("ctrl+p", "settings in")
        terminal.wait_for("Go to: settings in effect")
        terminal.press("down", "enter")
        terminal.wait_for("— settings in effect", "[$UV_CACHE_DIR]")
        terminal.press("escape")
        wait_until_gone(terminal, "settings in effect")
        terminal.press("ctrl+p", "package: lost")
        terminal.wait_for("Package: lost-file 1.0")
        terminal.press("down", "enter")
        terminal.wait_for("Python distribution", "$ envdoctor explain lost-file")
        terminal.press("escape")
        wait_until_gone(terminal, "explain lost-file")
        terminal.press("ctrl+p", "again")
        terminal.wait_for("examine again")
        terminal.press("escape")
        wait_until_gone(terminal, "examine again")
        terminal.press("g", "0")
        terminal.wait_for("since when", "tables, collected")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def _is_grey(code: bytes) -> bool:
    """Whether a colour is a shade between black and white, or the terminal's own."""
    numbers = code[2:-1].decode().split(";")
    for at, number in enumerate(numbers):
        if number in ("38", "48") and numbers[at + 1] == "5":
            palette = int(numbers[at + 2])
            if not (palette >= 232 or palette in (0, 7, 8, 15, 16, 59, 102, 145, 188, 231)):
                return False
        if number in ("38", "48") and numbers[at + 1] == "2" and len(set(numbers[at + 2 : at + 5])) > 1:
            return False
    return True
