"""What is known of one package of an environment: who put it there, why, what needs it, what it costs."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from doctor.facts import CondaRecord, Distribution, Facts
from doctor.facts.units import size as in_units
from doctor.report.text import Line, Span, wrapped
from doctor.report.words import count

_NAME = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_EXTRA = re.compile(r"\bextra\s*==")


class Package(NamedTuple):
    """One package as the environment knows it; either side can be missing."""

    name: str
    distributions: tuple[Distribution, ...] = ()
    records: tuple[CondaRecord, ...] = ()


def normalised(name: str) -> str:
    """The name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def find_package(facts: Facts, name: str) -> Package | None:
    """Find a package by its name for pip or conda, or by an import name; None where there is none."""
    key = normalised(name)
    installed, records = facts.distributions.installed, facts.conda.records
    dists = tuple(dist for dist in installed if dist.key == key) or tuple(
        dist for dist in installed if name in dist.top_level and not dist.key.startswith("types-")
    )
    places = {f"{dist.site}/{dist.folder}/METADATA" for dist in dists}
    recs = tuple(r for r in records if normalised(r.name) == key or not places.isdisjoint(r.files))
    if not dists and recs:
        owned = {path for rec in recs for path in rec.files}
        dists = tuple(dist for dist in installed if f"{dist.site}/{dist.folder}/METADATA" in owned)
    return Package(name, dists, recs) if dists or recs else None


def requirers(facts: Facts) -> Mapping[str, tuple[str, ...]]:
    """Distribution key or conda:NAME -> what needs it, extras apart."""
    needed: dict[str, set[str]] = {}
    for dist in facts.distributions.installed:
        for requirement in dist.requires:
            match = _NAME.match(requirement)
            if match and not _EXTRA.search(requirement):
                needed.setdefault(normalised(match[1]), set()).add(dist.key)
    for record in facts.conda.records:
        for spec in record.depends:
            needed.setdefault(f"conda:{spec.split(' ', 1)[0]}", set()).add(f"conda:{record.name}")
    return {name: tuple(sorted(by - {name})) for name, by in needed.items()}


def chain(facts: Facts, key: str) -> tuple[str, ...]:
    """The shortest way from something that was asked for to a package, itself last; only itself if asked for."""
    needed = requirers(facts)
    asked = {dist.key for dist in facts.distributions.installed if dist.requested}
    asked |= {f"conda:{record.name}" for record in facts.conda.records if record.requested}
    queue: deque[tuple[str, ...]] = deque([(key,)])
    seen = {key}
    while queue:
        path = queue.popleft()
        if path[0] in asked:
            return path
        for by in needed.get(path[0], ()):
            if by not in seen:
                seen.add(by)
                queue.append((by, *path))
    return ()


def describe(package: Package, facts: Facts, *, width: int = 80) -> Iterator[Line]:
    """Yield what there is to say about a package."""
    for record in package.records:
        yield (Span(f"{record.name} {record.version}", "strong"), Span(f"  conda package, build {record.build}"))
        yield from _row("from", f"{record.channel} ({record.subdir})", width)
        yield from _row("why", _why(facts, f"conda:{record.name}", bool(record.requested)), width)
        yield from _needed_by(facts, f"conda:{record.name}", width)
        yield from _size(facts, f"conda:{record.name}", width)
        yield ()
    for dist in package.distributions:
        by = f"installed by {dist.installer}" if dist.installer else "nobody says who installed it"
        yield (Span(f"{dist.name} {dist.version}", "strong"), Span(f"  Python distribution, {by}"))
        if dist.summary:
            yield from wrapped(dist.summary, width, "  ", "dim")
        yield from _row("from", _source(dist), width)
        yield from _row("where", f"{dist.site}/{dist.folder}", width)
        if dist.installer != "conda":
            yield from _row("why", _why(facts, dist.key, dist.requested), width)
        yield from _row("kind", "compiled code" if dist.native else "pure Python", width)
        yield from _needed_by(facts, dist.key, width)
        yield from _size(facts, dist.key, width)
        yield from _imports(facts, dist, width)
        yield ()


def _row(label: str, text: str, width: int) -> Iterator[Line]:
    yield from wrapped(text, width, f"  {label:<9} ", "")


def _source(dist: Distribution) -> str:
    if dist.direct_url:
        how = "editable, " if dist.direct_url.editable else ""
        commit = f" at {dist.direct_url.commit[:12]}" if dist.direct_url.commit else ""
        return f"{how}{dist.direct_url.url}{commit}"
    return "a conda channel" if dist.installer == "conda" else "a package index (its metadata does not say which)"


def _why(facts: Facts, key: str, requested: bool) -> str:
    if requested:
        return "asked for by name"
    way = chain(facts, key)
    if not way:
        return "not asked for by name, and nothing that was asked for needs it"
    return "pulled in: " + " → ".join(step.removeprefix("conda:") for step in way)


def _needed_by(facts: Facts, key: str, width: int) -> Iterator[Line]:
    by = [name.removeprefix("conda:") for name in requirers(facts).get(key, ())]
    shown = ", ".join(by[:8]) + (f" and {len(by) - 8} more" if len(by) > 8 else "")
    yield from _row("needed by", shown or "nothing installed here", width)


def _size(facts: Facts, key: str, width: int) -> Iterator[Line]:
    size = facts.sizes.by_owner.get(key)
    if size:
        shared = f", {in_units(size.shared)} of it shared with a package cache" if size.shared else ""
        yield from _row("size", f"{in_units(size.total)} in {count(size.files, 'file')}{shared}", width)


def _imports(facts: Facts, dist: Distribution, width: int) -> Iterator[Line]:
    if dist.top_level:
        yield from _row("imports", ", ".join(dist.top_level[:8]), width)
    if facts.project.present:
        places = [place for name in dist.top_level for place in facts.project.imports.get(name, ())]
        shown = ", ".join(f"{place.path}:{place.line}" for place in places[:4])
        more = f" and {count(len(places) - 4, 'more place')}" if len(places) > 4 else ""
        yield from _row("used in", f"{shown}{more}" if places else "no file of this project imports it", width)
