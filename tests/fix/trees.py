"""Compares trees byte by byte: what undo, recovery and putting back promise."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

Row = tuple[str, int, int, str]


def picture(prefix: Path, *, leave_out: frozenset[str] = frozenset()) -> dict[str, Row]:
    """Kind, mode, time in nanoseconds and content of every path of a tree, its root and folders included."""
    found = {}
    for folder, folders, names in os.walk(prefix):
        here = Path(folder)
        for path in (here, *(here / name for name in (*folders, *names) if not _is_walked(here / name))):
            relative = path.relative_to(prefix).as_posix()
            if relative not in leave_out:
                found[relative] = _row(path)
        folders[:] = [name for name in folders if (here / name).relative_to(prefix).as_posix() not in leave_out]
    return found


def _is_walked(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _row(path: Path) -> Row:
    status = path.lstat()
    kind, content = stat.S_IFMT(status.st_mode), ""
    if stat.S_ISLNK(kind):
        content = str(path.readlink())
    elif stat.S_ISREG(kind):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
    return oct(kind), stat.S_IMODE(status.st_mode), status.st_mtime_ns, content


def differences(before: dict[str, Row], after: dict[str, Row]) -> list[str]:
    """What differs, in words; empty where the trees are the same."""
    return [
        f"{path}: {before.get(path, 'not there')} -> {after.get(path, 'not there')}"
        for path in sorted({*before, *after})
        if before.get(path) != after.get(path)
    ]
