"""Where an examination leads: repair, one finding, what is tried live, comparison, timeline, history, the checks."""

from __future__ import annotations

from collections.abc import Sequence

from doctor.asked import request_for
from doctor.facts import Facts, Live
from doctor.failure import Failure
from doctor.model import Check, Examination, Finding
from doctor.target.environment import Environment, Request
from doctor.tui.command_line import argument_for
from doctor.tui.listed import Listed


class WaysOn(Listed):
    """Opens the screens that have to do with one environment."""

    def __init__(self, environment: Environment, *, project: str | None, deep: bool) -> None:
        super().__init__()
        self.environment = environment
        self.examination: Examination | None = None
        self._project = project
        self._deep = deep
        self._facts = Facts()
        self._request: Request | None = None  #: what was examined, so that no key has to read the project again
        self._checks: dict[str, Check] = {}

    def open_finding(self, finding: Finding) -> None:
        """Show one finding on a screen of its own."""
        from doctor.tui.finding import FindingScreen

        self.app.push_screen(
            FindingScreen(
                finding,
                self._checks[finding.code],
                self._facts,
                argument_for(self.environment),
                repair=self._repair_one,
            )
        )

    def action_repair(self) -> None:
        """Choose what to repair."""
        self._repair(None)

    def _repair_one(self, finding: Finding) -> None:
        self._repair(finding)

    def _repair(self, only: Finding | None) -> None:
        if self.examination is None:
            self.notify("Wait until everything is examined: a repair is judged by all of it", markup=False)
            return
        from doctor.tui.repair_choices import RepairChoicesScreen

        try:
            request = self._request or request_for(self.environment, project=self._project, deep=self._deep)
        except Failure as failure:
            self.notify(str(failure), severity="error", markup=False)
        else:
            self.app.push_screen(RepairChoicesScreen(request, self.examination, only))

    def action_live(self) -> None:
        """Ask whether the environment's own Python may be started, and try things in it."""
        if self.examination is None:
            self.notify("Wait until everything is examined", markup=False)
            return
        from doctor.live.asking import question
        from doctor.tui.asking import Confirm

        try:
            request = self._request or request_for(self.environment, project=self._project, deep=self._deep)
        except Failure as failure:
            self.notify(str(failure), severity="error", markup=False)
            return
        asked, about = question(request, self._facts)
        self.app.push_screen(
            Confirm(asked, about, "start it", "start nothing"), lambda yes: self._try(request) if yes else None
        )

    def _try(self, request: Request) -> None:
        from doctor.tui.live import LiveScreen

        if self.examination:
            named = argument_for(self.environment)
            self.app.push_screen(LiveScreen(request, self.examination, named, tell=self._note_live))

    def _note_live(self, live: Live) -> None:
        if self.examination:
            self._facts = self._facts._replace(live=live)
            self.examination = self.examination._replace(facts=self._facts)

    def action_history(self) -> None:
        """Show what was done to this environment."""
        from doctor.tui.history import HistoryScreen

        self.app.push_screen(HistoryScreen(self.environment.prefix))

    def action_compare(self) -> None:
        """Choose what to compare this environment with."""
        if "identity" not in self._facts.layers:
            self.notify("Wait until it is known which environment this is", markup=False)
            return
        from doctor.tui.compare_with import CompareWithScreen

        self.app.push_screen(CompareWithScreen(self.environment, self._facts.identity, self._project))

    def action_timeline(self) -> None:
        """Show what changed, and when."""
        from doctor.tui.timeline import TimelineScreen

        self.app.push_screen(TimelineScreen(self.environment, project=self._project))

    def action_packages(self) -> None:
        """Show all packages."""
        from doctor.tui.packages import PackagesScreen

        self.app.push_screen(PackagesScreen(self.environment, self._facts, self._project))

    def action_sizes(self) -> None:
        """Show what takes room."""
        from doctor.tui.sizes import SizesScreen

        self.app.push_screen(SizesScreen(self.environment, self._facts, self._project))

    def action_origins(self) -> None:
        """Show where packages came from, and what is dangerous about the mixture."""
        from doctor.tui.mixture import MixtureScreen

        screen = MixtureScreen(self.environment, self._facts, self._project, self._all_findings, self.open_finding)
        self.app.push_screen(screen)

    def _all_findings(self) -> Sequence[Finding] | None:
        return self.examination.findings if self.examination else None

    def action_checks(self) -> None:
        """Show every check and how it came out."""
        if self.examination:
            from doctor.tui.outcomes import OutcomesScreen

            self.app.push_screen(OutcomesScreen(self.examination))
