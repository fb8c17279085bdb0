"""What comes of looking for a library as its loader would."""

from __future__ import annotations

from typing import Literal, NamedTuple

from doctor.facts import Binary, Outside

How = Literal["loaded", "rpath", "runpath", "LD_LIBRARY_PATH", "cache", "default", "path"]
File = Binary | Outside
#: how, folder
Place = tuple[How, str]


class Found(NamedTuple):
    """A library that the loader would take."""

    name: str  #: as asked for
    path: str  #: relative to the prefix where it lies inside, else absolute with ~; links as they are
    how: How
    file: File | None = None  #: what is known of it; None where its header was not read


class Missing(NamedTuple):
    """A library that the loader would not find."""

    name: str
    searched: tuple[tuple[How, str], ...] = ()  #: (how, folder) in order
    passed_over: tuple[tuple[str, str], ...] = ()  #: (path, machine) of those for another machine
    elsewhere: tuple[str, ...] = ()  #: files of the environment that answer to the name, where nobody looks


class Untold(NamedTuple):
    """A library of which files alone do not tell whether it would be found."""

    name: str
    why: str


Answer = Found | Missing | Untold


class Step(NamedTuple):
    """One library of a simulated load, with the files that led to it; the first is the one asked about."""

    chain: tuple[str, ...]
    answer: Answer
