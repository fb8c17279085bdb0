"""Locks against specifications, and against each other: which packages they hold at versions that do not fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from doctor.facts import Asked, Facts, Lock, Locked, Specification
from doctor.facts.locks import LockKind
from doctor.judgement.expectations.applying import holds, on_platform, platform_of
from doctor.judgement.expectations.ranges import Range, allows, exact
from doctor.judgement.expectations.roles import is_compiled, label_of, of_role
from doctor.knowledge.conda_names import pypi_key

#: kind of lock -> kinds of specifications that it is made from
MADE_FROM: Mapping[LockKind, tuple[str, ...]] = {
    "uv.lock": ("pyproject",),
    "poetry.lock": ("pyproject",),
    "pdm.lock": ("pyproject",),
    "Pipfile.lock": ("Pipfile",),
    "pixi.lock": ("pixi.toml",),
    "conda-lock": ("environment.yml",),
}
#: locks of which a project needs one
_OF_PIP = frozenset({"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml"})


class Misfit(NamedTuple):
    """One package that a lock does not hold as its specification asks."""

    asked: Asked
    spec: Specification
    lock: str  #: the lock's path
    locked: tuple[str, ...] = ()  #: its versions in the lock; none where the lock lacks it
    line: int = 0  #: in the lock


class Parted(NamedTuple):
    """Two locks that hold packages at other versions."""

    first: Lock
    second: Lock
    packages: tuple[tuple[Locked, Locked], ...]


def misfits(facts: Facts) -> Iterator[Misfit]:
    """What locks and compiled requirements lack of their specifications, or hold at versions that these exclude."""
    specs = of_role(facts, "main")
    for lock in facts.locks.files:
        kinds = MADE_FROM.get(lock.kind, ())
        sources = [spec for spec in specs if spec.kind in kinds]
        if lock.sources:
            sources = [spec for spec in facts.project.specifications if spec.path in lock.sources]
        elif lock.kind == "conda-lock" and is_named(lock):  # made from a file that it does not name
            continue
        held = by_name(lock, facts)
        for spec in sources if held and (len(sources) == 1 or lock.kind == "pixi.lock") else ():
            yield from _of_lock(lock, held, spec, facts)
    every = facts.project.specifications
    for compiled in every:
        source = _source_of(compiled, every)
        if source is not None:
            yield from _of_compiled(compiled, source, facts)


def by_name(lock: Lock, facts: Facts) -> dict[tuple[str, str], list[Locked]]:
    """The packages of a lock by manager and name, without those for other platforms."""
    platform = platform_of(facts)
    found: dict[tuple[str, str], list[Locked]] = {}
    for package in lock.packages:
        if package.platform and on_platform(package.platform, platform) is False:
            continue
        found.setdefault((package.manager, package.name), []).append(package)
    return found


def _of_lock(
    lock: Lock, held: Mapping[tuple[str, str], list[Locked]], spec: Specification, facts: Facts
) -> Iterator[Misfit]:
    platform = platform_of(facts)
    if lock.platforms and platform and platform not in lock.platforms:
        return
    # what pip is asked for comes from conda where something of conda's needs it
    by_pypi = {pypi_key(name): packages for (manager, name), packages in held.items() if manager == "conda"}
    for asked in spec.asked:
        if asked.group or asked.name == "python" or not holds(asked.marker, facts):
            continue
        packages = held.get((asked.manager, asked.name)) or by_pypi.get(asked.name, [])
        if not packages:
            yield Misfit(asked, spec, lock.path)
        elif not asked.url and all(_excluded(asked, package) for package in packages):
            versions = tuple(dict.fromkeys(package.version for package in packages))
            yield Misfit(asked, spec, lock.path, versions, packages[0].line)


def _excluded(asked: Asked, package: Locked) -> bool:
    return (
        package.source == "index"
        and bool(package.version)
        and allows(Range(asked.specifier, asked.manager), package.version) is False
        and asked.manager == package.manager
    )


def _source_of(compiled: Specification, every: tuple[Specification, ...]) -> Specification | None:
    """The .in file that requirements were compiled from, where names tell."""
    if compiled.kind != "requirements" or not is_compiled(compiled) or not compiled.path.endswith(".txt"):
        return None
    wanted = f"{compiled.path.removesuffix('.txt')}.in"
    return next((spec for spec in every if spec.path == wanted), None)


def _of_compiled(compiled: Specification, source: Specification, facts: Facts) -> Iterator[Misfit]:
    held: dict[str, list[Asked]] = {}
    for entry in compiled.asked:
        held.setdefault(entry.name, []).append(entry)
    for asked in source.asked:
        if asked.group or asked.url or not holds(asked.marker, facts):
            continue
        entries = held.get(asked.name, [])
        versions = tuple(dict.fromkeys(exact(entry.specifier) for entry in entries))
        if not entries:
            yield Misfit(asked, source, compiled.path)
        elif all(version and allows(Range(asked.specifier), version) is False for version in versions):
            yield Misfit(asked, source, compiled.path, versions, entries[0].line)


def parted(facts: Facts) -> Iterator[Parted]:
    """Locks of two managers that hold what the project asks for at different versions."""
    asked = {entry.name for spec in of_role(facts, "main", "group") for entry in spec.asked}
    locks = [lock for lock in facts.locks.files if lock.kind in _OF_PIP and not is_named(lock)]
    for place, first in enumerate(locks):
        one = by_name(first, facts)
        for second in locks[place + 1 :]:
            other = by_name(second, facts)
            unlike = [
                (one[key][0], other[key][0])
                for key in sorted(one.keys() & other.keys())
                if key[1] in asked and not {_public(p) for p in one[key]} & {_public(p) for p in other[key]}
            ]
            if unlike:
                yield Parted(first, second, tuple(unlike))


def is_named(lock: Lock) -> bool:
    """Whether a lock is one of several: pylock.gpu.toml, linux.conda-lock.yml, requirements/py38..."""
    name = lock.path.rpartition("/")[2]
    if lock.kind == "pylock.toml":
        return name != "pylock.toml"
    if lock.kind == "conda-lock":
        return name not in ("conda-lock.yml", "conda-lock.yaml")
    return lock.kind != "explicit" and "/" in lock.path and label_of(lock.path) == ""


def _public(package: Locked) -> str:
    return package.version.partition("+")[0]
