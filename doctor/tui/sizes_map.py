"""A treemap that can be walked through with the arrow keys or the mouse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Static

from doctor.report.pictures.treemap import Tile, placed, treemap
from doctor.tui.choices import Choices
from doctor.tui.lines import content


class Shelf(Choices):
    """A list whose entries can be gone into."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "screen.into", "Into", key_display="→"),
        Binding("left", "screen.out", "Out", show=False),
    ]


class Map(Static, can_focus=True):
    """Draws tiles as large as it is; says where the user wants to go, and goes nowhere itself."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "step(-1)", "Before", show=False),
        Binding("down", "step(1)", "After", show=False),
        Binding("enter", "open", "Open"),
        Binding("right", "screen.into", "Into", key_display="→"),
        Binding("left", "screen.out", "Out", show=False),
    ]

    class Stepped(Message):
        """The user wants the tile so many places after the chosen one."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    class Pointed(Message):
        """The user pointed at a tile."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    class Opened(Message):
        """The user wants the chosen tile opened."""

    def __init__(self) -> None:
        super().__init__("", id="map", markup=False)
        self._tiles: Sequence[Tile] = ()
        self._chosen = ""

    def show(self, tiles: Sequence[Tile], chosen: str) -> None:
        """Draw tiles, and mark one."""
        self._tiles, self._chosen = tiles, chosen
        self._draw()

    def _draw(self) -> None:
        width, height = self.content_size
        self.update(content(treemap(self._tiles, width, height, self._chosen)))

    def on_resize(self) -> None:
        """Lay out anew."""
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """Choose the tile under the pointer."""
        inside = event.get_content_offset(self)
        if inside is None:
            return
        for place in placed(self._tiles, *self.content_size):
            if place.left <= inside.x <= place.right and place.top <= inside.y <= place.bottom:
                self.post_message(self.Pointed(place.tile.key))
                return

    def action_step(self, by: int) -> None:
        """Ask for another tile."""
        self.post_message(self.Stepped(by))

    def action_open(self) -> None:
        """Ask to have it opened."""
        self.post_message(self.Opened())
