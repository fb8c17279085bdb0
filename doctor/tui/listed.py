"""A screen whose middle is a list that can be filtered and sorted by keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from doctor.tui.choices import Choices
from doctor.tui.frame import Framed


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

    def entries(self) -> Iterable[tuple[str, Content]]:
        """What to show now, in order: (id, text)."""
        raise NotImplementedError

    def sorted_anew(self) -> None:
        """React to another order."""

    def compose_filter(self) -> ComposeResult:
        """The filter's box, which is seen while it is in use."""
        box = Input(placeholder=self.HINT, id="filter")
        box.display = False
        yield box

    def compose_list(self) -> ComposeResult:
        """The list."""
        yield Choices(id="list", markup=False)

    @property
    def options(self) -> OptionList:
        """The list's widget."""
        return self.query_one("#list", OptionList)

    def matches(self, text: str) -> bool:
        """Whether a text holds every word of the filter."""
        return all(word in text.lower() for word in self.query_one("#filter", Input).value.lower().split())

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
        """Ask for a text to filter by."""
        box = self.query_one("#filter", Input)
        box.display = True
        box.focus()

    def action_sort(self) -> None:
        """Sort another way."""
        self.order = (self.order + 1) % len(self.ORDERS)
        self.fill()
        self.sorted_anew()

    @on(Input.Changed, "#filter")
    def _filtered(self) -> None:
        self.fill()

    @on(Input.Submitted, "#filter")
    def _accepted(self) -> None:
        self.options.focus()

    def action_back(self) -> None:
        """Leave the filter and show all, else leave the screen."""
        box = self.query_one("#filter", Input)
        if box.display:
            box.value = ""
            box.display = False
            self.options.focus()
        else:
            super().action_back()
