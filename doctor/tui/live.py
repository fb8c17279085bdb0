"""What is tried in the environment's own Python, after a yes: progress, then what came of it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from doctor.facts import Live
from doctor.live.probe import Done, Event, Probed, Trying, probe
from doctor.model import Examination, Severity
from doctor.report.live import render
from doctor.report.words import FINE, GLYPHS
from doctor.target.environment import Request
from doctor.tui import background
from doctor.tui.frame import Framed
from doctor.tui.lines import STYLES, Lines


class LiveScreen(Framed):
    """Watch imports being tried, and read which of them fail and why."""

    HELP = (
        "Each module is imported alone, in a process of the environment's own Python, with time, memory and number of "
        "processes limited. What fails is shown with the findings that name the same package or library. Esc ends it."
    )
    KEYS = (("↑ ↓", "scroll; PgUp, PgDn, Home and End as well"), ("Esc", "end what is being tried, and go back"))

    def __init__(
        self, request: Request, examination: Examination, environment: str, *, tell: Callable[[Live], None]
    ) -> None:
        super().__init__()
        self._request = request
        self._examination = examination
        self._environment = environment
        self._tell = tell
        self._so_far = Live(asked=True)

    def content(self) -> ComposeResult:
        """The sentence, and one scrolling text."""
        yield Static(Content.styled("… starting", "bold"), id="verdict", markup=False)
        with VerticalScroll(id="page"):
            yield Lines(lambda _width: (), id="tried")

    def on_mount(self) -> None:
        """Begin: the question was answered on the screen before."""
        identity = self._examination.facts.identity
        self.set_title(f"{identity.name or identity.prefix} — tried in its own Python")
        self.set_command_line(f"envdoctor check {self._environment} --live")
        self.query_one("#page").focus()
        self.begin("live", self._probe)

    def _probe(self, stop: threading.Event) -> Iterator[Event]:
        with contextlib.closing(probe(self._request, self._examination.facts, stop=stop.is_set)) as events:
            yield from events

    @on(background.Came)
    def _came(self, message: background.Came[Event]) -> None:
        match message.item:
            case Trying(what, number, total):
                where = f", {number} of {total}" if number else ""
                self.say(f"… trying {what}{where}", "bold", of="#verdict")
            case Done(tried):
                found = sorted((*self._so_far.imports, tried), key=lambda one: one.module)
                self._show(self._so_far._replace(imports=tuple(found)))
            case Probed(live):
                self._show(live)
                self._tell(live)
                if live.failed:
                    self.say(
                        f"{GLYPHS[Severity.ERROR]} Something that is needed does not work",
                        STYLES["error"],
                        of="#verdict",
                    )
                else:
                    self.say(f"{FINE} What is needed works", STYLES["fine"], of="#verdict")

    @on(background.Ended)
    def _ended(self, message: background.Ended) -> None:
        if message.failure:
            self.say(f"{GLYPHS[Severity.ERROR]} {message.failure}", STYLES["error"], of="#verdict")

    def _show(self, live: Live) -> None:
        self._so_far = live
        findings = self._examination.findings
        self.query_one("#tried", Lines).show(lambda width: render(live, findings, width))
