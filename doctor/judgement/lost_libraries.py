"""The libraries that keep a compiled module from loading, and which package should have brought them: pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from doctor.facts import Facts
from doctor.judgement.loaded import Missing
from doctor.judgement.loader import loader_of
from doctor.judgement.native_modules import Module
from doctor.knowledge.native_modules import BUNDLED, OF_A_DRIVER, OF_A_FRAMEWORK


class Lost(NamedTuple):
    """One library that a module needs, directly or not, and does not get."""

    module: Module
    by: str  #: the file that asks for it
    missing: Missing
    origin: str  #: the package that should have brought it; empty for the operating system


def lost_libraries(module: Module, facts: Facts, owners: Mapping[str, str]) -> Iterator[Lost]:
    """What keeps a module from loading; nothing where another package may have loaded it before."""
    if all(not isinstance(step.answer, Missing) for step in module.steps):
        return
    loader = loader_of(facts)
    found: list[Lost] = []
    for step in module.steps:
        missing = step.answer
        if not isinstance(missing, Missing) or OF_A_DRIVER.fullmatch(missing.name):
            continue
        if missing.name.startswith(("libc.so", "libc.musl")):
            continue  # made for another C library, which has a finding of its own
        here = [path for path in missing.elsewhere if loader.file_at(path) is not None]
        brought = BUNDLED.fullmatch(missing.name) is not None
        if here and not brought:
            continue  # it is loaded by its name before, or the package itself opens it
        if missing.passed_over and any(not path.startswith(("/", "~")) for path, _ in missing.passed_over):
            continue  # of another machine, which has a finding of its own
        asking = step.chain[-1]
        if facts.identity.system == "macos" and any(_is_outside(place) for _, place in missing.searched):
            continue  # what lies outside the environment is not read there
        if here or brought:
            origin = owners.get(here[0] if here else asking, module.owner) or "?"
        else:
            origin = _recorded(missing.name, facts, owners)
            if not origin and OF_A_FRAMEWORK.fullmatch(missing.name):
                return  # made to be used with a framework that is not here
        found.append(Lost(module, asking, missing, origin))
    yield from found


def _is_outside(place: str) -> bool:
    """Whether a folder is none of the environment's; macOS looks in the last one for everything."""
    return place.startswith(("/", "~")) and place != "/usr/local/lib"


def _recorded(name: str, facts: Facts, owners: Mapping[str, str]) -> str:
    """The package whose list of files has a library of this name, which is gone from disk; empty for none."""
    for path, owner in owners.items():
        if path.endswith(f"/{name}") and not facts.files.has(path):
            return owner
    return ""
