"""What the user allows and wishes for a repair."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

#: what is refused unless the user allows it in so many words
ALLOWABLE = {
    "root": "root changes what another user owns, or the operating system's own Python",
    "frozen": "conda-meta/frozen asks for no changes",
    "managed": "the environment is marked as externally managed",
    "owner": "the environment belongs to another user",
    "self": "envdoctor runs from this environment",
    "stale": "the environment has changed since the plan was made",
}


class Options(NamedTuple):
    """How plans are made and carried out."""

    offline: bool = False  #: no network: wheel and package caches, and the folder of wheels
    wheels: Path | None = None  #: a folder of wheels to take packages from
    export_first: bool = True  #: write down what is installed first, where nothing says so yet
    preview: bool = True  #: ask the manager for the difference in packages, which runs it and may use the network
    allow: frozenset[str] = frozenset()  #: names of ALLOWABLE
