"""Plans for what no finding asks for: an environment that is not there yet, and additions to one that is."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from pathlib import Path

from doctor import __version__
from doctor.fix.creating.guards import against
from doctor.fix.creating.recipe import Recipe
from doctor.fix.dry_run.preview import Preview
from doctor.fix.host.snapshot import forecast, store_for
from doctor.fix.managers.reaching import by_command
from doctor.fix.operating.guards import obstacles, refused
from doctor.fix.operating.state import read_state
from doctor.fix.operating.verify import known
from doctor.fix.options import Options
from doctor.fix.plan import Anew, Change, Command, Forecast, Plan, PlannedStep, Program, outside
from doctor.fix.planning.room import lacking, needs
from doctor.model import Examination
from doctor.target.environment import Request

# for the rough guess of the time: seconds for a command, for each package of it, files saved a second, examining
_COMMAND, _PACKAGE, _LINKED, _EXAMINING = 4.0, 0.4, 40_000, 2.0


def creation_of(recipe: Recipe, name: str) -> Anew:
    """The one step that creates an environment."""
    by = "" if recipe.maker == "pip" else f", by {recipe.maker}"
    return Anew(f"Create the environment {name} from {recipe.source}{by}", (*recipe.bare, *recipe.fill), recipe.files)


def plan_creation(recipe: Recipe, request: Request, programs: Sequence[Program], options: Options, state: Path) -> Plan:
    """The plan that creates an environment where none is."""
    environment = request.environment
    step = creation_of(recipe, environment.name)
    network = any(command.network for command in step.commands)
    identifier = _identifier()
    return Plan(
        id=identifier,
        envdoctor=__version__,
        made=_now(),
        prefix=str(environment.prefix),
        name=environment.name,
        kind=environment.kind,
        project=str(request.project or ""),
        deep=False,
        chosen=(),
        steps=(step,),
        safety="careful",
        reversible=True,
        state=read_state(environment.prefix),
        programs=_used(programs, step.commands),
        changes=recipe.changes,
        source=recipe.rule if recipe.exact else "the package manager chooses the versions when it creates it",
        download=None if network else 0,
        network=network,
        seconds=seconds_of(recipe),
        snapshot=Forecast("new", str(store_for(environment.prefix, identifier, "new", state))),
        blocked=against(environment.prefix, state, options),
    )


def plan_addition(
    steps: tuple[PlannedStep, ...],
    request: Request,
    examination: Examination,
    programs: Sequence[Program],
    options: Options,
    state: Path,
    *,
    changes: tuple[Change, ...] = (),
    source: str = "not known beforehand: the package manager chooses",
) -> Plan:
    """The plan that adds something to an environment that was examined; it is put back if that makes anything wrong."""
    facts, prefix = examination.facts, request.environment.prefix
    commands = tuple(step for step in steps if isinstance(step, Command))
    network = any(by_command(command, facts.settings) for command in commands)
    snapshot = forecast(prefix, steps, state)
    seen = Preview(changes, source, None if network else 0, network, "")
    needed = needs(steps, seen, snapshot, request, facts, state)
    return Plan(
        id=_identifier(),
        envdoctor=__version__,
        made=_now(),
        prefix=str(prefix),
        name=facts.identity.name or str(prefix),
        kind=request.environment.kind,
        project=str(request.project or ""),
        deep=False,
        chosen=(),
        steps=steps,
        safety="careful",
        reversible=True,
        state=read_state(prefix, map(Path, outside(steps))),
        known=known(examination.findings),
        programs=_used(programs, commands),
        changes=changes,
        source=source if commands else "no package changes",
        download=None if network else 0,
        disk=sum(need.bytes for need in needed),
        network=network,
        seconds=round(
            _COMMAND * len(commands) + _PACKAGE * len(changes) + snapshot.files / _LINKED + 2 * _EXAMINING, 1
        ),
        snapshot=snapshot,
        blocked=(*refused(obstacles(prefix, steps, facts, state), options.allow), *lacking(needed, snapshot, facts)),
    )


def seconds_of(recipe: Recipe) -> float:
    """A rough guess of how long a creation takes."""
    return round(_COMMAND * (len(recipe.bare) + len(recipe.fill)) + _PACKAGE * len(recipe.changes) + _EXAMINING, 1)


def _used(programs: Sequence[Program], commands: Sequence[Command]) -> tuple[Program, ...]:
    """The programs that the commands begin with."""
    return tuple(p for p in programs if any(c.arguments[: len(p.start)] == p.start for c in commands))


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())


def _identifier() -> str:
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(2)}"
