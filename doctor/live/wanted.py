"""Which modules are tried: those that the project imports, else those of what the user asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from doctor.facts import Distribution, Facts, Imported
from doctor.judgement.missing_imports import is_aside
from doctor.knowledge.stdlib import module_names

#: modules that are tried at most
MOST = 40
#: modules of one distribution, where nobody says which are used
_MOST_OF_ONE = 2
#: what installs rather than is used, and what a distribution carries along by mistake
_TOOLS = frozenset({"pip", "setuptools", "wheel", "conda", "mamba", "uv", "virtualenv"})
_STRAY = frozenset({"test", "tests", "doc", "docs", "example", "examples", "benchmarks", "scripts", "bin", "lib"})
_MODULE = re.compile(r"[^\W\d]\w*")


class Wanted(NamedTuple):
    """One module to try."""

    module: str
    needed: bool  #: that it does not work is an error, not only worth knowing
    needed_here: bool = True  #: that it is not there at all is an error as well
    distribution: str = ""
    place: str = ""


def wanted(facts: Facts) -> tuple[Literal["", "project", "requested"], tuple[Wanted, ...], tuple[str, ...]]:
    """Whose modules they are, the modules in the order of their weight, and the names of those beyond the bound."""
    brought = _brought(facts)
    found = _of_project(facts, brought) if facts.project.present else []
    of: Literal["", "project", "requested"] = "project" if found else ""
    if not found:
        found = list(_of_requested(facts))
        of = "requested" if found else ""
    return of, tuple(found[:MOST]), tuple(wish.module for wish in found[MOST:])


def _of_project(facts: Facts, brought: dict[str, str]) -> list[Wanted]:
    own = {name.removeprefix("src/").removesuffix(".py") for name in facts.project.modules}
    standard = module_names(facts.identity.python_minor)
    found = []
    for module, places in facts.project.imports.items():
        if module in standard or module in own or module.startswith("_") or not _MODULE.fullmatch(module):
            continue
        if brought.get(module, "") == facts.project.name != "":
            continue
        certain = [place for place in places if not place.optional]
        central = [place for place in certain if not is_aside(place.path)]
        where = (central or certain or list(places))[:1]
        found.append(
            Wanted(module, bool(certain), bool(central), brought.get(module, ""), _said(where[0]) if where else "")
        )
    return sorted(found, key=lambda wish: (not wish.needed, not wish.needed_here, wish.module))


def _said(place: Imported) -> str:
    return f"{place.path}:{place.line}" if place.line else place.path


def _of_requested(facts: Facts) -> Iterator[Wanted]:
    """What the user asked for, else all that nothing else needs; compiled packages first, for they break most."""
    installed = [dist for dist in facts.distributions.installed if dist.key not in _TOOLS]
    asked = {record.name.lower() for record in facts.conda.records if record.requested}
    chosen = [dist for dist in installed if dist.requested or (dist.installer == "conda" and dist.key in asked)]
    if not chosen:
        needed = {_MODULE_OF.split(line.strip(), maxsplit=1)[0] for dist in installed for line in dist.requires}
        keys = {re.sub(r"[-_.]+", "-", name).lower() for name in needed}
        chosen = [dist for dist in installed if dist.key not in keys]
    seen: set[str] = set()
    for dist in sorted(chosen, key=lambda dist: (not dist.native, dist.key)):
        for module in _modules(dist):
            if module not in seen:
                seen.add(module)
                yield Wanted(module, needed=True, needed_here=False, distribution=dist.key)


_MODULE_OF = re.compile(r"[^A-Za-z0-9._-]")


def _modules(dist: Distribution) -> list[str]:
    names = [name for name in dist.top_level if _MODULE.fullmatch(name) and name[0] != "_" and name not in _STRAY]
    likely = dist.key.replace("-", "_")
    return sorted(names, key=lambda name: (name.lower() != likely, name))[:_MOST_OF_ONE]


def _brought(facts: Facts) -> dict[str, str]:
    """Module -> key of the first distribution on the path that brings it."""
    found: dict[str, str] = {}
    for dist in facts.distributions.installed:
        for name in dist.top_level:
            found.setdefault(name, dist.key)
    return found
