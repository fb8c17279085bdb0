"""A screen says a thing once, offers what can be done, and says a finding by its sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor import checks
from doctor.facts import Facts
from doctor.fix.events import Ended
from doctor.fix.operating.verify import compare
from doctor.model import Examination, Finding, Outcome, Severity
from doctor.report.plan import verdict as verdict_of_fix
from doctor.report.text import plain_text
from doctor.tui import verdict
from doctor.tui.progress import Progress
from tests.onboard.repositories import BY_UV, clean_variables, with_lock
from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel
from tests.tui.terminal import Terminal


def _app(tmp_path: Path, *words: str, cwd: Path, rows: int = 24) -> Terminal:
    (tmp_path / "home").mkdir(exist_ok=True)
    more = {"HOME": str(tmp_path / "home"), "ENVDOCTOR_STATE": str(tmp_path / "state"), "PIP_CONFIG_FILE": "/dev/null"}
    offline = {"UV_NO_INDEX": "1", "UV_FIND_LINKS": str(tmp_path / "wheels"), "VIRTUAL_ENV": "", "CONDA_PREFIX": ""}
    return Terminal(["-m", "doctor", *words], rows=rows, variables=clean_variables(more | offline), cwd=cwd)


@pytest.mark.parametrize("sick", [False, True])
def test_a_repair_is_offered_where_there_is_one(tmp_path: Path, sick: bool) -> None:
    prefix = make_venv(tmp_path / "project/.venv")
    if sick:
        (next(prefix.glob("lib/python3*/site-packages")) / "~eedy-1.9.dist-info").mkdir()
    with _app(tmp_path, ".venv", cwd=tmp_path / "project") as terminal:
        terminal.wait_for("MIX004" if sick else "Nothing to do here")
        shown = terminal.wait_for("f repairs" if sick else "hash of every")
        footer = shown.splitlines()[-1]
        assert "Checks" in footer
        assert ("f Fix" in footer) is sick
        assert shown.count("hash of every") == (0 if sick else 1)


def test_the_edits_of_a_step_are_told_once(tmp_path: Path) -> None:
    folder = with_lock(tmp_path / "shop", tmp_path / "wheels", head=BY_UV)
    wheel = make_wheel(tmp_path / "built", "shop", "0.1", {"shop.py": ""})
    install(make_venv(folder / ".venv"), tmp_path / "wheels/scales-2.0-py3-none-any.whl", wheel)
    with _app(tmp_path, cwd=folder, rows=70) as terminal:
        terminal.wait_for("choose an environment")
        terminal.press("o")
        terminal.wait_for("Enter: Set SHOP_MODE=test")
        terminal.press("enter")
        shown = terminal.wait_for("a takes this step", "Undo:")
        listed, _, commands = shown.partition("Commands and edits")
        assert commands
        assert listed.count("(posix)") == 1
        assert shown.count("downloads nothing") == 1


def test_what_is_new_is_told_by_its_sentence() -> None:
    note = Finding(Severity.NOTE, "undeclared", "tidal is imported and declared nowhere", code="REP002")
    outcome = Outcome(next(iter(checks.load(["REP002"]))), "findings", (note,))
    seen = compare((), Examination(Facts(), ()), Examination(Facts(), (outcome,)))
    ended = Ended("20261122-143015-3fa9", "fixed", "MIX006 numpy is gone", can_undo=True)
    shown = plain_text(verdict.lines(Progress((), verified=seen, ended=ended), 80))
    assert "i REP002 undeclared: tidal is imported and declared nowhere" in shown
    assert "i REP002 undeclared: tidal is imported" in plain_text(verdict_of_fix(ended, seen))
