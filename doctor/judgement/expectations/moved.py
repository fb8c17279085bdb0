"""Files written from this environment, which has changed since: by content, for checkouts reset times."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from doctor.facts import Facts, Lock, Specification
from doctor.judgement.expectations.applying import holds, on_platform, platform_of
from doctor.judgement.expectations.drifting import SEEDS, Drift
from doctor.judgement.expectations.frozen import is_frozen
from doctor.judgement.expectations.meeting import installed_versions
from doctor.judgement.expectations.ranges import Range, allows, exact
from doctor.judgement.expectations.roles import is_ours
from doctor.judgement.overlap import by_system, own_sites

#: how much of a list must be installed for it to be of this environment
_MOST_OF_IT = 0.5


class Moved(NamedTuple):
    """One file that the environment has left behind."""

    path: str
    form: str  #: as doctor.model.Export names it: explicit, environment.yml, requirements
    changed: tuple[Drift, ...]  #: other versions, or gone
    since: tuple[str, ...]  #: installed since: name and version


def moved_exports(facts: Facts) -> tuple[Moved, ...]:
    """Files that nothing of their form agrees with the environment; none where one of them does."""
    found: dict[str, list[Moved]] = {}
    for export in _exports(facts):
        found.setdefault(export.form, []).append(export)
    return tuple(
        export
        for exports in found.values()
        if all(export.changed or export.since for export in exports)
        for export in exports
    )


def _exports(facts: Facts) -> Iterator[Moved]:
    for spec in facts.project.specifications:
        if spec.kind in ("requirements", "environment.yml") and (is_ours(spec) or is_frozen(spec, facts)):
            moved = _of_specification(spec, facts)
            if moved is not None:
                yield moved
    for lock in facts.locks.files:
        if lock.kind == "explicit" and facts.conda.present:
            moved = _of_list(lock, facts)
            if moved is not None:
                yield moved


def _of_specification(spec: Specification, facts: Facts) -> Moved | None:
    if spec.kind == "environment.yml" and (not facts.conda.present or spec.name not in ("", facts.identity.name)):
        return None
    installed = installed_versions(facts)
    changed = []
    there = 0
    entries = [asked for asked in spec.asked if not asked.url and holds(asked.marker, facts) and asked.name != "pip"]
    for asked in entries:
        found = installed.get((asked.manager, asked.name))
        there += found is not None
        if found is None or allows(Range(asked.specifier, asked.manager), found) is False:
            wanted = exact(asked.specifier, asked.manager) or asked.specifier
            changed.append(Drift(asked.name, asked.manager, wanted, found or "", spec.path, asked.line, asked))
    if not entries or there < _MOST_OF_IT * len(entries):
        return None
    names = {(asked.manager, asked.name) for asked in spec.asked}
    return Moved(spec.path, spec.kind, tuple(changed), tuple(_since(spec, names, facts)))


def _since(spec: Specification, names: set[tuple[str, str]], facts: Facts) -> Iterator[str]:
    """What a full list lacks; our own environment.yml leaves out what conda brings along."""
    sites = own_sites(facts)
    for dist in facts.distributions.installed:
        by_pip = dist.installer not in ("", "conda") and dist.site in sites and not by_system(dist, facts)
        if by_pip and dist.direct_url is None and ("pip", dist.key) not in names and dist.key not in SEEDS:
            yield f"{dist.name} {dist.version}"
    if spec.kind == "environment.yml" and not is_ours(spec):
        for record in facts.conda.records:
            if ("conda", record.name) not in names:
                yield f"{record.name} {record.version}"


def _of_list(lock: Lock, facts: Facts) -> Moved | None:
    platform = platform_of(facts)
    listed = {package.name: package for package in lock.packages if package.manager == "conda"}
    elsewhere = [p for p in listed.values() if p.platform and on_platform(p.platform, platform) is False]
    here = {record.name: record for record in facts.conda.records}
    shared = listed.keys() & here.keys()
    if elsewhere or not listed or len(shared) < _MOST_OF_IT * max(len(listed), len(here)):
        return None
    changed = []
    for name, package in listed.items():
        record = here.get(name)
        same = record is not None and (record.version, record.build) == (package.version, package.build or record.build)
        if not same:
            found = f"{record.version} {record.build}" if record else ""
            wanted = f"{package.version} {package.build}".strip()
            changed.append(Drift(name, "conda", wanted, found, lock.path, package.line))
    since = tuple(f"{name} {record.version}" for name, record in here.items() if name not in listed)
    return Moved(lock.path, "explicit", tuple(changed), since)
