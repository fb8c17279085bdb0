"""The demonstration's first screen: its patients, what is wrong with each, and what to try."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static

from doctor.demo.as_text import about, no_installer, tries
from doctor.demo.catalogue import PATIENTS, prefix_of
from doctor.demo.patient import Patient, Stage
from doctor.demo.stage import entering
from doctor.report.text import Line, Span, wrapped
from doctor.report.words import count
from doctor.target.environment import Environment
from doctor.target.resolve import inspect_prefix
from doctor.tui.app import EnvDoctor
from doctor.tui.command_line import argument_for
from doctor.tui.environments import EnvironmentsScreen
from doctor.tui.frame import Framed
from doctor.tui.leaving import see_to
from doctor.tui.lines import Lines

_PATIENTS = {patient.name: patient for patient in PATIENTS}
#: as the app does: facts are many and none of them is garbage while they are read
_GARBAGE = 200_000
_CALM = (
    "Nothing of yours is touched: ~ is the demonstration's own home, not yours.\n"
    "Enter examines one, t: what to try. f repairs what is found, h takes it back."
)


class DemoApp(EnvDoctor):
    """The app, on the demonstration's stage."""

    PROMPT = "demo $"

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage

    @on(events.Mount)
    def _show_patients(self, event: events.Mount) -> None:
        """Begin with the patients in place of the machine's environments."""
        event.prevent_default()
        if not self._stage.can_install:
            self.notice = no_installer(PATIENTS)
        self.push_screen(DemoScreen(self._stage))
        self.call_after_refresh(self.look_for_unfinished)


class DemoScreen(EnvironmentsScreen):
    """Choose a patient; these are all the environments that there are."""

    HEADING = "envdoctor demo — environments with real faults, to try everything on"
    COMMAND_LINE = "envdoctor demo --list"
    HELP = (
        "These environments were made a moment ago, with real faults in them. Press Enter to have one examined, t to "
        "read what can be tried on it. Repair whatever you like, and take it back: they are thrown away when you "
        "leave. They lie in a home folder of the demonstration's own: ~ is that one on every screen, and never yours. "
        "Esc always leads back here."
    )
    KEYS: ClassVar[Any] = (
        ("Enter", "examine the chosen one, or onboard where there is no environment yet"),
        ("t", "what to try on it, in the app and by commands"),
        ("/", "filter, or paste an error to find its cause in the chosen one"),
        ("s", "sort by what to try first, or by name"),
        ("o", "onboard: from its repository to a verified environment"),
        ("a", "advice: pip, uv, conda or pixi for its project"),
        ("h", "what was repaired here, and how to undo it"),
        ("y", "copy the command by which a second terminal enters"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "tries", "What to try"),
        Binding("s", "sort", "Sort", show=False),
        Binding("o", "onboard", "Onboard", show=False),
        Binding("a", "advise", "Advice", show=False),
        Binding("y", "copy", "Copy the way in", show=False),
    ]
    HINT = "part of a name, a sentence or a code; or paste an error"
    ORDERS: ClassVar[Any] = ("what to try first", "name")

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage

    def content(self) -> ComposeResult:
        """Two sentences, the patients, and in a wide window what to try on the chosen one."""
        yield Static(Content.styled(_CALM, "dim"), id="status")
        with Horizontal(id="split"):
            yield from self.compose_list()
            with VerticalScroll(id="preview", can_focus=False):
                yield Lines(lambda _width: (), id="details")

    def on_mount(self) -> None:
        """Show them at once; what is read of them adds nothing to the list."""
        self.fill()

    def entries(self) -> Iterator[tuple[str, Content]]:
        """The patients that the filter lets through."""
        for name in sorted(_PATIENTS) if self.order else _PATIENTS:
            patient = _PATIENTS[name]
            if self.matches(f"{name} {patient.complaint} {patient.wrong} {' '.join(patient.codes)}"):
                yield name, _prompt(patient)

    def environment_at_hand(self) -> Environment | None:
        """The chosen patient's environment."""
        chosen = self._chosen_one()
        return self._environment_of(chosen) if chosen else None

    def _environment_of(self, patient: Patient) -> Environment | None:
        return inspect_prefix(prefix_of(patient, self._stage))

    def _search(self, stop: threading.Event) -> Iterator[Environment]:
        for patient in PATIENTS:
            environment = None if stop.is_set() else self._environment_of(patient)
            if environment is not None:
                yield environment

    def _say(self) -> None:
        """Leave the two sentences."""

    @on(OptionList.OptionHighlighted)
    def _highlighted(self) -> None:
        chosen = self._chosen_one()
        if chosen:
            self.query_one("#details", Lines).show(lambda width: _details(chosen, width, self._stage))
            environment = self._environment_of(chosen)
            self.set_command_line(
                f"envdoctor check {argument_for(environment)}" if environment else chosen.tries[0].command
            )

    @on(OptionList.OptionSelected)
    def _open(self, event: OptionList.OptionSelected) -> None:
        event.prevent_default()
        environment = self.environment_at_hand()
        if environment is not None:
            self.examine(environment)
        else:
            self.action_onboard()

    def action_tries(self) -> None:
        """Say what can be tried on the chosen patient."""
        chosen = self._chosen_one()
        if chosen:
            self.app.push_screen(TriesScreen(chosen, self._stage))

    def action_onboard(self) -> None:
        """Go from the chosen repository to a verified environment."""
        from doctor.tui.onboarding import OnboardingScreen

        chosen = self._chosen_one()
        if chosen and chosen.folder:
            self.app.push_screen(OnboardingScreen(self._stage.home / chosen.folder))

    def action_advise(self) -> None:
        """Recommend a package manager for the chosen project."""
        from doctor.tui.advice import AdviceScreen

        chosen = self._chosen_one()
        if chosen and chosen.folder:
            self.app.push_screen(AdviceScreen(self._stage.home / chosen.folder))

    def action_copy(self) -> None:
        """Copy the command by which another terminal enters."""
        _copy(self, self._stage)

    def _chosen_one(self) -> Patient | None:
        option = self.options.highlighted_option
        return _PATIENTS.get(option.id) if option and option.id else None


class TriesScreen(Framed):
    """What can be tried on one patient."""

    HELP = (
        "Each command can be typed in a second terminal, after the line at the end, which lets that terminal into the "
        "demonstration. Where the app can do the same, its key stands below the command."
    )
    KEYS = (
        ("↑ ↓", "scroll; PgUp, PgDn, Home and End as well"),
        ("y", "copy the command by which a second terminal enters"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("y", "copy", "Copy the way in")]

    def __init__(self, patient: Patient, stage: Stage) -> None:
        super().__init__()
        self._patient = patient
        self._stage = stage

    def content(self) -> ComposeResult:
        """One scrolling text."""
        with VerticalScroll(id="page"):
            yield Lines(lambda width: _details(self._patient, width, self._stage))

    def on_mount(self) -> None:
        """Say where the user is."""
        self.set_title(f"{self._patient.name}: what to try")
        self.set_command_line(self._patient.tries[0].command)
        self.query_one("#page").focus()

    def action_copy(self) -> None:
        """Copy the command by which another terminal enters."""
        _copy(self, self._stage)


def open_demo(stage: Stage) -> int:
    """Run the app on the stage until the user leaves."""
    gc.set_threshold(_GARBAGE)
    app = DemoApp(stage)
    try:
        return app.run() or 0
    finally:
        untold = [work for work in app.at_work if work.going or work.stopping]
        if untold:
            see_to(untold, left_behind=app.left_behind)


def _copy(screen: Framed, stage: Stage) -> None:
    screen.app.copy_to_clipboard(entering(stage))
    screen.notify("Copied: paste it in a second terminal", timeout=3, markup=False)


def _prompt(patient: Patient) -> Content:
    codes = count(len(patient.codes), "finding") if patient.codes else ""
    return Content.assemble(
        (patient.name, "bold"),
        (f"  {codes}" if codes else "", "dim"),
        (f"\n  {patient.complaint}", ""),
    )


def _details(patient: Patient, width: int, stage: Stage) -> Iterator[Line]:
    yield from about(patient, width)
    yield ()
    yield (Span("What to try", "heading"),)
    yield from tries(patient, width, keys=True)
    yield ()
    yield from wrapped(
        "Commands can be typed in a second terminal. This one enters the demonstration:", width, "", "dim"
    )
    yield (Span("$ ", "dim"), Span(entering(stage), "command"))
