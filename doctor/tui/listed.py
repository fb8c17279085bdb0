"""A screen whose middle is a list that can be filtered and sorted by keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList, Static

from doctor.tui.choices import Choices, entry
from doctor.tui.frame import Framed

if TYPE_CHECKING:
    from textual.widgets import Input

    from doctor.target.environment import Environment


class Listed(Framed):
    """Keeps what is chosen while entries come, go and change places."""

    HINT = ""  #: what the filter looks at
    ORDERS: ClassVar[tuple[str, ...]] = ()  #: ways to sort; the first is where it starts
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Find", key_display="/"),
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
        self.options.add_options([entry(text, key) for key, text in entries])
        keys = [key for key, _ in entries]
        self.options.highlighted = keys.index(kept) if kept in keys else (0 if keys else None)

    def action_filter(self) -> None:
        """Ask for a text to filter by; the box is there only while it is in use."""
        from doctor.tui.search_box import SearchBox

        boxes = self.query("#filter")
        if boxes:
            boxes.first().focus()
        else:
            box = SearchBox(self.HINT)
            self.mount(box, after="#status")
            box.focus()

    def action_sort(self) -> None:
        """Sort another way."""
        self.order = (self.order + 1) % len(self.ORDERS)
        self.fill()
        self.sorted_anew()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter with every letter; say what Enter does where the text is an error message."""
        about = self.environment_at_hand() if self._message() else None
        self.wanted = "" if about else event.value
        self.fill()
        offers = self.query("#offer")
        if about is None:
            offers.remove()
        elif not offers:
            text = f"Enter finds the cause of this message in {about.name or about.prefix}"
            self.mount(Static(Content.styled(text, "bold $text-accent"), id="offer"), after="#filter")

    def on_input_submitted(self) -> None:
        """Go back to the list, which stays filtered; look for the cause of what is an error message."""
        message, about = self._message(), self.environment_at_hand()
        if not message or about is None:
            self.options.focus()
            return
        from doctor.tui.symptom import SymptomScreen

        self.app.push_screen(SymptomScreen(about, message, project=self.project_at_hand()))

    def environment_at_hand(self) -> Environment | None:
        """Where the cause of a message would be looked for; None where the list is of something else."""
        return None

    def project_at_hand(self) -> str | None:
        """The project that was named, where one was."""
        return None

    def _message(self) -> str:
        for box in self.query("#filter"):
            return getattr(box, "message", "")
        return ""

    def action_back(self) -> None:
        """Leave the filter and show all, else leave the screen."""
        boxes = self.query("#filter")
        if boxes:
            boxes.remove()
            self.query("#offer").remove()
            self.wanted = ""
            self.fill()
            self.options.focus()
        else:
            super().action_back()
