"""What envdoctor knows of the world outside, and of what date that is."""

from __future__ import annotations

from collections.abc import Iterator

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from doctor.knowledge.sources import Source
from doctor.tui import background
from doctor.tui.frame import Framed
from doctor.tui.lines import Lines


class KnowledgeScreen(Framed):
    """Read which tables there are, of what date, and who says so."""

    HELP = (
        "Checks judge by tables: which driver CUDA needs, which releases were withdrawn, which channel builds what. "
        "Each has a date and says who says so. Nothing is fetched: a newer table is taken from a folder that you name "
        "by --knowledge, and stands first here. e on a finding says which tables its check asks."
    )
    KEYS = (("↑ ↓", "scroll; PgUp, PgDn, Home and End as well"),)
    HEADING = "What envdoctor knows, and since when"
    COMMAND_LINE = "envdoctor explain CODE"

    def content(self) -> ComposeResult:
        """One scrolling text."""
        yield Static(Content.styled("reading the tables …", "dim"), id="status")
        with VerticalScroll(id="page"):
            yield Lines(lambda _width: (), id="details")

    def on_mount(self) -> None:
        """Read the tables' own words."""
        self.query_one("#page").focus()
        background.start(self, "knowledge", lambda _stop: _read())

    @on(background.Came)
    def _came(self, message: background.Came[tuple[Source, ...]]) -> None:
        from doctor.report.knowledge import lines

        sources = message.item
        self.query_one("#status").display = False
        self.query_one("#details", Lines).show(lambda width: lines(sources, width))

    @on(background.Ended)
    def _ended(self, message: background.Ended) -> None:
        if message.failure:
            self.say(f"{message.failure}", "$text-error")


def _read() -> Iterator[tuple[Source, ...]]:
    from doctor.report.knowledge import every_source

    yield every_source()
