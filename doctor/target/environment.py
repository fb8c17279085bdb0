"""The target as it really is on this machine: with real paths, before anything is read of it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from doctor.facts.identity import Kind
from doctor.facts.project import Policy


class Environment(NamedTuple):
    """One environment of this machine."""

    prefix: Path  #: absolute; links in it kept as the user knows them
    kind: Kind
    maker: str = "unknown"
    name: str = ""  #: what a user may call it: myenv, .venv of project
    python: Path | None = None  #: the interpreter's path, links kept; None where there is none
    version: str = ""  #: X.Y.Z or X.Y as read from files
    origins: tuple[str, ...] = ()  #: how it was found: active, project, PATH, conda, ...
    size: int | None = None  #: bytes, once known
    last_use: float | None = None  #: seconds since the epoch, once known


def keep_quiet(_layer: str, _done: int, _of: int) -> None:
    """Tell nobody how far a layer is."""


class Request(NamedTuple):
    """All that collectors need to know of what was asked, and of the machine they may look at."""

    environment: Environment
    project: Path | None = None  #: the repository around it, where there is one
    policy: Policy = Policy()
    deep: bool = False
    sizes: bool = True  #: False where no selected check needs the sizes layer
    imports: bool = True  #: False where no selected check needs to know what the project imports
    records: bool = True  #: False where RECORD, WHEEL and top_level.txt stay unread: no selected check looks at them
    variables: Mapping[str, str] = {}  #: the process environment
    home: Path = Path("/")
    root: Path = Path("/")  #: of the file system; tests put a recorded one here
    given: bool = False  #: whether the user named the project for this environment
    #: told how far a layer is, from its own thread and often: layer, how many are done, of how many (0: not known)
    tell: Callable[[str, int, int], None] = keep_quiet
