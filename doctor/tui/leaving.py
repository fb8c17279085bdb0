"""Leaves the app while something is being changed: never half-way without a word."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from doctor.tui.asking import Confirm
from doctor.tui.at_work import AtWork

if TYPE_CHECKING:
    from doctor.tui.app import EnvDoctor


class Leave(Confirm):
    """Asks whether to leave; leaving once more, as with Ctrl+C, is a yes."""


def ask_to_leave(app: EnvDoctor) -> None:
    """Ask to stop and put back before leaving; where that goes on already, whether to leave it to recover."""
    if isinstance(app.screen, Leave):
        app.screen.dismiss(True)
        return
    going = [work for work in app.at_work if work.going]
    names = ", ".join(work.name for work in going)
    if any(work.can_stop and not work.stopping for work in going):
        question = Leave(
            "Stop after this step, put the old state back, and quit?",
            f"{names} is being changed. envdoctor quits as soon as everything is as it was before.",
            yes="stop, put back, quit",
            no="go on",
        )
        app.push_screen(question, lambda yes: _stop_and_leave(app, going) if yes else None)
    else:
        question = Leave(
            "Quit before the old state is back?",
            f"{names} would be left half-way; envdoctor recover then puts it back.",
            yes="quit now",
            no="wait until it is done",
        )
        app.push_screen(question, lambda yes: _leave_behind(app) if yes else None)


def see_to(going: Sequence[AtWork], *, left_behind: bool) -> None:
    """When the app is gone: wait for work that is not done, say what came of it, or how it is finished later."""
    for work in going:
        if work.going and (left_behind or not _finished(work)):
            sys.stderr.write(f"envdoctor: {work.name} was left half-way; to put it back: envdoctor recover\n")
        else:
            sys.stderr.write(f"envdoctor: {work.name}: {work.result}\n")


def _finished(work: AtWork) -> bool:
    """Wait for work to end; False if the user does not want to."""
    work.stop()
    sys.stderr.write(f"envdoctor: putting {work.name} back; Ctrl+C leaves that to envdoctor recover\n")
    try:
        while not work.wait(0.2):
            pass
    except KeyboardInterrupt:
        return False
    return True


def _stop_and_leave(app: EnvDoctor, going: Sequence[AtWork]) -> None:
    for work in going:
        work.stop()

    def leave_when_done() -> None:
        if not any(work.going for work in app.at_work):
            app.exit(0)

    app.set_interval(0.1, leave_when_done)


def _leave_behind(app: EnvDoctor) -> None:
    app.left_behind = True
    app.exit(0)
