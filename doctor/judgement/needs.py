"""Who needs whom among installed packages, by the same names as Sizes.by_owner: numpy, conda:numpy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from doctor.facts import Facts

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SEPARATORS = re.compile(r"[-_.]+")
_CONDA_NAME = re.compile(r"(?:.*::)?([a-z0-9_.-]+)")

#: package -> packages that it needs
Graph = Mapping[str, frozenset[str]]


def name_of(owner: str) -> str:
    """A package's name without the word that says who installed it."""
    return owner.removeprefix("conda:")


def owners(facts: Facts) -> Mapping[str, str]:
    """Normalised distribution name -> the package that brought it: itself, or a conda package."""
    folders = {
        path.rpartition("/")[0]: f"conda:{record.name}"
        for record in facts.conda.records
        for path in record.files
        if path.endswith(("-info/METADATA", "-info/PKG-INFO"))
    }
    found: dict[str, str] = {}
    for dist in facts.distributions.installed:
        by_conda = folders.get(f"{dist.site}/{dist.folder}") if dist.installer in ("conda", "") else None
        found.setdefault(dist.key, by_conda or dist.key)
    return found


def graph(facts: Facts, *, extras: bool = False) -> Graph:
    """What each installed package says that it needs, of those that are installed.

    Markers are not judged: a requirement that is installed counts. With extras, optional ones count too.
    """
    known = owners(facts)
    needs: dict[str, set[str]] = {owner: set() for owner in known.values()}
    records = {record.name for record in facts.conda.records}
    for record in facts.conda.records:
        mine = needs.setdefault(f"conda:{record.name}", set())
        for depend in record.depends:
            if (match := _CONDA_NAME.match(depend)) and match[1] in records:
                mine.add(f"conda:{match[1]}")
    for dist in facts.distributions.installed:
        mine = needs[known[dist.key]]
        for line in dist.requires:
            if not extras and "extra" in line.partition(";")[2]:
                continue
            if match := _NAME.match(line):
                needed = known.get(_SEPARATORS.sub("-", match[0].rstrip("-_.")).lower())
                if needed and needed != known[dist.key]:
                    mine.add(needed)
    return {owner: frozenset(needed) for owner, needed in needs.items()}


def reversed_graph(needs: Graph) -> Graph:
    """Package -> packages that need it."""
    found: dict[str, set[str]] = {owner: set() for owner in needs}
    for owner, needed in needs.items():
        for each in needed:
            found.setdefault(each, set()).add(owner)
    return {owner: frozenset(by) for owner, by in found.items()}


def closure(needs: Graph, roots: Iterable[str]) -> set[str]:
    """Some packages with all that they need, directly or not."""
    found: set[str] = set()
    pending = list(roots)
    while pending:
        owner = pending.pop()
        if owner not in found:
            found.add(owner)
            pending.extend(needs.get(owner, ()))
    return found


def freed_by(needs: Graph, owner: str) -> set[str]:
    """A package with what nobody else needs once it is gone, so what would be left without a purpose."""
    needed_by = reversed_graph(needs)
    gone = {owner}
    pending = set(needs.get(owner, ()))
    while candidates := {each for each in pending - gone if needed_by.get(each, frozenset()) <= gone}:
        gone |= candidates
        pending |= {below for each in candidates for below in needs.get(each, ())}
    return gone


def brought_by(needs: Graph, owner: str) -> tuple[str, ...]:
    """The packages nobody needs that a package is there for, by name; itself where nobody needs it."""
    needed_by = reversed_graph(needs)
    above = closure(needed_by, (owner,))
    return tuple(sorted(each for each in above if not needed_by.get(each)))
