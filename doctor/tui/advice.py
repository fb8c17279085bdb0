"""Advice for the project at hand: which problem is being solved, then the way, its reasons and the file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from doctor.model import Severity
from doctor.report.words import FINE, GLYPHS
from doctor.tui import background
from doctor.tui.asking import Confirm, OneOf
from doctor.tui.frame import Framed
from doctor.tui.lines import STYLES, Lines

if TYPE_CHECKING:
    from doctor.onboard.advice.weighing import Advice, Problem
    from doctor.onboard.advice.writing import Draft


class AdviceScreen(Framed):
    """Read which package manager suits the project, and write the file that says so."""

    HELP = (
        "envdoctor looks at what the project imports, what its files ask for and what this machine has, and recommends "
        "pip or uv, conda or pixi, or both together, with its reasons. w writes the file whose difference is shown; "
        "nothing is written before."
    )
    KEYS = (
        ("↑ ↓", "scroll; PgUp, PgDn, Home and End as well"),
        ("p", "another problem: exploration, script, ML, research, throw-away"),
        ("w", "write the file; asks once more"),
        ("y", "copy the commands"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "problem", "Problem"),
        Binding("w", "write", "Write"),
        Binding("y", "copy", "Copy commands"),
    ]
    HEADING = "Which package manager for this project?"
    COMMAND_LINE = "envdoctor advise"

    def __init__(self, project: Path) -> None:
        super().__init__()
        self._project = project
        self._problem: Problem = "exploration"
        self._came_to: tuple[Advice, Draft] | None = None

    def content(self) -> ComposeResult:
        """A line that says how it goes, and one scrolling text."""
        yield Static("", id="status", markup=False)
        with VerticalScroll(id="page"):
            yield Lines(lambda _width: (), id="details")

    def on_mount(self) -> None:
        """Ask first which problem it is."""
        self.set_title(f"{self._project.name} — which package manager?")
        self.query_one("#page").focus()
        self.action_problem()

    def action_problem(self) -> None:
        """Ask which problem is being solved."""
        from doctor.onboard.advice.weighing import PROBLEMS

        self.app.push_screen(OneOf("Which problem are you solving now?", list(PROBLEMS.items())), self._chosen)

    def _chosen(self, problem: str | None) -> None:
        if problem is None:
            if self._came_to is None:
                self.action_back()
            return
        self._problem = problem  # type: ignore[assignment]
        self.set_command_line(f"envdoctor advise --for {problem}")
        self.say("looking at the project …", "dim")
        self.query_one("#page").focus()
        self.begin("advise", self._advise)

    def _advise(self, _stop: threading.Event) -> Iterator[tuple[Advice, Draft]]:
        from doctor.onboard.advice.packages import packages_of
        from doctor.onboard.advice.seen import seen
        from doctor.onboard.advice.weighing import advise
        from doctor.onboard.advice.writing import draft

        _, facts = seen(self._project)
        advice = advise(self._problem, packages_of(facts), facts)
        yield advice, draft(advice, facts, self._project)

    @on(background.Came)
    def _came(self, message: background.Came[tuple[Advice, Draft]]) -> None:
        from doctor.onboard.advice.telling import lines_of

        advice, drafted = self._came_to = message.item
        self.say(f"w writes {drafted.path}" if drafted.path else " there is no file to write", "dim")
        self.query_one("#details", Lines).show(lambda width: lines_of(advice, drafted, width))
        self.query_one("#page").scroll_home(animate=False)

    @on(background.Ended)
    def _ended(self, message: background.Ended) -> None:
        if message.failure:
            self.say(f"{GLYPHS[Severity.ERROR]} {message.failure}", STYLES["error"])

    def action_write(self) -> None:
        """Ask, then write."""
        drafted = self._came_to[1] if self._came_to else None
        if drafted is None or not drafted.path:
            self.notify("There is no file to write", markup=False)
            return
        about = "What it was is kept." if drafted.before is not None else "It is not there yet."
        self.app.push_screen(Confirm(f"Write {drafted.path}?", about, "write it", "leave it"), self._write)

    def _write(self, yes: bool | None) -> None:
        from doctor.failure import Failure
        from doctor.onboard.advice.writing import write_down

        if not yes or self._came_to is None:
            return
        drafted = self._came_to[1]
        try:
            kept = write_down(drafted, self._project)
        except Failure as error:
            self.say(f"{GLYPHS[Severity.ERROR]} {error}", STYLES["error"])
            return
        was = f"; what it was is kept in {kept}" if kept else ""
        self.say(f"{FINE} {drafted.path} is written{was}", STYLES["fine"])
        self._came_to = (self._came_to[0], drafted._replace(path=""))

    def action_copy(self) -> None:
        """Copy the commands, because the user asked."""
        commands = self._came_to[1].commands if self._came_to else ()
        if commands:
            self.app.copy_to_clipboard("".join(f"{command}\n" for command in commands))
            self.notify("Copied: " + "; ".join(commands), markup=False)
        else:
            self.notify("There is no command to copy", markup=False)
