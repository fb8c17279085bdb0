"""From chosen remedies to a plan: what would be done exactly, what would change, and what it costs."""

from __future__ import annotations

import functools
import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from doctor import __version__
from doctor.facts import Facts
from doctor.failure import Failure
from doctor.fix.dry_run.preview import Preview, preview
from doctor.fix.host.snapshot import forecast
from doctor.fix.managers.programs import find_programs
from doctor.fix.operating.guards import obstacles, refused
from doctor.fix.operating.state import read_state
from doctor.fix.operating.verify import known
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
    outside,
)
from doctor.fix.planning.choose import Choice, combine, only_writes_down
from doctor.fix.planning.merging import merge
from doctor.fix.planning.resolving import CannotDo, Ground, own_exports, resolve, write_down
from doctor.fix.planning.room import lacking, needs
from doctor.fix.rebuild import changes_of, download_of, plan_rebuild
from doctor.judgement.expectations.roles import says_what_is_needed
from doctor.model import Examination, Install, Rebuild, Remedy, Safety, Step, Tell, Uninstall
from doctor.reading.rooted import names_in
from doctor.target.environment import Request

_SAFETIES = (Safety.SAFE, Safety.CAREFUL, Safety.MANUAL)

# for the rough guess of the time: seconds for a command, for creating an environment and for each package of it,
# files linked and bytes fetched a second, and seconds for an examination
_COMMAND, _CREATING, _PACKAGE, _LINKED, _FETCHED, _EXAMINING = 4.0, 5.0, 0.3, 40_000, 5_000_000, 2.0


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
    programs = find_programs(request, facts)

    @functools.cache
    def rebuilt(step: Rebuild) -> Anew | str:
        say("looking whether it can be created anew")
        return plan_rebuild(step, request, facts, programs, options, say=say, stop=stop)

    ground = Ground(request, facts, programs, options, state, rebuilt)
    kept, told = _able(combine(choices), ground, stop)
    wished = merge(choice.remedy for choice in kept)
    try:
        steps = (*resolve(wished, ground), *told)
    except CannotDo as error:
        raise Failure(f"these repairs cannot be carried out together: {error}") from None
    if all(isinstance(step, Told) for step in steps):
        raise Failure("there is nothing left to do: the files say already what they should")
    steps = (*_export_first(steps, ground), *steps)
    identifier = _identifier()
    seen = _previewed(wished, steps, ground, say, stop)
    say("measuring what the way back takes")
    snapshot = forecast(request.environment.prefix, steps, state)
    prefix = request.environment.prefix
    commands = _commands(steps)
    needed = needs(steps, seen, snapshot, request, facts, state)
    against = refused(obstacles(prefix, steps, facts, state), options.allow)
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
        disk=sum(need.bytes for need in needed),
        network=seen.network or (not options.offline and any(command.network for command in commands)),
        seconds=_seconds(steps, seen, snapshot, ground),
        snapshot=snapshot,
        blocked=(*against, *lacking(needed, snapshot, facts)),
    )


def _able(choices: Sequence[Choice], ground: Ground, stop: Callable[[], bool]) -> tuple[list[Choice], list[Told]]:
    """The choices that can be carried out here; the others become what the user is told. Raises Failure for none."""
    kept: list[Choice] = []
    told: list[Told] = []
    reasons: list[str] = []
    for choice in choices:
        name = f"{choice.finding.code} {choice.finding.subject}"
        try:
            _try(choice.remedy, ground)
        except CannotDo as error:
            _unless_stopped(stop)
            reasons.append(f"{name} is to be repaired by hand: {error}")
            told.append(Told(reasons[-1]))
        else:
            kept.append(choice)
    _unless_stopped(stop)
    if not kept:
        raise Failure("\n".join(reasons))
    return kept, told


def _unless_stopped(stop: Callable[[], bool]) -> None:
    if stop():
        raise Failure("planning was stopped; nothing was changed")


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
    return says_what_is_needed(ground.facts) or bool(names_in(own_exports(ground), 1))


def _previewed(
    wished: tuple[Step, ...],
    steps: Sequence[PlannedStep],
    ground: Ground,
    say: Callable[[str], None],
    stop: Callable[[], bool],
) -> Preview:
    """The difference in packages, as the manager says it. Raises Failure where it finds no solution."""
    anew = next((step for step in steps if isinstance(step, Anew)), None)
    if anew is not None:
        return _of_creation(anew, ground.facts)
    if not any(isinstance(step, Install | Uninstall) for step in wished):
        return Preview((), "no package changes", 0, False, "")
    if not ground.options.preview:
        return Preview((), "not asked for: --no-preview", None, False, "")
    say("asking the package manager what would change")
    work = ground.state / "previews"
    seen = preview(wished, ground.request, ground.facts, ground.programs, ground.options, work=work, say=say, stop=stop)
    _unless_stopped(stop)
    if seen.failure:
        raise Failure(f"this cannot be carried out: {seen.failure}")
    return seen


def _of_creation(anew: Anew, facts: Facts) -> Preview:
    """What creating the environment anew changes, as the plan's own lists of packages tell."""
    changes, download = changes_of(anew, facts), download_of(anew, facts)
    if changes is None:
        told = "not known beforehand: the package manager chooses the versions when it creates the environment"
    elif changes:
        told = "the lists from which it is created; every package that is not named here keeps its version"
    else:
        told = "every package keeps its version"
    return Preview(changes or (), told, download, any(command.network for command in anew.commands), "")


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


def _seconds(steps: Sequence[PlannedStep], seen: Preview, snapshot: Forecast, ground: Ground) -> float:
    packages = len(ground.facts.distributions.installed) + len(ground.facts.conda.records)
    creating = 2 * (_CREATING + _PACKAGE * packages) * sum(isinstance(step, Anew) for step in steps)
    running = _COMMAND * sum(isinstance(step, Command) for step in steps)
    fetching = (seen.download or 0) / _FETCHED
    examining = _EXAMINING * (5 if ground.request.deep else 1)
    return round(creating + running + fetching + snapshot.files / _LINKED + examining, 1)


def _identifier() -> str:
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(2)}"
