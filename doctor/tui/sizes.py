"""What takes the room of an environment: packages, their folders and files, as bars and as a map."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import OptionList, Static

from doctor.asked import request_for
from doctor.facts import Facts
from doctor.facts.rooms import Rooms
from doctor.facts.units import size
from doctor.report.pictures.bars import bar
from doctor.report.pictures.shares import KINDS, Share, below, caches, causes, packages, packages_of, whole
from doctor.report.pictures.treemap import Tile
from doctor.report.text import Line
from doctor.report.words import count
from doctor.target.environment import Environment
from doctor.tui import background
from doctor.tui.command_line import argument_for
from doctor.tui.lines import STYLES, Lines
from doctor.tui.pictured import Pictured
from doctor.tui.sizes_map import Map, Shelf

#: entries of one list; what is smaller is told by its number
_MOST = 300


class SizesScreen(Pictured):
    """Look at what takes room, and go into it."""

    HELP = (
        "The total stands first, then whose the room is: own is given back when the environment is deleted, shared is "
        "kept by hard links of a package cache or of other environments. Shades say what kind of files it is. Go into "
        "a package with the right arrow, down to its files, and back with the left one."
    )
    KEYS = (
        ("Enter", "what is known of the package: who needs it, what pulls it in"),
        ("→ ←", "into the folders of the chosen one, and out again"),
        ("v", "a list, or a map with areas as large as the room they take"),
        ("/", "show only names that hold a text; Esc shows all"),
        ("s", "sort by size or name"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "view", "Map or list"),
    ]
    HINT = "part of a name"
    ORDERS = ("size", "name")

    def __init__(
        self, environment: Environment, facts: Facts, project: str | None = None, *, owner: str | None = None
    ) -> None:
        """Hold what is known; owner names the package whose folders are wanted at first."""
        super().__init__(environment, facts, project)
        self._rooms: Rooms | None = None
        self._packages: tuple[Share, ...] = ()
        self._shares: tuple[Share, ...] = ()
        self._way: list[Share] = []  #: from a package down to the folder at hand
        self._wanted_owner = owner
        self._failure = ""

    def content(self) -> ComposeResult:
        """The total, whose it is and what it is made of, and what takes it."""
        yield Static("", id="status", markup=False)
        yield Lines(self._causes, id="causes")
        with Horizontal(id="split"):
            yield Shelf(id="list", markup=False)
            yield Map()

    def on_mount(self) -> None:
        """Start to read."""
        self.show_of("sizes", f"envdoctor check {argument_for(self._environment)} --select SIZ")

    def read(self, stop: threading.Event) -> Iterator[object]:
        """Look into folders as soon as it is known whose the files are."""
        from doctor.collect.rooms import measure_rooms

        facts = self._facts
        for item in super().read(stop):
            yield item
            facts = item if isinstance(item, Facts) else facts
        request = request_for(self._environment, project=self._project, deep=False)
        for found in measure_rooms(request, facts):
            if stop.is_set():
                return
            if isinstance(found, Rooms):
                yield found, packages(found)
            else:
                total = facts.files.entries
                yield f"{found:,} of {total:,} files" if total >= found else f"{count(found, 'file')}"

    @on(background.Came)
    def _came(self, message: background.Came[object]) -> None:
        if isinstance(message.item, str):
            self.say(f"{self._total()}… looking into folders: {message.item}", "dim")
        elif isinstance(message.item, Facts):
            self._facts = message.item
            self._packages = self._shares = packages_of(self._facts)
            self.fill()
        elif isinstance(message.item, tuple):
            self._rooms, self._packages = message.item
            self._show(self._way)
            if self._wanted_owner is not None:
                self.open_folders(self._wanted_owner)
                self._wanted_owner = None

    @on(background.Ended)
    def _ended(self, message: background.Ended) -> None:
        self._failure = message.failure
        self._describe()

    def _total(self) -> str:
        every = whole(self._packages)
        return f"{size(every.total)} in {count(every.files, 'file')} " if every.total else ""

    def _at(self) -> Share:
        return self._way[-1] if self._way else whole(self._packages)

    def _causes(self, width: int) -> Iterator[Line]:
        if self._rooms is not None and self._at().total:
            yield from causes(self._at(), width)
            if not self._way:
                yield from caches(self._facts, width)

    def _describe(self) -> None:
        here = self._at()
        if self._failure:
            self.say(f"✗ {self._failure}", STYLES["error"])
            return
        if self._rooms is None:
            return
        where = " / ".join(share.name for share in self._way)
        told = f"{where}: " if where else ""
        deletable = here.shared and self._environment.kind in ("venv", "conda")
        gives = f"; deleting {'it' if where else 'the environment'} gives back {size(here.own)}" if deletable else ""
        more = "" if self._rooms.complete else ", and there is more that could not be listed"
        self.say(f"{told}{size(here.total)} in {count(here.files, 'file')}{gives}{more}", "bold")

    def _show(self, way: list[Share], chosen: str = "") -> None:
        """Go to a place."""
        self._way = way
        if self._rooms is None:
            return
        inside = below(self._rooms, way[0].key, way[-1].key if len(way) > 1 else "") if way else self._packages
        self._shares = inside
        self.fill()
        keys = [option.id for option in self.options.options]
        self.options.highlighted = keys.index(chosen) if chosen in keys else (0 if keys else None)
        self.query_one("#causes", Lines).show(self._causes)
        self._describe()
        self._draw()

    def _visible(self) -> list[Share]:
        shown = [share for share in self._shares if self.matches(share.name)]
        return sorted(shown, key=lambda share: share.name.lower()) if self.order else shown

    def entries(self) -> Iterator[tuple[str, Content]]:
        """The largest that the filter lets through, each with a bar in proportion."""
        shown = self._visible()
        width = self.width()
        total = max(self._at().total, 1)
        most = max((share.total for share in shown), default=1)
        names = min(max((len(share.name) for share in shown), default=8) + 1, max(width * 2 // 5, 12))
        for share in shown[:_MOST]:
            yield _key(share), _row(share, total, most, names, width, inside=bool(self._way))
        if len(shown) > _MOST:
            yield "", Content.styled(f"and {len(shown) - _MOST:,} smaller", "dim")

    def fill(self) -> None:
        """Show the entries anew, and the map with them."""
        super().fill()
        self._draw()

    def sorted_anew(self) -> None:
        """Show the order by itself."""

    def _draw(self) -> None:
        tiles = [
            Tile(share.name, share.total, size(share.total), *_look(share), _key(share)) for share in self._visible()
        ]
        chosen = self._chosen()
        self.query_one(Map).show(tiles, _key(chosen) if chosen else "")

    def _chosen(self) -> Share | None:
        option = self.options.highlighted_option
        return next((share for share in self._shares if option and _key(share) == option.id), None)

    @on(OptionList.OptionHighlighted, "#list")
    def _highlighted(self) -> None:
        self._draw()

    @on(OptionList.OptionSelected, "#list")
    @on(Map.Opened)
    def _selected(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        if self._way:
            self.action_into()
        elif not chosen.key:
            self.notify("No package owns it; → shows which folders it is", markup=False)
        else:
            from doctor.tui.package import PackageScreen

            self.app.push_screen(PackageScreen(self._environment, self._facts, chosen.key, self._project))

    @on(Map.Stepped)
    def _stepped(self, message: Map.Stepped) -> None:
        last = self.options.option_count - 1
        if last >= 0:
            self.options.highlighted = min(max((self.options.highlighted or 0) + message.by, 0), last)

    @on(Map.Pointed)
    def _pointed(self, message: Map.Pointed) -> None:
        keys = [option.id for option in self.options.options]
        if message.key in keys:
            self.options.highlighted = keys.index(message.key)

    def open_folders(self, owner: str) -> None:
        """Go to the folders of a package."""
        found = next((share for share in self._packages if share.key == owner), None)
        if self._rooms is None:
            self._wanted_owner = owner
        elif found:
            self._show([found])

    def action_into(self) -> None:
        """Go into what is chosen."""
        chosen = self._chosen()
        if self._rooms is None:
            self._wanted_owner = chosen.key if chosen else None
            self.notify("Folders are still being read; this opens as soon as they are", markup=False)
        elif chosen and chosen.is_file:
            kept = f", {size(chosen.shared)} of it shared by hard links" if chosen.shared else ""
            self.notify(f"{chosen.key}: a file of {size(chosen.total)}{kept}", markup=False)
        elif chosen:
            self._leave_filter()
            self._show([*self._way, chosen])

    def action_out(self) -> None:
        """Go back to where the folder at hand lies."""
        self._wanted_owner = None
        if self._way:
            left = self._way[-1]
            self._leave_filter()
            self._show(self._way[:-1], _key(left))

    def action_back(self) -> None:
        """Leave the filter, else the folder, else the screen."""
        if self._way and not self.query("#filter"):
            self.action_out()
        else:
            super().action_back()

    def _leave_filter(self) -> None:
        if self.query("#filter"):
            super().action_back()

    def action_view(self) -> None:
        """Show the map in place of the list, or the list again."""
        self.toggle_class("-map")
        (self.query_one(Map) if self.has_class("-map") else self.options).focus()
        self.call_after_refresh(self.fill)


def _key(share: Share) -> str:
    return f"={share.key}"


def _look(share: Share) -> tuple[str, str]:
    """The shade and style of a tile or bar."""
    return KINDS[share.kind] if sum(share.kinds) else ("█", "")


def _row(share: Share, total: int, most: int, names: int, width: int, *, inside: bool) -> Content:
    shade, style = _look(share)
    name = f"{share.name}/" if inside and not share.is_file else share.name
    name = name if len(name) < names else f"{name[: names - 2]}…"
    percent = share.total * 100 // total
    said = f" {size(share.total):>7} {f'{percent}%' if percent else '<1%':>4}"
    return Content.assemble(
        (f"{name:<{names}}", "bold"),
        (bar(share.total, most, max(width - names - len(said), 4), shade), STYLES.get(style, "")),
        said,
    )
