"""Measures what package managers keep for later: where it lies, how much it is, and who else uses it."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from doctor.facts import Cache, Facts
from doctor.reading.redact import show
from doctor.reading.tree import BLOCK, Order, Walk, blocks_of, triples, walk
from doctor.target.environment import Request
from doctor.target.rooted import place


def read_caches(request: Request, facts: Facts, root: str, seconds: float) -> tuple[Cache, ...]:
    """Measure the caches that are there, in so many seconds altogether."""
    device = os.stat(root).st_dev  # noqa: PTH116 - text, as everywhere in the walk
    until = time.monotonic() + seconds
    linked_softly = any(record.link == "soft" for record in facts.conda.records)
    found = []
    for tool, folder in _folders(request, facts):
        try:
            status = folder.stat()
        except OSError:
            continue
        if stat.S_ISDIR(status.st_mode):
            measure = _measure_packages if tool == "conda" and not linked_softly else _measure
            total, free, complete = measure(str(folder), lambda: time.monotonic() > until)
            if tool == "conda" and linked_softly:
                free = 0  # nothing shows which of its packages an environment needs
            same = status.st_dev == device
            found.append(Cache(tool, show(folder), total, free, same, _is_mine(status), complete))
    return tuple(found)


def _folders(request: Request, facts: Facts) -> Iterator[tuple[str, Path]]:
    """The caches that pip and uv would use now, and those that conda packages were linked from."""
    home, variables = request.home, request.variables
    for tool, variable, windows in (("pip", "PIP_CACHE_DIR", "pip/Cache"), ("uv", "UV_CACHE_DIR", "uv/cache")):
        if variables.get(variable):
            yield tool, place(variables[variable], request.root)
        elif facts.identity.system == "windows":
            local = variables.get("LOCALAPPDATA")
            yield tool, (place(local, request.root) if local else home / "AppData/Local") / windows
        elif tool == "pip" and facts.identity.system == "macos":
            yield tool, home / "Library/Caches/pip"
        else:
            yield tool, _xdg(variables, request) / tool
    for shown in facts.conda.caches:
        yield "conda", home / shown[2:] if shown.startswith("~/") else place(shown, request.root)


def _xdg(variables: Mapping[str, str], request: Request) -> Path:
    named = variables.get("XDG_CACHE_HOME")
    return place(named, request.root) if named else request.home / ".cache"


def _measure(folder: str, late: Callable[[], bool]) -> tuple[int, int, bool]:
    """Bytes of a folder, those of files without another hard link, and whether all was counted."""
    found = Walk()
    walk(Order(os.path.realpath(folder), ("",), True, -1), found, late)
    total, free = 0, 0
    seen: set[int] = set()
    for _, _, blocks, links, _, own in found.folders:
        total += sum(blocks) + own
        free += sum(blocks) + own
        for index, inode, _ in triples(links):
            free -= blocks[index]
            if inode in seen:
                total -= blocks[index]
            seen.add(inode)
    return total * BLOCK, free * BLOCK, found.complete


def _measure_packages(folder: str, late: Callable[[], bool]) -> tuple[int, int, bool]:
    """As _measure for conda: an extracted package is free only where no file of it is linked from elsewhere."""
    total, free, complete = 0, 0, True
    try:
        with os.scandir(folder) as entries:
            everything = list(entries)
        packages = [entry.path for entry in everything if entry.is_dir(follow_symlinks=False)]
        for entry in everything:
            if not entry.is_dir(follow_symlinks=False):
                size = blocks_of(entry.stat(follow_symlinks=False)) * BLOCK
                total += size
                free += size if entry.name.endswith((".conda", ".tar.bz2")) else 0
    except OSError:
        return total, free, False
    for package in packages:
        if late():
            return total, free, False
        size, unlinked, whole = _measure(package, late)
        total, complete = total + size, complete and whole
        free += size if whole and size == unlinked else 0
    return total, free, complete


def _is_mine(status: os.stat_result) -> bool:
    """Whether the user owns a folder and no colleague may write in it, as they may in a shared cache."""
    if os.name == "nt":
        return True
    by_group = status.st_mode & stat.S_IWGRP and status.st_gid != status.st_uid
    return status.st_uid == os.getuid() and not by_group and not status.st_mode & stat.S_IWOTH
