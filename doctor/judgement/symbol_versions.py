"""Which versions of a library's symbols are asked for and not offered by the library that will be loaded: pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from doctor.facts import Binary, Facts
from doctor.judgement.loaded import Found, How
from doctor.judgement.loader import loader_of
from doctor.judgement.native_modules import Module, modules
from doctor.knowledge.runtimes import numbers


class Unmet(NamedTuple):
    """A version that a file asks of a library, and that the library which is found does not have."""

    module: Module
    by: str  #: the file that asks
    library: str  #: by the name that is asked for
    version: str
    found: Found


def unmet(facts: Facts, families: tuple[str, ...]) -> Iterator[Unmet]:
    """Every version of these families that is not offered, once for each file that asks and each package."""
    if facts.identity.system != "linux":
        return
    loader = loader_of(facts)
    seen: set[tuple[str, str, str, str]] = set()
    for module in modules(facts):
        if module.optional:
            continue
        ways: dict[str, How] = {}  # path -> how it was found when it was loaded
        for step in module.steps:
            found = step.answer
            if not isinstance(found, Found) or found.file is None or not found.file.offers:
                continue
            offers = found.file.offers
            found = found._replace(how=ways.setdefault(found.path, found.how))
            asking = loader.file_at(step.chain[-1])
            if asking is None or not isinstance(asking, Binary):
                continue  # the system's own libraries fit each other
            for version in asking.needs.get(found.name, ()):
                if not version.startswith(families) or version in offers:
                    continue
                key = (asking.path, found.name, version, module.owner)
                if key not in seen:
                    seen.add(key)
                    yield Unmet(module, asking.path, found.name, version, found)


def highest(several: list[Unmet]) -> Unmet:
    """The one that asks for most."""
    return max(several, key=lambda item: (item.version.rpartition("_")[0] != "CXXABI", numbers(item.version)))


def newest_offered(item: Unmet) -> str:
    """The highest version that the library which is found has of the same family; empty for none."""
    family = item.version.rpartition("_")[0]
    offers = item.found.file.offers if item.found.file is not None else ()
    known = [version for version in offers if version.rpartition("_")[0] == family and numbers(version)]
    return max(known, key=numbers, default="")
