"""Carries out one step of a plan; every kind of step that is done in place."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from doctor.facts import Facts
from doctor.failure import Failure
from doctor.fix.export import write_down
from doctor.fix.host import moving
from doctor.fix.host.commands import Ran, run
from doctor.fix.host.files import make_folder, private_folder, protect, write_new
from doctor.fix.host.journal import Journal
from doctor.fix.host.snapshot import Places
from doctor.fix.operating.wishes import keep_to, wishes_of
from doctor.fix.plan import Aside, Command, PlannedStep, Protect, Told, Write, WriteDown
from doctor.reading.files import Missing, Unfit, read_bytes

#: bytes of a settings file
_LIMIT = 16 * 1024 * 1024


class Scene(NamedTuple):
    """What every step of one operation needs."""

    places: Places
    journal: Journal
    facts: Facts
    locks: tuple[int, ...]

    @property
    def work(self) -> Path:
        """The operation's own working folder, on the prefix's file system."""
        return self.places.store / "work"


def carry_out(step: PlannedStep, scene: Scene, say: Callable[[str], None]) -> None:
    """Do one step. Raises Failure in words where it cannot be done."""
    match step:
        case Command():
            wishes = wishes_of(scene.places.prefix, step)
            ran = command(step, scene, say, {"{work}": str(scene.work), "{prefix}": str(scene.places.prefix)})
            if ran.status:
                raise Failure(f"{step.tool} failed: {ran.why}")
            if wishes is not None:
                keep_to(scene.places.prefix, wishes)
        case Aside():
            for path in step.paths:
                moving.move_aside(scene.places.prefix, path, scene.places.aside)
        case Write():
            _write(step, scene.places.prefix)
        case Protect():
            for path in step.paths:
                protect(moving.inside(scene.places.prefix, path))
        case WriteDown():
            folder = make_folder(Path(step.folder))
            created = write_down(step.formats, scene.facts, folder)
            scene.journal.write("created", paths=[str(path) for path in created])
            for file in created:
                say(f"wrote {file}")
        case Told():
            pass
        case _:
            raise Failure(f"{step.kind} is not done in place")


def command(step: Command, scene: Scene, say: Callable[[str], None], names: dict[str, str]) -> Ran:
    """Run a command with the names in its arguments and variables replaced."""

    def filled(text: str) -> str:
        for name, value in names.items():
            text = text.replace(name, value)
        return text

    folder = Path(step.folder) if step.folder else private_folder(scene.work / "empty")
    return run(
        [filled(argument) for argument in step.arguments],
        folder=folder,
        variables={name: filled(value) for name, value in step.variables.items()},
        say=say,
        began=lambda process: scene.journal.write("child", process=process),
        keep=scene.locks,
    )


def _write(step: Write, prefix: Path) -> None:
    path = Path(step.path) if Path(step.path).is_absolute() else moving.inside(prefix, step.path)
    try:
        there: str | None = read_bytes(Path(os.path.realpath(path)), limit=_LIMIT).decode("utf-8", "surrogateescape")
    except Missing:
        there = None
    except Unfit as error:
        raise Failure(f"{path} cannot be read: {error}") from None
    if there != step.before:
        raise Failure(f"{path} is not what the plan was made for: it has changed since")
    make_folder(path.parent)
    write_new(path, step.after)
