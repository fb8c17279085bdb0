"""Every check and how it came out, so that silence can be told from not having looked."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import OptionList

from doctor.model import Examination, Outcome
from doctor.report.words import FINE, count
from doctor.tui.choices import Choices, entry
from doctor.tui.frame import Framed
from doctor.tui.lines import STYLES

_MARKS = {
    "crashed": ("✗ crashed ", STYLES["error"]),
    "findings": ("! findings", STYLES["warning"]),
    "skipped": ("- skipped ", STYLES["dim"]),
    "fine": (f"{FINE} fine    ", STYLES["fine"]),
}


class OutcomesScreen(Framed):
    """Look at every check's outcome."""

    HELP = (
        "Fine means that the check looked and found nothing. Skipped means that it cannot tell here, and why: "
        "that is neither healthy nor sick. Crashed is a defect of envdoctor; please report it."
    )
    KEYS = (("Enter", "explain the chosen check"),)

    def __init__(self, examination: Examination) -> None:
        super().__init__()
        self._examination = examination

    def content(self) -> ComposeResult:
        """One line a check, those that did not come out fine first."""
        ranks = list(_MARKS)
        outcomes = sorted(self._examination.outcomes, key=lambda o: (ranks.index(o.state), o.check.code))
        yield Choices(*(entry(_prompt(o), o.check.code) for o in outcomes), id="outcomes", markup=False)

    def on_mount(self) -> None:
        """Say where the user is."""
        self.set_title(f"{count(len(self._examination.outcomes), 'check')} and how they came out")
        self.set_command_line("envdoctor checks")
        self.query_one("#outcomes").focus()

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        from doctor.tui.explanation import ExplanationScreen

        for outcome in self._examination.outcomes:
            if outcome.check.code == event.option.id:
                self.app.push_screen(ExplanationScreen(outcome.check))


def _prompt(outcome: Outcome) -> Content:
    mark, style = _MARKS[outcome.state]
    number = f" ({len(outcome.findings)})" if outcome.findings else ""
    return Content.assemble(
        (mark, style),
        f" {outcome.check.code} {outcome.check.name}{number}",
        (f"\n  {outcome.reason}" if outcome.reason else "", "dim"),
    )
