"""A plan: what would be done, exactly, and all that a person wants to know before saying yes.

Plain frozen data that is written to a file and read back; doctor.fix.as_json does that. Paths are real ones,
absolute or relative to the prefix, for a plan is carried out on the machine that made it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Literal, NamedTuple

from doctor.facts.identity import Kind

ManagerName = Literal["pip", "uv", "conda", "mamba", "micromamba", "pixi"]


class Program(NamedTuple):
    """A package manager that was found, once, and is named by its absolute path from then on."""

    name: ManagerName
    path: str  #: of the program; for pip of the interpreter that runs it
    version: str = ""
    start: tuple[str, ...] = ()  #: how its command lines begin: ("/usr/bin/uv",), ("/env/bin/python", "-m", "pip")


class Command(NamedTuple):
    """Run a tool with exactly these arguments."""

    sentence: str
    arguments: tuple[str, ...]  #: the first is an absolute path
    tool: str  #: pip, uv, conda, ...
    variables: Mapping[str, str] = {}  #: set for it on top of the cleaned process environment; {work} as in Anew
    folder: str = ""  #: absolute, where it is started; an empty folder of the operation's own if nothing stands here
    network: bool = True
    changes: Literal["environment", "cache", "nothing"] = "environment"
    kind: Literal["command"] = "command"


class Aside(NamedTuple):
    """Move files or folders aside, where undo finds them."""

    sentence: str
    paths: tuple[str, ...]  #: relative to the prefix; "." is the environment as a whole
    kind: Literal["aside"] = "aside"


class Write(NamedTuple):
    """Write a text file anew, beside it first; never in place."""

    sentence: str
    path: str  #: absolute, or relative to the prefix
    before: str | None  #: the whole text that must be there; None where no file is there
    after: str
    kind: Literal["write"] = "write"


class Protect(NamedTuple):
    """Take the permission to write away from everybody but owner and group."""

    sentence: str
    paths: tuple[str, ...]  #: relative to the prefix
    kind: Literal["protect"] = "protect"


class WriteDown(NamedTuple):
    """Export what is installed into new files; none that is there is ever written over."""

    sentence: str
    formats: tuple[str, ...]  #: explicit, environment.yml, requirements
    folder: str  #: absolute
    kind: Literal["write-down"] = "write-down"


class Anew(NamedTuple):
    """Create the environment on trial beside the old one, examine it, then create it under the final name.

    Where there is no old one (the forecast's method is "new") it is created under its name at once.
    In commands {prefix} stands for the folder that is created and {work} for the operation's own folder.
    """

    sentence: str
    commands: tuple[Command, ...]
    files: tuple[tuple[str, str], ...] = ()  #: (name, text) of files below {work} that the commands read
    copies: tuple[str, ...] = ()  #: files of the old prefix, relative to it, that are copied over: .condarc
    kind: Literal["anew"] = "anew"


class Told(NamedTuple):
    """What the user is told; envdoctor never does it."""

    sentence: str
    command: tuple[str, ...] = ()
    kind: Literal["told"] = "told"


PlannedStep = Command | Aside | Write | Protect | WriteDown | Anew | Told


class Change(NamedTuple):
    """One package before and after."""

    name: str
    manager: Literal["pip", "conda"]
    before: str = ""  #: version, with the build for conda: 1.26.3 py311h64a7726_0; empty where it is added
    after: str = ""  #: empty where it is removed; the same as before where it is installed again
    major: bool = False  #: whether the version's first number differs
    size: int = 0  #: bytes to download; 0 where unknown or cached

    @property
    def what(self) -> Literal["added", "removed", "reinstalled", "changed"]:
        """What happens to it."""
        if not self.before or not self.after:
            return "added" if self.after else "removed"
        return "reinstalled" if self.before == self.after else "changed"


class Chosen(NamedTuple):
    """One finding of a plan, with the remedy that was chosen for it."""

    code: str
    subject: str
    summary: str
    remedy: str  #: its title
    safety: Literal["safe", "careful", "manual"]
    stays: bool = False  #: the remedy writes something down and does not make the finding go away
    trade_off: str = ""


class Known(NamedTuple):
    """A finding that was there when the plan was made; what is not among them afterwards is new."""

    code: str
    subject: str
    severity: Literal["error", "warning", "note"]
    summary: str = ""  #: what was found, in a sentence; only of what is new after an operation


class State(NamedTuple):
    """What a plan was made for: it is refused when that has changed."""

    hash: str  #: sha256 over items
    items: Mapping[str, str] = {}  #: distribution, record or file -> what identifies its state


class Forecast(NamedTuple):
    """What the snapshot will hold and take."""

    method: Literal["links", "copies", "rename", "new", "none"]  #: new: nothing is there yet
    folder: str  #: where it is kept
    files: int = 0
    bytes: int = 0  #: that it takes on disk by itself
    outside: tuple[str, ...] = ()  #: files outside the prefix that are saved as well


class Plan(NamedTuple):
    """What would be done to one environment."""

    id: str  #: 20261122-143015-3fa9, also the operation's
    envdoctor: str  #: the version that made it
    made: str  #: 2026-11-22T14:30:15+00:00
    prefix: str  #: absolute
    name: str
    kind: Kind
    project: str  #: absolute, or empty
    deep: bool  #: whether every file's hash was compared, and will be again
    chosen: tuple[Chosen, ...]
    steps: tuple[PlannedStep, ...]
    safety: Literal["safe", "careful", "manual"]
    reversible: bool
    state: State
    known: tuple[Known, ...] = ()
    programs: tuple[Program, ...] = ()
    changes: tuple[Change, ...] = ()
    source: str = ""  #: how the changes are known: dry run by uv 0.9.2; exact reinstall; why they are not known
    download: int | None = None  #: bytes; None where unknown
    disk: int = 0  #: bytes of room that are needed at most
    network: bool = False
    seconds: float = 0.0  #: a rough guess
    snapshot: Forecast = Forecast("none", "")
    blocked: tuple[str, ...] = ()  #: why it would be refused today

    @property
    def outside(self) -> tuple[str, ...]:
        """Files outside the prefix that are written."""
        return outside(self.steps)

    @property
    def destructive(self) -> bool:
        """Whether something is lost for good, or the environment as a whole goes away."""
        whole = any(isinstance(step, Aside) and "." in step.paths for step in self.steps)
        return whole or not self.reversible


def outside(steps: Iterable[PlannedStep]) -> tuple[str, ...]:
    """Files outside the prefix that steps write."""
    return tuple(step.path for step in steps if isinstance(step, Write) and PurePath(step.path).is_absolute())
