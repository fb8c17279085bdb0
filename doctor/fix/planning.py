"""From chosen remedies to a plan: what would be done exactly, what would change, and what it costs."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from doctor import __version__
from doctor.failure import Failure
from doctor.fix.choose import Choice, combine, only_writes_down
from doctor.fix.guards import obstacles, refused
from doctor.fix.host.snapshot import forecast
from doctor.fix.merging import merge
from doctor.fix.options import Options
from doctor.fix.plan import (
    Anew,
    Aside,
    Chosen,
    Command,
    Forecast,
    Plan,
    PlannedStep,
    Program,
    Told,
    Write,
    outside,
)
from doctor.fix.preview import Preview, preview
from doctor.fix.programs import find_programs
from doctor.fix.resolving import CannotDo, Ground, own_exports, resolve, write_down
from doctor.fix.state import read_state
from doctor.fix.verify import known
from doctor.model import Examination, Install, Rebuild, Remedy, Safety, Step, Tell, Uninstall
from doctor.reading.rooted import names_in
from doctor.target.environment import Request

_SAFETIES = (Safety.SAFE, Safety.CAREFUL, Safety.MANUAL)

# for the rough guess of the time: seconds for a command, for creating an environment and for each package of it,
# files linked and bytes fetched a second, and seconds for an examination
_COMMAND, _CREATING, _PACKAGE, _LINKED, _FETCHED, _EXAMINING = 4.0, 5.0, 0.3, 40_000, 5_000_000, 2.0
#: packages take so many times their download once they are unpacked beside it
_UNPACKED = 4


def _silent(line: str) -> None:
    """Say nothing."""


def _never() -> bool:
    return False


def make_plan(
    request: Request,
    examination: Examination,
    choices: Sequence[Choice],
    options: Options,
    state: Path,
    *,
    say: Callable[[str], None] = _silent,
    stop: Callable[[], bool] = _never,
) -> Plan:
    """Work out the plan of the chosen remedies. It runs package managers, which may use the network.

    Raises Failure, with the reason, where choices exclude each other, nothing of them can be carried out, or the
    package manager finds no solution.
    """
    facts = examination.facts
    if not choices:
        raise Failure("nothing was chosen, so there is nothing to do")
    say("looking for package managers")
    ground = Ground(request, facts, find_programs(request, facts), options, state)
    kept, told = _able(combine(choices), ground)
    wished = merge(choice.remedy for choice in kept)
    try:
        steps = (*resolve(wished, ground), *told)
    except CannotDo as error:
        raise Failure(f"these repairs cannot be carried out together: {error}") from None
    if all(isinstance(step, Told) for step in steps):
        raise Failure("there is nothing left to do: the files say already what they should")
    steps = (*_export_first(steps, ground), *steps)
    identifier = _identifier()
    seen = _previewed(wished, ground, state / "previews", say, stop)
    say("measuring what the way back takes")
    snapshot = forecast(request.environment.prefix, steps, state)
    prefix = request.environment.prefix
    commands = _commands(steps)
    return Plan(
        id=identifier,
        envdoctor=__version__,
        made=time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
        prefix=str(prefix),
        name=facts.identity.name or str(prefix),
        kind=request.environment.kind,
        project=str(request.project) if request.project else "",
        deep=request.deep,
        chosen=tuple(_chosen(choice) for choice in kept),
        steps=steps,
        safety=max((choice.remedy.safety for choice in kept), key=_SAFETIES.index).value,
        reversible=all(choice.remedy.reversible for choice in kept),
        state=read_state(prefix, map(Path, outside(steps))),
        known=known(examination.findings),
        programs=_used(ground.programs, commands),
        changes=seen.changes,
        source=seen.source,
        download=seen.download,
        disk=_disk(steps, seen, snapshot, ground),
        network=seen.network or (not options.offline and any(command.network for command in commands)),
        seconds=_seconds(steps, seen, snapshot, ground),
        snapshot=snapshot,
        blocked=refused(obstacles(prefix, steps, facts, state), options.allow),
    )


def _able(choices: Sequence[Choice], ground: Ground) -> tuple[list[Choice], list[Told]]:
    """The choices that can be carried out here; the others become what the user is told. Raises Failure for none."""
    kept: list[Choice] = []
    told: list[Told] = []
    reasons: list[str] = []
    for choice in choices:
        name = f"{choice.finding.code} {choice.finding.subject}"
        try:
            _try(choice.remedy, ground)
        except CannotDo as error:
            reasons.append(f"{name} is to be repaired by hand: {error}")
            told.append(Told(reasons[-1]))
        else:
            kept.append(choice)
    if not kept:
        raise Failure("\n".join(reasons))
    return kept, told


def _try(remedy: Remedy, ground: Ground) -> None:
    """Raise CannotDo where a remedy is for the user, or one of its steps cannot be carried out."""
    if remedy.safety is Safety.MANUAL:
        raise CannotDo(_instructions(remedy))
    resolve(remedy.steps, ground)


def _instructions(remedy: Remedy) -> str:
    return " ".join(step.text for step in remedy.steps if isinstance(step, Tell)).rstrip(".") or remedy.title


def _export_first(steps: tuple[PlannedStep, ...], ground: Ground) -> tuple[PlannedStep, ...]:
    """Write down what is installed before it changes, where neither the project nor an earlier export says so."""
    facts = ground.facts
    changing = any(
        isinstance(step, Anew | Aside) or (isinstance(step, Command) and step.changes == "environment")
        for step in steps
    )
    written = any(step.kind == "write-down" for step in steps)
    if not ground.options.export_first or not changing or written or has_written_down(ground):
        return ()
    conda = facts.identity.kind == "conda"
    return (write_down(("explicit", "environment.yml") if conda else ("requirements",), own_exports(ground)),)


def has_written_down(ground: Ground) -> bool:
    """Whether something says what this environment should hold: the project's files, or an export."""
    return bool(ground.facts.project.specifications) or bool(names_in(own_exports(ground), 1))


def _previewed(
    steps: tuple[Step, ...], ground: Ground, work: Path, say: Callable[[str], None], stop: Callable[[], bool]
) -> Preview:
    """The difference in packages, as the manager says it. Raises Failure where it finds no solution."""
    if any(isinstance(step, Rebuild) for step in steps):
        return Preview((), "not asked: the environment is created anew with what it holds", None, False, "")
    if not any(isinstance(step, Install | Uninstall) for step in steps):
        return Preview((), "no package changes", 0, False, "")
    if not ground.options.preview:
        return Preview((), "not asked for: --no-preview", None, False, "")
    say("asking the package manager what would change")
    seen = preview(steps, ground.request, ground.facts, ground.programs, ground.options, work=work, say=say, stop=stop)
    if stop():
        raise Failure("planning was stopped; nothing was changed")
    if seen.failure:
        raise Failure(f"this cannot be carried out: {seen.failure}")
    return seen


def _chosen(choice: Choice) -> Chosen:
    finding, remedy = choice
    return Chosen(
        code=finding.code,
        subject=finding.subject,
        summary=finding.summary,
        remedy=remedy.title,
        safety=remedy.safety.value,
        stays=only_writes_down(remedy),
        trade_off=remedy.trade_off,
    )


def _commands(steps: Sequence[PlannedStep]) -> list[Command]:
    """Every command of a plan, those that create an environment included."""
    found = [step for step in steps if isinstance(step, Command)]
    return found + [command for step in steps if isinstance(step, Anew) for command in step.commands]


def _used(programs: tuple[Program, ...], commands: list[Command]) -> tuple[Program, ...]:
    return tuple(
        program
        for program in programs
        if any(
            c.arguments[: len(program.start or (program.path,))] == (program.start or (program.path,)) for c in commands
        )
    )


def _disk(steps: Sequence[PlannedStep], seen: Preview, snapshot: Forecast, ground: Ground) -> int:
    """Bytes of room that are needed at most, as far as it can be told beforehand."""
    again = 2 * ground.facts.sizes.total.total if any(isinstance(step, Anew) for step in steps) else 0
    texts = sum(len(step.after.encode()) for step in steps if isinstance(step, Write))
    return snapshot.bytes + (seen.download or 0) * _UNPACKED + again + texts


def _seconds(steps: Sequence[PlannedStep], seen: Preview, snapshot: Forecast, ground: Ground) -> float:
    packages = len(ground.facts.distributions.installed) + len(ground.facts.conda.records)
    creating = 2 * (_CREATING + _PACKAGE * packages) * sum(isinstance(step, Anew) for step in steps)
    running = _COMMAND * sum(isinstance(step, Command) for step in steps)
    fetching = (seen.download or 0) / _FETCHED
    examining = _EXAMINING * (5 if ground.request.deep else 1)
    return round(creating + running + fetching + snapshot.files / _LINKED + examining, 1)


def _identifier() -> str:
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(2)}"
