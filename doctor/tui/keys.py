"""The keys at the foot of a screen: whole entries only, those that are needed most where not all have room.

One widget that draws a line, for a widget a key would have to be made, styled and laid out with every screen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

#: keys that keep their place longest; the others follow as they stand, and all of them are told by ?
_FIRST = ("enter", "escape", "question_mark", "space", "q")
#: keys that stand at the end, the same on every screen
_LAST = ("escape", "question_mark", "q")


class Entry(NamedTuple):
    """One key and what it does."""

    key: str
    shown: str  #: as the key is written
    does: str

    @property
    def width(self) -> int:
        """Cells that it takes, with the space around it."""
        return cell_len(self.shown) + cell_len(self.does) + 3


class Keys(Static):
    """Tells what can be pressed now; a click does the same."""

    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__("", id="foot", markup=False)
        self._entries: tuple[Entry, ...] = ()
        self._kept: tuple[Entry, ...] | None = None

    @property
    def fits(self) -> bool:
        """Whether there is room for every entry."""
        return self._kept == self._entries

    def on_mount(self) -> None:
        """Follow what can be pressed."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def on_unmount(self) -> None:
        """Follow no more."""
        self.screen.bindings_updated_signal.unsubscribe(self)

    def on_resize(self, event: events.Resize) -> None:
        """Choose anew for another width."""
        self._draw(event.size.width)

    def on_click(self, event: events.Click) -> None:
        """Press the key that was pointed at."""
        left = event.x
        for entry in self._kept or ():
            if 0 <= left < entry.width:
                self.app.simulate_key(entry.key)
                return
            left -= entry.width

    def _changed(self, screen: Screen[object]) -> None:
        if self.is_attached and screen is self.screen:
            self._entries = tuple(sorted(self._bound(), key=_place))
            self._draw(self.size.width or self.app.size.width)

    def _bound(self) -> Iterator[Entry]:
        """Each action once, by the first of its keys."""
        told = set()
        for _, binding, enabled, _ in self.screen.active_bindings.values():
            if binding.show and enabled and binding.action not in told:
                told.add(binding.action)
                yield Entry(binding.key, self.app.get_key_display(binding), binding.description)

    def _draw(self, width: int) -> None:
        kept = with_room(self._entries, width)
        if kept != self._kept:
            self._kept = kept
            parts = (((f" {one.shown}", "bold $footer-key-foreground"), f" {one.does} ") for one in kept)
            self.update(Content.assemble(*(part for pair in parts for part in pair)))


def _place(entry: Entry) -> int:
    return _LAST.index(entry.key) + 1 if entry.key in _LAST else 0 - (entry.key == "enter")


def with_room(entries: Sequence[Entry], width: int) -> tuple[Entry, ...]:
    """Those that fit together, in their order; every one that is left out leaves room for none."""
    kept = set()
    for entry in sorted(entries, key=lambda one: _FIRST.index(one.key) if one.key in _FIRST else len(_FIRST)):
        if entry.width <= width:
            kept.add(entry)
            width -= entry.width
    return tuple(entry for entry in entries if entry in kept)
