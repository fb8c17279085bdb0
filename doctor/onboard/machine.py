"""What this machine has: package managers, and Pythons that virtual environments can be made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from doctor.fix.creating.tools import Tool
from doctor.fix.rebuild.interpreters import Found
from doctor.judgement.expectations import Expectations
from doctor.judgement.requirements import is_final, meets
from doctor.onboard.data import FoundManager, FoundPython
from doctor.onboard.getting import ALIKE
from doctor.reading.rooted import exists
from doctor.target.environment import Environment
from doctor.target.layout import read_layout

#: kinds of Python that virtual environments are made from
_BASES = ("system", "pyenv", "standalone")


def managers_of(
    tools: Mapping[str, Tool], pythons: tuple[FoundPython, ...], wished: Expectations
) -> tuple[FoundManager, ...]:
    """The managers of this machine, those that the repository asks for first.

    What every manager reads, as pyproject.toml, asks for pip only where nothing asks for another.
    """
    wishes = [wish for wish in wished.managers if wish.name != "pip" or wish == wished.manager]
    asked = {name for wish in wishes for name in ALIKE.get(wish.name, (wish.name,))}
    found = [FoundManager(tool.name, tool.path, tool.version, tool.name in asked) for tool in tools.values()]
    seeding = next((python for python in pythons if python.seeds), None)
    if seeding is not None:
        found.append(FoundManager("pip", seeding.path, "", "pip" in asked))
    return tuple(sorted(found, key=lambda manager: not manager.asked))


def pythons_of(environments: Iterable[Environment], specifier: str) -> tuple[FoundPython, ...]:
    """The Pythons among these environments: those that the repository allows first, of them PATH's, then the newest."""
    found: dict[str, FoundPython] = {}
    for environment in environments:
        if environment.kind not in _BASES or environment.python is None or not environment.version:
            continue
        layout = read_layout(environment.prefix, interpreter=environment.python)
        seeds = layout.stdlib is not None and all(exists(layout.stdlib / name) for name in ("venv", "ensurepip"))
        source = "PATH" if "PATH" in environment.origins else (environment.origins or (environment.kind,))[0]
        path = str(environment.python)
        fits = not specifier or meets(environment.version, specifier) is True
        found.setdefault(path, FoundPython(environment.version, path, source, fits, seeds))
    return tuple(sorted(found.values(), key=_place))


def chosen_python(pythons: tuple[FoundPython, ...]) -> Found | None:
    """The Python to make a virtual environment with."""
    from pathlib import Path

    first = next((python for python in pythons if python.fits), None)
    return Found(Path(first.path), first.version, first.source, first.seeds) if first else None


def _place(python: FoundPython) -> tuple[bool, bool, bool, bool, tuple[int, ...]]:
    numbers = tuple(-int(part) for part in python.version.split(".")[:3] if part.isdigit())
    return (not python.fits, not is_final(python.version), not python.seeds, python.source != "PATH", numbers)
