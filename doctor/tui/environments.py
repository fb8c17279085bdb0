"""The first screen: the environments of this machine, most relevant first."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from doctor.facts.units import size as in_units
from doctor.reading.redact import show
from doctor.report.words import count
from doctor.tui import background
from doctor.tui.lines import Lines
from doctor.tui.listed import Listed
from doctor.tui.preferences import Preferences

if TYPE_CHECKING:
    from doctor.target.environment import Environment

#: seconds between two questions whose turn it is
_TURN = 0.2
_KNOWN = Preferences(welcomed=True)


class _InTurn(threading.Event):
    """Asks work to wait while its screen is hidden, for an examination has the machine to itself, or to end."""

    def __init__(self, stop: threading.Event, seen: Callable[[], bool]) -> None:
        super().__init__()
        self._stop = stop
        self._seen = seen

    def is_set(self) -> bool:
        """Wait for its turn; say whether it is to end."""
        while not self._seen() and not self._stop.wait(_TURN):
            pass
        return self._stop.is_set()


class EnvironmentsScreen(Listed):
    """Choose an environment to examine."""

    HEADING = "envdoctor — choose an environment"
    COMMAND_LINE = "envdoctor list"
    HELP = (
        "These are the environments found on this machine; the one that is active stands first. "
        "Choose one and press Enter to have it examined. Sizes and times of use fill in as they become known."
    )
    KEYS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("Enter", "examine the chosen environment"),
        ("/", "filter, or paste an error to find its cause in the chosen one"),
        ("s", "sort by relevance, name, size or last use"),
        ("o", "onboard: from this folder's repository to a verified environment"),
        ("a", "advice: pip, uv, conda or pixi for the project of this folder"),
        ("h", "what envdoctor did on this machine, and how to undo it"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Show all", show=False),  # there is nothing behind the first screen
        Binding("o", "onboard", "Onboard"),
        Binding("a", "advise", "Advice"),
        Binding("h", "history", "History"),
    ]

    NOTICES = True
    HINT = "part of a name, kind or folder; or paste an error"
    ORDERS: ClassVar[tuple[str, ...]] = ("relevance", "name", "size", "last use")

    def __init__(self) -> None:
        super().__init__()
        self.environments: dict[str, Environment] = {}
        self._searching = True
        self._begun = False

    def content(self) -> ComposeResult:
        """A list, with a line that says how the search goes."""
        yield Static(Content.styled("looking …", "dim"), id="status")
        yield from self.compose_list()
        if not getattr(self.app, "preferences", _KNOWN).welcomed:
            from doctor.tui.welcome import lines

            with Vertical(id="welcome"):
                yield Lines(lines)

    def on_mount(self) -> None:
        """Have the list ready for keys."""
        self.options.focus()

    def on_screen_resume(self) -> None:
        """Look for environments once the first picture is there; the work would slow that down."""
        super().on_screen_resume()
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        if self.is_seen and not self._begun:  # below an examination that was asked for by name, it can wait
            self._begun = True
            self.begin("search", self._search)

    def _search(self, stop: threading.Event) -> Iterator[Environment]:
        from doctor.asked import home, working_folder
        from doctor.target.discover import discover

        for environment in discover(variables=os.environ, cwd=working_folder(), home=home()):
            if stop.is_set():
                return
            yield environment

    def _measure(self, stop: threading.Event) -> Iterator[Environment]:
        from doctor.collect.measure import measure

        in_turn = _InTurn(stop, lambda: self.is_seen)
        for environment in list(self.environments.values()):
            if in_turn.is_set():
                return
            yield measure(environment, in_turn)

    @on(background.Came)
    def _came(self, message: background.Came[Environment]) -> None:
        self.environments[str(message.item.prefix)] = message.item
        self.fill()
        self._say()

    @on(background.Ended)
    def _ended(self, message: background.Ended) -> None:
        if message.job == "search":
            self._searching = False
            self.begin("measure", self._measure)
        if message.failure:
            self.notify(message.failure, severity="error", markup=False)
        self._say()

    def _say(self) -> None:
        number = count(len(self.environments), "environment")
        text = f"{number} so far, looking …" if self._searching else f"{number}"
        order = f", by {self.ORDERS[self.order]}" if self.order else ""
        if not self._searching and not self.environments:
            text, order = "No environment was found. Name one by its folder: envdoctor FOLDER", ""
        self.say(text + order, "dim")

    def entries(self) -> Iterator[tuple[str, Content]]:
        """The environments that the filter lets through."""
        for environment in self._sorted():
            if self.matches(f"{environment.name} {environment.kind} {environment.maker} {environment.prefix}"):
                yield str(environment.prefix), _prompt(environment)

    def sorted_anew(self) -> None:
        """Say how it is sorted."""
        self._say()

    def _sorted(self) -> list[Environment]:
        listed = list(self.environments.values())
        if self.order == 1:
            listed.sort(key=lambda environment: environment.name.lower())
        elif self.order == 2:
            listed.sort(key=lambda environment: -(environment.size or 0))
        elif self.order == 3:
            listed.sort(key=lambda environment: -(environment.last_use or 0))
        return listed

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        if event.option.id:
            self.examine(self.environments[event.option.id])

    def look_again(self) -> None:
        """Look for environments anew, for one has come or gone."""
        if self._stop:
            self._stop.set()
        self._begun = False
        self.environments.clear()
        self._searching = True
        if self.is_seen:
            self._begin()

    def environment_at_hand(self) -> Environment | None:
        """The chosen environment, else the first."""
        chosen = self.options.highlighted_option
        key = chosen.id if chosen and chosen.id else next(iter(self.environments), "")
        return self.environments.get(key)

    def action_history(self) -> None:
        """Show what was done on this machine."""
        from doctor.tui.history import HistoryScreen

        self.app.push_screen(HistoryScreen())

    def action_onboard(self) -> None:
        """Go from the repository of the working folder to a verified environment."""
        from doctor.asked import working_folder
        from doctor.tui.onboarding import OnboardingScreen

        self.app.push_screen(OnboardingScreen(working_folder()))

    def action_advise(self) -> None:
        """Ask which problem is being solved, and recommend a package manager."""
        from doctor.asked import working_folder
        from doctor.tui.advice import AdviceScreen

        self.app.push_screen(AdviceScreen(working_folder()))

    def examine(self, environment: Environment) -> None:
        """Open the examination of an environment."""
        from doctor.tui.examination import ExaminationScreen

        self.app.push_screen(ExaminationScreen(environment))


def _prompt(environment: Environment) -> Content:
    active = "active" in environment.origins
    maker = f"/{environment.maker}" if environment.maker not in ("unknown", environment.kind) else ""
    facts = [f"{environment.kind}{maker}", f"Python {environment.version or '?'}"]
    if environment.size is not None:
        facts.append(in_units(environment.size))
    if environment.last_use:
        facts.append(f"used {ago(time.time() - environment.last_use)}")
    return Content.assemble(
        ("* " if active else "  ", "bold $text-success"),
        (environment.name, "bold"),
        ("  active" if active else "", "$text-success"),
        "  ",
        " · ".join(facts),
        ("\n  " + show(environment.prefix), "dim"),
    )


def ago(seconds: float) -> str:
    """Say how long ago something was: today, 12 days ago."""
    days = int(seconds // 86_400)
    if days < 1:
        return "today"
    if days < 60:
        return f"{count(days, 'day')} ago"
    return f"{count(days // 30, 'month')} ago" if days < 730 else f"{days // 365} years ago"
