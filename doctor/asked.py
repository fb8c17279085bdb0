"""From options to a request: which environment, which project, which checks."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from doctor import checks
from doctor.collect.project import find_project
from doctor.facts.project import Policy
from doctor.failure import Failure
from doctor.model import Check
from doctor.reading.repository.policy import PolicyError, read_policy
from doctor.target.environment import Environment, Request
from doctor.target.resolve import TargetError, resolve


def environment_of(text: str | None) -> Environment:
    """Find the environment that the user means. Raises Failure with what to do."""
    try:
        return resolve(text, variables=os.environ, cwd=working_folder(), home=home())
    except TargetError as error:
        raise Failure(str(error)) from None


def request_for(environment: Environment, *, project: str | None, deep: bool) -> Request:
    """Say all that collectors need to know. Raises Failure for a project or policy that cannot be read."""
    folder = project_of(environment, project)
    return Request(
        environment=environment,
        project=folder,
        policy=policy_of(folder),
        deep=deep,
        variables=dict(os.environ),
        home=home(),
        given=project is not None,
    )


def project_of(environment: Environment, named: str | None) -> Path | None:
    """The repository that was named, else the one around the environment. Raises Failure if there is none so named."""
    if named is None:
        return find_project(environment, working_folder())
    folder = Path(named).expanduser().absolute()
    if not folder.is_dir():
        raise Failure(f"--project {named}: {'not a folder' if folder.exists() else 'no such folder'}")
    return folder


def policy_of(project: Path | None) -> Policy:
    """Read [tool.envdoctor] of the project. Raises Failure with file and line."""
    try:
        return read_policy(project) if project else Policy()
    except PolicyError as error:
        raise Failure(str(error)) from None


def checks_for(select: Sequence[str], ignore: Sequence[str], policy: Policy) -> tuple[Check, ...]:
    """Load the checks that the command line selects, else the policy's. Raises Failure for an unknown code."""
    chosen = codes(select) or policy.select
    refused = codes(ignore)
    loaded = checks.load(chosen, refused)
    known = set(checks.FAMILIES)
    for code in (*chosen, *refused):
        family = code[:3]
        if len(code) < 3 and any(name.startswith(code) for name in known):
            continue
        if family not in known or not any(check.code.startswith(code) for check in checks.load([code])):
            raise Failure(unknown_check(code))
    if not loaded:
        raise Failure("the selection leaves no check to run")
    return loaded


def codes(texts: Iterable[str]) -> tuple[str, ...]:
    """Split MIX001,GPU and the like, whatever their case."""
    return tuple(code.strip().upper() for text in texts for code in text.split(",") if code.strip())


def unknown_check(code: str) -> str:
    """Say that there is no such check, with the nearest ones."""
    import difflib

    every = checks.load()
    names = [check.code for check in every] + [check.name for check in every] + list(checks.FAMILIES)
    near = difflib.get_close_matches(code, names, 3, 0.5) or difflib.get_close_matches(code.lower(), names, 3, 0.5)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return f"there is no check {code!r}{hint}\nenvdoctor checks lists them all"


def working_folder() -> Path:
    """The folder envdoctor was started in; / where it was deleted meanwhile."""
    try:
        return Path.cwd()
    except OSError:
        return Path("/")


def home() -> Path:
    """The user's home folder; a folder that does not exist where there is none."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/nonexistent")
