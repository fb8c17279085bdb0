"""Begins operations and goes on when they are over: the one place that joins the guide, the history and the app."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from doctor.fix.folders import state_folder
from doctor.reading.redact import show
from doctor.report.steps import shell_word
from doctor.tui import progress
from doctor.tui.at_work import AtWork, Events
from doctor.tui.examination import ExaminationScreen
from doctor.tui.repair_run import RepairRunScreen

if TYPE_CHECKING:
    from doctor.fix.history import Operation
    from doctor.fix.options import Options
    from doctor.fix.plan import Plan
    from doctor.target.environment import Request
    from doctor.tui.app import EnvDoctor


def fix(app: EnvDoctor, plan: Plan, request: Request, options: Options, command_line: str) -> None:
    """Carry a plan out and show it."""
    from doctor.fix.operate import operate

    state, prefix = state_folder(), Path(plan.prefix)
    work = _work(app, plan.name, lambda stop: operate(plan, request, options, state, stop=stop))
    app.push_screen(
        RepairRunScreen(
            f"Repairing {plan.name}",
            command_line,
            work,
            progress.expected(plan.steps),
            finish=lambda go_on: _go_back(app, prefix, go_on=go_on),
            undo=lambda operation: _undo_by_id(app, operation, prefix),
        )
    )


def undo(app: EnvDoctor, operation: Operation, *, anyway: bool = False) -> None:
    """Undo an operation and show it."""
    from doctor.fix.undo import undo as events

    state = state_folder()

    def begun_anyway() -> None:
        app.pop_screen()
        undo(app, operation, anyway=True)

    _back(
        app,
        operation,
        "Undoing what was done to",
        f"envdoctor undo {shell_word(show(operation.prefix))} {operation.id}",
        lambda _stop: events(operation, state, anyway=anyway),
        anyway=None if anyway else begun_anyway,
    )


def recover(app: EnvDoctor, operation: Operation) -> None:
    """Put back what an unfinished operation left, and show it."""
    from doctor.fix.recover import recover as events

    state = state_folder()
    _back(app, operation, "Recovering", "envdoctor recover", lambda _stop: events(operation, state))


def _undo_by_id(app: EnvDoctor, wanted: str, prefix: Path) -> None:
    from doctor.fix.history import operations

    found = next((one for one in operations(state_folder(), prefix) if one.id == wanted), None)
    if found is None:
        app.notify("There is nothing left to undo: the saved copies are gone", severity="warning", markup=False)
        return
    app.pop_screen()
    undo(app, found)


def _back(
    app: EnvDoctor,
    operation: Operation,
    title: str,
    command_line: str,
    events: Events,
    anyway: Callable[[], None] | None = None,
) -> None:
    prefix = operation.prefix
    app.push_screen(
        RepairRunScreen(
            f"{title} {operation.name}",
            command_line,
            _work(app, operation.name, events, can_stop=False),
            progress.backwards(),
            finish=lambda _go_on: _go_back(app, prefix, go_on=False),
            anyway=anyway,
        )
    )


def _work(app: EnvDoctor, name: str, events: Events, *, can_stop: bool = True) -> AtWork:
    work = AtWork(name, events, can_stop=can_stop)
    app.at_work.append(work)
    return work


def _go_back(app: EnvDoctor, prefix: Path, *, go_on: bool) -> None:
    """Leave the guide's screens and look at the environment afresh, as far as it is on a screen."""
    from doctor.tui.environments import EnvironmentsScreen
    from doctor.tui.history import HistoryScreen

    there = prefix.exists()
    while not isinstance(app.screen, ExaminationScreen | HistoryScreen | EnvironmentsScreen) or not (
        there or isinstance(app.screen, HistoryScreen | EnvironmentsScreen)
    ):
        app.pop_screen()
    for screen in app.screen_stack:
        if isinstance(screen, EnvironmentsScreen) and there != (str(prefix) in screen.environments):
            screen.look_again()
        if isinstance(screen, ExaminationScreen) and screen.environment.prefix.resolve() == prefix.resolve():
            screen.look_again(then_repair=go_on and screen is app.screen)
        elif isinstance(screen, HistoryScreen):
            screen.load()
    app.look_for_unfinished()
