"""Decides whether an environment can be created anew, and hands it to the part that knows its kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from doctor.facts import Facts
from doctor.fix.options import Options
from doctor.fix.plan import Anew, Program
from doctor.fix.rebuild.conda_prefix import plan_conda
from doctor.fix.rebuild.virtual import plan_virtual
from doctor.model import Rebuild
from doctor.target.environment import Request

_PYTHON = re.compile(r"\d+\.\d+(?:\.\d+)?")


def _silent(line: str) -> None:
    """Say nothing."""


def _never() -> bool:
    return False


def plan_rebuild(
    step: Rebuild,
    request: Request,
    facts: Facts,
    programs: Sequence[Program],
    options: Options,
    *,
    say: Callable[[str], None] = _silent,
    stop: Callable[[], bool] = _never,
) -> Anew | str:
    """Plan how the environment is created anew; a text says why it must be done by hand.

    For another Python or other channels a package manager is asked which versions fit, where options.preview allows
    it; this never looks at the environment itself.
    """
    identity = facts.identity
    if step.python and not _PYTHON.fullmatch(step.python):
        return f"{step.python!r} is no version of Python"
    if not identity.python and not step.python and identity.kind == "venv":
        return "nothing tells which Python the environment was made with"
    if "distributions" in facts.gaps or "conda" in facts.gaps:
        return "what is installed cannot be read"
    outside = [program for program in programs if not _lies_in(program, request.environment.prefix)]
    if identity.kind == "venv":
        return plan_virtual(step, request, facts, outside, options, say=say, stop=stop)
    if identity.kind == "conda":
        return plan_conda(step, request, facts, outside, options, say=say, stop=stop)
    return "only virtual environments and those of conda can be created anew"


def _lies_in(program: Program, prefix: Path) -> bool:
    """Whether a program is part of the environment, which goes away while it would work."""
    places = {Path(program.path).parent, Path(program.path).parent.resolve()}
    return any(place.is_relative_to(folder) for place in places for folder in (prefix, prefix.resolve()))
