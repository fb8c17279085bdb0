"""The settings that are in effect for an environment: conda's, pip's, uv's and variables, each with its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from doctor.facts import Facts
from doctor.tui import background
from doctor.tui.command_line import argument_for
from doctor.tui.frame import Framed
from doctor.tui.lines import Lines

if TYPE_CHECKING:
    from doctor.target.environment import Environment


class SettingsScreen(Framed):
    """Read what is set, where, and what wins."""

    HELP = (
        "Configuration of conda, pip and uv comes from many files and variables. Here they are merged as those tools "
        "merge them: the value that counts stands first, with the file and line that sets it; a value that another "
        "one overrides follows, marked so. Tokens and passwords are left out when the files are read."
    )
    KEYS = (("↑ ↓", "scroll; PgUp, PgDn, Home and End as well"), ("r", "read the settings again"))
    BINDINGS: ClassVar[list[BindingType]] = [Binding("r", "again", "Again")]

    def __init__(self, environment: Environment) -> None:
        super().__init__()
        self._environment = environment

    def content(self) -> ComposeResult:
        """One scrolling text."""
        yield Static("", id="status")
        with VerticalScroll(id="page"):
            yield Lines(lambda _width: (), id="details")

    def on_mount(self) -> None:
        """Begin to read."""
        self.set_title(f"{self._environment.name or self._environment.prefix} — settings in effect")
        self.set_command_line(f"envdoctor check {argument_for(self._environment)} --save FACTS.json")
        self.query_one("#page").focus()
        self.action_again()

    def action_again(self) -> None:
        """Read them afresh."""
        self.query_one("#status").display = True
        self.say("reading configuration files …", "dim")
        self.begin("settings", lambda _stop: self._read())

    def _read(self) -> Iterator[Facts]:
        from doctor.asked import request_for
        from doctor.collect import LayerRead, collect

        facts = Facts()
        for event in collect(request_for(self._environment, project=None, deep=False), {"settings"}):
            if isinstance(event, LayerRead):
                facts = event.facts
        yield facts

    @on(background.Came)
    def _came(self, message: background.Came[Facts]) -> None:
        from doctor.report.settings import lines

        facts = message.item
        if "settings" in facts.gaps:
            self.say(f"{facts.gaps['settings']}", "$text-error")
            return
        self.query_one("#status").display = False
        self.query_one("#details", Lines).show(lambda width: lines(facts, width))

    @on(background.Ended)
    def _ended(self, message: background.Ended) -> None:
        if message.failure:
            self.say(f"{message.failure}", "$text-error")
