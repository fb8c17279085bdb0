"""One package: what explain says of it, what pulls it in, and what goes with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from doctor.facts import Facts
from doctor.facts.units import several, size
from doctor.judgement.needs import freed_by, graph, name_of
from doctor.report.package import describe, find_package
from doctor.report.pictures.pulled_in import pulled_in
from doctor.report.text import Line, Span, wrapped
from doctor.target.environment import Environment
from doctor.tui.command_line import argument_for
from doctor.tui.frame import Framed
from doctor.tui.lines import Lines

#: packages that go with one which are named
_NAMED = 12


class PackageScreen(Framed):
    """Read about one package."""

    HELP = (
        "Who put the package there and from where, what it costs, and as a tree what needs it: read upwards from the "
        "package to what was asked for by name. What nothing else needs would go with it."
    )
    KEYS = (
        ("↑ ↓", "scroll; PgUp, PgDn, Home and End as well"),
        ("z", "its folders and files by size"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("z", "sizes", "Folders")]

    def __init__(self, environment: Environment, facts: Facts, owner: str, project: str | None = None) -> None:
        """Hold what to tell of; owner as in the keys of Sizes.by_owner."""
        super().__init__()
        self._environment = environment
        self._facts = facts
        self._owner = owner
        self._project = project

    def content(self) -> ComposeResult:
        """One scrolling text."""
        with VerticalScroll(id="page"):
            yield Lines(self._lines)

    def on_mount(self) -> None:
        """Say where the user is."""
        from doctor.report.steps import shell_word

        name = name_of(self._owner)
        self.set_title(f"{name} in {self._environment.name or self._environment.prefix}")
        self.set_command_line(f"envdoctor explain {shell_word(name)} --env {argument_for(self._environment)}")
        self.query_one("#page").focus()

    def _lines(self, width: int) -> Iterator[Line]:
        package = find_package(self._facts, name_of(self._owner))
        if package is None:
            yield (Span("Nothing is written down about it", "dim"),)
            return
        yield from describe(package, self._facts, width=width)
        yield (Span("What pulls it in", "heading"),)
        yield from pulled_in(self._facts, self._owner)
        yield ()
        yield from self._gone(width)

    def _gone(self, width: int) -> Iterator[Line]:
        rooms = self._facts.sizes.by_owner
        gone = freed_by(graph(self._facts), self._owner) - {self._owner}
        if not gone or not rooms:
            return
        yield (Span("What only it needs", "heading"),)
        names = sorted(gone, key=lambda owner: (-(rooms[owner].total if owner in rooms else 0), owner))
        named = ", ".join(map(name_of, names[:_NAMED]))
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        room = sum(rooms[owner].total for owner in gone if owner in rooms)
        yield from wrapped(f"{several(len(gone), 'package')} of {size(room)}: {named}{more}", width, "  ", "")

    def action_sizes(self) -> None:
        """Show its folders."""
        from doctor.tui.sizes import SizesScreen

        below = self.app.screen_stack[-2]
        if isinstance(below, SizesScreen):
            self.app.pop_screen()
            below.open_folders(self._owner)
        else:
            self.app.push_screen(SizesScreen(self._environment, self._facts, self._project, owner=self._owner))
