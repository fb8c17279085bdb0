"""Saves a tree: hard links of what is only ever replaced, copies of what is written in place.

The saved tree has the same paths. Its folders are private; their modes and times stand in the picture that is
taken at the same time.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from doctor.fix.host.picture import FileRow, FolderRow, Picture, file_row, folder_row, status_of

#: what package managers, activation or people write to without replacing the file
_IN_PLACE = re.compile(
    r"[^/]+"  # pyvenv.cfg, .condarc and whatever else lies at the top
    r"|conda-meta/.*"
    r"|etc/.*|var/.*"
    r"|.*\.(?:pth|egg-link|cache|db)"
    r"|(?:bin|Scripts)/[Aa]ctivate[^/]*"
    r"|share/jupyter/.*\.json"
)
#: bytes above which even such a file is linked
_COPY_LIMIT = 4 * 1024 * 1024
#: files between two reports of progress
_REPORT = 2_000
#: copies that are written out one by one; more of them with all else that waits
_SINGLY = 64
#: what a link cannot do here: other file system, too many links, not ours, not supported
_NO_LINK = {errno.EXDEV, errno.EMLINK, errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.ENOSYS}


class Saved(NamedTuple):
    """What was saved."""

    picture: Picture
    copied: tuple[str, ...]  #: paths that are copies
    bytes: int  #: of the copies


def in_place(path: str, size: int) -> bool:
    """Whether a file is saved as a copy, because something may write to it without replacing it."""
    return size <= _COPY_LIMIT and _IN_PLACE.fullmatch(path) is not None


def save_tree(prefix: Path, tree: Path, skip: frozenset[str], *, links: bool, tell: Callable[[int], None]) -> Saved:
    """Save a tree into a folder that does not exist yet. Raises OSError: no room, or a file that cannot be read."""
    folders: dict[str, FolderRow] = {}
    files: dict[str, FileRow] = {}
    copied: list[str] = []
    copied_bytes, next_report = 0, _REPORT
    tree.mkdir(mode=0o700, parents=True)
    old, new, waiting = str(prefix), str(tree), [""]
    while waiting:
        path = waiting.pop()
        source, target, below = (f"{old}/{path}", f"{new}/{path}", f"{path}/") if path else (old, new, "")
        folders[path] = folder_row(os.lstat(source) if path else os.stat(source))  # noqa: PTH116
        with os.scandir(source) as entries:
            for entry in entries:
                status = status_of(entry)
                full = below + entry.name
                if stat.S_ISDIR(status.st_mode):
                    if full not in skip:
                        os.mkdir(f"{new}/{full}", 0o700)  # noqa: PTH102
                        waiting.append(full)
                    continue
                files[full] = file_row(status, entry.path)
                regular = stat.S_ISREG(status.st_mode)
                if links and not (regular and in_place(full, status.st_size)):
                    try:
                        os.link(entry.path, f"{target}/{entry.name}", follow_symlinks=False)
                        continue
                    except NotImplementedError:  # a link of a link, where the system knows none
                        pass
                    except OSError as error:
                        if error.errno not in _NO_LINK:
                            raise
                if regular or stat.S_ISLNK(status.st_mode):
                    copy_file(prefix / full, tree / full)
                    copied.append(full)
                    copied_bytes += status.st_size
        if len(files) >= next_report:
            tell(len(files))
            next_report = len(files) + _REPORT
    last(tree, copied)
    return Saved(Picture(folders, files), tuple(copied), copied_bytes)


def copy_file(source: Path, target: Path) -> None:
    """Copy a file or a link with mode, times and attributes."""
    shutil.copy2(source, target, follow_symlinks=False)
    status = source.lstat()
    if hasattr(os, "chown") and (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
        with contextlib.suppress(PermissionError):  # the bytes are what counts
            os.chown(target, status.st_uid, status.st_gid, follow_symlinks=False)


def last(tree: Path, copied: Sequence[str]) -> None:
    """Make copies last through a loss of power; links need no more than the journal that is written after them."""
    if len(copied) > _SINGLY and hasattr(os, "sync"):
        os.sync()
        return
    for path in copied:
        if not (tree / path).is_symlink():
            descriptor = os.open(tree / path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def can_link(prefix: Path, folder: Path) -> bool:
    """Whether files of a prefix can have a second name in a folder: tried with one of its files, without a trace."""
    times = folder.stat()
    if times.st_dev != prefix.stat().st_dev:
        return False
    trial = folder / ".link"
    for name in ("pyvenv.cfg", "conda-meta/history", "bin/python"):
        try:
            os.link(prefix / name, trial, follow_symlinks=False)
        except FileNotFoundError:
            continue
        except OSError:
            return False
        trial.unlink()
        os.utime(folder, ns=(times.st_atime_ns, times.st_mtime_ns))
        return True
    return True
