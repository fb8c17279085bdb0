"""All packages of an environment: by name, size, where they came from, or age."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList, Static

from doctor.facts import Facts
from doctor.facts.units import size
from doctor.report.pictures.mixture import each
from doctor.report.words import count
from doctor.target.environment import Environment
from doctor.tui import background
from doctor.tui.command_line import argument_for
from doctor.tui.environments import ago
from doctor.tui.lines import STYLES
from doctor.tui.pictured import Pictured


class _Package(NamedTuple):
    owner: str  #: as in the keys of Sizes.by_owner
    name: str
    version: str
    origin: str
    room: int
    installed: float  #: seconds since the epoch; 0 unknown


class PackagesScreen(Pictured):
    """Look for a package."""

    HELP = (
        "Every package that is installed, whoever installed it, once. Press Enter on one to read where it came from, "
        "what needs it and what it costs."
    )
    KEYS = (
        ("Enter", "what is known of the chosen package"),
        ("/", "show only those that hold a text; Esc shows all"),
        ("s", "sort by name, size, where from, or the newest first"),
        ("z", "the folders and files of the chosen one by size"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("z", "sizes", "Folders")]
    HINT = "part of a name, version, channel or installer"
    ORDERS = ("name", "size", "where from", "newest")

    def __init__(self, environment: Environment, facts: Facts, project: str | None = None, *, origin: str = "") -> None:
        """Hold what is known; origin names the place whose packages alone are shown."""
        super().__init__(environment, facts, project)
        self._origin = origin
        self._packages: tuple[_Package, ...] = ()

    def content(self) -> ComposeResult:
        """How many there are, and the list."""
        yield Static("", id="status", markup=False)
        yield from self.compose_list()

    def on_mount(self) -> None:
        """Start to read what is not known."""
        of = f" from {self._origin}" if self._origin else ""
        self.show_of(f"packages{of}", f"envdoctor explain PACKAGE --env {argument_for(self._environment)}")

    def read(self, stop: threading.Event) -> Iterator[object]:
        """Put the packages together where it delays nothing."""
        facts = self._facts
        for item in super().read(stop):
            yield item
            facts = item if isinstance(item, Facts) else facts
        yield tuple(_packages(facts, self._origin))

    @on(background.Came)
    def _came(self, message: background.Came[object]) -> None:
        if isinstance(message.item, str):
            self.say(f"… {message.item}", "dim")
        elif isinstance(message.item, Facts):
            self._facts = message.item
        elif isinstance(message.item, tuple):
            self._packages = message.item
            self.fill()
            self.sorted_anew()

    @on(background.Ended)
    def _ended(self, message: background.Ended) -> None:
        if message.failure:
            self.say(f"✗ {message.failure}", STYLES["error"])

    def sorted_anew(self) -> None:
        """Say how many there are and how they are sorted."""
        room = sum(package.room for package in self._packages)
        of = f", {size(room)}" if room else ""
        self.say(f"{count(len(self._packages), 'package')}{of}, by {self.ORDERS[self.order]}", "dim")

    def entries(self) -> Iterator[tuple[str, Content]]:
        """The packages that the filter lets through."""
        width = self.width()
        now = time.time()
        shown = [p for p in self._sorted() if self.matches(f"{p.name} {p.version} {p.origin}")]
        names = min(max((len(package.name) for package in shown), default=8), max(width * 3 // 10, 14))
        for package in shown:
            yield f"={package.owner}", _row(package, names, width, now, by_time=self.order == 3)

    def _sorted(self) -> list[_Package]:
        if self.order == 1:
            return sorted(self._packages, key=lambda package: (-package.room, package.name.lower()))
        if self.order == 2:
            return sorted(self._packages, key=lambda package: (package.origin, package.name.lower()))
        if self.order == 3:
            return sorted(self._packages, key=lambda package: (-package.installed, package.name.lower()))
        return sorted(self._packages, key=lambda package: package.name.lower())

    def _chosen(self) -> str:
        option = self.options.highlighted_option
        return (option.id or "=")[1:] if option else ""

    @on(OptionList.OptionSelected, "#list")
    def _selected(self) -> None:
        from doctor.tui.package import PackageScreen

        if owner := self._chosen():
            self.app.push_screen(PackageScreen(self._environment, self._facts, owner, self._project))

    def action_sizes(self) -> None:
        """Show the folders of the chosen one."""
        from doctor.tui.sizes import SizesScreen

        if owner := self._chosen():
            self.app.push_screen(SizesScreen(self._environment, self._facts, self._project, owner=owner))


def _packages(facts: Facts, only: str) -> Iterator[_Package]:
    versions = {f"conda:{record.name}": (record.version, record.installed) for record in facts.conda.records}
    for dist in facts.distributions.installed:
        versions.setdefault(dist.key, (dist.version, dist.modified))
    rooms = facts.sizes.by_owner
    for owner, name, (origin, _) in each(facts):
        if only in ("", origin):
            version, installed = versions.get(owner, ("", 0.0))
            room = rooms[owner].total if owner in rooms else 0
            yield _Package(owner, name, version, origin, room, installed)


def _row(package: _Package, names: int, width: int, now: float, *, by_time: bool) -> Content:
    name = package.name if len(package.name) <= names else f"{package.name[: names - 1]}…"
    version = package.version if len(package.version) <= 12 else f"{package.version[:11]}…"
    room = size(package.room) if package.room else ""
    first = f" {version:<12} {room:>7}"
    left = width - names - len(first)
    when = ago(now - package.installed) if package.installed and (left >= 34 or (by_time and left >= 15)) else ""
    origin = package.origin if left >= (30 if when else 14) else ""
    room_for_origin = left - 2 - (15 if when else 0)
    origin = origin if len(origin) <= room_for_origin else f"{origin[: room_for_origin - 1]}…"
    return Content.assemble(
        (f"{name:<{names}}", "bold"),
        first,
        (f"  {origin:<{room_for_origin}}" if origin else "", "dim"),
        (f"  {when}" if when else "", "dim"),
    )
