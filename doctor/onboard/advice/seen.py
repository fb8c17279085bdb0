"""What advice is built on: the project and the machine, and the environment where there is one."""

from __future__ import annotations

import os
import time
from pathlib import Path

from doctor.asked import home, policy_of
from doctor.collect import LayerRead, collect
from doctor.facts import Facts
from doctor.failure import Failure
from doctor.target.discover import environments_in_project
from doctor.target.environment import Environment, Request


def folder_of(named: str | None) -> Path:
    """The project that is meant: a folder that was named, else the working folder. Raises Failure."""
    folder = Path(named or ".").expanduser().absolute()
    if not folder.is_dir():
        raise Failure(f"{named}: {'not a folder' if folder.exists() else 'no such folder'}")
    return folder


def seen(project: Path, environment: Environment | None = None) -> tuple[Request, Facts]:
    """Read project, locks and machine, and what is installed where an environment is given or lies in the project."""
    inside = environments_in_project(project)
    chosen = environment or (inside[0] if inside else None)
    request = Request(
        environment=chosen or Environment(project / ".venv", "unknown"),
        project=project,
        policy=policy_of(project),
        variables=dict(os.environ),
        home=home(),
    )
    if chosen is None:
        return request, _without_environment(request)
    facts = Facts()
    for event in collect(request, {"project", "locks", "machine", "distributions", "conda", "settings"}):
        if isinstance(event, LayerRead):
            facts = event.facts
    return request, facts if "project" in facts.layers else _without_environment(request)


def _without_environment(request: Request) -> Facts:
    """The layers that lie outside any environment."""
    from doctor.collect import locks, machine, project

    facts = Facts(now=time.time())
    return facts._replace(
        project=project.read(request, facts),
        locks=locks.read(request, facts),
        machine=machine.read(request, facts),
        layers=("project", "locks", "machine"),
    )
