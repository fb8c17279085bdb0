"""Plans and events in words: nothing too wide, nothing left out, commands that a shell reads back as they are."""

from __future__ import annotations

import shlex

import pytest

from doctor.fix.events import Ended, Output, PutBack, Saved, Saving, StepDone, StepStarted, Verified, Verifying
from doctor.fix.plan import Anew, Change, Command, Known, Write
from doctor.report.plan import (
    ENDINGS,
    commands,
    costs,
    environment_word,
    event_line,
    undo_command,
    verdict,
    views,
    whole,
)
from doctor.report.text import Line, plain_text
from tests.fix.test_plan_json import EVENTS, PLAN


def text(lines: object) -> str:
    return plain_text(lines)  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [50, 80, 100])
def test_no_line_is_wider_than_asked_but_commands_and_files(width: int) -> None:
    for line in text(views(PLAN, width).sentence).splitlines():
        assert len(line) <= width, line


def test_sentence_says_what_happens_what_it_costs_and_the_way_back() -> None:
    said = " ".join(text(views(PLAN).sentence).split())
    assert "MIX006 numpy: a file is gone → Install it again (careful)" in said
    assert "2. Reinstall numpy" in said
    assert "left to you: Restart the kernel" in said
    assert "It downloads from the network, how much is not known beforehand; beside that it needs up to" in said
    assert "with 3 files is saved by hard links in /home/me/state, which takes 100 bytes while it runs" in said
    assert "/home/me/.condarc is saved as well" in said
    assert "Undo: envdoctor undo /home/me/env" in said
    assert "Refused today: pip is at work on it now" in said


def test_what_cannot_be_taken_back_says_so() -> None:
    said = " ".join(text(views(PLAN._replace(reversible=False)).sentence).split())
    assert "cannot be brought back" in said
    assert "Undo:" not in said


def test_packages_are_told_by_manager_with_majors_first() -> None:
    changes = (
        Change("numpy", "pip", "1.26.4", "2.1.0", major=True, size=20_000_000),
        Change("absent", "pip", "", "3.1"),
        Change("gone", "pip", "1.0", ""),
        Change("openssl", "conda", "3.4.0 h0_0", "3.4.0 h0_0"),
    )
    lines = text(views(PLAN._replace(changes=changes)).packages).splitlines()
    assert lines[0] == "by conda: 1 installed again"
    assert lines[1].split() == ["openssl", "3.4.0", "h0_0", "again"]
    assert lines[2] == "by pip: 1 added, 1 changed, 1 removed, 1 to another major version"
    assert lines[3].split() == ["numpy", "1.26.4", "→", "2.1.0", "MAJOR", "20", "MB"]
    assert lines[4].split() == ["absent", "3.1", "added"]
    assert lines[-1] == "dry run by uv 0.9"


def test_edits_are_shown_line_by_line() -> None:
    shown = text(views(PLAN).commands)
    assert "  -solver: classic\n  +solver: libmamba\n" in shown
    assert "  --- /dev/null\n  +++ spec.txt\n" in shown
    assert "uv 0.9  /usr/bin/uv" in shown


def test_commands_survive_the_shell() -> None:
    nasty = Command("x", ("/usr/bin/uv", "a; rm -rf /", "$HOME", "{prefix}/x"), "uv", {"A": "{work}/c d"})
    (line,) = commands(PLAN._replace(steps=(nasty,)))
    assert shlex.split(line) == [
        f"A=/tmp/envdoctor-{PLAN.id}/c d", "/usr/bin/uv", "a; rm -rf /", "$HOME", "/home/me/env/x",
    ]  # fmt: skip
    assert len(commands(PLAN)) == 3, "the command, that of the new environment, and the one to copy"


def test_windows_gets_powershell() -> None:
    command = Command("x", ("C:/Users/Ann Lee/uv.exe", "it's"), "uv", {"A": "1"})
    plan = PLAN._replace(prefix="C:/Users/Ann Lee/env", steps=(command,))
    assert commands(plan) == ("$env:A = '1'; & 'C:/Users/Ann Lee/uv.exe' 'it''s'",)


def test_environment_is_named_as_a_command_line_needs_it() -> None:
    assert environment_word(PLAN._replace(kind="conda", name="demo")) == "demo"
    assert environment_word(PLAN._replace(kind="conda", name="my env")) == "/home/me/env"
    assert undo_command(PLAN._replace(prefix="/home/me/my env")) == "envdoctor undo '/home/me/my env'"


def test_costs_are_one_sentence() -> None:
    needs = "needs up to 100 bytes of disk space and takes about"
    plain = PLAN._replace(network=False, download=0, seconds=200)
    assert costs(plain) == f"It downloads nothing, {needs} 3 minutes."
    assert (
        costs(plain._replace(network=True)) == f"It downloads nothing, but asks the package index, {needs} 3 minutes."
    )
    assert costs(PLAN._replace(download=12_000_000)) == f"It downloads 12 MB, {needs} 8 s."


def test_what_is_said_before_a_command_can_be_copied_with_it() -> None:
    step = Command("Move aside, to where undo finds it: " + "lib/python3.13/site-packages/x " * 9, ("/bin/true",), "uv")
    for line in text(views(PLAN._replace(steps=(step,), programs=())).commands).splitlines():
        assert line.startswith(("# ", "$ "))
        assert len(line) <= 80


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_every_event_is_one_line_or_none(event: object) -> None:
    line = event_line(event)  # type: ignore[arg-type]
    assert (line is None) == isinstance(event, Saving | StepDone | Verifying)
    assert line is None or "\n" not in text([line]).rstrip("\n")


def test_a_hostile_plan_cannot_drive_the_terminal() -> None:
    bad = "\x1b]52;c;evil\x07\u202e"
    write = Write(bad, "x", "a\n", f"{bad}\n")
    plan = PLAN._replace(
        name=bad, blocked=(bad,), source=bad, changes=(Change(bad, "pip", bad, bad),),
        steps=(write, Command(bad, (bad,), "uv"), Anew(bad, (), ((bad, bad),))),
        chosen=(PLAN.chosen[0]._replace(subject=bad, remedy=bad, trade_off=bad),),
    )  # fmt: skip
    shown = text(whole(plan))
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    lines = [event_line(Output(bad)), event_line(StepStarted(1, 1, write)), event_line(Ended(bad, "fixed", bad))]
    for line in lines:
        assert line is not None
        assert "\x1b" not in text([line])


def test_verdict_says_what_went_with_it() -> None:
    seen = Verified(also_gone=(Known("MIX004", "~x", "warning"),), notes=(Known("SIZ001", "y", "note"),))
    said = text(verdict(Ended("1", "fixed", "MIX006 numpy is gone"), seen))
    assert (
        said == "✓ Fixed: MIX006 numpy is gone\n  Also gone: MIX004 ~x\n  New notes, for you to know:\n  i SIZ001 y\n"
    )
    assert text(verdict(Ended("1", "undone", "undone: as it was"), None)) == "✓ Undone: as it was\n"
    for ending in ENDINGS:
        line: Line | None = event_line(Ended("1", ending, ""))
        assert line is not None


def test_saved_and_put_back_say_how_long_and_how_much() -> None:
    saved = event_line(Saved(1200, 5_000_000, 0.42, "links"))
    back = event_line(PutBack(3, 1.0, ("x: no room",)))
    assert saved is not None
    assert back is not None
    assert text([saved]) == "Saved 1,200 files by hard links in 0.4 s, 5 MB on disk\n"
    assert text([back]) == "3 paths restored in 1.0 s; 1 could not be\n"
