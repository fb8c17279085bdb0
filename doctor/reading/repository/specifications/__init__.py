"""Reads the files by which a project says what its environment should hold, each entry with its line.

One module a format; none of them runs anything, and templates stay as they are written.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from doctor.facts.distributions import Unreadable
from doctor.facts.project import Specification
from doctor.reading.clean import is_clean
from doctor.reading.files import Unfit, read_text
from doctor.reading.repository.specifications.entries import ENTRY_LIMIT, ask, ask_conda
from doctor.reading.repository.specifications.requirement_files import (
    FILE_LIMIT,
    TEXT_LIMIT,
    Pending,
    Problems,
    is_requirements,
    kind_of,
    read_requirements,
)
from doctor.reading.toml_lines import read_toml

__all__ = ["ENTRY_LIMIT", "FILE_LIMIT", "ask", "ask_conda", "dated", "holds", "names_of", "read_specifications"]

#: scripts of the top folder that are looked into for a block of PEP 723, and bytes of each
_SCRIPTS = 100
_NAMES = 5_000
_SCRIPT_LIMIT = 512 * 1024

Read = Callable[[Path, str, Pending], Iterable[Specification]]


def read_specifications(
    project: Path, names: list[str] | None = None
) -> tuple[tuple[Specification, ...], tuple[Unreadable, ...]]:
    """Read every specification in a project's top folder (and requirements/), with what could not be read."""
    problems: Problems = []
    found: list[Specification] = []
    pending: Pending = []
    scripts: list[Specification] = []
    looked_into = 0
    names = names_of(project) if names is None else names
    for name in names:
        read = _reader_of(name)
        looked_into += read is _script
        if read is None or (read is _script and looked_into > _SCRIPTS):
            continue
        try:
            (scripts if read is _script else found).extend(read(project, name, pending))
        except Unfit as error:
            problems.append(Unreadable(name, error.reason, error.line))
    if holds(names, "requirements"):
        inner = [name for name in names_of(project / "requirements") if name.endswith((".txt", ".in"))]
        pending += [(f"requirements/{name}", kind_of(name)) for name in inner]
    found += (*read_requirements(project, pending, problems), *scripts)
    return tuple(dated(project, specification) for specification in found[:FILE_LIMIT]), tuple(problems)


def names_of(folder: Path) -> list[str]:
    """The clean names in a folder, in order; none where it cannot be listed."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for _, entry in zip(range(_NAMES), entries, strict=False) if is_clean(entry.name))
    except OSError:
        return []


def holds(names: list[str], name: str) -> bool:
    """Whether a folder of these names may hold one: so many that the list was cut may hold any."""
    return name in names or len(names) >= _NAMES // 2


def dated(project: Path, specification: Specification) -> Specification:
    """A specification with when its file was last written."""
    try:
        return specification._replace(modified=os.stat(project / specification.path).st_mtime)  # noqa: PTH116
    except OSError:
        return specification


def _reader_of(name: str) -> Read | None:
    lower = name.lower()
    if lower in _READERS:
        return _READERS[lower]
    if lower.endswith((".yml", ".yaml")):
        return _environment if "env" in lower or "conda" in lower else None
    if lower.endswith((".txt", ".in")):
        return _requirements if is_requirements(name) else None
    if lower.endswith(".py"):
        return _script
    return None


def _environment(project: Path, name: str, pending: Pending) -> Iterable[Specification]:
    from doctor.reading.repository.specifications.environment_files import (
        is_environment,
        may_be_environment,
        read_environment,
    )

    if not is_environment(name) and not may_be_environment(name):
        return ()
    specification = read_environment(project, name, pending)
    return (specification,) if specification else ()


def _requirements(project: Path, name: str, pending: Pending) -> Iterable[Specification]:  # noqa: ARG001 - as all are called
    pending.append((name, kind_of(name)))
    return ()


def _pyproject(project: Path, name: str, pending: Pending) -> Iterable[Specification]:
    from doctor.reading.repository.specifications.pyproject import read_pyproject

    return read_pyproject(read_toml(project / name, within=project), pending)


def _pixi(project: Path, name: str, pending: Pending) -> Iterable[Specification]:  # noqa: ARG001
    from doctor.reading.repository.specifications.newer_toml import read_newer_toml
    from doctor.reading.repository.specifications.pixi import read_pixi
    from doctor.reading.repository.specifications.toml_places import Places

    toml = read_newer_toml(project / name, within=project)
    return (read_pixi(name, toml.values, Places(toml.text)),)


def _pipfile(project: Path, name: str, pending: Pending) -> Iterable[Specification]:  # noqa: ARG001
    from doctor.reading.repository.specifications.poetry import read_pipfile

    return (read_pipfile(name, read_toml(project / name, within=project)),)


def _setup_cfg(project: Path, name: str, pending: Pending) -> Iterable[Specification]:  # noqa: ARG001
    from doctor.reading.repository.specifications.setuptools_files import setup_cfg

    return setup_cfg(name, read_text(project / name, limit=TEXT_LIMIT, within=project))


def _setup_py(project: Path, name: str, pending: Pending) -> Iterable[Specification]:
    from doctor.reading.repository.specifications.setuptools_files import setup_py

    text = read_text(project / name, limit=TEXT_LIMIT, within=project)
    return (*setup_py(name, text), *_script(project, name, pending))


def _script(project: Path, name: str, pending: Pending) -> Iterable[Specification]:  # noqa: ARG001
    """A script at the top; sources that are no scripts are the search for imports' to complain of."""
    from doctor.reading.repository.specifications.inline_scripts import inline_script

    try:
        text = read_text(project / name, limit=_SCRIPT_LIMIT, within=project)
    except Unfit:
        return ()
    specification = inline_script(name, text)
    return (specification,) if specification else ()


_READERS: dict[str, Read] = {
    "pyproject.toml": _pyproject,
    "pixi.toml": _pixi,
    "pipfile": _pipfile,
    "setup.cfg": _setup_cfg,
    "setup.py": _setup_py,
}
