"""Questions over a screen. Enter alone never says yes: the answer is no until a key or a name says otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static

from doctor.tui.choices import Answers, entry
from doctor.tui.keys import Keys

_BREAKPOINTS = [(0, "-low"), (18, "-high")]


class Confirm(ModalScreen[bool]):
    """A question that y answers with yes and everything else with no."""

    VERTICAL_BREAKPOINTS = _BREAKPOINTS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n,enter,escape", "answer(False)", "No", key_display="n"),
        Binding("q", "answer(False)", show=False),
    ]

    def __init__(self, question: str, about: str = "", yes: str = "yes", no: str = "no") -> None:
        super().__init__()
        self._question = question
        self._about = about
        self._yes = yes
        self._no = no

    def compose(self) -> ComposeResult:
        """The question, what it means, and the keys."""
        with VerticalScroll(id="question"):
            yield Static(Content.styled(self._question, "bold"))
            if self._about:
                yield Static(self._about, markup=False)
            keys = Content.assemble(("y", "bold"), f"  {self._yes}\n", ("n", "bold"), f"  {self._no}")
            yield Static(keys, id="keys")
        yield Keys()

    def action_answer(self, answer: bool) -> None:
        """Give the answer to who asked."""
        self.dismiss(answer)


class Written(ModalScreen[str]):
    """Asks for a text; an empty one is no answer. Where one is expected, only that counts."""

    VERTICAL_BREAKPOINTS = _BREAKPOINTS
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Cancel", key_display="Esc")]

    def __init__(self, question: str, about: str = "", *, value: str = "", expected: str = "") -> None:
        super().__init__()
        self._question = question
        self._about = about
        self._value = value
        self._expected = expected

    def compose(self) -> ComposeResult:
        """The question and a line to write in."""
        with VerticalScroll(id="question"):
            yield Static(Content.styled(self._question, "bold"))
            if self._about:
                yield Static(self._about, markup=False)
            yield Input(value=self._value, placeholder=self._expected, select_on_focus=False, id="answer", compact=True)
            yield Static(Content.styled("Enter goes on, Esc cancels", "dim"), id="keys")
        yield Keys()

    def on_mount(self) -> None:
        """Have the line ready for keys."""
        self.query_one("#answer").focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the answer, if it is one."""
        if self._expected and event.value.strip() != self._expected:
            self.query_one("#keys", Static).update(
                Content.styled(f"This is not {self._expected}; Esc cancels", "$text-warning")
            )
        else:
            self.dismiss(event.value.strip())

    def action_leave(self) -> None:
        """Answer nothing."""
        self.dismiss("")


class OneOf(ModalScreen[str | None]):
    """Asks which of several; None is no answer."""

    VERTICAL_BREAKPOINTS = _BREAKPOINTS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Cancel", key_display="Esc"),
        Binding("q", "leave", show=False),
    ]

    def __init__(self, question: str, answers: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._question = question
        self._answers = answers

    def compose(self) -> ComposeResult:
        """The question and its answers as a list."""
        with VerticalScroll(id="question", can_focus=False):
            yield Static(Content.styled(self._question, "bold"))
            yield Answers(*(entry(Content(text), key) for key, text in self._answers), id="answers", markup=False)
        yield Keys()

    def on_mount(self) -> None:
        """Have the list ready for keys."""
        self.query_one("#answers").focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take the answer."""
        event.stop()
        self.dismiss(event.option.id)

    def action_leave(self) -> None:
        """Answer nothing."""
        self.dismiss(None)
