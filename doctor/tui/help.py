"""The help of a screen: what it is for, its keys, and what the words and marks mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from doctor import checks
from doctor.model import Check, Finding, Safety, Severity
from doctor.report.catalogue import explain
from doctor.report.text import Line, Span, wrapped
from doctor.report.words import GLYPHS, SAFETY
from doctor.tui.finding import FindingScreen
from doctor.tui.frame import Framed
from doctor.tui.keys import Keys
from doctor.tui.lines import Lines
from doctor.tui.listed import Listed
from doctor.tui.welcome import promises

_SEVERITIES = {
    Severity.ERROR: "something does not work, or results are wrong, now",
    Severity.WARNING: "it will bite",
    Severity.NOTE: "worth knowing",
}
EVERYWHERE = (
    ("Esc", "back to the screen before"),
    ("?", "this help"),
    ("g", "go: to another screen by its digit"),
    ("Ctrl+P", "every action and finding, package, check and environment, by a part of its name"),
    ("T", "colours: dark, light, the terminal's own"),
    ("q", "quit, at any moment"),
)
_ON_EVERY_SCREEN = (
    "Esc back · g go to another screen · T colours · q quit",
    "Ctrl+P  every action and finding, by a part of its name",
)


class HelpScreen(ModalScreen[None]):
    """Help over the screen that it explains."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,enter", "close", "Close", key_display="Esc"),
        Binding("q", "app.leave", "Quit"),
    ]

    def __init__(self, about: Framed) -> None:
        super().__init__()
        self._about = about

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        with VerticalScroll(id="help"):
            yield Lines(self._lines)
        yield Keys()

    def on_mount(self) -> None:
        """Have the text ready for keys."""
        self.query_one("#help").focus()

    def action_close(self) -> None:
        """Go back to the screen that was explained."""
        self.dismiss()

    def _lines(self, width: int) -> Iterator[Line]:
        yield (Span("Help", "heading"), Span("  Esc closes it", "dim"))
        yield from wrapped(self._about.HELP, width, "", "")
        for text in _ON_EVERY_SCREEN:
            yield from wrapped(text, width, "", "dim")
        yield ()
        yield (Span("Keys", "heading"),)
        for key, what in self._about.KEYS:
            yield from wrapped(what, width, f"{key:<8} ", "")
        yield ()
        check = _check_at_hand(self._about)
        if check is not None:
            yield (Span("The finding at hand", "heading"), Span(f"  envdoctor explain {check.code}", "command"))
            yield from explain(check, width=width)
            yield ()
        yield (Span("Marks", "heading"),)
        for severity, meaning in _SEVERITIES.items():
            yield (Span(f"{GLYPHS[severity]} {severity.value:<8}", severity.value), Span(meaning))
        yield ()
        yield (Span("Remedies", "heading"),)
        for safety in Safety:
            yield from wrapped(SAFETY[safety], width, "", safety.value)
        yield ()
        yield (Span("What envdoctor does, and what it never does", "heading"),)
        yield from promises(width)


def _check_at_hand(screen: Framed) -> Check | None:
    """The check of the finding that the screen shows, or that is chosen in its list."""
    finding = screen.finding if isinstance(screen, FindingScreen) else None
    findings = getattr(screen, "findings", None)
    if isinstance(screen, Listed) and isinstance(findings, dict):
        chosen = screen.options.highlighted_option
        finding = findings.get(chosen.id if chosen else None)
    if not isinstance(finding, Finding):
        return None
    return next(iter(checks.load([finding.code])), None)
