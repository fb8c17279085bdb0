"""One step of a remedy as what is really done: exact commands, whole texts, real paths, or the reason why not."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from doctor.facts import Facts
from doctor.fix.folders import exports_folder
from doctor.fix.managers.arguments import commands_for
from doctor.fix.options import Options
from doctor.fix.plan import Anew, Aside, PlannedStep, Program, Told, Write, WriteDown
from doctor.fix.plan import Protect as PlannedProtect
from doctor.fix.planning import activation, edits
from doctor.model import Edit, Export, Install, Move, Protect, Rebuild, Run, SetVariable, Step, Tell, Uninstall
from doctor.reading.redact import show
from doctor.reading.rooted import there
from doctor.report.steps import sentence
from doctor.target.environment import Request


class Ground(NamedTuple):
    """What steps are resolved on: the environment as it was examined, and what may be used."""

    request: Request
    facts: Facts
    programs: tuple[Program, ...]
    options: Options
    state: Path
    rebuilt: Callable[[Rebuild], Anew | str]  #: plans a creation, or says why not; asked twice it works once


class CannotDo(Exception):
    """A step that is not for envdoctor to do here; the text is the reason, fit for people."""


def resolve(steps: tuple[Step, ...], ground: Ground) -> tuple[PlannedStep, ...]:
    """Resolve steps in their order; changes of one file become one. Raises CannotDo for the first that cannot be."""
    pending: dict[str, Write] = {}
    planned: list[PlannedStep | str] = []
    for step in steps:
        match step:
            case Edit() | SetVariable():
                for write in _writes(step, ground, pending):
                    if write.path not in pending:
                        planned.append(write.path)
                    pending[write.path] = write
            case _:
                planned += _resolved(step, ground)
    whole = [pending[item] if isinstance(item, str) else item for item in planned]
    return tuple(step for step in whole if not (isinstance(step, Write) and step.before == step.after))


def _writes(step: Edit | SetVariable, ground: Ground, pending: dict[str, Write]) -> tuple[Write, ...]:
    try:
        if isinstance(step, Edit):
            return (edits.edit(step, ground.request, pending),)
        windows = ground.facts.identity.system == "windows"
        return activation.set_variable(step, ground.request, pending, windows=windows)
    except edits.CannotWrite as error:
        raise CannotDo(str(error)) from None


def _resolved(step: Step, ground: Ground) -> tuple[PlannedStep, ...]:
    request, facts, programs, options, *_ = ground
    match step:
        case Install() | Uninstall() | Run():
            commands = commands_for(step, request, facts, programs, options)
            if isinstance(commands, str):
                raise CannotDo(commands)
            return commands
        case Rebuild():
            anew = ground.rebuilt(step)
            if isinstance(anew, str):
                raise CannotDo(anew)
            return (anew,)
        case Move():
            return (Aside(sentence(step), _inside(step.paths, request)),)
        case Protect():
            return (PlannedProtect(sentence(step), _inside(step.paths, request)),)
        case Export():
            return (write_down(step.formats, request.project or own_exports(ground)),)
        case Tell():
            return (Told(step.text, step.command),)
    raise CannotDo(f"{sentence(step)}: nothing here can do that")


def write_down(formats: tuple[str, ...], folder: Path) -> WriteDown:
    """The step that exports into a folder."""
    return WriteDown(f"Write down what is installed ({', '.join(formats)}) in {show(folder)}", formats, str(folder))


def own_exports(ground: Ground) -> Path:
    """Where exports of this environment go that belong to no project."""
    return exports_folder(ground.state, ground.facts.identity)


def _inside(paths: tuple[str, ...], request: Request) -> tuple[str, ...]:
    """Refuse paths that lie outside the prefix or are not there."""
    prefix = request.environment.prefix
    for path in paths:
        if os.path.isabs(path) or path.startswith("~/") or ".." in Path(path).parts:  # noqa: PTH117 - a text
            raise CannotDo(f"{path} lies outside the environment")
        folder = Path(os.path.realpath((prefix / path).parent))
        if path != "." and folder != prefix and not folder.is_relative_to(os.path.realpath(prefix)):
            raise CannotDo(f"{path} lies behind a link that leads out of the environment")
        if not there(prefix / path):
            raise CannotDo(f"{path} is not there any more")
    return paths
