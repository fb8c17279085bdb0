"""Brings saved files and folders back to where they were.

Every change is one rename, so that it can be cut short anywhere and done again from the start.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Callable, Collection
from pathlib import Path

from doctor.fix.host.farm import copy_file
from doctor.fix.host.picture import Difference, FileRow, FolderRow


def put_back(prefix: Path, wanted: Difference, saved: Path, trash: Path, copied: Collection[str]) -> list[str]:
    """Make a tree look as wanted; return what could not be done, and why.

    What must not be there is renamed into the trash, which lies on the prefix's file system. Files come from the
    saved tree: as the same inode where they were linked, as a copy where they were copied.
    """
    problems: list[str] = []
    trash.mkdir(mode=0o700, parents=True, exist_ok=True)
    work = _Work(prefix, saved, trash, frozenset(copied))
    folders = sorted((path, row) for path, row in wanted.folders.items() if row is not None)
    extra = [path for part in (wanted.folders, wanted.files) for path, row in part.items() if row is None]
    removed = ""
    for path in sorted(extra, key=lambda path: path.split("/")):  # what lies in a folder comes right after it
        if not removed or not path.startswith(removed):
            _try(problems, path, work.throw_away, path)
            removed = f"{path}/"
    for path, _ in folders:
        _try(problems, path, work.make_folder, path)
    for path, row in wanted.files.items():
        if row is not None:
            _try(problems, path, work.bring, path, row)
    for path, folder in reversed(folders):
        _try(problems, path, work.finish_folder, path, folder)
    return problems


def _try(problems: list[str], path: str, action: Callable[..., str | None], *arguments: object) -> None:
    try:
        problem = action(*arguments)
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
    if problem:
        problems.append(f"{path or 'the prefix'}: {problem}")


class _Work:
    """The places that belong together."""

    def __init__(self, prefix: Path, saved: Path, trash: Path, copied: frozenset[str]) -> None:
        self._prefix = prefix
        self._saved = saved
        self._trash = trash
        self._copied = copied

    def throw_away(self, path: str) -> None:
        """Rename what lies at a path into the trash."""
        place = self._prefix / path
        with contextlib.suppress(FileNotFoundError):
            self._open(path)
            place.rename(self._trash / secrets.token_hex(8))

    def make_folder(self, path: str) -> None:
        place = self._prefix / path
        mode = _mode(place)
        if mode is not None and stat.S_ISDIR(mode):
            return
        if mode is not None:
            self.throw_away(path)
        self._open(path)
        place.mkdir(mode=0o700)

    def bring(self, path: str, row: FileRow) -> str | None:
        """Put one file where it was."""
        place, source = self._prefix / path, self._saved / path
        there = _mode(place)
        if there is not None and stat.S_ISDIR(there):
            self.throw_away(path)
            there = None
        if not (stat.S_ISREG(row.mode) or stat.S_ISLNK(row.mode)) and _mode(source) is None:
            return "a special file, of which no copy can be made"
        if path in self._copied:
            beside = self._trash / secrets.token_hex(8)
            copy_file(source, beside)
        else:
            kept = source.lstat()
            if not kept.st_size and not row.size:  # emptied again: an installer's REQUESTED
                os.utime(source, ns=(kept.st_atime_ns, row.mtime))
                kept = source.lstat()
            if (kept.st_size, kept.st_mtime_ns) != (row.size, row.mtime):
                return "was written to in place meanwhile, and stays as it is"
            if stat.S_IMODE(kept.st_mode) != stat.S_IMODE(row.mode) and not stat.S_ISLNK(row.mode):
                source.chmod(stat.S_IMODE(row.mode))
            if there is not None and place.lstat().st_ino == kept.st_ino:
                return None  # only its mode had changed
            beside = self._trash / secrets.token_hex(8)
            os.link(source, beside, follow_symlinks=False)
        self._open(path)
        beside.replace(place)
        return None

    def finish_folder(self, path: str, row: FolderRow) -> None:
        """Give a folder its owner, mode and time, after all that is in it."""
        place = self._prefix / path
        status = place.lstat()
        if hasattr(os, "chown") and (status.st_uid, status.st_gid) != (row.owner, row.group):
            with contextlib.suppress(PermissionError):
                os.chown(place, row.owner, row.group)
        if stat.S_IMODE(status.st_mode) != row.mode:
            place.chmod(row.mode)
        os.utime(place, ns=(status.st_atime_ns, row.mtime))

    def _open(self, path: str) -> None:
        """Let names in a folder be changed although its mode forbids it; its old mode comes at the end."""
        parent = (self._prefix / path).parent
        mode = stat.S_IMODE(parent.stat().st_mode)
        if mode & 0o300 != 0o300:
            parent.chmod(mode | 0o700)


def _mode(path: Path) -> int | None:
    try:
        return path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
