"""Reads git's index, versions 2 to 4, for what a repository tracks below one folder; git itself is never run.

The format: gitformat-index(5). An index that is split, cut off or written in another way tells nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from doctor.reading.clean import decode
from doctor.reading.files import Unfit, read_bytes, read_text
from doctor.reading.rooted import is_folder, there

#: bytes; a repository of 100,000 files has 10 MB
_LIMIT = 128 * 1024 * 1024
#: entries that are gone through, and folders upwards in which .git is looked for
_MOST, _UPWARDS = 1_000_000, 40
#: bytes of one path; entries that only say how they differ from the one before could grow to gigabytes
_PATH = 4096
#: what stands before the names of the objects in an entry: times, device, inode, mode, owner, size
_FIXED = 40
_MODES = frozenset((0o100644, 0o100755, 0o100664, 0o120000, 0o160000, 0o040000))
_EXTENDED = 0x4000


class _Malformed(Exception):
    """No index, or one of another form."""


def repository_of(folder: Path) -> Path | None:
    """The nearest folder upwards that holds a .git, be it a folder or, as in worktrees, a file."""
    for place in (folder, *folder.parents)[:_UPWARDS]:
        if there(place / ".git"):
            return place
    return None


def tracked_below(repository: Path, folder: str) -> Iterator[str]:
    """The paths that git tracks below a folder of the repository, relative to it: . is all, its own an empty text."""
    try:
        data = read_bytes(_git_folder(repository) / "index", limit=_LIMIT)
    except Unfit:
        return
    own, below = folder.encode(), b"" if folder == "." else f"{folder}/".encode()
    for digest in (20, 32):  # SHA-1, and SHA-256, which the index itself does not tell
        try:
            found = sum(path == own or path.startswith(below) for path in _paths(data, digest))
        except (_Malformed, IndexError):
            continue
        if found:  # gone through twice, for all of them at once could fill the memory
            paths = (path for path in _paths(data, digest) if path == own or path.startswith(below))
            yield from (decode(path[len(below) :]) for path in paths)
        return


def _git_folder(repository: Path) -> Path:
    """The .git folder, or the one that a worktree's or submodule's file of that name leads to."""
    git = repository / ".git"
    if is_folder(git):
        return git
    told = read_text(git, limit=4096).partition("\n")[0]
    return repository / told.removeprefix("gitdir:").strip()


def _paths(data: bytes, digest: int) -> Iterator[bytes]:
    """The path of each entry. Raises _Malformed."""
    version, count = int.from_bytes(data[4:8]), int.from_bytes(data[8:12])
    if data[:4] != b"DIRC" or version not in (2, 3, 4) or count > _MOST:
        raise _Malformed
    at, path = 12, b""
    for _ in range(count):
        start = at
        at += _FIXED + digest
        flags = int.from_bytes(data[at : at + 2])
        if int.from_bytes(data[start + 24 : start + 28]) not in _MODES or (flags & _EXTENDED and version == 2):
            raise _Malformed
        at += 4 if flags & _EXTENDED else 2
        if version == 4:
            dropped, at = _varint(data, at)
            if dropped > len(path):
                raise _Malformed
            kept = path[: len(path) - dropped]
        else:
            kept = b""
        end = data.find(b"\0", at)
        if end < 0 or len(kept) + end - at > _PATH:
            raise _Malformed
        path = kept + data[at:end]
        at = end + 1 if version == 4 else start + (end - start) // 8 * 8 + 8
        yield path


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number as git packs its offsets, and where it ends."""
    value = data[at] & 0x7F
    while data[at] & 0x80:
        at += 1
        value = ((value + 1) << 7) | (data[at] & 0x7F)
        if value > _LIMIT:
            raise _Malformed
    return value, at + 1
