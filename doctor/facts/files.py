"""The files and sizes layers: what lies under the prefix, and what it costs."""

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
    unclean: int = 0  #: names left out, because they hold characters that drive a terminal or deceive an eye
    nested: tuple[str, ...] = ()  #: folders left out, because they are environments of their own

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


class Cache(NamedTuple):
    """What a package manager keeps so that it need not fetch it again."""

    tool: str  #: pip, uv, conda
    folder: str  #: as shown to people
    total: int = 0  #: bytes, as du counts them
    free: int = 0  #: bytes of it that no environment shares by a hard link: what emptying it gives back
    same_filesystem: bool = True  #: as the environment, so that files can be linked instead of copied
    mine: bool = True  #: it belongs to the user who runs envdoctor, and nobody else may write in it
    complete: bool = True  #: False where counting ended at its time limit: there is more than these bytes
    estimate: int = 0  #: of free, by a sample or the cache's own lists, where counting ended early; 0 unknown


class Sizes(NamedTuple):
    """Room by owner."""

    total: Size = Size()
    by_owner: Mapping[str, Size] = {}  #: distribution key or conda:NAME; "" unowned
    unowned: tuple[tuple[str, int], ...] = ()  #: (folder, bytes) of the largest things nobody owns
    newest_use: float = 0.0  #: newest time at which bytecode was written or read; seconds since the epoch
    use_recorded: bool = True  #: False where the file system does not note reading: it may have been used later
    caches: tuple[Cache, ...] = ()
