"""What is examined where no environment is named: a repository's files alone, or the environment that is its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from doctor.asked import home, policy_of, working_folder
from doctor.collect.project import find_project
from doctor.failure import Failure
from doctor.model import Check
from doctor.reading.rooted import real_folder
from doctor.target.environment import Environment, Request


def request_for_repository(named: str | None) -> Request:
    """Ask for a repository's own files, without any environment. Raises Failure where there is no repository."""
    folder = _folder(named)
    alone = Environment(folder, "repository", name=folder.name)
    return Request(alone, folder, policy_of(folder), variables={}, home=home(), given=True)


def of_repository(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Those checks that a repository's files are enough for. Raises Failure where there is none."""
    chosen = tuple(check for check in checks if check.repository)
    if not chosen:
        raise Failure(
            "none of these checks judges a repository's files alone\n'envdoctor check --repository' makes all that do"
        )
    return chosen


def own_environment(named: str | None) -> Environment | None:
    """The environment that is a project's own: in its folder, by the name that it gives, or else the active one.

    Never the one that envdoctor itself runs in, which a hook or a runner has made for it. Raises Failure where there
    is no project.
    """
    from doctor.target.discover import discover, environments_in_project

    folder = _folder(named)
    inside = environments_in_project(folder)
    if inside:
        return inside[0]
    names = _conda_names(folder)
    active = None
    for environment in discover(variables=os.environ, cwd=folder, home=home()):
        if names and environment.kind == "conda" and environment.name in names:
            return environment
        if "active" in environment.origins and active is None and not _is_ours(environment):
            active = environment
        if active and not names:
            break
    return active


def _folder(named: str | None) -> Path:
    if named is not None:
        folder = Path(named).expanduser().absolute()
        if not folder.is_dir():
            raise Failure(f"--project {named}: {'not a folder' if folder.exists() else 'no such folder'}")
        return folder
    here = working_folder()
    found = find_project(Environment(Path("/nonexistent/prefix"), "unknown"), here)
    if found is None:
        raise Failure("this folder belongs to no project: name one by --project DIR")
    return found


def _conda_names(folder: Path) -> frozenset[str]:
    """What the project's files call its conda environment."""
    from doctor.reading.repository.specifications import names_of, read_specifications

    specifications, _ = read_specifications(folder, names_of(folder))
    return frozenset(spec.name for spec in specifications if spec.kind == "environment.yml" and spec.name)


def _is_ours(environment: Environment) -> bool:
    return real_folder(environment.prefix) == real_folder(Path(sys.prefix))
