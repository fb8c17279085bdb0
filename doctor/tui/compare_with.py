"""With whom an environment is compared: the team's baseline, files of colleagues, earlier times, other environments."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList, Static

from doctor.asked import home, request_for, working_folder
from doctor.reading.redact import show
from doctor.tui import background
from doctor.tui.asking import Written
from doctor.tui.command_line import argument_for
from doctor.tui.listed import Listed

if TYPE_CHECKING:
    from doctor.compare.comparison import Side
    from doctor.facts import Identity
    from doctor.target.environment import Environment

#: files of a folder that are looked at, and bytes of the head that tells what one is
_FILES, _HEAD = 200, 400
_KINDS = {"baseline": "the team's baseline", "file": "a file", "kept": "this environment, earlier", "environment": ""}


class With(NamedTuple):
    """One thing to compare with."""

    kind: str  #: baseline, file, kept, environment, moment
    title: str
    about: str
    path: Path
    environment: Environment | None = None
    side: Side | None = None  #: of a moment, which is known already


class CompareWithScreen(Listed):
    """Choose what to compare an environment with."""

    HELP = (
        "Compare this environment with the team's baseline, with a file that a colleague made by envdoctor snapshot, "
        "with how it was at an earlier time, or with another environment of this machine. w writes this environment's "
        "own file, to be sent: it holds no path, user, host or secret."
    )
    KEYS = (
        ("Enter", "compare with the chosen one"),
        ("o", "compare with another file: asks for its name"),
        ("w", "write this environment's file, for a colleague"),
        ("/", "show only those that hold a text; Esc shows all"),
        ("s", "sort by kind or name"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "open", "Another file"),
        Binding("w", "write", "Write mine"),
    ]
    HINT = "part of a name or folder"
    ORDERS = ("kind", "name")

    def __init__(self, environment: Environment, identity: Identity, project: str | None) -> None:
        super().__init__()
        self._environment = environment
        self._identity = identity
        self._named_project = project
        self._found: dict[str, With] = {}
        self._looking = True

    def content(self) -> ComposeResult:
        """How many there are, and the list."""
        yield Static("", id="status", markup=False)
        yield from self.compose_list()

    def on_mount(self) -> None:
        """Look for them."""
        self.set_title(f"Compare {self._environment.name or self._environment.prefix} with …")
        self.set_command_line(f"envdoctor compare {argument_for(self._environment)} OTHER")
        self.options.focus()
        self._say()
        self.begin("with", self._look)

    def _look(self, stop: threading.Event) -> Iterator[With]:
        from doctor.target.discover import discover

        yield from self._files()
        yield from self._earlier()
        for other in discover(variables=os.environ, cwd=working_folder(), home=home()):
            if stop.is_set():
                return
            if other.prefix.resolve() != self._environment.prefix.resolve():
                about = f"{other.kind}, Python {other.version or '?'}"
                yield With("environment", other.name or show(other.prefix), about, other.prefix, other)

    def _files(self) -> Iterator[With]:
        """The baseline, and every fingerprint that lies in the project's or the working folder."""
        from doctor.collect.project import BASELINE

        request = request_for(self._environment, project=self._named_project, deep=False)
        folders = dict.fromkeys(folder for folder in (request.project, working_folder()) if folder)
        if request.project:
            path = request.project / (request.policy.baseline or BASELINE)
            if path.is_file():
                yield With("baseline", show(path), _KINDS["baseline"], path)
        for folder in folders:
            names = sorted(path for path in folder.glob("*.json"))[:_FILES]
            for path in names:
                if path.is_file() and _is_fingerprint(path):
                    yield With("file", path.name, f"a file in {show(folder)}", path)

    def _earlier(self) -> Iterator[With]:
        from doctor.fix.folders import state_folder
        from doctor.fix.kept_fingerprints import kept

        for one in kept(state_folder(), self._identity):
            when = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.time))
            yield With("kept", f"{self._identity.name} of {when}", _KINDS["kept"], one.path)

    @on(background.Came)
    def _came(self, message: background.Came[With]) -> None:
        self._found[str(message.item.path)] = message.item
        self.fill()
        self._say()

    @on(background.Ended)
    def _ended(self, message: background.Ended) -> None:
        self._looking = False
        if message.failure:
            self.notify(message.failure, severity="error", markup=False)
        self._say()

    def _say(self) -> None:
        number = len(self._found)
        text = f"{number} so far, looking …" if self._looking else f"{number} to compare with"
        if not number and not self._looking:
            text = "Nothing to compare with yet: w writes this environment's file for a colleague"
        self.say(text, "dim")

    def entries(self) -> Iterator[tuple[str, Content]]:
        """Those that the filter lets through."""
        order = list(_KINDS)
        found = sorted(
            self._found.items(),
            key=lambda item: item[1].title.lower() if self.order else f"{order.index(item[1].kind)}",
        )
        for key, one in found:
            if self.matches(f"{one.title} {one.about} {one.path}"):
                yield key, Content.assemble((one.title, "bold"), ("\n  " + one.about, "dim"))

    def sorted_anew(self) -> None:
        """Show the order by itself: the list tells."""

    @on(OptionList.OptionSelected, "#list")
    def _selected(self, event: OptionList.OptionSelected) -> None:
        one = self._found.get(event.option.id or "")
        if one:
            self._compare(one)

    def _compare(self, one: With) -> None:
        from doctor.tui.comparison import ComparisonScreen

        self.app.push_screen(ComparisonScreen(self._environment, one, project=self._named_project))

    def action_open(self) -> None:
        """Ask for the name of a file."""
        about = "A file that envdoctor snapshot wrote, or facts that check --save kept."
        self.app.push_screen(Written("Compare with which file?", about), self._named)

    def _named(self, text: str | None) -> None:
        if text:
            path = Path(text).expanduser().absolute()
            self._compare(With("file", path.name, _KINDS["file"], path))

    def action_write(self) -> None:
        """Ask for a name, and write this environment's own file."""
        name = (self._identity.name.rpartition(" of ")[2] or "environment").replace("/", "-")
        about = "It holds versions, builds, libraries and settings; no path, user, host, token or password."
        self.app.push_screen(Written("Write to which file?", about, value=f"{name}.json"), self._write)

    def _write(self, text: str | None) -> None:
        if text:
            path = Path(text).expanduser().absolute()
            background.start(self, "write", lambda _stop: self._written(path))

    def _written(self, path: Path) -> Iterator[With]:
        from doctor.compare.as_json import dump
        from doctor.compared.sides import Taken, take
        from doctor.failure import Failure
        from doctor.fix.host.files import write_new
        from doctor.fix.kept_fingerprints import stamp

        if path.exists() and not _is_fingerprint(path):
            raise Failure(f"{show(path)} is there and is no fingerprint: take another name")
        request = request_for(self._environment, project=self._named_project, deep=False)
        for event in take(request, stamp()):
            if isinstance(event, Taken):
                try:
                    write_new(path, dump(event.fingerprint))
                except OSError as error:
                    raise Failure(f"{show(path)}: {(error.strerror or str(error)).lower()}") from None
                self.app.call_from_thread(self.notify, f"{show(path)} is written: it can be sent", markup=False)
                yield With("file", path.name, "this environment, as it is now", path)


def _is_fingerprint(path: Path) -> bool:
    """Whether the head of a file says so."""
    try:
        with path.open("rb") as opened:
            return b'"fingerprint"' in opened.read(_HEAD)
    except OSError:
        return False
