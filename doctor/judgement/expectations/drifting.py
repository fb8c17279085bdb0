"""How an environment has moved away from what its specifications and locks say, package by package."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from doctor.facts import Asked, Facts, Lock, Locked, Specification
from doctor.judgement.dependencies import visible_distributions
from doctor.judgement.expectations.applying import holds
from doctor.judgement.expectations.locked import by_name, is_named
from doctor.judgement.expectations.meeting import installed_versions, newest
from doctor.judgement.expectations.ranges import Range, allows, as_pep440
from doctor.judgement.overlap import own_sites
from doctor.judgement.requirements import meets, normalise, parse
from doctor.knowledge.conda_names import pypi_key

#: locks of virtual environments, and of conda's
_OF_PIP = frozenset({"uv.lock", "pylock.toml", "poetry.lock", "pdm.lock", "Pipfile.lock"})
#: how much of a lock must be installed for it to speak of this environment at all
_MOST_OF_IT = 0.5
#: packages that an installer brings for itself
SEEDS = frozenset({"pip", "setuptools", "wheel", "distribute"})


class Drift(NamedTuple):
    """One package that is missing or at a version that nobody asked for."""

    name: str
    manager: str
    wanted: str  #: a specifier, or the locked version
    found: str  #: empty where it is missing
    path: str
    line: int = 0
    asked: Asked | None = None  #: where it is from a specification


def from_specification(spec: Specification, facts: Facts) -> Iterator[Drift]:
    """What of a specification's always needed packages is missing or at another version."""
    installed = installed_versions(facts)
    told = _told_by_metadata(facts) if spec.kind in ("pyproject", "setup.cfg", "setup.py") else {}
    entries: dict[tuple[str, str], list[Asked]] = {}
    for asked in spec.asked:
        if not asked.group and asked.name != facts.project.name and holds(asked.marker, facts):
            entries.setdefault((asked.manager, asked.name), []).append(asked)
    for (manager, name), several in entries.items():
        found = _version_of(manager, name, installed)
        for asked in several:
            if found is None or (not asked.url and _is_other(asked, found)):
                if told.get(name) != _plain(asked.specifier):
                    yield Drift(name, manager, asked.specifier, found or "", spec.path, asked.line, asked)
                break


def _version_of(manager: str, name: str, installed: Mapping[tuple[str, str], str]) -> str | None:
    """The installed version of what one manager calls so, whoever installed it."""
    found = installed.get((manager, name))
    if found is not None:
        return found
    if manager == "conda":
        return installed.get(("pip", pypi_key(name)))
    return next((v for (who, other), v in installed.items() if who == "conda" and pypi_key(other) == name), None)


def _is_other(asked: Asked, found: str) -> bool:
    answer = allows(Range(asked.specifier, asked.manager), found)
    if answer is False and asked.manager == "conda":
        words = as_pep440(asked.specifier)
        return not words or meets(found, words) is not True
    return answer is False


def _told_by_metadata(facts: Facts) -> dict[str, str]:
    """What the project itself needs by its installed metadata: whoever looks at distributions tells of that."""
    found: dict[str, str] = {}
    for dist in facts.distributions.installed:
        if facts.project.name and dist.key == facts.project.name:
            for line in dist.requires:
                parsed = parse(line)
                if parsed is not None:
                    found.setdefault(parsed.key, _plain(parsed.specifier))
    return found


def _plain(specifier: str) -> str:
    return ",".join(sorted(part.strip() for part in specifier.split(",")))


def from_lock(facts: Facts) -> tuple[Lock, tuple[Drift, ...]] | None:
    """The lock that the environment is nearest to, with what is installed at other versions; None where one agrees."""
    nearest: tuple[Lock, tuple[Drift, ...]] | None = None
    sites = own_sites(facts)
    for lock in facts.locks.files:
        if lock.kind not in _OF_PIP or is_named(lock) or facts.identity.kind == "conda":
            continue
        held = by_name(lock, facts)
        drifts = tuple(_from_one(lock, held, facts))
        own = [dist.key for dist in facts.distributions.installed if dist.site in sites and dist.key not in SEEDS]
        if sum(("pip", key) in held for key in own) < _MOST_OF_IT * len(own):
            continue
        if not drifts:
            return None
        if nearest is None or len(drifts) < len(nearest[1]):
            nearest = lock, drifts
    return nearest


def _from_one(lock: Lock, held: Mapping[tuple[str, str], list[Locked]], facts: Facts) -> Iterator[Drift]:
    for dist in map(newest, visible_distributions(facts).values()):
        packages = held.get(("pip", dist.key), [])
        if not packages or dist.key in SEEDS or dist.key == facts.project.name or dist.direct_url is not None:
            continue
        if any(not p.version or p.source not in ("index", "url") or _same(p.version, dist.version) for p in packages):
            continue
        package = next((p for p in packages if holds(p.marker, facts)), packages[0])
        yield Drift(dist.name, "pip", package.version, dist.version, lock.path, package.line)


def _same(locked: str, installed: str) -> bool:
    """Whether two versions are one; a local build such as +cpu is one of its release."""
    return locked == installed or meets(installed, f"=={locked}") is not False


def requirement_of(drift: Drift) -> str:
    """The spec that installs what is wanted."""
    asked = drift.asked
    if asked is None:
        return f"{drift.name}=={drift.wanted}"
    if asked.manager == "conda":
        return asked.text
    extras = f"[{','.join(asked.extras)}]" if asked.extras else ""
    return f"{asked.name}{extras} @ {asked.url}" if asked.url else f"{asked.name}{extras}{asked.specifier}"


def declared_names(facts: Facts) -> frozenset[str]:
    """Every name that any file of the project asks for or locks, in any group, by pip's names and conda's."""
    found: set[str] = {facts.project.name}
    for spec in facts.project.specifications:
        found |= _both((asked.name, asked.manager) for asked in spec.asked)
    for lock in facts.locks.files:
        found |= _both((package.name, package.manager) for package in lock.packages)
    for text in facts.project.policy.packages:
        parsed = parse(text)
        found |= {parsed.key} if parsed else set()
    for dist in facts.distributions.installed:
        if dist.key == facts.project.name or (dist.direct_url is not None and dist.direct_url.editable):
            found.add(dist.key)
            found |= {parsed.key for parsed in map(parse, dist.requires) if parsed}
    return frozenset(found)


def _both(names: Iterable[tuple[str, str]]) -> set[str]:
    found: set[str] = set()
    for name, manager in names:
        found.add(name)
        if manager == "conda":
            found.add(pypi_key(name) or normalise(name))
    return found
