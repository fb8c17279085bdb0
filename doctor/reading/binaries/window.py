"""Reads pieces of one binary file, each bounded, out of a descriptor that was opened as for hostile files."""

from __future__ import annotations

import os
import stat

from doctor.reading.files import Missing, Unfit

#: bytes of a file's head that are read at once; the program headers of nearly every library lie in them
HEAD = 4096
#: bytes of a name or search path; Linux takes no longer path
_NAME_LIMIT = 4096
#: bytes read for a name at first; most have fewer than 60
_NAME_GUESS = 128
#: bytes that one piece may have
_PIECE_LIMIT = 4 * 1024 * 1024

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)


def _read_by_seeking(descriptor: int, length: int, offset: int) -> bytes:
    os.lseek(descriptor, offset, os.SEEK_SET)
    return os.read(descriptor, length)


#: Windows has no pread
_read_at = getattr(os, "pread", _read_by_seeking)


class Window:
    """One open file, its head and its size. Close it."""

    #: where the names of an ELF file's symbols lie, once its header was read: offset and size
    names: tuple[int, int] | None = None

    def __init__(self, path: str) -> None:
        if not _NO_FOLLOW and os.path.islink(path):  # noqa: PTH114
            raise Unfit("a link")
        try:
            self.descriptor = os.open(path, _FLAGS | _NO_FOLLOW)
        except FileNotFoundError as error:
            raise Missing((error.strerror or "not there").lower()) from None
        except (OSError, ValueError) as error:
            raise Unfit(getattr(error, "strerror", None) or "cannot be opened") from None
        try:
            status = os.fstat(self.descriptor)
            self.size = status.st_size
            self.head = _read_at(self.descriptor, HEAD, 0) if stat.S_ISREG(status.st_mode) else b""
        except OSError as error:
            self.close()
            raise Unfit((error.strerror or "cannot be read").lower()) from None
        if not stat.S_ISREG(status.st_mode):
            self.close()
            raise Unfit("not a regular file")

    def close(self) -> None:
        """Let go of the file."""
        os.close(self.descriptor)

    def at(self, offset: int, length: int) -> bytes:
        """The bytes at an offset; all of them, or Unfit."""
        if offset < 0 or not 0 <= length <= _PIECE_LIMIT:
            raise Unfit("its header makes no sense")
        if offset + length <= len(self.head):
            return self.head[offset : offset + length]
        if offset + length > self.size:
            raise Unfit("cut short")
        data = self.some(offset, length)
        if len(data) < length:
            raise Unfit("cut short")
        return data

    def some(self, offset: int, length: int) -> bytes:
        """The bytes at an offset, fewer where the file ends."""
        if offset + length <= len(self.head):
            return self.head[offset : offset + length]
        try:
            data: bytes = _read_at(self.descriptor, length, offset)
        except (OSError, OverflowError) as error:
            raise Unfit((getattr(error, "strerror", None) or "cannot be read").lower()) from None
        return data

    def name_at(self, offset: int) -> bytes:
        """The text at an offset up to its NUL."""
        if not 0 <= offset < self.size:
            raise Unfit("a name outside the file")
        for length in (_NAME_GUESS, _NAME_LIMIT):
            data = self.some(offset, length)
            end = data.find(b"\0")
            if end >= 0:
                return data[:end]
        raise Unfit("a name without an end")


def not_a_library(window: Window) -> str:
    """Say what a file is that is no library."""
    if not window.size:
        return "empty"
    if not window.head.strip(b"\0"):
        return "nothing but zeros"
    if b"\0" not in window.head and window.head.isascii():
        return "a text, not a library"
    return "not a library"
