"""The report at a terminal: coloured where wanted, plain where not, and never a colour alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel
from tests.tui.terminal import Terminal


@pytest.fixture(scope="module")
def needy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("terminal")
    prefix = make_venv(folder / "env")
    install(prefix, make_wheel(folder, "needy", "2.0", {"needy.py": ""}, requires=["absent>=3"]))
    return prefix


def shown(needy: Path, **variables: str) -> Terminal:
    home = {"HOME": str(needy.parent)}
    with Terminal(["-m", "doctor", "check", str(needy)], variables=home | variables, rows=60) as terminal:
        assert terminal.wait_for_end(20) == 1
    assert "✗ error  DEP001 unmet-requirement" in terminal.text()
    return terminal


def test_colours_at_a_terminal(needy: Path) -> None:
    terminal = shown(needy)
    assert b"\x1b[1;31m" in terminal.raw
    assert all(len(line) <= 80 for line in terminal.text().splitlines())


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb"])
def test_no_colour_where_none_is_wanted(needy: Path, variables: dict[str, str]) -> None:
    terminal = shown(needy, **variables)
    assert b"\x1b[1;31m" not in terminal.raw
    assert b"[31m" not in terminal.raw


def test_nobody_agrees_to_what_was_not_shown_yet() -> None:
    program = (
        "import time; from doctor.cli.asking import agreed; print('working'); time.sleep(1); print(agreed('Really?'))"
    )
    with Terminal(["-c", program]) as terminal:
        terminal.wait_for("working")
        terminal.press("y", "enter")
        terminal.wait_for("Really? [y/N]")
        terminal.press("enter")
        terminal.wait_for("False")
        assert terminal.wait_for_end() == 0


@pytest.mark.parametrize("columns", [50, 80])
def test_no_word_of_an_error_is_cut_at_the_edge(needy: Path, columns: int) -> None:
    with Terminal(
        ["-m", "doctor", "check", "no-such-name"],
        columns=columns,
        cwd=needy.parent,
        variables={"HOME": str(needy.parent)},
    ) as terminal:
        assert terminal.wait_for_end() == 2
    lines = [line for line in terminal.raw.decode().splitlines() if line]
    assert len(lines) > 1
    assert all(len(line) <= columns for line in lines if " " in line.strip())
