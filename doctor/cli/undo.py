"""envdoctor undo: takes a repair back."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from doctor.asked import environment_of
from doctor.cli.asking import agreed, can_ask
from doctor.cli.history import told, when
from doctor.cli.running import follow, heard
from doctor.cli.show import width
from doctor.cli.status import ExitCode
from doctor.facts.units import size
from doctor.failure import Failure
from doctor.fix.folders import state_folder
from doctor.fix.history import Operation, operations
from doctor.fix.undo import undo
from doctor.reading.clean import clean
from doctor.reading.redact import show
from doctor.report.text import plain_text, wrapped


def run(options: argparse.Namespace) -> int:
    """Find the operation, ask, and put the old state back."""
    state = state_folder()
    operation = _operation(options, state)
    if not options.yes:
        if options.json or not can_ask():
            raise Failure(f"nobody is there to answer; to undo operation {operation.id}, add --yes")
        print(plain_text(wrapped(_about(operation), width(), "", "")), end="", file=sys.stderr)
        if not agreed("Undo?"):
            print("Nothing was changed", file=sys.stderr)
            return ExitCode.FAILED
    with heard(can_stop=False) as wish:
        return follow(undo(operation, state, anyway=options.anyway), wish, as_json=options.json)[1]


def _operation(options: argparse.Namespace, state: Path) -> Operation:
    """The operation that was named, else the last one of the environment that can be undone."""
    every = operations(state)
    if options.codes and not options.environment:
        found = [one for one in every if one.id == options.codes[0]]
        if not found:
            raise Failure(f"there is no operation {options.codes[0]}; see: envdoctor history")
        return found[0]
    own = of_environment(every, options.environment)
    whose = options.environment or show(environment_of(None).prefix)
    if options.codes:
        named = [one for one in own if one.id == options.codes[0]]
        if not named:
            raise Failure(f"there is no operation {options.codes[0]} on {whose}; see: envdoctor history")
        return named[0]
    able = [one for one in own if one.can_undo]
    if not able:
        raise Failure(f"there is nothing on {whose} that could be undone{_why_not(own)}")
    return able[0]


def of_environment(every: tuple[Operation, ...], named: str | None) -> tuple[Operation, ...]:
    """The operations on an environment, which may be gone by now: then it is known by its folder or name alone."""
    if named:
        folder = Path(os.path.abspath(Path(named).expanduser()))  # noqa: PTH100 - links stay as the user knows them
        own = tuple(one for one in every if one.prefix in (folder, folder / ".venv", folder / "venv"))
        if own and not own[0].prefix.exists():
            return own
        if not folder.exists() and (called := tuple(one for one in every if one.name == named)):
            prefixes = sorted({str(one.prefix) for one in called})
            if len(prefixes) > 1:
                raise Failure(f"several environments are called {named}: {', '.join(map(show, prefixes))}")
            return called
    real = os.path.realpath(environment_of(named).prefix)
    return tuple(one for one in every if os.path.realpath(one.prefix) == real)


def _why_not(own: tuple[Operation, ...]) -> str:
    if any(not one.ending for one in own):
        return ": the last operation was cut short; first run: envdoctor recover"
    why = ": what was done last has been taken back" if any(one.ending == "undone" for one in own) else ""
    return f"{why}; see: envdoctor history"


def _about(operation: Operation) -> str:
    return clean(
        f"{operation.id} on {operation.name} ({show(operation.prefix)}), {when(operation)}: {told(operation)}. "
        f"Its saved copies take {size(operation.size)}."
    )
