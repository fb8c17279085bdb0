"""Measures what package managers keep for later: where it lies, how much it is, and who else uses it."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from doctor.facts import Cache, Facts
from doctor.reading.disk.tree import BLOCK, Order, Walk, blocks_of, list_folder, triples, walk
from doctor.reading.files import Missing, Unfit, read_bytes
from doctor.reading.redact import show
from doctor.reading.rooted import place
from doctor.target.environment import Request

#: parts of a cache that must have been counted before the rest is estimated by them
_SAMPLE = 10
#: far from the ratios that names are laid out in, so that parts taken by it are a fair sample
_STRIDE = 7919
#: bytes of a RECORD, which has 100 bytes for a file, and digits of the size of a file
_RECORD_LIMIT, _DIGITS = 5_000_000, 13


class Late(Protocol):
    """Says whether the time for one cache is over."""

    def __call__(self, part: float = 1.0) -> bool:
        """Whether this part of the time is over."""


class Measured(NamedTuple):
    """What was counted of a cache, in bytes."""

    total: int
    free: int  #: of files without another hard link
    complete: bool
    estimate: int = 0  #: of free, by a sample; 0 where all was counted, or too little for a sample


def read_caches(request: Request, facts: Facts, root: str, seconds: float) -> tuple[Cache, ...]:
    """Measure the caches that are there, in so many seconds altogether."""
    device = os.stat(root).st_dev  # noqa: PTH116 - text, as everywhere in the walk
    until = time.monotonic() + seconds
    linked_softly = any(record.link == "soft" for record in facts.conda.records)
    found = []
    there = [(tool, folder, status) for tool, folder in _folders(request, facts) if (status := _folder_at(folder))]
    for index, (tool, folder, status) in enumerate(there):
        begun = time.monotonic()
        share = (until - begun) / (len(there) - index)
        measure = (
            _measure_uv if tool == "uv" else _measure_packages if tool == "conda" and not linked_softly else _measure
        )
        counted = measure(str(folder), _clock(begun, share))
        if tool == "conda" and linked_softly:
            counted = counted._replace(free=0, estimate=0)  # nothing shows which of its packages an environment needs
        same, mine = status.st_dev == device, _is_mine(status)
        found.append(Cache(tool, show(folder), counted.total, counted.free, same, mine, *counted[2:]))
    return tuple(found)


def _clock(begun: float, seconds: float) -> Late:
    return lambda part=1.0: time.monotonic() > begun + part * seconds


def _folder_at(path: Path) -> os.stat_result | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status if stat.S_ISDIR(status.st_mode) else None


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


def _measure(folder: str, late: Callable[[], bool]) -> Measured:
    """Count a folder in parts two levels down, spread over it, so that what is counted stands for the rest."""
    order, found = Order(os.path.realpath(folder), ("",), True, -1), Walk()
    parts: list[str] = []
    if late():
        return Measured(0, 0, complete=False)
    for name in sorted(list_folder(order, found, "")):
        if late():
            return Measured(*_bytes_of(found), complete=False)
        parts += [f"{name}/{below}" for below in sorted(list_folder(order, found, name))]
    on_top = _bytes_of(found)[1]
    done = 0
    for part in _spread(parts):
        if late() or not found.complete:
            break
        walk(Order(order.root, (part,), True, -1), found, late)
        done += 1
    total, free = _bytes_of(found)
    complete = found.complete and done == len(parts)
    estimate = 0 if complete or done < _SAMPLE else on_top + (free - on_top) * len(parts) // done
    return Measured(total, free, complete, estimate)


def _measure_uv(folder: str, late: Late) -> Measured:
    """As _measure; where time is short, by the lists of files that lie in uv's unpacked wheels."""
    counted = _measure(folder, lambda: late(0.4))
    if counted.complete:
        return counted
    wheels: list[str] = []
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("archive-v"):
                wheels += [f"{entry.path}/{name}" for name in os.listdir(entry.path)]  # noqa: PTH208 - text
    free = 0
    for done, wheel in enumerate(_spread(sorted(wheels))):
        if late():
            return counted._replace(estimate=free * len(wheels) // done if done >= _SAMPLE else 0)
        free += _free_of_wheel(wheel)
    return counted._replace(estimate=free)


def _free_of_wheel(folder: str) -> int:
    """Bytes that an unpacked wheel's RECORD names, or 0 where an environment is linked to it."""
    try:
        info = next((name for name in os.listdir(folder) if name.endswith(".dist-info")), "")  # noqa: PTH208 - text
        if not info or os.lstat(f"{folder}/{info}/METADATA").st_nlink > 1:
            return 0
        lines = read_bytes(Path(f"{folder}/{info}/RECORD"), limit=_RECORD_LIMIT).splitlines()
    except (OSError, Missing, Unfit):
        return 0
    sizes = (line.rpartition(b",")[2] for line in lines)
    return sum(int(size) for size in sizes if size.isdigit() and len(size) < _DIGITS)


def _spread(names: list[str]) -> list[str]:
    """Names in an order that takes them from everywhere, the same each time."""
    stride = _STRIDE if len(names) % _STRIDE else 1
    return [names[index * stride % len(names)] for index in range(len(names))]


def _bytes_of(found: Walk) -> tuple[int, int]:
    """Bytes in all, and those of files without another hard link."""
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
    return total * BLOCK, free * BLOCK


def _measure_packages(folder: str, late: Callable[[], bool]) -> Measured:
    """As _measure for conda: an extracted package is free only where no file of it is linked from elsewhere."""
    total, free, complete = 0, 0, True
    try:
        with os.scandir(folder) as entries:
            everything = list(entries)
        packages = sorted(entry.path for entry in everything if entry.is_dir(follow_symlinks=False))
        for entry in everything:
            if not entry.is_dir(follow_symlinks=False):
                size = blocks_of(entry.stat(follow_symlinks=False)) * BLOCK
                total += size
                free += size if entry.name.endswith((".conda", ".tar.bz2")) else 0
    except OSError:
        return Measured(total, free, complete=False)
    archives = free
    for done, package in enumerate(_spread(packages)):
        if late():
            estimate = archives + (free - archives) * len(packages) // done if done >= _SAMPLE else 0
            return Measured(total, free, False, estimate)
        counted = _measure(package, late)
        total, complete = total + counted.total, complete and counted.complete
        free += counted.free if counted.complete and counted.total == counted.free else 0
    return Measured(total, free, complete)


def _is_mine(status: os.stat_result) -> bool:
    """Whether the user owns a folder and no colleague may write in it, as they may in a shared cache."""
    if os.name == "nt":
        return True
    by_group = status.st_mode & stat.S_IWGRP and status.st_gid != status.st_uid
    return status.st_uid == os.getuid() and not by_group and not status.st_mode & stat.S_IWOTH
