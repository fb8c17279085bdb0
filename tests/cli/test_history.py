"""envdoctor history: each operation says what its saved copies are good for."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from doctor.cli import undo
from doctor.cli.history import _lines
from doctor.cli.status import ExitCode
from doctor.fix.history import Operation
from doctor.fix.host.snapshot import Places
from doctor.report.text import plain_text
from tests.fix.test_plan_json import PLAN


def operation(ending: str, size: int, *, can_undo: bool = False) -> Operation:
    prefix = Path(PLAN.prefix)
    places = Places(prefix, prefix, prefix, "links")
    return Operation(PLAN.id, prefix, "env", "fix", 1.8e9, ending, "", PLAN, size, can_undo, prefix, places)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (operation("", 2_000), "2 kB saved, envdoctor recover puts it back"),
        (operation("fixed", 2_000, can_undo=True), "2 kB saved, can be undone"),
        (operation("done", 0), "no way back"),
        (operation("broken", 2_000), "2 kB saved, no way back"),
        (operation("put-back", 0), ""),
        (operation("undone", 0), ""),
    ],
    ids=lambda value: value.ending if isinstance(value, Operation) else "",
)
def test_what_the_copies_are_good_for(found: Operation, said: str) -> None:
    first = plain_text(_lines([found], 80)).splitlines()[0]
    assert first.rstrip().endswith(f"env  {said}".rstrip())


def test_what_to_do_next() -> None:
    able, cut_short, back = operation("fixed", 1, can_undo=True), operation("", 1), operation("put-back", 0)
    assert plain_text(_lines([able, back], 80)).rstrip().endswith("envdoctor undo ID")
    assert plain_text(_lines([able, cut_short], 80)).rstrip().endswith("envdoctor recover")
    assert plain_text(_lines([back], 80)).rstrip().endswith("saved copies.")


def test_the_question_of_an_undo_breaks_no_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("ENVDOCTOR_STATE", str(tmp_path))
    found = operation("fixed", 2_000, can_undo=True)._replace(text="numpy is whole again; " * 9)
    monkeypatch.setattr(undo, "_operation", lambda *_: found)
    monkeypatch.setattr(undo, "can_ask", lambda: True)
    monkeypatch.setattr(undo, "agreed", lambda _: False)
    assert undo.run(argparse.Namespace(yes=False, json=False)) == ExitCode.FAILED
    asked = capsys.readouterr().err
    assert "Its saved copies take 2 kB." in " ".join(asked.split())
    assert max(map(len, asked.splitlines())) <= 80
