"""Finds a Python of a wanted version on this machine, from files alone; none is started."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from doctor.facts import Facts
from doctor.reading.rooted import exists, follow, is_absolute, names_in, place, real_folder
from doctor.target.active import is_program, path_folders
from doctor.target.environment import Environment, Request
from doctor.target.layout import read_layout
from doctor.target.places import Surroundings, python_folders, system_pythons
from doctor.target.pyvenv import read_config
from doctor.target.recognise import environment_of, inspect_prefix

#: kinds of Python that virtual environments are made from
_BASES = ("system", "pyenv", "standalone")


class Found(NamedTuple):
    """A Python that a virtual environment can be made with."""

    path: Path
    version: str
    source: str  #: as people may read it: the one it was made with, pyenv, PATH, ...
    seeds: bool = True  #: whether it brings venv and ensurepip, which some systems package apart


def find_python(version: str, request: Request, facts: Facts) -> Found | None:
    """Find a Python X.Y or X.Y.Z: the one that the environment was made with, the same patch level, else the newest."""
    minor = ".".join(version.split(".")[:2])
    exact = version if version.count(".") == 2 else facts.identity.python
    best: tuple[tuple[bool, bool, bool, tuple[int, ...]], Found] | None = None
    for source, environment in _candidates(minor, request):
        found = _fitting(source, environment, version, request, facts)
        if found is None:
            continue
        made_with = source == _MADE_WITH
        final = re.fullmatch(r"[\d.]+", found.version) is not None
        rank = (made_with, found.version == exact, final, _numbers(found.version))
        if best is None or rank > best[0]:
            best = (rank, found)
    return best[1] if best else None


_MADE_WITH = "the one that it was made with"


def _candidates(minor: str, request: Request) -> Iterator[tuple[str, Environment]]:
    for interpreter in _of_base(minor, request):
        found = environment_of(interpreter, root=request.root)
        if found is not None:
            yield _MADE_WITH, found._replace(python=interpreter)
    for folder in path_folders(request.variables, root=request.root):
        interpreter = folder / f"python{minor}"
        if exists(interpreter) and is_program(interpreter, request.root):
            found = environment_of(interpreter, root=request.root)
            if found is not None:
                yield "PATH", found._replace(python=interpreter)
    around = Surroundings(request.variables, request.environment.prefix.parent, request.home, request.root)
    for tool, folder in python_folders(around):
        for name in names_in(folder, 500):
            found = inspect_prefix(folder / name, root=request.root)
            if found is not None:
                yield tool, found
    for pattern, folder in system_pythons(around):
        for name in names_in(folder, 500) if pattern else ("",):
            if not pattern or fnmatchcase(name, pattern):
                found = inspect_prefix(folder / name if name else folder, root=request.root)
                if found is not None:
                    yield "the system", found


def _of_base(minor: str, request: Request) -> Iterator[Path]:
    """Interpreters of the folder that pyvenv.cfg names, and what the environment's own link leads to."""
    home = read_config(request.environment.prefix).home
    if is_absolute(home):
        folder = place(home, request.root)
        names = (f"python{minor}", "python3", "python", f"pypy{minor}", "pypy3", "python.exe")
        yield from (folder / name for name in names if exists(folder / name))
    own = request.environment.python
    real = follow(own, request.root) if own is not None else None
    if real is not None:
        yield real


def _fitting(source: str, environment: Environment, version: str, request: Request, facts: Facts) -> Found | None:
    """The candidate as a find, where it is of this version and make and lies outside the environment."""
    wanted = version.split(".")
    if environment.version.split(".")[: len(wanted)] != wanted or environment.python is None:
        return None
    if environment.kind not in _BASES and not (source == _MADE_WITH and environment.kind == "conda"):
        return None
    if real_folder(environment.prefix).is_relative_to(real_folder(request.environment.prefix)):
        return None
    layout = read_layout(environment.prefix, minor=".".join(wanted[:2]), interpreter=environment.python)
    threaded = facts.identity.abi.endswith("t")
    if layout.implementation != facts.identity.implementation or layout.free_threaded != threaded:
        return None
    seeds = layout.stdlib is not None and all(exists(layout.stdlib / name) for name in ("venv", "ensurepip"))
    if follow(environment.python, request.root) is None:
        return None
    return Found(environment.python, environment.version, source, seeds)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
