"""The commands that carry out a step of alignment, for the side that is to change."""

from __future__ import annotations

import shlex

from doctor.compare.comparison import Alignment, Comparison, Side
from doctor.model import Install, SetVariable, Step, Tell
from doctor.report.steps import command


def commands_of(alignment: Alignment, comparison: Comparison) -> tuple[str, ...]:
    """Lines to copy; with the environment's own paths where it is on this machine."""
    sides = comparison.sides
    side = {"here": sides[0], "there": sides[1]}.get(alignment.moves)
    return tuple(line for step in alignment.steps for line in [_line(step, side)] if line)


def _line(step: Step, side: Side | None) -> str:
    if side is not None and side.facts is not None:
        own = command(step, side.facts)
        if own:
            return own
    match step:
        case Install(manager="conda"):
            return shlex.join(["conda", "install", *step.specs])
        case Install():
            return shlex.join(["python", "-m", "pip", "install", *step.specs])
        case SetVariable():
            return _variable(step, side)
        case Tell(command=arguments):
            return shlex.join(arguments)
    return ""


def _variable(step: SetVariable, side: Side | None) -> str:
    if side is not None and _system(side) == "windows":
        return f"Remove-Item Env:{step.name}" if not step.value else f"$env:{step.name} = '{step.value}'"
    return f"unset {step.name}" if not step.value else f"export {step.name}={shlex.quote(step.value)}"


def _system(side: Side) -> str:
    part = side.fingerprint.layers.get("interpreter")
    return part.items.get("python", {}).get("system", "") if part else ""
