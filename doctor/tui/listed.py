"""A screen whose middle is a list that can be filtered and sorted by keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from doctor.tui.choices import Choices
from doctor.tui.frame import Framed

if TYPE_CHECKING:
    from textual.widgets import Input


class Listed(Framed):
    """Keeps what is chosen while entries come, go and change places."""

    HINT = ""  #: what the filter looks at
    ORDERS: ClassVar[tuple[str, ...]] = ()  #: ways to sort; the first is where it starts
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", key_display="/"),
        Binding("s", "sort", "Sort"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.order = 0
        self.wanted = ""  #: what the filter lets through

    def entries(self) -> Iterable[tuple[str, Content]]:
        """What to show now, in order: (id, text)."""
        raise NotImplementedError

    def sorted_anew(self) -> None:
        """React to another order."""

    def compose_list(self) -> ComposeResult:
        """The list."""
        yield Choices(id="list", markup=False)

    @property
    def options(self) -> OptionList:
        """The list's widget."""
        return self.query_one("#list", OptionList)

    def matches(self, text: str) -> bool:
        """Whether a text holds every word of the filter."""
        return all(word in text.lower() for word in self.wanted.lower().split())

    def fill(self) -> None:
        """Show the entries anew; who has not moved yet stays at the top, where the most important one is."""
        chosen = self.options.highlighted_option
        kept = chosen.id if chosen and self.options.highlighted else None
        entries = list(self.entries())
        self.options.clear_options()
        self.options.add_options([Option(text, id=key) for key, text in entries])
        keys = [key for key, _ in entries]
        self.options.highlighted = keys.index(kept) if kept in keys else (0 if keys else None)

    def action_filter(self) -> None:
        """Ask for a text to filter by; the box is there only while it is in use."""
        from textual.widgets import Input

        boxes = self.query("#filter")
        if boxes:
            boxes.first().focus()
        else:
            box = Input(placeholder=self.HINT, id="filter")
            self.mount(box, after="#status")
            box.focus()

    def action_sort(self) -> None:
        """Sort another way."""
        self.order = (self.order + 1) % len(self.ORDERS)
        self.fill()
        self.sorted_anew()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter with every letter."""
        self.wanted = event.value
        self.fill()

    def on_input_submitted(self) -> None:
        """Go back to the list, which stays filtered."""
        self.options.focus()

    def action_back(self) -> None:
        """Leave the filter and show all, else leave the screen."""
        boxes = self.query("#filter")
        if boxes:
            boxes.remove()
            self.wanted = ""
            self.fill()
            self.options.focus()
        else:
            super().action_back()
