"""The box behind /: filters a list, and takes an error message whole, however many lines were pasted."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.widgets import Input

from doctor.symptoms.paste import is_message, shown, understand

#: characters of a paste that are kept
_LIMIT = 4 * 1024 * 1024


class SearchBox(Input):
    """Holds one line to filter by, or shows the telling line of a message that was pasted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Go on"),
        Binding("escape", "screen.back", "Show all", key_display="Esc"),
        Binding("slash", "none", show=False),  # the screen's key for this box: a character like any other in it
    ]

    def __init__(self, placeholder: str) -> None:
        super().__init__(placeholder=placeholder, id="filter")
        self._pasted = ""
        self._line = ""

    @property
    def message(self) -> str:
        """The message that was pasted or typed; empty where the text is one to filter by."""
        if self._pasted and self.value == self._line:
            return self._pasted
        return self.value if is_message(self.value) else ""

    def _on_paste(self, event: events.Paste) -> None:
        """Keep a pasted message whole, of which the box can show one line only."""
        text = event.text[:_LIMIT]
        if "\n" in text.strip() or "\r" in text.strip():
            pasted = understand(text)
            self._pasted = text
            self._line = shown(pasted.lines[pasted.telling[0]]) if pasted.telling else ""
            self.value = self._line
            self.cursor_position = 0
            event.prevent_default()
            event.stop()
