"""One past operation: what was planned and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from doctor.facts.units import size
from doctor.reading.redact import show
from doctor.report.plan import ENDINGS, views
from doctor.report.steps import shell_word
from doctor.report.text import Line, Span, wrapped
from doctor.tui.frame import Framed
from doctor.tui.history import ask_to_recover, ask_to_undo, what, when
from doctor.tui.lines import Lines

if TYPE_CHECKING:
    from doctor.fix.history import Operation


class PastOperationScreen(Framed):
    """Read an operation's plan and result."""

    HELP = "What the operation was to do, what came of it, and where its saved copies are."
    KEYS = (
        ("u", "undo it; asks once more"),
        ("r", "recover it, if it was cut off"),
        ("↑ ↓", "scroll; PgUp, PgDn, Home and End as well"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "undo", "Undo"),
        Binding("r", "recover", "Recover"),
    ]

    def __init__(self, operation: Operation) -> None:
        super().__init__()
        self._operation = operation

    def content(self) -> ComposeResult:
        """One scrolling text."""
        with VerticalScroll(id="page"):
            yield Lines(self._lines)

    def on_mount(self) -> None:
        """Say where the user is."""
        one = self._operation
        self.set_title(f"{what(one)} · {one.name}")
        undo = f"undo {shell_word(show(one.prefix))} {one.id}" if one.can_undo else "history"
        command = undo if one.ending else "recover"
        self.set_command_line(f"envdoctor {command}")
        self.query_one("#page").focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - textual's
        """Offer only what can be done."""
        if action == "undo":
            return self._operation.can_undo
        return not self._operation.ending if action == "recover" else True

    def _lines(self, width: int) -> Iterator[Line]:
        one = self._operation
        mark, word, style = ENDINGS.get(one.ending, ("!", "Unfinished", "warning"))  # type: ignore[call-overload]
        yield (Span(f"{mark} {word}", style), Span(f"  {when(one)}", "dim"))
        yield from wrapped(one.text or "It was cut off; r puts the environment back.", width, "", "strong")
        yield from wrapped(show(one.prefix), width, "", "dim")
        yield from wrapped(f"saved copies: {size(one.size)} in {show(one.folder)}", width, "", "dim")
        for number, view in enumerate(views(one.plan, width)):
            yield ()
            yield (Span(("What was to be done", "Packages", "Commands and edits")[number], "heading"),)
            yield from view

    def action_undo(self) -> None:
        """Ask, then undo."""
        ask_to_undo(self.app, self._operation)  # type: ignore[arg-type]

    def action_recover(self) -> None:
        """Ask, then recover."""
        ask_to_recover(self.app, self._operation)  # type: ignore[arg-type]
