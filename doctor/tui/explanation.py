"""The documentation of one check."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from doctor.model import Check
from doctor.report.catalogue import explain
from doctor.tui.frame import Framed
from doctor.tui.lines import Lines


class ExplanationScreen(Framed):
    """Read what a check looks for."""

    HELP = "What the check looks for, why that matters, how it knows, and what the fix does."
    KEYS = (("↑ ↓", "scroll; PgUp, PgDn, Home and End as well"),)

    def __init__(self, check: Check) -> None:
        super().__init__()
        self._check = check

    def content(self) -> ComposeResult:
        """One scrolling text."""
        with VerticalScroll(id="page"):
            yield Lines(lambda width: explain(self._check, width=width))

    def on_mount(self) -> None:
        """Say where the user is."""
        self.set_title(f"{self._check.code} {self._check.name}")
        self.set_command_line(f"envdoctor explain {self._check.code}")
        self.query_one("#page").focus()
