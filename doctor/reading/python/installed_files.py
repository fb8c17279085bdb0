"""Parses the list of files that a distribution brought: RECORD, or installed-files.txt of an old egg-info.

Bytes in, paths out; no file is opened here. A large environment has 165,000 rows, so a row costs a partition
and a join unless something about it is unusual.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from typing import NamedTuple

from doctor.reading.clean import decode, is_clean
from doctor.reading.redact import show

#: characters that send a whole text down the careful way: quotes, drives, Windows' slashes, what deceives
_UNUSUAL = ('"', ":", "\\", "\t", "\ufffd")
#: a path that doubles back on its way; one that begins by climbing is seen at its first character
_DOUBLES_BACK = re.compile(r"/[./](?<!\.\./.)(?<!\n/.)")


class Installed(NamedTuple):
    """The rows of RECORD."""

    paths: tuple[str, ...] = ()  #: relative to the prefix, absolute outside
    digests: tuple[str, ...] = ()  #: beside paths
    top_level: tuple[str, ...] = ()  #: import names that the files amount to
    refused: int = 0  #: rows whose path holds characters that deceive
    refused_line: int = 0  #: the first of them


class Place(NamedTuple):
    """Where a list of files lies, so that its rows become paths of the environment."""

    folder: str  #: that rows are relative to: relative to the prefix, or absolute with ~
    real_folder: str  #: the same, absolute as the file system has it
    prefixes: tuple[str, ...]  #: the environment's prefix as the user knows it and with links resolved
    windows: bool = False


def parse_record(data: bytes, place: Place, *, derive: bool = True) -> Installed:
    """Parse RECORD; derive says whether the import names that it amounts to are wanted."""
    text = decode(data)
    lines = text.splitlines()
    if any(mark in text for mark in _UNUSUAL) or _DOUBLES_BACK.search(text):
        return _carefully(lines, place, derive)
    base = f"{place.folder}/"
    paths: list[str] = []
    digests: list[str] = []
    for line in lines:
        path, _, digest = line.partition(",")
        paths.append(base + path)
        digests.append(digest if digest != "," else "")
    for index in reversed([index for index, line in enumerate(lines) if line[:1] in "./,"]):
        path = lines[index].partition(",")[0]
        if path:
            paths[index] = _placed(path, place)
        else:
            del paths[index], digests[index]
    return Installed(tuple(paths), tuple(digests), top_level(paths, base) if derive else ())


def parse_installed_files(data: bytes, place: Place) -> Installed:
    """Parse installed-files.txt: one path a line, relative to the egg-info folder, without digests."""
    lines = [line for line in decode(data).splitlines() if line]
    paths = tuple([_placed(line.replace("\\", "/"), place) for line in lines if _is_usable(line)])
    return Installed(paths, ("",) * len(paths), refused=len(lines) - len(paths))


def _carefully(lines: list[str], place: Place, derive: bool) -> Installed:
    paths: list[str] = []
    digests: list[str] = []
    base = f"{place.folder}/"
    refused = refused_line = 0
    for number, line in enumerate(lines, 1):
        if '"' in line:
            path, digest = _quoted(line)
        else:
            path, _, digest = line.partition(",")
        if not path:
            continue
        if not _is_usable(path):
            refused += 1
            refused_line = refused_line or number
            continue
        if place.windows:
            path = path.replace("\\", "/")
        is_plain = path[0] not in "./" and path[1:2] != ":" and "/." not in path and "//" not in path
        paths.append(base + path if is_plain else _placed(path, place))
        digests.append(digest if digest != "," else "")
    return Installed(tuple(paths), tuple(digests), top_level(paths, base) if derive else (), refused, refused_line)


def _is_usable(path: str) -> bool:
    return is_clean(path) and "\ufffd" not in path


def _quoted(line: str) -> tuple[str, str]:
    import csv

    try:
        row = next(csv.reader([line]), [])
    except csv.Error:
        row = []
    return (row[0], ",".join(row[1:])) if row else ("", "")


def _placed(path: str, place: Place) -> str:
    """Put a climbing or absolute path where it really points: relative to the prefix, else shown absolute."""
    if not path.startswith("/") and path[1:2] != ":":
        path = f"{place.real_folder}/{path}"
    absolute = posixpath.normpath(path)
    for prefix in place.prefixes:
        if absolute.startswith(prefix + "/"):
            return absolute[len(prefix) + 1 :]
    if absolute.startswith(place.real_folder + "/"):
        return place.folder + absolute[len(place.real_folder) :]
    return show(absolute)


_CODE = (".py", ".so", ".pyd")


def top_level(paths: Iterable[str], base: str) -> tuple[str, ...]:
    """Derive import names from the paths below a site folder: first parts that hold Python code."""
    found: dict[str, None] = {}
    last = "\n"
    for path in paths:
        if path.startswith(last) or not path.endswith(_CODE) or not path.startswith(base):
            continue
        first, slash, _ = path[len(base) :].partition("/")
        if slash:
            last = f"{base}{first}/"
            if first.isidentifier() and first != "__pycache__":
                found[first] = None
        else:
            name = first.partition(".")[0]
            if name.isidentifier():
                found[name] = None
    return tuple(found)
