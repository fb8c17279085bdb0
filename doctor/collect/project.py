"""Reads the project layer: what the repository around an environment asks for, decides and imports."""

from __future__ import annotations

import os
from pathlib import Path

from doctor.facts import Facts
from doctor.facts.distributions import Unreadable
from doctor.facts.fingerprint import Fingerprint
from doctor.facts.project import EditorInterpreter, HostWish, Project, Specification
from doctor.reading.clean import clean
from doctor.reading.files import Missing, Unfit, read_text
from doctor.reading.rooted import is_folder, names_in, shown, there
from doctor.target.environment import Environment, Request

#: names that people give to an environment inside its project; .venv and .conda are given to nothing else
_CERTAIN_NAMES = (".venv", ".conda")
_LIKELY_NAMES = ("venv", "env", ".env", "virtualenv", ".virtualenv", "envs", "conda-env")
#: files that make a folder a project
_MARKERS = frozenset(
    {
        "pyproject.toml",
        "environment.yml",
        "environment.yaml",
        "setup.py",
        "setup.cfg",
        "pixi.toml",
        "Pipfile",
        "uv.lock",
        "poetry.lock",
        "pixi.lock",
        "conda-lock.yml",
        "requirements.in",
        "pdm.lock",
        "Pipfile.lock",
        "pylock.toml",
    }
)
#: folders of a system or of many users, in which an environment may lie without belonging to a project
_SHARED_FOLDERS = ("/", "/opt", "/usr", "/usr/local", "/srv", "/tmp", "/var/tmp", "/home", "/root", "/mnt", "/media")  # noqa: S108
_PARENT_LIMIT = 40

#: where a project keeps the fingerprint that its environments are to be equal to, unless its policy says otherwise
BASELINE = ".envdoctor/baseline.json"
#: bytes; one of 450 packages with numbers has a million
_BASELINE_LIMIT = 16 * 1024 * 1024


def find_project(environment: Environment, cwd: Path, home: Path | None = None) -> Path | None:
    """The folder of the project that an environment belongs to, else the one around the working folder, or None."""
    refused = {Path(folder) for folder in _SHARED_FOLDERS}
    refused.add(home or Path(os.path.expanduser("~")))  # noqa: PTH111 - Path.home() raises where no home can be found
    return _around(environment.prefix, refused) or _upwards(cwd, refused)


def _around(prefix: Path, refused: set[Path]) -> Path | None:
    """The project that holds an environment: PROJECT/.venv, PROJECT/venv, PROJECT/.pixi/envs/x."""
    if prefix.parent.name == "envs" and prefix.parent.parent.name == ".pixi":
        folder = prefix.parent.parent.parent
        return None if folder in refused else folder
    folder = prefix.parent
    if folder in refused:
        return None
    if prefix.name in _CERTAIN_NAMES:
        return folder
    if prefix.name in _LIKELY_NAMES:
        names = names_in(folder)
        if is_marked(names) or ".git" in names or any(name.endswith((".py", ".ipynb")) for name in names):
            return folder
    return None


def _upwards(folder: Path, refused: set[Path]) -> Path | None:
    """The nearest folder that says it is a project, not above a repository's top or the home folder."""
    for candidate in (folder, *folder.parents)[:_PARENT_LIMIT]:
        if candidate in refused:
            return None
        names = names_in(candidate)
        if is_marked(names) or ".git" in names:
            return candidate
    return None


def is_marked(names: tuple[str, ...]) -> bool:
    """Whether one of the files of a folder makes it a project."""
    return not _MARKERS.isdisjoint(names) or any(
        (name.startswith("requirements") and name.endswith(".txt"))
        or (name.startswith("environment") and name.endswith((".yml", ".yaml")))
        for name in names
    )


def read(request: Request, facts: Facts) -> Project:
    """Read the project of the request; not present where it has none."""
    project = request.project
    if project is None or not is_folder(project):
        return Project()
    from doctor.reading.repository.gpu_wishes import read_gpu_wishes
    from doctor.reading.repository.python_versions import read_pythons
    from doctor.reading.repository.specifications import names_of, read_specifications

    names = names_of(project)
    specifications, problems = read_specifications(project, names)
    containers, host, unread = _containers(project, names)
    pythons, misread = read_pythons(project, specifications, names)
    baseline, baseline_path, unfit = _read_baseline(project, request.policy.baseline)
    asked = Project(
        present=True,
        root=shown(project, request.root, request.home),
        policy=request.policy,
        specifications=(*specifications, *containers),
        name=_own_name(specifications),
        problems=(*problems, *unread, *misread, *unfit),
        gpu_wishes=read_gpu_wishes(project, request.environment.prefix, names),
        given=request.given,
        pythons=pythons,
        host=host,
        editors=_editors(project, names),
        baseline=baseline,
        baseline_path=baseline_path,
        repository=_repository(project, request),
    )
    return _with_imports(asked, project, request, facts) if request.imports else asked


def _with_imports(asked: Project, project: Path, request: Request, facts: Facts) -> Project:
    from doctor.collect.importable import find_importable
    from doctor.reading.repository.imports import read_imports
    from doctor.reading.repository.specifications import dated

    found = read_imports(project)
    return asked._replace(
        specifications=(*asked.specifications, *(dated(project, script) for script in found.scripts)),
        imports=found.imports,
        modules=found.modules,
        packages=found.packages,
        problems=(*asked.problems, *found.problems),
        complete=found.complete,
        sets=found.sets,
        kernels=found.kernels,
        notebooks=found.notebooks,
        installs=found.installs,
        nested=found.nested,
        importable=find_importable(found.imports, request, facts),
    )


def _repository(project: Path, request: Request) -> str:
    """The nearest folder with a .git, which is a file in worktrees and submodules."""
    for folder in (project, *project.parents)[:_PARENT_LIMIT]:
        if folder in (request.home, folder.parent):
            return ""
        if there(folder / ".git"):
            return shown(folder, request.root, request.home)
    return ""


def _containers(
    project: Path, names: list[str]
) -> tuple[tuple[Specification, ...], tuple[HostWish, ...], tuple[Unreadable, ...]]:
    """What containers say; the reader of their lines is only loaded where there are any."""
    if not any("dockerfile" in lower or "container" in lower for lower in map(str.lower, names)):
        return (), (), ()
    from doctor.reading.repository.containers import read_containers

    return read_containers(project, names)


def _editors(project: Path, names: list[str]) -> tuple[EditorInterpreter, ...]:
    if not any(name == ".vscode" or name.endswith(".code-workspace") for name in names):
        return ()
    from doctor.reading.repository.editors import read_editors

    return read_editors(project, names)


def _read_baseline(project: Path, named: str) -> tuple[Fingerprint | None, str, tuple[Unreadable, ...]]:
    """The team's fingerprint, its path, and why it cannot be used; without one at the usual place nothing is amiss."""
    path = named or BASELINE
    try:
        text = read_text(project / path, limit=_BASELINE_LIMIT, within=project)
    except Missing:
        missing = Unreadable(path, "not there, although [tool.envdoctor] names it as the baseline")
        return None, "", (missing,) if named else ()
    except Unfit as error:
        return None, "", (Unreadable(path, error.reason, error.line),)
    from doctor.compare.as_json import load
    from doctor.facts.serialise import NotFacts

    try:
        return load(text), path, ()
    except NotFacts as error:
        return None, "", (Unreadable(path, clean(str(error), 300)),)


def _own_name(specifications: tuple[Specification, ...]) -> str:
    """The name of the distribution that the project itself is, where one of its files gives it one."""
    from doctor.reading.python.metadata import normalise

    for kind in ("pyproject", "setup.cfg", "setup.py"):
        for specification in specifications:
            if specification.kind == kind and specification.name:
                return normalise(specification.name)
    return ""
