"""Readers for files that may be hostile: FIFOs, devices, endless links, gigabytes, deep nesting.

Everything outside envdoctor's own package is read through here.
"""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from typing import Any

from doctor.reading.clean import clean_lines, decode

#: bytes; the largest METADATA and RECORD seen in the wild are 0.3 and 3 MB
TEXT_LIMIT = 16 * 1024 * 1024
#: bytes; a conda record of 30,000 paths has 12 MB
JSON_LIMIT = 64 * 1024 * 1024

#: JSON's own escapes can bring in what cleaning the bytes took out
_ESCAPED = re.compile(r"\\[ubf]")

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOCTTY", 0)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0)


class Unfit(Exception):
    """A file that cannot be used; the text is the reason, fit for people, without the path."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


class Missing(Unfit):
    """A file that is not there."""


def read_bytes(path: Path | str, *, limit: int = TEXT_LIMIT, within: Path | str | None = None) -> bytes:
    """Read a regular file of at most limit bytes.

    With within, a link may lead out of that folder only to a file of the same name in a folder of the same
    name, as package managers link from their caches.

    Raises Missing where there is none and Unfit where it cannot be used.
    """
    descriptor = _open(path, within)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unfit(f"not a regular file but {_what(status.st_mode)}")
        if status.st_size > limit:
            raise Unfit(f"{status.st_size:,} bytes, more than the {limit:,} that such a file may have")
        data = os.read(descriptor, status.st_size + 1)
        while len(data) < status.st_size:  # a short read, as network file systems give
            more = os.read(descriptor, status.st_size - len(data))
            if not more:
                break
            data += more
    except OSError as error:
        raise Unfit(_why(error)) from None
    else:
        return data
    finally:
        os.close(descriptor)


def read_text(path: Path | str, *, limit: int = TEXT_LIMIT, within: Path | str | None = None) -> str:
    """Read a regular file as clean text; a byte order mark goes. Raises as read_bytes does."""
    data = read_bytes(path, limit=limit, within=within)
    return decode(data.removeprefix(b"\xef\xbb\xbf"))


def read_json(path: Path | str, *, limit: int = JSON_LIMIT, within: Path | str | None = None) -> Any:
    """Read a JSON file of clean text. Raises Unfit with the line where it does not parse."""
    text = read_text(path, limit=limit, within=within)
    try:
        value = json.loads(text)
        return _cleaned(value) if _ESCAPED.search(text) else value
    except json.JSONDecodeError as error:
        raise Unfit(f"line {error.lineno}: not JSON: {error.msg}", error.lineno) from None
    except RecursionError:
        raise Unfit("nested too deeply") from None
    except (MemoryError, ValueError) as error:
        raise Unfit(f"cannot be parsed: {error or 'too large'}") from None


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean_lines(value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {clean_lines(key): _cleaned(item) for key, item in value.items()}
    return value


def _open(path: Path | str, within: Path | str | None) -> int:
    try:
        return os.open(path, _FLAGS | _BINARY | (_NO_FOLLOW if within is not None else 0))
    except OSError as error:
        is_gone = isinstance(error, FileNotFoundError)  # also where a link leads to nothing
        if within is None or is_gone or not os.path.islink(path):  # noqa: PTH114 - str or Path alike, and fast
            raise _unfit(error) from None
    try:
        real = os.path.realpath(path, strict=True)
        inside = os.path.realpath(within)
        same_place = Path(real).parts[-2:] == Path(path).parts[-2:]
        if not same_place and not real.startswith(inside.rstrip(os.sep) + os.sep):
            raise Unfit("a link that leads out of the environment")
        return os.open(real, _FLAGS | _BINARY)
    except OSError as error:
        raise _unfit(error) from None


def _unfit(error: OSError) -> Unfit:
    return Missing(_why(error)) if isinstance(error, FileNotFoundError) else Unfit(_why(error))


def _why(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def _what(mode: int) -> str:
    for test, name in (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
        (stat.S_ISSOCK, "a socket"),
    ):
        if test(mode):
            return name
    return "something else"
