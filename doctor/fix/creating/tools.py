"""The tools of this machine that can create an environment from a project's files; nothing is run to find them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from doctor.facts import Facts
from doctor.facts.settings import Setting
from doctor.fix.managers.indexes import misdirected, unknown_to_uv
from doctor.fix.managers.programs import CONDA_FAMILY, find_programs
from doctor.reading.rooted import REAL_ROOT
from doctor.target.active import path_folders
from doctor.target.environment import Request

#: tools of a project's own format, beside those that change any environment
_OF_PROJECTS = ("poetry", "pdm", "pipenv")


class Tool(NamedTuple):
    """One tool."""

    name: str  #: uv, pip, conda, mamba, micromamba, pixi, poetry, pdm, pipenv
    path: str  #: absolute
    version: str = ""
    start: tuple[str, ...] = ()  #: how its command lines begin


def find_tools(request: Request, facts: Facts) -> Mapping[str, Tool]:
    """Each tool by its name; the first on PATH, else where it is usually installed."""
    found: dict[str, Tool] = {}
    for program in find_programs(request, facts):
        if program.name != "pip":  # a new environment gets its own
            found.setdefault(program.name, Tool(program.name, program.path, program.version, program.start))
    if request.root == REAL_ROOT:
        folders = (*path_folders(request.variables, root=request.root), request.home / ".local/bin")
        for name in _OF_PROJECTS:
            path = _program(name, folders)
            if path is not None:
                found.setdefault(name, Tool(name, str(path), "", (str(path),)))
    return found


def uv_of(tools: Mapping[str, Tool], facts: Facts, *, offline: bool, by_index: bool = True) -> Tool | str:
    """The uv that may install here, or why not; by_index is False for a lock that names its addresses itself."""
    uv = tools.get("uv")
    if uv is None:
        return "uv is not on this machine"
    wrong = misdirected(facts.settings.uv)
    astray = next((setting for setting in of_repository(facts) if _leads_out(setting)), None)
    if astray is not None:
        return f"{astray.source} makes uv write to {astray.value}, outside the repository"
    if wrong:
        return f"{wrong}, so that uv would install elsewhere"
    private = "" if offline or not by_index else unknown_to_uv(facts.settings)
    return f"{private}, which uv does not read" if private else uv


def of_repository(facts: Facts) -> tuple[Setting, ...]:
    """The settings of uv that the repository itself makes."""
    own = {f"{facts.project.root}/{name}" for name in ("uv.toml", "pyproject.toml")} if facts.project.root else set()
    return tuple(setting for setting in facts.settings.uv if setting.source in own)


def _leads_out(setting: Setting) -> bool:
    value = str(setting.value)
    climbs = value.startswith(("/", "\\", "~")) or ":" in value or ".." in value.replace("\\", "/").split("/")
    return setting.key == "cache-dir" and climbs


def conda_of(tools: Mapping[str, Tool], wanted: str = "conda") -> Tool | None:
    """A member of conda's family, the wanted one first."""
    order: list[str] = sorted(CONDA_FAMILY, key=lambda name: name != wanted)
    return next((tools[name] for name in order if name in tools), None)


def _program(name: str, folders: Sequence[Path]) -> Path | None:
    for folder in folders:
        for ending in ("", ".exe", ".cmd"):
            path = folder / f"{name}{ending}"
            if folder.name != "shims" and path.is_file() and os.access(path, os.X_OK):
                return path
    return None
