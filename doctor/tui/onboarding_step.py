"""One step of onboarding before it is taken: what it runs, what it takes, what to know, its way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from doctor.fix.plan import Anew
from doctor.onboard.as_text import step_lines
from doctor.report.plan import whole
from doctor.report.text import Line
from doctor.tui import progress
from doctor.tui.asking import Confirm
from doctor.tui.at_work import AtWork
from doctor.tui.frame import Framed
from doctor.tui.lines import STYLES, Lines
from doctor.tui.repair_run import RepairRunScreen

if TYPE_CHECKING:
    from doctor.onboard.data import Onboarding, OnboardStep


class OnboardingStepScreen(Framed):
    """Read a step, and decide."""

    HELP = (
        "These are the exact commands and edits, with what they take and how they are undone. a takes the step; "
        "nothing is done before. What fails is taken back."
    )
    KEYS = (
        ("a", "take the step; asks once more"),
        ("d", "leave it out"),
        ("↑ ↓", "scroll; PgUp, PgDn, Home and End as well"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "apply", "Take the step"),
        Binding("d", "decline", "Leave out"),
    ]
    COMMAND_LINE = "envdoctor onboard"

    def __init__(self, step: OnboardStep, onboarding: Onboarding, again: Callable[[], None]) -> None:
        """Hold what follows: again has the screen before look anew."""
        super().__init__()
        self._step = step
        self._onboarding = onboarding
        self._again = again

    def content(self) -> ComposeResult:
        """The answer's key in a line, and one scrolling text."""
        yield Static("", id="status", markup=False)
        with VerticalScroll(id="page"):
            yield Lines(self._lines, id="details")

    def on_mount(self) -> None:
        """Say what it is."""
        self.set_title(self._step.title)
        blocked = self._step.plan.blocked if self._step.plan else ()
        if blocked:
            text, style = f"refused today: {'; '.join(blocked)}", STYLES["error"]
        else:
            text, style = "a takes this step; nothing was done yet", "bold"
        self.say(text, style)
        self.query_one("#page").focus()

    def _lines(self, width: int) -> Iterator[Line]:
        plan = self._step.plan
        told_by_plan = plan is not None and not any(isinstance(one, Anew) for one in plan.steps)
        yield from step_lines(self._step, self._onboarding, width, whole=True, planned=told_by_plan)
        if plan is not None and told_by_plan:
            yield ()
            yield from whole(plan, width)

    def action_apply(self) -> None:
        """Ask, then take it."""
        if self._step.plan and self._step.plan.blocked:
            self.notify("It is refused today; the line above says why", markup=False)
            return
        self.app.push_screen(Confirm("Take this step?", self._step.title, "take it", "not now"), self._take)

    def _take(self, yes: bool | None) -> None:
        if not yes:
            return
        from doctor.onboard.taking import take

        app, step, onboarding = self.app, self._step, self._onboarding
        work = AtWork(onboarding.name, lambda stop: take(step, onboarding, stop=stop))
        app.at_work.append(work)  # type: ignore[attr-defined]
        start = progress.expected(step.plan.steps) if step.plan else progress.backwards()
        app.push_screen(
            RepairRunScreen(step.title, "envdoctor onboard", work, start, finish=lambda _go_on: self._go_back())
        )

    def _go_back(self) -> None:
        self.app.pop_screen()
        self.app.pop_screen()
        self._again()

    def action_decline(self) -> None:
        """Remember that it is left out."""
        from doctor.onboard.taking import decline

        decline(self._step, self._onboarding)
        self.app.pop_screen()
        self._again()
