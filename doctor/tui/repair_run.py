"""An operation while it goes on, and its verdict: a bar, what is being done, what the tools say, how it ended."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Log, Static

from doctor.fix.events import Ended, Output
from doctor.report.text import Line, Span
from doctor.tui import progress as going
from doctor.tui import verdict
from doctor.tui.asking import Confirm
from doctor.tui.at_work import AtWork
from doctor.tui.frame import Framed
from doctor.tui.lines import STYLES, Lines, content

#: seconds between two drawings
_DRAWN_EVERY = 0.1
#: lines of the tools' output that are kept on the screen
_LOG_LINES = 2_000
#: events taken at one drawing, so that a chatty tool does not hold the keys
_AT_ONCE = 2_000


class RepairRunScreen(Framed):
    """Watch an operation and read what came of it."""

    HELP = (
        "The environment is saved, each step is done, and the environment is examined again. It counts as fixed only "
        "when the chosen findings are gone and no error or warning is new; otherwise the old state is put back. "
        "Leaving stops after the step at hand and puts the old state back."
    )
    KEYS = (
        ("Esc", "while it runs: ask whether to stop; afterwards: back to a fresh examination"),
        ("l", "what the tools said; again, the verdict"),
        ("u", "afterwards: undo"),
        ("n", "afterwards: examine again and go on with the next finding"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "finish", "Done"),
        Binding("u", "undo", "Undo"),
        Binding("n", "next", "Next"),
        Binding("l", "log", "Log"),
        Binding("o", "anyway", "Anyway"),
        Binding("escape", "back", "Leave", key_display="Esc"),
    ]

    def __init__(
        self,
        title: str,
        command_line: str,
        work: AtWork,
        start: going.Progress,
        *,
        finish: Callable[[bool], None],
        undo: Callable[[str], None] | None = None,
        anyway: Callable[[], None] | None = None,
    ) -> None:
        """Hold what follows: finish(True) goes on to the next finding, undo takes the operation's id."""
        super().__init__()
        self._heading = title
        self._said_command = command_line
        self._work = work
        self._progress = start
        self._finish = finish
        self._undo = undo
        self._anyway = anyway
        self.over = False
        self._drawn: tuple[Line, ...] = ()

    def content(self) -> ComposeResult:
        """While it goes on: bar, stages, log. Afterwards: the verdict."""
        yield Static("", id="bar", markup=False)
        yield Lines(lambda _width: (), id="stages")
        yield Log(id="log", max_lines=_LOG_LINES, highlight=False)
        with VerticalScroll(id="verdict-page"):
            yield Static("", id="ending", markup=False)
            yield Lines(lambda _width: (), id="seen")

    def on_mount(self) -> None:
        """Look ten times a second at what has come."""
        self.set_title(self._heading)
        self.set_command_line(self._said_command)
        self.query_one("#log").focus()
        self.set_interval(_DRAWN_EVERY, self._look)
        self._draw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - textual's
        """Offer only what can be done now."""
        ended = self._progress.ended
        offered = {
            "finish": self.over,
            "next": self.over and self._undo is not None,
            "undo": self.over and self._undo is not None and ended is not None and ended.can_undo,
            "log": self.over,
            "anyway": self.over and self._anyway is not None and "--anyway" in self._work.refused,
        }
        return offered.get(action, True)

    def _look(self) -> None:
        taken = min(len(self._work.came), _AT_ONCE)
        told: list[str] = []
        for _ in range(taken):
            event = self._work.came.popleft()
            self._progress = going.after(self._progress, event)
            if isinstance(event, Output):
                told += textwrap.wrap(event.line, max(self.size.width - 4, 20), subsequent_indent="    ") or [""]
        if told:
            self.query_one("#log", Log).write_lines(told)
        if not self.over:
            if not self._work.going and not self._work.came:
                self._end()
            else:
                self._draw()

    def _draw(self) -> None:
        width = self.size.width or 80
        elapsed = int(time.monotonic() - self._work.began)
        clock = f" {elapsed // 60}:{elapsed % 60:02}"
        stopping = "stopping after this step: " if self._work.stopping else ""
        now = Span(f" {stopping}{going.current(self._progress)}", "strong")
        drawn = ((Span(" "), *going.bar(self._progress, width - len(clock) - 2), Span(clock)), (now,))
        if drawn != self._drawn:
            self._drawn = drawn
            self.query_one("#bar", Static).update(content(drawn))
            progress = self._progress
            self.query_one("#stages", Lines).show(lambda width: going.lines(progress, width))

    def _end(self) -> None:
        self.over = True
        word, text, style = verdict.headline(self._progress, self._work.refused, self._work.broken)
        good = style == "fine"
        for hidden in ("#bar", "#stages", "#log"):
            self.query_one(hidden).display = False
        ending = self.query_one("#ending", Static)
        ending.update(Content.assemble((word, STYLES[style]), f"\n{text}"))
        ending.set_classes("-good" if good else "-bad")
        progress = self._progress
        keys = self._keys()
        self.query_one("#seen", Lines).show(lambda width: (*verdict.lines(progress, width), *keys))
        page = self.query_one("#verdict-page")
        page.display = True
        page.focus()
        self.refresh_bindings()

    def _keys(self) -> list[Line]:
        offered = {
            "undo": ("u", "undo it: the old state comes back, byte for byte"),
            "next": ("n", "examine again and go on with the next finding"),
            "anyway": ("o", "do it anyway; what was changed since is lost"),
            "finish": ("Enter", "back to a fresh examination" if self._undo else "back"),
        }
        shown = [pair for action, pair in offered.items() if self.check_action(action, ())]
        return [(Span(f"{key:<6}", "strong"), Span(what)) for key, what in shown]

    def action_log(self) -> None:
        """Show what the tools said instead of the verdict, and back."""
        log, page = self.query_one("#log"), self.query_one("#verdict-page")
        log.display, page.display = page.display, log.display
        (log if log.display else page).focus()

    def action_back(self) -> None:
        """Ask whether to stop; once it is over, go on."""
        if self.over:
            self.action_finish()
        elif not self._work.can_stop:
            self.notify("This goes on to its end, so that nothing is left half-way", markup=False)
        elif not self._work.stopping:
            self.app.push_screen(
                Confirm(
                    "Stop after this step and put the old state back?",
                    "The step at hand is finished first; then everything is as it was before.",
                    yes="stop and put back",
                    no="go on",
                ),
                self._stop_or_not,
            )

    def _stop_or_not(self, answer: bool | None) -> None:
        if answer:
            self._work.stop()

    def action_finish(self) -> None:
        """Back to where it began, examined afresh."""
        self._finish(False)

    def action_next(self) -> None:
        """Back, and on to the next finding."""
        self._finish(True)

    def action_anyway(self) -> None:
        """Begin in spite of the refusal, because the user says so."""
        if self._anyway:
            self._anyway()

    def action_undo(self) -> None:
        """Undo what was just done."""
        ended: Ended | None = self._progress.ended
        if self._undo and ended:
            self._undo(ended.operation)
