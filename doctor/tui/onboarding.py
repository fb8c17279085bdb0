"""Onboarding in the app: what the repository expects, what is here, and the path, one step at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from doctor.fix.folders import state_folder
from doctor.model import Severity
from doctor.report.text import Line, Span, wrapped
from doctor.report.words import FINE, GLYPHS
from doctor.tui import background
from doctor.tui.asking import Confirm
from doctor.tui.frame import Framed
from doctor.tui.lines import STYLES, Lines

if TYPE_CHECKING:
    from doctor.onboard.data import Onboarding, OnboardStep, Verdict, Wishes

#: actions that need to know the repository
_OF_KNOWN = ("next", "decline", "verify", "probe", "summary", "open")


class OnboardingScreen(Framed):
    """Go from a fresh clone to a verified environment."""

    HELP = (
        "The path stands first: → is the next step, which Enter shows; ○ is needed and comes in its turn; ✓ is done; - "
        "is not needed, or left out; ! is yours to do; ✗ cannot be done here. Below it is what the repository asks "
        "for, each with its file and line, contradictions first, and what this machine has. Enter shows the next step "
        "in full and takes it only when you say so. Each step can be undone from the history; leave whenever you like, "
        "it goes on from there."
    )
    KEYS = (
        ("Enter", "the next step: what it runs, what it takes, its way back"),
        ("d", "leave the next step out"),
        ("x", "examine the environment, and compare it with the team's baseline"),
        ("p", "the same, and compute numbers in its own Python; asks"),
        ("m", "copy a summary as Markdown"),
        ("e", "open the environment's examination"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "next", "Next step"),
        Binding("d", "decline", "Leave out"),
        Binding("x", "verify(False)", "Examine"),
        Binding("p", "probe", "Numbers", show=False),
        Binding("m", "summary", "Summary"),
        Binding("e", "open", "Open", show=False),
    ]
    HEADING = "Onboarding"
    COMMAND_LINE = "envdoctor onboard"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._onboarding: Onboarding | None = None
        self._verdict: Verdict | None = None
        self._busy = ""

    def content(self) -> ComposeResult:
        """What comes next in a line, and one scrolling text."""
        yield Static("", id="status", markup=False)
        with VerticalScroll(id="page"):
            yield Lines(lambda _width: (), id="details")

    def on_mount(self) -> None:
        """Start to look."""
        self.set_title(f"{self._folder.name} — from here to a verified environment")
        self.query_one("#page").focus()
        self.look()

    def look(self) -> None:
        """Look at the repository and the machine, again after each step."""
        self._verdict = None
        self._begin("looking at the repository and this machine", self._look)

    def _begin(self, said: str, work: object) -> None:
        self._busy = said
        self.say(f"… {said}", "dim")
        self.begin("onboard", work)  # type: ignore[arg-type]

    def _wishes(self) -> Wishes:
        from doctor.fix.options import Options
        from doctor.onboard.data import Wishes

        return Wishes(options=Options(export_first=False))

    def _look(self, _stop: threading.Event) -> Iterator[object]:
        from doctor.onboard.looking import look

        said: list[str] = []
        yield look(self._folder, self._wishes(), state_folder(), say=said.append, before=self._onboarding)

    @on(background.Came)
    def _came(self, message: background.Came[object]) -> None:
        from doctor.onboard.data import Onboarding, OnboardStep, Verdict

        if isinstance(message.item, Onboarding):
            first = self._onboarding is None
            self._onboarding = message.item
            self.refresh_bindings()
            self._draw()
            if first:
                self.query_one("#page").scroll_home(animate=False)
        elif isinstance(message.item, OnboardStep):
            self._show_step(message.item)
        elif isinstance(message.item, Verdict):
            self._verdict = message.item
            self._draw()
            self.query_one("#page").scroll_home(animate=False)

    @on(background.Ended)
    def _ended(self, message: background.Ended) -> None:
        self._busy = ""
        if not message.failure:
            self._say_next()
        elif self._onboarding is None:  # the whole page is there to say why
            failure = message.failure
            self.say(f"{GLYPHS[Severity.ERROR]} this cannot be onboarded", STYLES["error"])
            self.query_one("#details", Lines).show(lambda width: wrapped(failure, width, " ", ""))
        else:
            self.say(f"{GLYPHS[Severity.ERROR]} {message.failure}", STYLES["error"])

    def _say_next(self) -> None:
        onboarding = self._onboarding
        if onboarding is None:
            return
        if self._verdict is not None:
            sound = self._verdict.sound
            text = "verified: it is sound" if sound else "something differs or is wrong; e opens the examination"
            self.say(f"{FINE if sound else GLYPHS[Severity.WARNING]} {text}", STYLES["fine" if sound else "warning"])
        elif onboarding.ahead is not None:
            self.say(f"Enter: {onboarding.ahead.title}", "bold")
        else:
            self.say(f"{GLYPHS[Severity.ERROR]} it cannot be created here; the end says why", STYLES["error"])

    def _draw(self) -> None:
        onboarding, verdict = self._onboarding, self._verdict
        if onboarding is not None:
            self.query_one("#details", Lines).show(lambda width: _lines(onboarding, verdict, width))

    def action_next(self) -> None:
        """Prepare the next step, and show it."""
        if self._is_busy() or self._onboarding is None:
            return
        step = self._onboarding.next
        if step is not None:
            self._begin(f"preparing: {step.title}", lambda stop: self._prepare(step, stop))
        elif self._onboarding.chosen is not None and self._verdict is None:
            self.action_verify(False)

    def _prepare(self, step: OnboardStep, stop: threading.Event) -> Iterator[OnboardStep]:
        from doctor.onboard.taking import prepare

        assert self._onboarding is not None
        yield prepare(step, self._onboarding, stop=stop.is_set)

    def _show_step(self, step: OnboardStep) -> None:
        from doctor.tui.onboarding_step import OnboardingStepScreen

        assert self._onboarding is not None
        self.app.push_screen(OnboardingStepScreen(step, self._onboarding, self.look))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - textual's
        """Offer nothing of a repository that is not known, or never will be."""
        return self._onboarding is not None or action not in _OF_KNOWN

    def _is_busy(self) -> bool:
        if self._busy:
            self.notify(f"Wait: {self._busy}", markup=False)
        return bool(self._busy)

    def action_decline(self) -> None:
        """Remember that the next step is left out."""
        from doctor.onboard.taking import decline

        if self._is_busy() or self._onboarding is None or self._onboarding.next is None:
            return
        decline(self._onboarding.next, self._onboarding)
        self.look()

    def action_verify(self, probe: bool) -> None:
        """Examine what there is."""
        if self._is_busy() or self._onboarding is None:
            return
        if self._onboarding.chosen is None:
            self.notify("There is no environment to examine yet", markup=False)
            return
        self._begin("examining", lambda _stop: self._verify(probe))

    def _verify(self, probe: bool) -> Iterator[Verdict]:
        from doctor.onboard.verifying import verify

        assert self._onboarding is not None
        yield verify(self._onboarding, probe=probe)

    def action_probe(self) -> None:
        """Ask whether the environment's own Python may be started, and examine with numbers."""
        from doctor.live.numbers import numbers_question

        if self._is_busy() or self._onboarding is None or self._onboarding.chosen is None:
            return
        asked, about = numbers_question(self._onboarding.request, self._onboarding.facts)
        self.app.push_screen(
            Confirm(asked, about, "start it", "start nothing"), lambda yes: self.action_verify(True) if yes else None
        )

    def action_summary(self) -> None:
        """Copy the summary, because the user asked."""
        if self._onboarding is not None:
            from doctor.onboard.summary import summary

            self.app.copy_to_clipboard(summary(self._onboarding, self._verdict))
            self.notify("Copied as Markdown; it is redacted", markup=False)

    def action_open(self) -> None:
        """Open the examination of the environment."""
        if self._onboarding is None or self._onboarding.chosen is None:
            self.notify("There is no environment to open yet", markup=False)
            return
        from doctor.tui.examination import ExaminationScreen

        chosen = self._onboarding.chosen.environment
        self.app.push_screen(ExaminationScreen(chosen, project=str(self._onboarding.folder)))


def _lines(onboarding: Onboarding, verdict: Verdict | None, width: int) -> Iterator[Line]:
    """What came of it, the path, and what it is built on; what is next stands as near to the top as it can."""
    from doctor.onboard.as_text import closing, expected, machine, path

    if verdict is not None:
        yield from closing(onboarding, verdict, width)
        yield ()
        onboarding = _examined(onboarding)
    conflicts = onboarding.expectations.conflicts
    if conflicts and verdict is None:
        yield (Span(f"! {len(conflicts)} of its files contradict each other: below", "warning"),)
        yield ()
    yield from path(onboarding, width, legend=False)  # the help explains the marks
    yield ()
    yield from expected(onboarding, width)
    yield ()
    yield from machine(onboarding, width)


def _examined(onboarding: Onboarding) -> Onboarding:
    """The same with the examination marked as done, as its result stands above the path."""
    steps = (
        step._replace(state="done", reason="what it found stands above") if step.key == "examine" else step
        for step in onboarding.steps
    )
    return onboarding._replace(steps=tuple(steps))
