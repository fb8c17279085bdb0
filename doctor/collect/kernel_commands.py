"""Says what the command of a Jupyter kernel would start, by looking and never by starting it."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from doctor.collect.presence import is_remote
from doctor.facts import Facts
from doctor.knowledge.kernels import is_own_python
from doctor.reading.clean import clean
from doctor.reading.files import Unfit, read_text
from doctor.reading.rooted import chain, exists, is_absolute, is_folder, place, real_folder, shown
from doctor.target.environment import Environment, Request
from doctor.target.layout import is_executable_name, read_layout, site_folders
from doctor.target.places import Surroundings, conda_environment_folders, conda_roots
from doctor.target.recognise import environment_of, inspect_prefix

#: bytes of a pyvenv.cfg
_CONFIG_LIMIT = 256 * 1024
_FOLDERS = 60
_CONDA_TOOLS = ("conda", "mamba", "micromamba", "conda.exe", "mamba.exe", "micromamba.exe", "mamba-package-manager")


class Started(NamedTuple):
    """What a kernel's command would start."""

    interpreter: str = ""
    exists: bool = True
    inside: bool = False
    environment: Environment | None = None


def started_by(argv: list[str], request: Request, facts: Facts) -> Started:
    """What a command starts; nothing is told where it is none that is known, and it counts as there."""
    program = argv[0]
    if "\0" in program or is_remote(program):  # nobody reaches for another machine
        return Started()
    if is_own_python(program, facts.identity.python_minor):
        own = facts.identity.interpreter
        if own is None:
            return Started(exists=False)
        return Started(own.path, own.exists, inside=True, environment=request.environment)
    if is_absolute(program):
        started = _at(place(program, request.root), request)
        if started.exists and file_name(program).lower() in _CONDA_TOOLS:
            return _by_conda(argv, started, request)
        return started
    return _by_conda(argv, Started(), request) if file_name(program).lower() in _CONDA_TOOLS else Started()


def _at(program: Path, request: Request) -> Started:
    """What starts at an absolute path."""
    path = said(program, request)
    if not exists(program):
        return Started(path, exists=False)
    if not any(is_executable_name(step.name) for step in chain(program, request.root)):
        return Started(path)
    found = environment_of(program, root=request.root)
    if found is None:
        return Started(path)
    inside = real_folder(found.prefix) == real_folder(request.environment.prefix)
    return Started(path, inside=inside, environment=found)


def _by_conda(argv: list[str], started: Started, request: Request) -> Started:
    """What conda run -n NAME or -p PREFIX starts; an environment that cannot be found is taken for one elsewhere."""
    options = dict(pairwise(argv))
    prefix = options.get("-p") or options.get("--prefix") or ""
    name = options.get("-n") or options.get("--name") or ""
    if is_absolute(prefix) and "\0" not in prefix:
        folder = place(prefix, request.root)
        if not is_folder(folder):
            return Started(said(folder, request), exists=False)
        return _whole(folder, started, request)
    if not name or "/" in name or "\0" in name or name in (".", ".."):
        return started
    around = Surroundings(request.variables, Path("/"), request.home, request.root)
    roots = [place(argv[0], request.root).parent.parent] if is_absolute(argv[0]) else []
    roots += [*conda_roots(around)][:_FOLDERS]
    folders = [root if name == "base" else root / "envs" / name for root in roots]
    folders += [folder / name for folder in [*conda_environment_folders(around)][:_FOLDERS]]
    for folder in folders:
        if is_folder(folder / "conda-meta"):
            return _whole(folder, started, request)
    return started


def _whole(folder: Path, started: Started, request: Request) -> Started:
    """The Python of an environment that is named as a whole."""
    found = inspect_prefix(folder, root=request.root)
    if found is None or found.python is None:
        return started._replace(environment=found)
    inside = real_folder(folder) == real_folder(request.environment.prefix)
    return Started(said(found.python, request), exists(found.python), inside, found)


def has_ipykernel(environment: Environment, request: Request) -> bool | None:
    """Whether ipykernel lies in an environment; None where it may borrow it from the Python that it was made from."""
    folders = site_folders(read_layout(environment.prefix, interpreter=environment.python, root=request.root))
    if any(is_folder(folder / "ipykernel") for folder in folders):
        return True
    return False if folders and environment.kind == "conda" else None if not folders else _closed(environment)


def _closed(environment: Environment) -> bool | None:
    """False for a virtual environment that sees no other packages than its own, else None."""
    try:
        text = read_text(environment.prefix / "pyvenv.cfg", limit=_CONFIG_LIMIT)
    except Unfit:
        return None
    lines = [line.replace(" ", "").lower() for line in text.splitlines()]
    return None if "include-system-site-packages=true" in lines else False


def said(path: Path, request: Request) -> str:
    """A path as facts have it: relative to the prefix inside, else absolute with ~."""
    prefix = request.environment.prefix
    if path != prefix and path.is_relative_to(prefix):
        return clean(path.relative_to(prefix).as_posix())
    real = Path(os.path.realpath(prefix))
    if path != real and path.is_relative_to(real):
        return clean(path.relative_to(real).as_posix())
    return shown(path, request.root, request.home)


def file_name(program: str) -> str:
    """The last part of a program's path, of any system."""
    return program.replace("\\", "/").rpartition("/")[2]
