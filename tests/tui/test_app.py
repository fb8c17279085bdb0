"""The app in a real terminal, driven by keys alone, on a real sick environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel
from tests.tui.terminal import Terminal


@pytest.fixture(scope="module")
def sick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with an environment in which a file is gone and a requirement is not met."""
    folder = tmp_path_factory.mktemp("app")
    wheels = folder / "wheels"
    prefix = make_venv(folder / "project" / ".venv")
    install(
        prefix,
        make_wheel(wheels, "lost-file", "1.0", {"lost_file/__init__.py": "", "lost_file/part.py": "x = 1\n"}),
        make_wheel(wheels, "needy", "2.0", {"needy.py": ""}, requires=["absent>=3"]),
    )
    next(prefix.glob("lib/python3*/site-packages/lost_file/part.py")).unlink()
    return folder / "project"


def start(project: Path, *arguments: str, columns: int = 80, rows: int = 24, **variables: str) -> Terminal:
    home = project.parent / "home"
    home.mkdir(exist_ok=True)
    outside = {"HOME": str(home), "VIRTUAL_ENV": "", "CONDA_PREFIX": ""}
    return Terminal(
        ["-m", "doctor", *arguments], columns=columns, rows=rows, variables=outside | variables, cwd=project
    )


def test_from_the_list_to_a_finding_and_back(sick: Path) -> None:
    with start(sick) as terminal:
        terminal.wait_for("choose an environment", ".venv of project", "$ envdoctor list", "q Quit")
        terminal.press("enter")
        shown = terminal.wait_for("✗ 2 errors", "MIX006 missing-files", "DEP001 unmet-requirement")
        assert "$ envdoctor check .venv" in shown
        terminal.press("/", "lost", "enter")
        assert "DEP001" not in terminal.wait_for("MIX006")
        terminal.press("enter")
        shown = terminal.wait_for("What was seen", "lost_file/part.py", "--select MIX006")
        terminal.press("e")
        terminal.wait_for("How it is found", "$ envdoctor explain MIX006")
        terminal.press("escape")
        terminal.wait_for("--select MIX006")
        terminal.press("escape")
        terminal.wait_for("$ envdoctor check .venv", "MIX006")
        terminal.press("escape")
        terminal.wait_for("MIX006", "DEP001")
        terminal.press("escape")
        terminal.wait_for("choose an environment")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_severity_sort_checks_and_help(sick: Path) -> None:
    with start(sick, ".venv") as terminal:
        terminal.wait_for("✗ 2 errors")
        terminal.press("v", "v")
        terminal.wait_for("only warnings")
        terminal.press("v", "v", "s")
        terminal.wait_for("by code")
        terminal.press("c")
        terminal.wait_for("how they came out", "! findings")
        terminal.press("escape")
        terminal.wait_for("MIX006", "by code")
        terminal.press("?")
        terminal.wait_for("Help", "open the chosen finding", "every action and finding")
        terminal.press("escape")
        terminal.wait_for("by code")
        terminal.press("r")
        terminal.wait_for("✗ 2 errors")
        terminal.press("ctrl+p", "Finding: DEP")
        terminal.wait_for("Finding: DEP001")
        terminal.press("down", "enter")
        terminal.wait_for("What was seen", "absent")
        terminal.press("ctrl+c")
        assert terminal.wait_for_end() == 0


@pytest.mark.parametrize(("columns", "rows"), [(40, 12), (200, 60)])
def test_other_sizes_have_no_dead_end(sick: Path, columns: int, rows: int) -> None:
    with start(sick, columns=columns, rows=rows) as terminal:
        terminal.wait_for("choose an environment", ".venv of project")
        terminal.press("enter")
        terminal.wait_for("2 errors", "DEP001")
        terminal.press("enter")
        terminal.wait_for("DEP001", "absent")
        terminal.press("?")
        terminal.wait_for("Help  Esc")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_no_colour_is_sent_where_none_is_wanted_and_words_carry_the_meaning(sick: Path) -> None:
    with start(sick, ".venv", NO_COLOR="1") as terminal:
        terminal.wait_for("✗ 2 errors", "✗ error")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    colours = {(character.fg, character.bg) for line in terminal.screen.buffer.values() for character in line.values()}
    for foreground, background in colours:
        for colour in (foreground, background):
            assert colour in ("default", "white", "black") or len({colour[i : i + 2] for i in (0, 2, 4)}) == 1, colour


def test_resizing_keeps_the_screen_whole(sick: Path) -> None:
    with start(sick, ".venv") as terminal:
        terminal.wait_for("✗ 2 errors")
        terminal.resize(40, 12)
        terminal.wait_for("2 errors")
        terminal.resize(120, 40)
        terminal.wait_for("✗ 2 errors", "What was seen")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_quitting_while_examining_leaves_no_process(sick: Path) -> None:
    with start(sick, ".venv") as terminal:
        terminal.wait_for("envdoctor check")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_quitting_while_a_file_system_hangs_leaves_no_process(sick: Path) -> None:
    hanging = (
        "import sys, time, doctor.collect.files as files\n"
        "files.read = lambda request, facts: time.sleep(1000)\n"
        "from doctor.__main__ import main\n"
        "sys.argv = ['envdoctor', '.venv']\n"
        "sys.exit(main())"
    )
    with Terminal(["-c", hanging], cwd=sick, variables={"HOME": str(sick.parent)}) as terminal:
        terminal.wait_for("reading files", "DEP001")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_healthy_environment_says_so_and_what_else_there_is(tmp_path: Path) -> None:
    make_venv(tmp_path / ".venv")
    project = tmp_path / "project"
    project.mkdir()
    with start(project, str(tmp_path / ".venv")) as terminal:
        terminal.wait_for("✓ No problem found", "Nothing to do here", "c  every check")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_wrong_name_is_told_before_the_screen_is_taken(sick: Path) -> None:
    with start(sick, "nothing-of-that-name") as terminal:
        assert terminal.wait_for_end(20) == 2
    assert "nothing-of-that-name" in terminal.text()
    assert b"\x1b[?1049h" not in terminal.raw


def test_without_a_terminal_that_can_show_it_the_report_is_printed(sick: Path) -> None:
    with start(sick, ".venv", TERM="dumb") as terminal:
        assert terminal.wait_for_end(20) == 1
    assert "MIX006 missing-files" in terminal.raw.decode()
    assert b"\x1b" not in terminal.raw
