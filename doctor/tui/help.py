"""The help of a screen: what it is for, its keys, and what the words and marks mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from doctor.model import Safety, Severity
from doctor.report.text import Line, Span, wrapped
from doctor.report.words import GLYPHS, SAFETY
from doctor.tui.frame import Framed
from doctor.tui.lines import Lines

_SEVERITIES = {
    Severity.ERROR: "something does not work, or results are wrong, now",
    Severity.WARNING: "it will bite",
    Severity.NOTE: "worth knowing",
}
_EVERYWHERE = (
    ("Esc", "back to the screen before"),
    ("?", "this help"),
    ("Ctrl+P", "every action and finding, by typing a part of its name"),
    ("q", "quit, at any moment"),
)


class HelpScreen(ModalScreen[None]):
    """Help over the screen that it explains."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,enter", "dismiss", "Close"),
        Binding("q", "app.leave", "Quit"),
    ]

    def __init__(self, about: Framed) -> None:
        super().__init__()
        self._about = about

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        with VerticalScroll(id="help"):
            yield Lines(self._lines)

    def _lines(self, width: int) -> Iterator[Line]:
        yield (Span("Help", "heading"), Span("  Esc closes it", "dim"))
        yield from wrapped(self._about.HELP, width, "", "")
        yield ()
        yield (Span("Keys", "heading"),)
        for key, what in (*self._about.KEYS, *_EVERYWHERE):
            yield from wrapped(what, width, f"{key:<8} ", "")
        yield ()
        yield (Span("Marks", "heading"),)
        for severity, meaning in _SEVERITIES.items():
            yield (Span(f"{GLYPHS[severity]} {severity.value:<8}", severity.value), Span(meaning))
        yield ()
        yield (Span("Remedies", "heading"),)
        for safety in Safety:
            yield from wrapped(SAFETY[safety], width, "", safety.value)
        yield ()
        yield from wrapped(
            "Examining reads files only: nothing is changed, nothing of the environment is run, no network is used. "
            "A repair changes only what its plan says, after you said yes, and can be undone.",
            width,
            "",
            "dim",
        )
