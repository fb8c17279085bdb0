"""The files and sizes layers: what lies under the prefix, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Files(NamedTuple):
    """Names of everything under the prefix but folders, by folder; from one walk."""

    folders: Mapping[str, frozenset[str]] = {}  #: "" is the prefix itself
    entries: int = 0  #: how many
    complete: bool = True  #: False where the walk hit its limits or was kept to the site folders
    unreadable: tuple[str, ...] = ()  #: folders that could not be listed
    foreign: tuple[str, ...] = ()  #: paths of another owner than the prefix's, at most 20
    writable_by_others: tuple[str, ...] = ()  #: on the import path, at most 20

    def has(self, path: str) -> bool:
        """Whether a path relative to the prefix is there (also as a dangling link)."""
        folder, _, name = path.rpartition("/")
        return name in self.folders.get(folder, ())


class Size(NamedTuple):
    """Room on disk: st_blocks, not st_size; a hard-linked file counts once."""

    files: int = 0
    own: int = 0  #: bytes that deleting the environment would give back
    shared: int = 0  #: bytes that other hard links (a package cache, another environment) keep

    @property
    def total(self) -> int:
        """Bytes as du counts them."""
        return self.own + self.shared


class Sizes(NamedTuple):
    """Room by owner."""

    total: Size = Size()
    by_owner: Mapping[str, Size] = {}  #: distribution key or conda:NAME; "" unowned
    unowned: tuple[tuple[str, int], ...] = ()  #: (folder, bytes) of the largest things nobody owns
    newest_use: float = 0.0  #: newest time of use seen: bytecode written or interpreter read; seconds since epoch
    caches: tuple[tuple[str, str, int, bool], ...] = ()  #: (tool, folder, bytes, on the environment's file system)
