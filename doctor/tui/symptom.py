"""The cause of a message that was typed or pasted: what holds in the environment, the fix, and what would harm."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from doctor.asked import request_for
from doctor.collect import LayerStarted
from doctor.model import Severity
from doctor.report.symptom import first_command, render
from doctor.report.words import GLYPHS
from doctor.symptoms.answer import Answer
from doctor.symptoms.finding import find
from doctor.symptoms.paste import understand
from doctor.tui import background
from doctor.tui.command_line import argument_for
from doctor.tui.frame import Framed
from doctor.tui.lines import STYLES, Lines

if TYPE_CHECKING:
    from doctor.target.environment import Environment


class SymptomScreen(Framed):
    """Read what explains a message."""

    HELP = (
        "The checks that could explain the message were run over this environment. Causes that hold here come first, "
        "the best founded first, each with what was seen and its fix; then what the message means, and popular advice "
        "that would harm."
    )
    KEYS = (
        ("↑ ↓", "scroll; PgUp, PgDn, Home and End as well"),
        ("y", "copy the command that repairs the first cause"),
        ("x", "examine the whole environment, and repair from there"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "Copy fix"),
        Binding("x", "examine", "Examine"),
    ]

    def __init__(self, environment: Environment, message: str, *, project: str | None = None) -> None:
        super().__init__()
        self.answer: Answer | None = None
        self._environment = environment
        self._message = message
        self._project = project

    def content(self) -> ComposeResult:
        """A line that says how it goes, and one scrolling text."""
        yield Static(Content.styled("looking for the cause …", "dim"), id="status")
        with VerticalScroll(id="page"):
            yield Lines(lambda _width: (), id="details")

    def on_mount(self) -> None:
        """Start to look."""
        self.set_title(f"The cause of a message — {self._environment.name or self._environment.prefix}")
        self.set_command_line(f"envdoctor find --env {argument_for(self._environment)}")
        self.query_one("#page").focus()
        self.begin("find", self._find)

    def _find(self, _stop: threading.Event) -> Iterator[object]:
        request = request_for(self._environment, project=self._project, deep=False)
        yield from find(request, understand(self._message))

    @on(background.Came)
    def _came(self, message: background.Came[object]) -> None:
        if isinstance(message.item, LayerStarted):
            self.say(f"reading {message.item.layer} …", "dim")
        elif isinstance(message.item, Answer):
            found, named = message.item, argument_for(self._environment)
            self.answer = found
            self.query_one("#details", Lines).show(lambda width: render(found, width=width, command_line=named))

    @on(background.Ended)
    def _ended(self, message: background.Ended) -> None:
        if message.failure:
            self.say(f"{GLYPHS[Severity.ERROR]} {message.failure}", STYLES["error"])
        else:
            self.query_one("#status").display = False

    def action_copy(self) -> None:
        """Copy the command, because the user asked."""
        command = first_command(self.answer, argument_for(self._environment)) if self.answer else ""
        if command:
            self.app.copy_to_clipboard(f"{command}\n")
            self.notify(f"Copied: {command}", markup=False)
        else:
            self.notify("There is no command to copy", markup=False)

    def action_examine(self) -> None:
        """Examine everything."""
        from doctor.tui.examination import ExaminationScreen

        self.app.push_screen(ExaminationScreen(self._environment, project=self._project))
