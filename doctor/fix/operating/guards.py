"""What speaks against changing an environment: some of it the user can allow in words, the rest is refused."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from doctor.facts import Facts
from doctor.fix.host.lock import managers_at_work
from doctor.fix.plan import Anew, Aside, Command, PlannedStep, Protect, Write
from doctor.judgement.by_hand import is_managed


class Obstacle(NamedTuple):
    """One reason to refuse."""

    name: str  #: a key of options.ALLOWABLE, or empty where nothing helps
    text: str  #: what is the matter and what to do


def obstacles(prefix: Path, steps: tuple[PlannedStep, ...], facts: Facts, state: Path) -> tuple[Obstacle, ...]:
    """All that speaks against carrying out these steps on a prefix now."""
    found = list(_of_state_folder(state))
    if any(_touches(step) for step in steps):
        found += _of_prefix(prefix, steps, facts)
    return tuple(found)


def refused(found: tuple[Obstacle, ...], allow: frozenset[str]) -> tuple[str, ...]:
    """The texts of those that stand, with how to allow what can be allowed."""
    return tuple(
        f"{text}; to go on all the same: --allow {name}" if name else text
        for name, text in found
        if not name or name not in allow
    )


def _touches(step: PlannedStep) -> bool:
    match step:
        case Command(changes=changes):
            return changes == "environment"
        case Write(path=path):
            return not os.path.isabs(path)  # noqa: PTH117 - a plan's path is a text
    return isinstance(step, Aside | Protect | Anew)


def _of_state_folder(state: Path) -> Iterator[Obstacle]:
    there = next((folder for folder in (state, *state.parents) if folder.exists()), Path("/"))
    if not os.access(there, os.W_OK | os.X_OK):
        yield Obstacle("", f"{state} cannot be written, where the way back is kept; set ENVDOCTOR_STATE to another")


def _of_prefix(prefix: Path, steps: tuple[PlannedStep, ...], facts: Facts) -> Iterator[Obstacle]:
    identity = facts.identity
    yield from _of_permission(prefix, steps, facts)
    if identity.frozen:
        yield Obstacle("frozen", f"the environment is frozen: {identity.frozen}")
    if is_managed(facts):
        yield Obstacle("managed", "this Python is managed by another tool, which would not know of the change")
    if Path(os.path.realpath(prefix)) == Path(os.path.realpath(_own_prefix())):
        yield Obstacle(
            "self",
            "envdoctor itself runs from this environment; install it elsewhere, with pipx or uv tool install, to "
            "repair this one",
        )
    for manager in managers_at_work(prefix):
        yield Obstacle("", f"{manager} is at work on it now; wait until it is done")


def _own_prefix() -> str:
    import sys

    return sys.prefix


def _of_permission(prefix: Path, steps: tuple[PlannedStep, ...], facts: Facts) -> Iterator[Obstacle]:
    try:
        owner = prefix.stat().st_uid
    except OSError as error:
        yield Obstacle("", f"{prefix} cannot be read: {error.strerror}")
        return
    me = os.geteuid() if hasattr(os, "geteuid") else owner
    if me == 0 and (owner != 0 or facts.identity.kind == "system"):
        whose = "the operating system" if owner == 0 else f"user {_name(owner)}"
        yield Obstacle("root", f"you are root, and it belongs to {whose}; files would change their owner")
    elif owner != me:
        yield Obstacle("owner", f"it belongs to user {_name(owner)}")
    folders = [prefix, *(prefix / f.path for f in facts.identity.site_folders if f.kind == "environment")]
    if any(isinstance(step, Anew) or (isinstance(step, Aside) and "." in step.paths) for step in steps):
        folders.append(prefix.parent)
    for folder in folders:
        if folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK):
            yield Obstacle("", f"{folder} cannot be written: {_why(folder)}")
            return


def _why(folder: Path) -> str:
    if hasattr(os, "statvfs"):
        try:
            if os.statvfs(folder).f_flag & os.ST_RDONLY:
                return "the file system is read-only"
        except OSError:
            pass
    return "its permissions forbid it to you"


def _name(user: int) -> str:
    try:
        import pwd

        return pwd.getpwuid(user).pw_name
    except (ImportError, KeyError):
        return str(user)
