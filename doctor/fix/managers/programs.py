"""Finds the package managers that could change an environment, once, and says which of them should.

Nothing is run: versions are those that files tell.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from doctor.collect.path_tools import conda_version
from doctor.facts import Facts
from doctor.fix.managers.indexes import misdirected, unknown_to_uv
from doctor.fix.plan import ManagerName, Program
from doctor.reading.rooted import REAL_ROOT
from doctor.target.environment import Request

#: pip can work on another environment (--python) since this version
_REACHING = (22, 3)
#: the first pip that works on no Python older than this (pip's news, 24.1, 25.1 and 26.0)
_DROPPED = (((26, 0), (3, 10)), ((25, 1), (3, 9)), ((24, 1), (3, 8)), ((22, 0), (3, 7)))
CONDA_FAMILY: tuple[ManagerName, ...] = ("conda", "mamba", "micromamba")
_WINDOWS = os.name == "nt"


def find_programs(request: Request, facts: Facts) -> tuple[Program, ...]:
    """Every package manager at hand for this environment, the first of each name the one to use."""
    if request.root != REAL_ROOT:
        return ()  # facts of another machine
    found: dict[tuple[str, str], Program] = {}
    for program in (*_pips(request, facts), *_natives(request, facts), *_condas(request, facts)):
        found.setdefault(
            (program.name, os.path.realpath(program.path) if program.name != "pip" else program.path), program
        )
    return tuple(found.values())


def program_for(
    family: Literal["pip", "conda"], facts: Facts, programs: Sequence[Program], *, offline: bool = False
) -> Program | str:
    """The program that should do this family's work here, or why none can."""
    if family == "conda":
        return _for_conda(facts, programs)
    if not facts.identity.python or (facts.identity.interpreter is None or not facts.identity.interpreter.exists):
        return "the environment has no Python that starts, so that neither pip nor uv can work in it"
    pips, uvs = _named("pip", programs), _named("uv", programs)
    wrong_pip, wrong_uv = misdirected(facts.settings.pip), misdirected(facts.settings.uv)
    private = "" if offline else unknown_to_uv(facts.settings)
    if uvs and not wrong_uv and not private:
        return uvs[0]
    if pips and not wrong_pip:
        return pips[0]
    if uvs and private:
        return f"{private}, which uv does not read, and no pip was found: set the same for uv, or install pip"
    if pips or uvs:
        return f"{wrong_pip or wrong_uv}, which would install elsewhere: take that setting away"
    return "neither uv nor pip was found that could work in it: install uv (https://docs.astral.sh/uv)"


def environment_python(request: Request, facts: Facts) -> Path:
    """The path of the environment's own interpreter, links kept."""
    own = facts.identity.interpreter
    return request.environment.prefix / (own.path if own else "bin/python")


def _for_conda(facts: Facts, programs: Sequence[Program]) -> Program | str:
    if facts.identity.maker == "pixi":
        return "pixi makes this environment from its manifest and would undo what another tool installs: use pixi"
    if not facts.conda.present:
        return "this is no conda environment"
    maker = facts.identity.maker
    order = sorted(CONDA_FAMILY, key=lambda name: name != maker)
    for name in order:
        for program in _named(name, programs):
            return program
    return "neither conda, mamba nor micromamba was found: install one, or set CONDA_EXE to where it is"


def _named(name: str, programs: Sequence[Program]) -> list[Program]:
    return [program for program in programs if program.name == name]


def _pips(request: Request, facts: Facts) -> Iterator[Program]:
    """The environment's own pip, then others that can be told to work on it: envdoctor's, and those on PATH."""
    target = environment_python(request, facts)
    own = {folder.path for folder in facts.identity.site_folders if folder.kind == "environment"}
    for dist in facts.distributions.installed:
        if dist.key == "pip" and dist.site in own and facts.identity.interpreter:
            isolated = ("-I", "-B") if not facts.identity.python.startswith("2.") else ("-E", "-s", "-B")
            yield Program("pip", str(target), dist.version, (str(target), *isolated, "-m", "pip"))
            break
    others = [(Path(sys.executable), _own_pip())]
    for tool in facts.machine.tools:
        if tool.name in ("pip", "pip3") and tool.environment:
            python = _python_of(real_path(tool.environment, request.home))
            if python:
                others.append((python, tool.version))
    for python, version in dict(others).items():
        if python != target and _reaches(_numbers(version), _numbers(facts.identity.python)):
            yield Program("pip", str(python), version, (str(python), "-I", "-B", "-m", "pip", "--python", str(target)))


def _own_pip() -> str:
    """The version of the pip beside envdoctor; empty where there is none."""
    try:
        return metadata.version("pip") if find_spec("pip") else ""
    except (metadata.PackageNotFoundError, ValueError):
        return ""


def _natives(request: Request, facts: Facts) -> Iterator[Program]:
    """The uv and pixi on PATH, and the uv beside envdoctor."""
    for tool in facts.machine.tools:
        if tool.name in ("uv", "pixi"):
            yield _program(tool.name, real_path(tool.path, request.home), tool.version)  # type: ignore[arg-type]
    beside = Path(sysconfig.get_path("scripts")) / ("uv.exe" if _WINDOWS else "uv")
    if os.access(beside, os.X_OK):
        try:
            version = metadata.version("uv")
        except metadata.PackageNotFoundError:
            version = ""
        yield _program("uv", beside, version)


def _condas(request: Request, facts: Facts) -> Iterator[Program]:
    """The members of conda's family: on PATH, named by variables, and in conda's installations."""
    for tool in facts.machine.tools:
        if tool.name in CONDA_FAMILY:
            yield _program(tool.name, real_path(tool.path, request.home), tool.version)
    for variable in ("CONDA_EXE", "MAMBA_EXE"):
        path = Path(request.variables.get(variable, ""))
        name = path.name.removesuffix(".exe")
        if name in CONDA_FAMILY and path.is_absolute() and os.access(path, os.X_OK):
            yield _program(name, path, conda_version(path.parent.parent, name))
    for text in facts.machine.conda_roots:
        root = real_path(text, request.home)
        for name in CONDA_FAMILY:
            for place in ("Scripts", "condabin") if _WINDOWS else ("bin", "condabin"):
                path = root / place / (f"{name}.exe" if _WINDOWS else name)
                if path.is_file() and os.access(path, os.X_OK):
                    yield _program(name, path, conda_version(root, name))


def _program(name: ManagerName, path: Path, version: str) -> Program:
    return Program(name, str(path), version, (str(path),))


def _python_of(prefix: Path) -> Path | None:
    names = ("Scripts/python.exe", "python.exe") if _WINDOWS else ("bin/python", "bin/python3")
    return next((prefix / name for name in names if os.access(prefix / name, os.X_OK)), None)


def real_path(text: str, home: Path) -> Path:
    """A path as shown to people, as it really is."""
    return home / text[2:] if text.startswith("~/") else Path(text)


def _reaches(pip: tuple[int, ...], python: tuple[int, ...]) -> bool:
    """Whether a pip of this version can work on an environment of that Python."""
    oldest = next((least for since, least in _DROPPED if pip >= since), (3, 7))
    return pip >= _REACHING and python >= oldest


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
