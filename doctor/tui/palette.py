"""The command palette: every environment and finding, by a part of its name; keys' actions come from Textual."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from doctor import checks
from doctor.tui.environments import EnvironmentsScreen
from doctor.tui.examination import ExaminationScreen
from doctor.tui.explanation import ExplanationScreen

Entry = tuple[str, str, Callable[[], object]]


class Everything(Provider):
    """Offers what can be reached from anywhere."""

    async def discover(self) -> Hits:
        """Offer findings and environments before anything is typed."""
        for text, about, do in self._entries(with_checks=False):
            yield DiscoveryHit(Content(text), do, text=text, help=about)

    async def search(self, query: str) -> Hits:
        """Offer what matches."""
        matcher = self.matcher(query)
        for text, about, do in self._entries(with_checks=True):
            score = matcher.match(text)
            if score > 0:
                yield Hit(score, Content(text), do, text=text, help=about)

    def _history(self) -> None:
        from doctor.tui.history import HistoryScreen

        self.app.push_screen(HistoryScreen())

    def _entries(self, *, with_checks: bool) -> Iterator[Entry]:
        stack = self.app.screen_stack
        yield "History", "what envdoctor did on this machine, and how to undo it", self._history
        for screen in reversed(stack):
            if isinstance(screen, ExaminationScreen):
                yield "Repair", "choose what, read the plan, then decide", screen.action_repair
                for finding in screen.findings.values():
                    text = f"Finding: {finding.code} {finding.subject}"
                    yield text, finding.summary, partial(screen.open_finding, finding)
                break
        for screen in stack:
            if isinstance(screen, EnvironmentsScreen):
                for environment in screen.environments.values():
                    text = f"Examine: {environment.name}"
                    yield text, str(environment.prefix), partial(screen.examine, environment)
        if with_checks:
            for check in checks.load():
                text = f"Explain: {check.code} {check.name}"
                yield text, check.title, partial(self.app.push_screen, ExplanationScreen(check))
