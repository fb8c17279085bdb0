"""The first screen: the environments of this machine, most relevant first."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from doctor.asked import home, working_folder
from doctor.collect.measure import measure
from doctor.facts.units import size as in_units
from doctor.reading.redact import show
from doctor.report.words import count
from doctor.target.discover import discover
from doctor.target.environment import Environment
from doctor.tui import background
from doctor.tui.choices import Choices
from doctor.tui.frame import Framed

_ORDERS = ("relevance", "name", "size", "last use")


class EnvironmentsScreen(Framed):
    """Choose an environment to examine."""

    HELP = (
        "These are the environments found on this machine; the one that is active stands first. "
        "Choose one and press Enter to have it examined. Sizes and times of use fill in as they become known."
    )
    KEYS = (
        ("Enter", "examine the chosen environment"),
        ("/", "show only those whose name, kind or folder holds a text; Esc shows all"),
        ("s", "sort by relevance, name, size or last use"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", key_display="/"),
        Binding("s", "sort", "Sort"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.environments: dict[str, Environment] = {}
        self._order = 0
        self._searching = True
        self._stops: list[threading.Event] = []

    def content(self) -> ComposeResult:
        """A list, with a line that says how the search goes."""
        yield Static("", id="status", markup=False)
        yield Input(placeholder="part of a name, kind or folder", id="filter")
        yield Choices(id="environments", markup=False)

    def on_mount(self) -> None:
        """Start to look for environments."""
        self.set_title("envdoctor — choose an environment")
        self.set_command_line("envdoctor list")
        self.query_one("#filter", Input).display = False
        self.query_one(OptionList).focus()
        self._say()
        self._stops.append(background.start(self, "search", self._search))

    def on_unmount(self) -> None:
        """Let the jobs end."""
        for stop in self._stops:
            stop.set()

    def _search(self, stop: threading.Event) -> Iterator[Environment]:
        for environment in discover(variables=os.environ, cwd=working_folder(), home=home()):
            if stop.is_set():
                return
            yield environment

    def _measure(self, stop: threading.Event) -> Iterator[Environment]:
        for environment in list(self.environments.values()):
            if stop.is_set():
                return
            yield measure(environment, stop)

    @on(background.Came)
    def _came(self, message: background.Came[Environment]) -> None:
        environment = message.item
        known = str(environment.prefix) in self.environments
        self.environments[str(environment.prefix)] = environment
        options = self.query_one(OptionList)
        if not known and self._order == 0 and not self._wanted():
            options.add_option(self._option(environment))
            if options.highlighted is None:
                options.highlighted = 0
        elif known and self._order < 2:
            if any(option.id == str(environment.prefix) for option in options.options):
                options.replace_option_prompt(str(environment.prefix), self._prompt(environment))
        else:
            self._fill()
        self._say()

    @on(background.Ended)
    def _ended(self, message: background.Ended) -> None:
        if message.job == "search":
            self._searching = False
            self._stops.append(background.start(self, "measure", self._measure))
        if message.failure:
            self.notify(message.failure, severity="error", markup=False)
        self._say()

    def _say(self) -> None:
        number = count(len(self.environments), "environment")
        text = f" {number} so far, looking …" if self._searching else f" {number}"
        order = f", by {_ORDERS[self._order]}" if self._order else ""
        if not self._searching and not self.environments:
            text, order = " No environment was found. Name one by its folder: envdoctor FOLDER", ""
        self.query_one("#status", Static).update(Content.styled(text + order, "dim"))

    def _fill(self) -> None:
        options = self.query_one(OptionList)
        chosen = options.highlighted_option.id if options.highlighted_option else None
        options.clear_options()
        shown = [environment for environment in self._sorted() if self._matches(environment)]
        options.add_options([self._option(environment) for environment in shown])
        names = [str(environment.prefix) for environment in shown]
        options.highlighted = names.index(chosen) if chosen in names else (0 if names else None)

    def _sorted(self) -> list[Environment]:
        listed = list(self.environments.values())
        if self._order == 1:
            listed.sort(key=lambda environment: environment.name.lower())
        elif self._order == 2:
            listed.sort(key=lambda environment: -(environment.size or 0))
        elif self._order == 3:
            listed.sort(key=lambda environment: -(environment.last_use or 0))
        return listed

    def _wanted(self) -> str:
        return self.query_one("#filter", Input).value.strip().lower()

    def _matches(self, environment: Environment) -> bool:
        text = f"{environment.name} {environment.kind} {environment.maker} {environment.prefix}".lower()
        return all(word in text for word in self._wanted().split())

    def _option(self, environment: Environment) -> Option:
        return Option(self._prompt(environment), id=str(environment.prefix))

    def _prompt(self, environment: Environment) -> Content:
        active = "active" in environment.origins
        maker = f"/{environment.maker}" if environment.maker not in ("unknown", environment.kind) else ""
        facts = [f"{environment.kind}{maker}", f"Python {environment.version or '?'}"]
        if environment.size is not None:
            facts.append(in_units(environment.size))
        if environment.last_use:
            facts.append(f"used {_ago(time.time() - environment.last_use)}")
        return Content.assemble(
            ("* " if active else "  ", "bold $text-success"),
            (environment.name, "bold"),
            ("  active" if active else "", "$text-success"),
            "  ",
            " · ".join(facts),
            ("\n  " + show(environment.prefix), "dim"),
        )

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        if event.option.id:
            self.examine(self.environments[event.option.id])

    def examine(self, environment: Environment) -> None:
        """Open the examination of an environment."""
        from doctor.tui.examination import ExaminationScreen

        self.app.push_screen(ExaminationScreen(environment))

    def action_filter(self) -> None:
        """Ask for a text to filter by."""
        box = self.query_one("#filter", Input)
        box.display = True
        box.focus()

    @on(Input.Changed, "#filter")
    def _filtered(self) -> None:
        self._fill()

    @on(Input.Submitted, "#filter")
    def _accepted(self) -> None:
        self.query_one(OptionList).focus()

    def action_sort(self) -> None:
        """Sort another way."""
        self._order = (self._order + 1) % len(_ORDERS)
        self._fill()
        self._say()

    def action_back(self) -> None:
        """Show all again."""
        box = self.query_one("#filter", Input)
        if box.display:
            box.value = ""
            box.display = False
            self.query_one(OptionList).focus()


def _ago(seconds: float) -> str:
    days = int(seconds // 86_400)
    if days < 1:
        return "today"
    if days < 60:
        return f"{count(days, 'day')} ago"
    return f"{count(days // 30, 'month')} ago" if days < 730 else f"{days // 365} years ago"
