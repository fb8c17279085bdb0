"""What a patient of the demonstration is: data, and the function that makes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Stage(NamedTuple):
    """Where the demonstration plays."""

    root: Path  #: everything lies below it
    home: Path  #: the home folder of its user
    wheels: Path  #: what stands in for the package index
    now: float  #: seconds since the epoch
    can_install: bool = True  #: whether pip or uv is at hand

    @property
    def start(self) -> Path:
        """The folder in which its user begins: no project, and beside all of them."""
        return self.home / "projects" / "start-here"


class Try(NamedTuple):
    """Something to try on a patient."""

    command: str  #: as it is typed in the demonstration, whose home is ~
    what: str  #: what comes of it
    key: str = ""  #: how the app does the same


class Patient(NamedTuple):
    """One environment or repository, and what is wrong with it."""

    name: str
    complaint: str  #: what its owner would say
    wrong: str  #: what is the matter, in a sentence
    make: Callable[[Stage], None]
    codes: tuple[str, ...]  #: what a check finds, each code once, sorted
    tries: tuple[Try, ...]
    prefix: str = ""  #: of the environment, below the home folder; empty where there is none yet
    folder: str = ""  #: of the repository, below the home folder; empty where there is none
    repair: str = ""  #: the code of a finding that `envdoctor fix` takes away here and proves gone
    needs_installer: bool = False  #: whether that repair takes pip or uv

    @property
    def target(self) -> str:
        """What a command takes for its environment: a name, or the repository's folder as every report shows it."""
        return self.name if self.prefix and not self.folder else f"~/{self.folder}"
