"""The keys at the foot of a screen: whole entries only, those that are needed most where not all have room."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

#: keys that keep their place longest; the others follow as they stand, and all of them are told by ?
_FIRST = ("enter", "escape", "question_mark", "space", "q")
#: keys that stand at the end, the same on every screen
_LAST = ("escape", "question_mark", "q")
#: cells around a key and its description
_AROUND = 3


class Keys(Footer):
    """Textual's footer, which would cut what has no room in the middle of a word."""

    def __init__(self) -> None:
        super().__init__(show_command_palette=False)
        self._made_for = 0

    def compose(self) -> ComposeResult:
        """Show the entries that have room, in their order."""
        entries = [widget for widget in super().compose() if isinstance(widget, FooterKey)]
        self._made_for = self.app.size.width
        kept = with_room([(entry.key, _width(entry)) for entry in entries], self._made_for)
        shown = [entry for number, entry in enumerate(entries) if number in kept]
        yield from sorted(shown, key=lambda entry: _LAST.index(entry.key) if entry.key in _LAST else -1)

    def on_resize(self, event: events.Resize) -> None:
        """Choose anew for another width."""
        if event.size.width != self._made_for:
            self.call_after_refresh(self.recompose)


def with_room(entries: Sequence[tuple[str, int]], width: int) -> set[int]:
    """Which of the entries, each a key and its width, fit together; every one that is left out leaves room for none."""
    ranked = sorted(range(len(entries)), key=lambda at: _rank(entries[at][0]))
    kept: set[int] = set()
    for at in ranked:
        if entries[at][1] <= width:
            kept.add(at)
            width -= entries[at][1]
    return kept


def _rank(key: str) -> int:
    return _FIRST.index(key) if key in _FIRST else len(_FIRST)


def _width(entry: FooterKey) -> int:
    return len(entry.key_display) + len(entry.description) + _AROUND
