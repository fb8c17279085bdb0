"""A picture of a tree: what tells whether a file or folder is the one that was there before.

Read with the status of each entry alone. Contents are compared by the saved copy's inode: a file that is the same
inode, of the same size and time, is the same file.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from doctor.fix.folders import INSIDE


class FileRow(NamedTuple):
    """A file, link or other thing that is no folder."""

    mode: int
    size: int
    mtime: int  #: nanoseconds
    inode: int
    target: str = ""  #: of a symbolic link


class FolderRow(NamedTuple):
    """A folder without what is in it."""

    mode: int
    mtime: int  #: nanoseconds
    owner: int
    group: int


class Picture(NamedTuple):
    """All of a tree, by paths relative to it; "" is its root."""

    folders: dict[str, FolderRow]
    files: dict[str, FileRow]


class Difference(NamedTuple):
    """What must become of each path so that a tree looks like a picture; None where nothing may be there."""

    folders: dict[str, FolderRow | None]
    files: dict[str, FileRow | None]

    def __bool__(self) -> bool:
        return bool(self.folders or self.files)


def skipped(prefix: Path, state: Path) -> frozenset[str]:
    """Folders of a prefix that are no part of the environment: our own, and in conda's base the other environments."""
    skip = {INSIDE}
    if (prefix / "condabin").is_dir() or ((prefix / "envs").is_dir() and (prefix / "conda-meta").is_dir()):
        skip |= {"envs", "pkgs"}
    if state.is_relative_to(prefix):
        skip.add(state.relative_to(prefix).as_posix())
    return frozenset(skip)


def take_picture(prefix: Path, skip: frozenset[str], tell: Callable[[int], None] | None = None) -> Picture:
    """Look at a whole tree. Raises OSError where a folder cannot be listed."""
    found = Picture({}, {})
    waiting = [""]
    while waiting:
        path = waiting.pop()
        folder = prefix / path if path else prefix
        found.folders[path] = folder_row(folder.lstat() if path else folder.stat())
        below = f"{path}/" if path else ""
        with os.scandir(folder) as entries:
            for entry in entries:
                status = status_of(entry)
                if not stat.S_ISDIR(status.st_mode):
                    found.files[below + entry.name] = file_row(status, entry.path)
                elif below + entry.name not in skip:
                    waiting.append(below + entry.name)
        if tell:
            tell(len(found.files))
    return found


def status_of(entry: os.DirEntry[str]) -> os.stat_result:
    """The status of an entry itself, no link followed."""
    return (
        entry.stat(follow_symlinks=False) if os.name != "nt" else os.lstat(entry.path)
    )  # Windows leaves the inode out


def look(prefix: Path, paths: Iterable[str]) -> Picture:
    """The same of single paths; what is not there is left out."""
    found = Picture({}, {})
    for path in paths:
        try:
            status = os.lstat(prefix / path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        if stat.S_ISDIR(status.st_mode):
            found.folders[path] = folder_row(status)
        else:
            found.files[path] = file_row(status, prefix / path)
    return found


def file_row(status: os.stat_result, path: str | Path) -> FileRow:
    """The row of one entry."""
    target = os.readlink(path) if stat.S_ISLNK(status.st_mode) else ""  # noqa: PTH115 - a Path for each entry would cost more than the rest
    return FileRow(status.st_mode, status.st_size, status.st_mtime_ns, status.st_ino, target)


def folder_row(status: os.stat_result) -> FolderRow:
    """The row of one folder."""
    return FolderRow(stat.S_IMODE(status.st_mode), status.st_mtime_ns, status.st_uid, status.st_gid)


def difference(wanted: Picture, live: Picture, is_same: Callable[[str, FileRow, FileRow], bool]) -> Difference:
    """What would have to change in the live tree; is_same judges two rows of one path that are not equal."""
    files: dict[str, FileRow | None] = {path: None for path in live.files if path not in wanted.files}
    for path, row in wanted.files.items():
        there = live.files.get(path)
        if there is None or (there != row and not is_same(path, row, there)):
            files[path] = row
    folders: dict[str, FolderRow | None] = {path: None for path in live.folders if path not in wanted.folders}
    folders |= {path: row for path, row in wanted.folders.items() if live.folders.get(path) != row}
    for path in [*files, *folders]:  # whatever changes in a folder changes its time
        parent = path.rpartition("/")[0]
        if path and parent in wanted.folders:
            folders.setdefault(parent, wanted.folders[parent])
    return Difference(folders, files)


def dump(picture: Picture) -> str:
    """Write a picture as JSON."""
    return json.dumps([picture.folders, picture.files])


def load(text: str) -> Picture:
    """Read what dump wrote."""
    folders, files = json.loads(text)
    return Picture(_rows(FolderRow, folders), _rows(FileRow, files))  # type: ignore[arg-type]


def _rows(kind: type[FileRow] | type[FolderRow], rows: Mapping[str, list[object]]) -> dict[str, object]:
    return {path: kind(*row) for path, row in rows.items()}  # type: ignore[arg-type]
