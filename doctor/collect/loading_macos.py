"""Looks on macOS for the libraries outside an environment that its files name: Homebrew's, /usr/local/lib."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path

from doctor.collect.presence import real_path
from doctor.facts import Binary, Outside
from doctor.facts.binaries import By
from doctor.reading.binaries.library import read_library
from doctor.reading.binaries.window import Window
from doctor.reading.files import Missing, Unfit
from doctor.reading.rooted import follow, shown
from doctor.target.environment import Request

#: what macOS keeps in one cache, so that no file need be there
_OF_MACOS = ("/usr/lib/", "/System/")
_MOST = 2_000


def find_outside(request: Request, files: Sequence[Binary], machine: str) -> tuple[Outside, ...]:
    """The libraries outside that files of the environment name, and what those name in turn."""
    found: dict[str, Outside] = {}
    asked: set[str] = set()
    pending = deque((file.rpath, (*file.needed, *file.optional)) for file in files if file.kind == "macho")
    while pending and len(asked) < _MOST:
        rpaths, needed = pending.popleft()
        for name in needed:
            for path, by in _places(name, rpaths):
                if path in asked:
                    continue
                asked.add(path)
                library = _read(request, path, by, machine)
                if library is not None:
                    found[path] = library
                    pending.append((library.rpath, library.needed))
    return tuple(sorted(found.values(), key=lambda library: (library.name, library.path)))


def _places(name: str, rpaths: tuple[str, ...]) -> list[tuple[str, By]]:
    leaf = name.rpartition("/")[2]
    places: list[tuple[str, By]] = []
    if name.startswith("@rpath/"):
        rest = name.removeprefix("@rpath/")
        places += [(f"{folder.rstrip('/')}/{rest}", "rpath") for folder in rpaths if folder.startswith(("/", "~"))]
    elif name.startswith(("/", "~")) and not name.startswith(_OF_MACOS):
        places.append((name, "rpath"))
    if leaf and not name.startswith(_OF_MACOS):
        places.append((f"/usr/local/lib/{leaf}", "default"))
    return places


def _read(request: Request, path: str, by: By, machine: str) -> Outside | None:
    placed = Path(real_path(path, request))
    real = follow(placed, request.root)
    if real is None:
        return None
    where, target = shown(placed, request.root, request.home), shown(real, request.root, request.home)
    name, target = placed.name, target if target != where else ""
    try:
        window = Window(str(real))
        try:
            library = read_library(window, where, machine)
        finally:
            window.close()
    except Missing:
        return None
    except Unfit as error:
        return Outside(name, where, by, target=target, problem=error.reason)
    return Outside(name, where, by, library.machine, library.soname, library.needed, library.rpath, target=target)
