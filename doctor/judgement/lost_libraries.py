"""The libraries that keep a compiled module from loading, and which package should have brought them: pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from doctor.facts import Facts
from doctor.judgement.loaded import Missing
from doctor.judgement.loader import loader_of
from doctor.judgement.native_modules import Module
from doctor.judgement.owners import owner_of
from doctor.knowledge.native_modules import BUNDLED, OF_A_DRIVER


class Lost(NamedTuple):
    """One library that a module needs, directly or not, and does not get."""

    module: Module
    by: str  #: the file that asks for it
    missing: Missing
    origin: str  #: the package that should have brought it; empty for the operating system


def lost_libraries(module: Module, facts: Facts) -> Iterator[Lost]:
    """What keeps a module from loading; nothing where another package may have loaded it before."""
    owners, loader = owner_of(facts), loader_of(facts)
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
            yield Lost(module, asking, missing, owners.get(here[0] if here else asking, module.owner) or "?")
        else:
            yield Lost(module, asking, missing, _recorded(missing.name, facts))


def _is_outside(place: str) -> bool:
    """Whether a folder is none of the environment's; macOS looks in the last one for everything."""
    return place.startswith(("/", "~")) and place != "/usr/local/lib"


def _recorded(name: str, facts: Facts) -> str:
    """The package whose list of files has a library of this name, which is gone from disk; empty for none."""
    for path, owner in owner_of(facts).items():
        if path.endswith(f"/{name}") and not facts.files.has(path):
            return owner
    return ""
