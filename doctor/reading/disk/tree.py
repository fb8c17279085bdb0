"""Walks a tree of folders once: names, and where asked for, room on disk, owners and permissions.

Children that walk beside the main process start with nothing else, so this imports little of the standard
library and nothing of envdoctor, and what comes out is plain data that marshal can carry.
"""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False  # typing costs a child as much as Python's own start
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    #: path, names, blocks beside names, index and inode and number of links of each hard-linked one, one after the
    #: other, device, the folder's own blocks
    Folder = tuple[str, list[str], list[int], list[int], int, int]

#: bytes of a block as stat counts them, whatever the file system's own are
BLOCK = 512
#: folders deeper than this are told as unreadable; the deepest seen in real environments is 22
DEPTH_LIMIT = 100
#: remembered of each kind of oddity while walking; the report shows fewer
ODD_LIMIT = 1_000

_BY_DESCRIPTOR = os.scandir in os.supports_fd
_HAS_BLOCKS = hasattr(os.stat_result, "st_blocks")
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
#: a tree is cut into at least so many pieces, so that the children end at nearly the same time
PIECES = 256


class Order:
    """What to walk, and what to look at on the way; plain() makes it fit to be handed to a child."""

    def __init__(
        self,
        root: str,
        units: tuple[str, ...],
        sizes: bool,
        owner: int,
        left_out: tuple[str, ...] = (),
        importable: tuple[str, ...] = (),
        limit: int = 3_000_000,
    ) -> None:
        self.root = root
        self.units = units  #: folders relative to root, none inside another; "" is root itself
        self.sizes = sizes
        self.owner = owner  #: user id that everything should belong to; -1 where nobody asks
        self.left_out = left_out  #: folders that are not entered
        #: beginnings of paths where nobody else should be able to write, each with a slash at its end
        self.importable = importable
        self.limit = limit  #: entries after which the walk ends

    def plain(self) -> tuple[Any, ...]:
        """The arguments that make it again."""
        return tuple(vars(self).values())


class Walk:
    """What a walk found; grows while it goes on."""

    def __init__(self) -> None:
        self.folders: list[Folder] = []
        self.entries = 0
        self.complete = True
        self.newest = 0  #: newest time at which bytecode was written or read
        self.unreadable: list[str] = []
        self.foreign: list[str] = []
        self.writable: list[str] = []
        self.nested: list[str] = []

    def take(self) -> tuple[Any, ...]:
        """Hand over what was found since the last time, as plain data."""
        found = tuple(vars(self).values())
        vars(self).update(vars(Walk()))
        return found

    def add(self, found: tuple[Any, ...]) -> None:
        """Join what another walk took."""
        for name, value in zip(vars(self), found, strict=True):
            mine = getattr(self, name)
            if isinstance(mine, list):
                mine += value
            elif name == "complete":
                self.complete = mine and value
            else:
                setattr(self, name, max(mine, value) if name == "newest" else mine + value)


def walk(order: Order, found: Walk, stop: Callable[[], bool] | None = None) -> None:
    """Walk the units of an order to their ends; stop is asked once a folder."""
    pending = list(reversed(order.units))
    while pending:
        path = pending.pop()
        if found.entries >= order.limit or (stop is not None and stop()):
            found.complete = False
            return
        below = list_folder(order, found, path)
        pending += [f"{path}/{name}" if path else name for name in below]


def list_folder(order: Order, found: Walk, path: str) -> list[str]:
    """Note one folder's files; return the names of the folders in it that are to be walked."""
    full = f"{order.root}/{path}" if path else order.root
    if path.count("/") > DEPTH_LIMIT:
        found.unreadable.append(path)
        return []
    try:
        if _BY_DESCRIPTOR:
            descriptor = os.open(full, _FOLDER)
            try:
                return _list(order, found, path, full, descriptor, os.fstat(descriptor))
            finally:
                os.close(descriptor)
        return _list(order, found, path, full, full, os.stat(full))  # noqa: PTH116 - no pathlib in a child
    except OSError:
        if len(found.unreadable) < ODD_LIMIT:
            found.unreadable.append(path)
        return []


def _list(order: Order, found: Walk, path: str, full: str, where: str | int, own: os.stat_result) -> list[str]:
    folders: list[str] = []
    names: list[str] = []
    blocks: list[int] = []
    links: list[int] = []
    room = order.limit - found.entries
    owner, with_sizes = (own.st_uid if order.owner == -1 else order.owner), order.sizes
    bytecode = path.endswith("__pycache__")
    forbidden = stat.S_IWOTH if f"{path}/".startswith(order.importable) else 0
    if own.st_uid != owner or own.st_mode & forbidden:
        _note(found, path, own, owner, forbidden)
    with os.scandir(where) as entries:
        for entry in entries:
            name = entry.name
            if entry.is_dir(follow_symlinks=False) and not _is_junction(entry):
                folders.append(name)
                continue
            names.append(name)
            if with_sizes:
                try:
                    status = entry.stat(follow_symlinks=False)
                except OSError:  # removed while we look, or out of reach
                    blocks.append(0)
                    continue
                blocks.append(status.st_blocks if _HAS_BLOCKS else blocks_of(status))
                if status.st_nlink > 1:
                    links += (len(names) - 1, status.st_ino, status.st_nlink)
                elif bytecode:
                    found.newest = max(found.newest, int(status.st_atime), int(status.st_mtime))
                if status.st_uid != owner or status.st_mode & forbidden:
                    _note(found, f"{path}/{name}" if path else name, status, owner, forbidden)
            if len(names) > room:
                found.complete = False
                break
    if bytecode:
        found.newest = max(found.newest, int(own.st_mtime))
    if path and _is_environment(full, names, folders):
        found.nested.append(path)
        return []
    found.entries += len(names)
    found.folders.append((path, names, blocks, links, own.st_dev, blocks_of(own)))
    if order.left_out:
        folders = [name for name in folders if (f"{path}/{name}" if path else name) not in order.left_out]
    return folders


def _note(found: Walk, path: str, status: os.stat_result, owner: int, forbidden: int) -> None:
    if stat.S_ISLNK(status.st_mode):
        return  # a link's own owner and permissions mean nothing
    if status.st_uid != owner and len(found.foreign) < ODD_LIMIT:
        found.foreign.append(path)
    if status.st_mode & forbidden and len(found.writable) < ODD_LIMIT:
        found.writable.append(path)


def _is_environment(full: str, names: list[str], folders: list[str]) -> bool:
    """Whether a folder below the prefix is an environment of its own."""
    if "pyvenv.cfg" in names and ("bin" in folders or "Scripts" in folders):
        return True
    return "conda-meta" in folders and os.path.exists(f"{full}/conda-meta/history")  # noqa: PTH110


def _is_junction(entry: os.DirEntry[str]) -> bool:
    test = getattr(entry, "is_junction", None)  # Windows only, from Python 3.12
    return bool(test and test())


def blocks_of(status: os.stat_result) -> int:
    """Blocks of BLOCK bytes that a file takes on disk; by its length where the system counts none."""
    return status.st_blocks if _HAS_BLOCKS else (status.st_size + BLOCK - 1) // BLOCK


def triples(links: list[int]) -> Iterator[tuple[int, int, int]]:
    """Index, inode and number of links of each hard-linked file of a folder."""
    numbers = iter(links)
    return zip(numbers, numbers, numbers, strict=True)


def pieces(order: Order) -> list[tuple[str, bool]]:
    """Cut an order into (folder, whether to go below it), by listing names alone; equal trees give equal pieces."""
    names_only = Order(*order.plain())
    names_only.sizes, names_only.importable = False, ()
    level, shallow, seen = list(order.units), [], Walk()
    while level and len(level) < PIECES:
        shallow += level
        level = [f"{path}/{name}" if path else name for path in level for name in list_folder(names_only, seen, path)]
        level.sort()
    return [(path, False) for path in shallow] + [(path, True) for path in level]
