"""The demonstration's first screen: its patients, what is wrong with each, and what to try."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import ClassVar

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
from doctor.tui.frame import Framed
from doctor.tui.leaving import see_to
from doctor.tui.lines import Lines
from doctor.tui.listed import Listed

_PATIENTS = {patient.name: patient for patient in PATIENTS}
#: as the app does: facts are many and none of them is garbage while they are read
_GARBAGE = 200_000
_CALM = (
    " Made in a throw-away folder; nothing of yours is touched. t: what to try.\n"
    " Enter examines one; then f repairs what was found, and h takes that back."
)


class DemoApp(EnvDoctor):
    """The app, on the demonstration's stage."""

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


class DemoScreen(Listed):
    """Choose a patient."""

    HEADING = "envdoctor demo — environments with real faults, to try everything on"
    COMMAND_LINE = "envdoctor demo --list"
    HELP = (
        "These environments were made a moment ago, with real faults in them. Press Enter to have one examined, t to "
        "read what can be tried on it. Repair whatever you like, and take it back: they are thrown away when you "
        "leave. Esc always leads back here."
    )
    KEYS = (
        ("Enter", "examine the chosen one, or onboard where there is no environment yet"),
        ("t", "what to try on it, in the app and by commands"),
        ("e", "every environment, as envdoctor shows them without a demonstration"),
        ("/", "filter"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "tries", "What to try"),
        Binding("e", "environments", "Environments"),
        Binding("s", "sort", "Sort", show=False),
    ]
    NOTICES = True
    HINT = "part of a name, a sentence or a code"
    ORDERS = ("what to try first", "name")

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage

    def content(self) -> ComposeResult:
        """A sentence, the patients, and in a wide window what to try on the chosen one."""
        yield Static(Content.styled(_CALM, "dim"), id="status")
        with Horizontal(id="split"):
            yield from self.compose_list()
            with VerticalScroll(id="preview", can_focus=False):
                yield Lines(lambda _width: (), id="details")

    def on_mount(self) -> None:
        """Have the list ready for keys."""
        self.fill()
        self.options.focus()

    def entries(self) -> Iterator[tuple[str, Content]]:
        """The patients that the filter lets through."""
        order = sorted(_PATIENTS) if self.order else list(_PATIENTS)
        for name in order:
            patient = _PATIENTS[name]
            if self.matches(f"{name} {patient.complaint} {patient.wrong} {' '.join(patient.codes)}"):
                yield name, _prompt(patient)

    def environment_at_hand(self) -> Environment | None:
        """The chosen patient's environment."""
        chosen = self._chosen_one()
        return inspect_prefix(prefix_of(chosen, self._stage)) if chosen and chosen.prefix else None

    @on(OptionList.OptionHighlighted)
    def _highlighted(self) -> None:
        chosen = self._chosen_one()
        if chosen:
            self.query_one("#details", Lines).show(lambda width: _details(chosen, width, self._stage))
            self.set_command_line(chosen.tries[0].command)

    @on(OptionList.OptionSelected)
    def _selected(self) -> None:
        environment, chosen = self.environment_at_hand(), self._chosen_one()
        if environment is not None:
            from doctor.tui.examination import ExaminationScreen

            self.app.push_screen(ExaminationScreen(environment))
        elif chosen:
            from doctor.tui.onboarding import OnboardingScreen

            self.app.push_screen(OnboardingScreen(self._stage.home / chosen.folder))

    def action_tries(self) -> None:
        """Say what can be tried on the chosen patient."""
        chosen = self._chosen_one()
        if chosen:
            self.app.push_screen(TriesScreen(chosen, self._stage))

    def action_environments(self) -> None:
        """Show the list of environments, as it is without a demonstration."""
        from doctor.tui.environments import EnvironmentsScreen

        self.app.push_screen(EnvironmentsScreen())

    def _chosen_one(self) -> Patient | None:
        option = self.options.highlighted_option
        return _PATIENTS.get(option.id) if option and option.id else None


class TriesScreen(Framed):
    """What can be tried on one patient."""

    HELP = (
        "Each command can be typed in a second terminal, after the line at the end, which lets that terminal into the "
        "demonstration. Where the app can do the same, its key stands below the command."
    )
    KEYS = (("↑ ↓", "scroll; PgUp, PgDn, Home and End as well"),)

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
