"""Hashes files, here or in a child; imports nothing of envdoctor, for a child starts with little else."""

from __future__ import annotations

import errno
import os
import stat

TYPE_CHECKING = False  # typing costs a child as much as Python's own start
if TYPE_CHECKING:
    from collections.abc import Callable
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


def hash_file(path: str, digest: Callable[[], Any]) -> tuple[str, int]:
    """Hash a regular file; return its hexadecimal digest and its size in bytes. Raises OSError."""
    descriptor = os.open(path, _FLAGS)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LIMIT:
            raise OSError("not a regular file, or too large")
        state = digest()
        total = 0
        while total <= LIMIT and (data := os.read(descriptor, _CHUNK)):
            state.update(data)
            total += len(data)
        return state.hexdigest(), total
    finally:
        os.close(descriptor)


def hash_files(root: str, files: list[tuple[str, str]]) -> tuple[list[tuple[str, str, str]], list[str], int, int]:
    """Hash files relative to root; return (path, expected, found) that differ, unreadable ones, count and bytes.

    A file is read only where its folder, links followed, lies below root.
    """
    import hashlib

    real = os.path.realpath(root)
    inside: dict[str, bool] = {}
    altered: list[tuple[str, str, str]] = []
    unreadable: list[str] = []
    count = read = 0
    for path, expected in files:
        folder = path.rpartition("/")[0]
        within = inside.get(folder)
        if within is None:
            place = os.path.realpath(f"{root}/{folder}")
            within = inside[folder] = place == real or place.startswith(real.rstrip(os.sep) + os.sep)
        if not within:
            unreadable.append(path)
            continue
        try:
            found, size = hash_file(f"{root}/{path}", hashlib.sha256)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):  # gone, or a link: other checks' matter
                unreadable.append(path)
            continue
        count, read = count + 1, read + size
        if found != expected:
            altered.append((path, expected, found))
    return altered, unreadable, count, read
