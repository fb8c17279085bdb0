"""One finding: why it matters, what was seen, what could be done and how safe that is."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from doctor.facts import Facts
from doctor.model import Check, Finding
from doctor.report.finding import commands, describe
from doctor.tui.frame import Framed
from doctor.tui.lines import Lines


class FindingScreen(Framed):
    """Read one finding in full."""

    HELP = (
        "What was seen is evidence: a text and the file that shows it. Remedies come with their steps, the commands "
        "a person would type, and their safety. f makes a plan of them; nothing is changed before you say yes to it."
    )
    KEYS = (
        ("↑ ↓", "scroll; PgUp, PgDn, Home and End as well"),
        ("f", "repair this: choose how, read the plan, then decide"),
        ("y", "copy the commands of the first remedy that has some"),
        ("e", "explain the check: what it looks for, how, and what the fix does"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "repair", "Fix"),
        Binding("y", "copy", "Copy commands"),
        Binding("e", "explain", "Explain"),
    ]

    def __init__(
        self, finding: Finding, check: Check, facts: Facts, environment: str, *, repair: Callable[[Finding], None]
    ) -> None:
        super().__init__()
        self.finding = finding
        self._check = check
        self._facts = facts
        self._environment = environment
        self._repair = repair

    def content(self) -> ComposeResult:
        """One scrolling text."""
        with VerticalScroll(id="page"):
            yield Lines(lambda width: describe(self.finding, self._check, self._facts, width=width))

    def on_mount(self) -> None:
        """Say where the user is."""
        self.set_title(f"{self.finding.code} {self.finding.subject}")
        self.set_command_line(f"envdoctor check {self._environment} --select {self.finding.code}")
        self.query_one("#page").focus()

    def action_repair(self) -> None:
        """Choose how to repair this one."""
        self._repair(self.finding)

    def action_copy(self) -> None:
        """Copy the commands, because the user asked."""
        found = commands(self.finding, self._facts)
        if found:
            self.app.copy_to_clipboard("\n".join(found) + "\n")
            self.notify(f"Copied: {found[0]}" + (f" and {len(found) - 1} more" if found[1:] else ""), markup=False)
        else:
            self.notify("This finding has no command to copy", markup=False)

    def action_explain(self) -> None:
        """Show the check's documentation."""
        from doctor.tui.explanation import ExplanationScreen

        self.app.push_screen(ExplanationScreen(self._check))
