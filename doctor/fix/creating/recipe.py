"""How an environment is created from one file of a project: exact commands, as data."""

from __future__ import annotations

from typing import Literal, NamedTuple

from doctor.fix.plan import Change, Command

#: who makes the environment
Maker = Literal["uv", "pip", "conda", "mamba", "micromamba", "pixi", "poetry", "pdm", "pipenv"]
Placing = Literal["virtual", "conda", "pixi"]


class Recipe(NamedTuple):
    """One way from a file to an environment; in commands {prefix} and {work} stand for folders, as in Anew."""

    maker: Maker
    source: str  #: the file that says what goes in, relative to the project
    rule: str  #: how near it comes to what the team has: exactly what uv.lock names, every hash compared
    bare: tuple[Command, ...]  #: create it; of some tools that fills it, too
    fill: tuple[Command, ...]  #: install into it, be it new or there already
    files: tuple[tuple[str, str], ...] = ()  #: (name, text) of files below {work} that the commands read
    placing: Placing = "virtual"
    python: str = ""  #: the version that it gets, as far as it is known
    exact: bool = False  #: whether every version is fixed beforehand
    indexes: tuple[str, ...] = ()  #: redacted addresses that the file itself names for packages to come from
    beware: tuple[str, ...] = ()  #: what to know before saying yes
    changes: tuple[Change, ...] = ()  #: packages that go in, where the file names them exactly
    with_project: bool = False  #: whether the project itself is installed with the rest


class CannotCreate(NamedTuple):
    """Why no environment can be created from a file here."""

    source: str
    reason: str  #: what lacks, and what would help
