"""A disk that the environment depends on is nearly full.

## Why it matters
An installation that runs out of room stops in the middle and leaves half of a package behind. The message, `No
space left on device`, does not say which disk: wheels are unpacked in the folder for temporary files, kept in the
cache, and installed into the environment, and these are often three file systems. A file system can also run out
of inodes with gigabytes free: environments consist of very many small files.

## How it is found
Free room, free inodes and, where it can be read, the quota of the file systems that hold the environment, the
caches and temporary files. Less than 2 GB on a file system that is at least 90 % full is a warning, less than
200 MB an error; for inodes, less than 1 % and less than 50,000, or 1,000. A read-only file system, which has no
room by nature, is passed over.

## What the fix does
Nothing by itself: what may go is for you to say. It names what usually can.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from doctor.facts import Cache, Disk, Facts, Machine, Sizes
from doctor.facts.build import environment
from doctor.facts.units import size
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, Severity, Tell

#: bytes free
_LITTLE, _HARDLY_ANY = 2_000_000_000, 200_000_000
#: inodes free
_FEW, _HARDLY_ANY_INODES = 50_000, 1_000
#: share of a file system that is free when it is nearly full
_ROOM_SHARE, _INODE_SHARE = 0.1, 0.01
_ROLES = {
    "environment": "the environment",
    "cache": "the package cache",
    "temporary": "temporary files",
    "home": "your home folder",
}


class _Lack(NamedTuple):
    severity: Severity
    what: str  #: 1.2 GB, 812 inodes
    seen: str


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each file system and what it lacks."""
    roles: dict[str, list[Disk]] = {}
    for disk in facts.machine.disks:
        if disk.role != "environment" or facts.identity.writable:
            roles.setdefault(disk.device or disk.path, []).append(disk)
    for disks in roles.values():
        if all(disk.role == "home" for disk in disks):
            continue
        for lack in _lacks(disks):
            names = list(dict.fromkeys(_ROLES[disk.role] for disk in disks))
            yield Finding(
                lack.severity,
                disks[0].path,
                f"Only {lack.what} left on the disk of {_join(names)}"[:100],
                tuple(Evidence(f"{_ROLES[disk.role]}: {lack.seen}", disk.path) for disk in disks),
                (),
                (_make_room(facts, disks),),
            )


def _join(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _lacks(disks: list[Disk]) -> Iterator[_Lack]:
    disk = disks[0]
    seen = f"{size(disk.free)} of {size(disk.total)} are free"
    if disk.total and disk.free < min(_LITTLE, disk.total * _ROOM_SHARE):
        gravity = Severity.ERROR if disk.free < _HARDLY_ANY else Severity.WARNING
        yield _Lack(gravity, size(disk.free), seen)
    if disk.inodes and disk.inodes_free < min(_FEW, disk.inodes * _INODE_SHARE):
        gravity = Severity.ERROR if disk.inodes_free < _HARDLY_ANY_INODES else Severity.WARNING
        seen = f"{disk.inodes_free:,} of {disk.inodes:,} inodes are free, so that hardly a file can be made"
        yield _Lack(gravity, f"{disk.inodes_free:,} inodes", seen)
    quotas = [each.quota_free for each in disks if each.quota_free is not None]
    if quotas and min(quotas) < _LITTLE:
        gravity = Severity.ERROR if min(quotas) < _HARDLY_ANY else Severity.WARNING
        yield _Lack(gravity, f"{size(max(0, min(quotas)))} of your quota", f"{size(max(0, min(quotas)))} of quota left")


def _make_room(facts: Facts, disks: list[Disk]) -> Remedy:
    ideas = ["Make room before anything is installed or removed"]
    caches = [cache for cache in facts.sizes.caches if cache.mine and cache.free >= _HARDLY_ANY]
    if caches:
        ideas.append(
            "package caches hold " + " and ".join(f"{size(cache.free)} ({cache.folder})" for cache in caches[:3])
        )
    if any(disk.role == "temporary" for disk in disks):
        ideas.append("or point TMPDIR to a folder on a larger disk while you install")
    command = ("df", "-h", disks[0].path)
    return Remedy("Make room", Safety.MANUAL, (Tell("; ".join(ideas), command),))


def _disk(**more: Any) -> Disk:
    sound = Disk("environment", "~/demo/.venv", "259:1", 500 * 10**9, 200 * 10**9, 30_000_000, 20_000_000)
    return sound._replace(**more)


def examples() -> Iterator[Example]:
    """Room, inodes and quota; warning and error; small disks that are empty; read-only ones."""
    path = "~/demo/.venv"
    low = Machine(disks=(_disk(free=10**9), _disk(role="temporary", path="/tmp", free=10**9)))  # noqa: S108 - no file
    yield Example("1 GB left", environment(machine=low), (path,), Severity.WARNING)
    caches = Sizes(caches=(Cache("pip", "~/.cache/pip", 9 * 10**9, 9 * 10**9),))
    full = Machine(disks=(_disk(free=50_000_000),))
    yield Example("50 MB left", environment(machine=full, sizes=caches), (path,), Severity.ERROR)
    inodes = Machine(disks=(_disk(inodes_free=800),))
    yield Example("no inodes", environment(machine=inodes), (path,), Severity.ERROR)
    quota = Machine(disks=(_disk(quota_free=10**9),))
    yield Example("quota", environment(machine=quota), (path,), Severity.WARNING)
    yield Example("much room", environment(machine=Machine(disks=(_disk(),))))
    small = _disk(role="temporary", path="/tmp", device="0:40", total=10**9, free=990_000_000, inodes=0)  # noqa: S108
    yield Example("a small disk in memory, empty", environment(machine=Machine(disks=(_disk(), small))))
    home = Machine(disks=(_disk(), _disk(role="home", path="~", device="0:41", free=10**9)))
    yield Example("only the home folder", environment(machine=home))
    image = Machine(disks=(_disk(total=4 * 10**9, free=0, inodes_free=0),))
    yield Example("a read-only image", environment(machine=image, identity={"writable": False}))
    counts_none = Machine(disks=(_disk(inodes=0, inodes_free=0),))
    yield Example("inodes are not counted", environment(machine=counts_none))


CHECK = Check(
    "SIZ006",
    "disk-nearly-full",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("identity", "machine"),
    optional=("sizes",),
)
