"""Hashes files, here or in a child; imports nothing of envdoctor, for a child starts with little else."""

from __future__ import annotations

import errno
import os
import stat

TYPE_CHECKING = False  # typing costs a child as much as Python's own start
if TYPE_CHECKING:
    from typing import Any

#: bytes of a file that is hashed; the largest in any wheel or conda package is below 4 GB
LIMIT = 64 * 1024**3

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_CHUNK = 1024 * 1024


def hash_files(
    root: str, files: list[tuple[str, str]], known: dict[str, bool] | None = None
) -> tuple[list[tuple[str, str, str]], list[str], int, int]:
    """Hash files relative to root; return (path, expected, found) that differ, unreadable ones, count and bytes.

    root is a real path, and a file is read only where its folder lies below it, links followed. known keeps what
    was learnt of folders from one call to the next. What is gone or a link itself is passed over.
    """
    import hashlib

    known = {"": True} if known is None else known
    altered: list[tuple[str, str, str]] = []
    unreadable: list[str] = []
    count = read = 0
    empty = hashlib.sha256()  # copying one is faster than asking OpenSSL for it each time
    for path, expected in files:
        folder = path.rpartition("/")[0]
        if not (known[folder] if folder in known else _lies_inside(root, folder, known)):
            unreadable.append(path)
            continue
        try:
            found, size = hash_file(f"{root}/{path}", empty)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                unreadable.append(path)
            continue
        count, read = count + 1, read + size
        if found != expected:
            altered.append((path, expected, found))
    return altered, unreadable, count, read


def hash_file(path: str, empty: Any) -> tuple[str, int]:
    """Hash a regular file from an empty state; return its hexadecimal digest and its bytes. Raises OSError."""
    descriptor = os.open(path, _FLAGS)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LIMIT:
            raise OSError("not a regular file, or too large")
        state = empty.copy()
        size = 0
        while size < status.st_size and (data := os.read(descriptor, min(_CHUNK, status.st_size - size))):
            state.update(data)
            size += len(data)
        return state.hexdigest(), size
    finally:
        os.close(descriptor)


def _lies_inside(root: str, folder: str, known: dict[str, bool]) -> bool:
    """Whether a folder relative to root is in it, also where a link stands on the way."""
    if folder not in known:
        above = _lies_inside(root, folder.rpartition("/")[0], known)
        try:
            is_link = stat.S_ISLNK(os.lstat(f"{root}/{folder}").st_mode)
        except OSError:
            is_link = False
        if is_link:
            real = os.path.realpath(f"{root}/{folder}")
            above = real == root or real.startswith(root.rstrip(os.sep) + os.sep)
        known[folder] = above
    return known[folder]
