"""Lists the environments of this machine, each once, the most relevant first.

Looks where makers of environments put them (doctor.target.places) and never walks. What it lists depends on the
variables, the working folder and the home folder alone, which are parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from doctor.reading.files import Unfit, read_json, read_text
from doctor.reading.rooted import REAL_ROOT, is_absolute, is_folder, names_in, place, real_folder, there
from doctor.target.active import activations, pythons_on_path
from doctor.target.environment import Environment
from doctor.target.places import (
    Surroundings,
    conda_environment_folders,
    conda_roots,
    hatch_folders,
    kernel_folders,
    python_folders,
    system_pythons,
    tool_folders,
    virtual_environment_folders,
)
from doctor.target.recognise import PROJECT_FOLDERS, environment_of, inspect_prefix, is_conda_base

#: subfolders looked at in one place; thousands of environments in one folder are a mistake or a trap
_PER_FOLDER = 500
#: candidates looked at altogether
_ALTOGETHER = 5_000
#: bytes; a kernel.json has 200, ~/.conda/environments.txt a line for each environment
_KERNEL_LIMIT = 256 * 1024
_LIST_LIMIT = 1024 * 1024


class Candidate(NamedTuple):
    """A folder that may be an environment, or the environment that an interpreter was followed to."""

    origin: str
    prefix: Path
    known: Environment | None = None


def discover(*, variables: Mapping[str, str], cwd: Path, home: Path, root: Path = REAL_ROOT) -> Iterator[Environment]:
    """List environments, each prefix once however many links lead to it; origins say how each was found."""
    around = Surroundings(variables, cwd, home, root)
    found: dict[Path, Environment] = {}
    for candidate in islice(_candidates(around), _ALTOGETHER):
        if candidate.known is None and not is_folder(candidate.prefix):
            continue
        real = real_folder(candidate.prefix)
        known = found.get(real) or candidate.known or inspect_prefix(candidate.prefix, root=root)
        if known is not None:
            origins = known.origins if candidate.origin in known.origins else (*known.origins, candidate.origin)
            found[real] = known._replace(origins=origins)
    yield from found.values()


def environments_in_project(folder: Path, *, root: Path = REAL_ROOT) -> tuple[Environment, ...]:
    """The environments that lie in a project's folder, the customary one first."""
    return tuple(
        environment
        for prefix in _project_prefixes(folder)
        if (environment := inspect_prefix(prefix, root=root)) is not None
    )


def _project_prefixes(folder: Path) -> Iterator[Path]:
    for name in PROJECT_FOLDERS:
        yield folder / name
    pixi = folder / ".pixi" / "envs"
    names = names_in(pixi, _PER_FOLDER)
    for name in sorted(names, key=lambda name: (name != "default", name)):
        yield pixi / name


def _candidates(around: Surroundings) -> Iterator[Candidate]:
    for activation in activations(around.variables, root=around.root):
        yield Candidate("active", activation.prefix)
    for prefix in _project_prefixes(around.cwd):
        yield Candidate("project", prefix)
    for environment in islice(pythons_on_path(around.variables, cwd=around.cwd, root=around.root), 20):
        yield Candidate("PATH", environment.prefix, environment)
    yield from _siblings(around)
    yield from _conda(around)
    for tool, folder in virtual_environment_folders(around):
        yield from _inside(tool, folder)
    for folder in hatch_folders(around):
        for project in names_in(folder, _PER_FOLDER):
            for digest in names_in(folder / project, 20):
                yield from _inside("hatch", folder / project / digest, 20)
    for tool, folder in tool_folders(around):
        yield from _inside(tool, folder)
    for tool, folder in python_folders(around):
        for candidate in _inside(tool, folder):
            yield candidate
            yield from _inside(tool, candidate.prefix / "envs")
    yield from _system(around)
    yield from _kernels(around)


def _siblings(around: Surroundings) -> Iterator[Candidate]:
    """The virtual environments of the projects that lie beside this one."""
    beside = around.cwd.parent
    if around.cwd in (around.home, around.root) or beside in (around.home.parent, around.root):
        return
    for name in names_in(beside, _PER_FOLDER):
        if there(beside / name / ".venv") and beside / name != around.cwd:
            yield Candidate("neighbour", beside / name / ".venv")


def _conda(around: Surroundings) -> Iterator[Candidate]:
    configured_roots, configured_folders = _configured(around)
    roots = [*configured_roots, *conda_roots(around)]
    folders = [*configured_folders, *conda_environment_folders(around)]
    listed = list(_listed(around.home / ".conda" / "environments.txt", around.root))
    seen: set[Path] = set()
    bases = [folder for folder in roots if is_folder(folder)]
    bases += [prefix for prefix in listed if is_folder(prefix) and is_conda_base(prefix)]
    for base in bases:
        if base not in seen:
            seen.add(base)
            yield Candidate("conda", base)
            yield from _inside("conda", base / "envs")
    for folder in folders:
        yield from _inside("conda", folder)
    for prefix in listed:
        yield Candidate("conda", prefix)


def _configured(around: Surroundings) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """root_prefix and envs_dirs of the configuration of conda and mamba."""
    from doctor.reading.conda.condarc import read_condarc  # only here is a parser of YAML needed

    variables = {name: value for name, value in around.variables.items() if "\0" not in value}
    condarc = read_condarc(prefix=None, variables=variables, home=around.home, root=around.root, mamba=True)
    roots, folders = (condarc.folders(key, around.home, around.root) for key in ("root_prefix", "envs_dirs"))
    return roots[:_PER_FOLDER], folders[:_PER_FOLDER]


def _listed(file: Path, root: Path) -> Iterator[Path]:
    """The prefixes in ~/.conda/environments.txt, which conda and mamba append to."""
    try:
        lines = read_text(file, limit=_LIST_LIMIT).splitlines()
    except Unfit:
        return
    seen = dict.fromkeys(line.strip() for line in lines)
    yield from (place(line, root) for line in islice(seen, _PER_FOLDER) if is_absolute(line))


def _inside(origin: str, folder: Path, limit: int = _PER_FOLDER) -> Iterator[Candidate]:
    """The subfolders of a folder, links last so that the real one gives its name."""
    subfolders = [folder / name for name in names_in(folder, limit) if not name.startswith(".")]
    yield from (Candidate(origin, path) for path in sorted(subfolders, key=lambda path: path.is_symlink()))


def _system(around: Surroundings) -> Iterator[Candidate]:
    for pattern, folder in system_pythons(around):
        if not pattern:
            yield Candidate("system", folder)
            continue
        for candidate in _inside("system", folder):
            name = candidate.prefix.name
            if not fnmatchcase(name, pattern):
                continue
            yield candidate
            if "@" in name:
                yield from _inside("system", candidate.prefix / "Frameworks" / "Python.framework" / "Versions")


def _kernels(around: Surroundings) -> Iterator[Candidate]:
    """The environments of the interpreters that Jupyter's kernel specs start."""
    for folder in kernel_folders(around):
        for name in names_in(folder, _PER_FOLDER):
            try:
                spec = read_json(folder / name / "kernel.json", limit=_KERNEL_LIMIT)
            except Unfit:
                continue
            program = _first(spec.get("argv") if isinstance(spec, dict) else None)
            if not isinstance(program, str) or "\0" in program or not is_absolute(program):
                continue
            interpreter = place(program, around.root)
            if interpreter.name.lower().startswith(("python", "pypy")) and there(interpreter):
                environment = environment_of(interpreter, root=around.root)
                if environment is not None:
                    yield Candidate("Jupyter kernel", environment.prefix, environment)


def _first(items: object) -> object:
    return next(iter(items), None) if isinstance(items, Iterable) and not isinstance(items, str) else None
