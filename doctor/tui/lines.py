"""Shows styled lines in a widget that wraps them anew whenever its width changes.

All text from an environment reaches the screen through here or through Content: never as markup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from textual import events
from textual.content import Content
from textual.widgets import Static

from doctor.report.text import Line
from doctor.tui.choices import hanging

#: style of a span -> theme colours, so that every theme and a screen without colour work
STYLES = {
    "error": "bold $text-error",
    "warning": "bold $text-warning",
    "note": "$text-primary",
    "fine": "bold $text-success",
    "strong": "bold",
    "heading": "bold underline",
    "dim": "dim",
    "command": "$text-accent",
    "safe": "$text-success",
    "careful": "$text-warning",
    "manual": "dim",
}


def content(lines: Iterable[Line]) -> Content:
    """Join lines to what a widget can show."""
    parts: list[Content] = []
    for line in lines:
        spans = [(span.text, STYLES.get(span.style, "")) for span in line]
        parts.append(Content.assemble(*spans) if spans else Content(""))
    return Content("\n").join(parts)


class Lines(Static):
    """A text that is made for the width at hand."""

    def __init__(self, make: Callable[[int], Iterable[Line]], **more: Any) -> None:
        super().__init__("", markup=False, **more)
        self._make = make
        self._width = 0

    def show(self, make: Callable[[int], Iterable[Line]]) -> None:
        """Show another text."""
        self._make = make
        self._draw(max(self._width, 20))

    def on_resize(self, event: events.Resize) -> None:
        """Wrap anew for another width."""
        if event.size.width and event.size.width != self._width:
            self._width = event.size.width
            self._draw(self._width)

    def _draw(self, width: int) -> None:
        self.update(hanging(content(self._make(width)), width))
