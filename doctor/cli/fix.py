"""envdoctor fix: choose, read the plan, say yes, watch, and see it proven."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from doctor import checks
from doctor.asked import environment_of, request_for
from doctor.cli.asking import agreed, can_ask, typed
from doctor.cli.picking import pick
from doctor.cli.running import follow, heard, telling
from doctor.cli.show import show, width, write
from doctor.cli.status import ExitCode
from doctor.collect import LayerStarted
from doctor.examine import Examined, examine
from doctor.failure import Failure
from doctor.fix.as_json import dump, load
from doctor.fix.folders import state_folder
from doctor.fix.history import unfinished
from doctor.fix.host.files import write_new
from doctor.fix.operate import operate
from doctor.fix.options import ALLOWABLE, Options
from doctor.fix.plan import Plan
from doctor.fix.planning.making import make_plan
from doctor.model import Examination
from doctor.reading.clean import clean
from doctor.reading.files import Unfit, read_bytes
from doctor.report.plan import undo_command, whole
from doctor.report.steps import shell_word
from doctor.report.text import Span
from doctor.target.environment import Request

#: bytes of a plan
_LIMIT = 64 * 1024 * 1024


def run(options: argparse.Namespace) -> int:
    """Make or read a plan, then print it, write it, or carry it out."""
    wishes = _wishes(options)
    _refuse_silence(options)
    state = state_folder()
    plan, request = _read(options) if options.apply else _made(options, wishes, state)
    if plan is None:
        print("Nothing was chosen, and nothing was changed", file=sys.stderr)
        return ExitCode.FAILED
    if options.plan or options.plan_out:
        return _keep(plan, options)
    if not options.json:
        show(whole(plan, width()))
    if plan.blocked:
        raise Failure("; ".join(plan.blocked))
    if not options.yes and not _wanted(plan):
        print("Nothing was changed", file=sys.stderr)
        return ExitCode.FAILED
    with heard(can_stop=True) as wish:
        ended, status = follow(operate(plan, request, wishes, state, stop=wish), wish, as_json=options.json)
    if ended.can_undo and not options.json:
        show([(Span("Undo: ", "dim"), Span(undo_command(plan), "command"))])
    return status


def _refuse_silence(options: argparse.Namespace) -> None:
    """Raise Failure where a question would come up that nobody could answer."""
    if options.yes or options.plan or options.plan_out:
        return
    if options.json:
        raise Failure("--json asks nothing; add --yes to carry it out, or --plan to see what would be done")
    if not can_ask():
        raise Failure(
            "nobody is there to answer; write --plan to see what would be done, or name what to repair and add --yes, "
            "as in: envdoctor fix ENV CODE --yes"
        )


def _wishes(options: argparse.Namespace) -> Options:
    allowed = {*options.allow, *(["root"] if options.allow_root else [])}
    for name in sorted(allowed.difference(ALLOWABLE)):
        raise Failure(f"--allow {name}: there is no such thing to allow; there are {', '.join(ALLOWABLE)}")
    wheels = Path(options.wheels).expanduser().absolute() if options.wheels else None
    if wheels is not None and not wheels.is_dir():
        raise Failure(f"--wheels {options.wheels}: {'not a folder' if wheels.exists() else 'no such folder'}")
    if options.apply and (options.codes or options.plan or options.plan_out):
        raise Failure("--apply carries out the plan that it reads; leave codes, --plan and --plan-out out")
    return Options(
        offline=options.offline,
        wheels=wheels,
        export_first=not options.no_export,
        preview=not options.no_preview,
        allow=frozenset(allowed),
    )


def _made(options: argparse.Namespace, wishes: Options, state: Path) -> tuple[Plan | None, Request]:
    """Examine, choose and plan; no plan where the user chose nothing."""
    request = request_for(environment_of(options.environment), project=options.project, deep=options.deep)
    prefix = request.environment.prefix
    for operation in unfinished(state):
        if operation.prefix == prefix:
            raise Failure(f"operation {operation.id} on {prefix} was cut short or is under way; see: envdoctor recover")
    examination = _examined(request)
    chosen = pick(options, examination)
    if not chosen:
        return None, request
    with telling() as say:
        return make_plan(request, examination, chosen, wishes, state, say=say), request


def _read(options: argparse.Namespace) -> tuple[Plan, Request]:
    """Read a plan that --plan-out wrote, for the environment that it names. Raises Failure with the place."""
    try:
        plan = load(read_bytes(Path(options.apply), limit=_LIMIT).decode())
    except (Unfit, UnicodeDecodeError) as error:
        raise Failure(f"--apply {options.apply}: {error}") from None
    except Failure as error:
        raise Failure(f"--apply {options.apply}: {error}") from None
    environment = environment_of(plan.prefix)
    named = environment_of(options.environment) if options.environment else environment
    if str(environment.prefix) != plan.prefix or named.prefix != environment.prefix:
        raise Failure(f"--apply {options.apply}: the plan is for {plan.prefix}, not for {named.prefix}")
    return plan, request_for(environment, project=options.project or plan.project or None, deep=plan.deep)


def _examined(request: Request) -> Examination:
    """Run every check, with what is read told at a terminal. Raises Failure if the environment cannot be read."""
    examination = None
    with telling() as say:
        for event in examine(request, checks.load()):
            if isinstance(event, Examined):
                examination = event.examination
            elif isinstance(event, LayerStarted):
                say(f"reading {event.layer}")
    assert examination is not None
    if "identity" in examination.facts.gaps:
        raise Failure(f"the environment could not be read: {examination.facts.gaps['identity']}")
    return examination


def _keep(plan: Plan, options: argparse.Namespace) -> int:
    """Write the plan where it was asked for."""
    if options.plan_out:
        try:
            write_new(Path(options.plan_out).absolute(), dump(plan), mode=0o600)
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise Failure(f"--plan-out {options.plan_out}: cannot be written: {why}") from None
        print(f"envdoctor fix --apply {shell_word(options.plan_out)}  carries it out", file=sys.stderr)
    if options.json and options.plan:
        write(dump(plan))
    elif options.plan:
        show(whole(plan, width()))
    return ExitCode.FINE


def _wanted(plan: Plan) -> bool:
    """Ask; what goes for good, or as a whole, wants the environment's name typed."""
    if plan.destructive:
        print("This takes something away as a whole or for good.", file=sys.stderr)
        return typed(f"Type the environment's name, {clean(plan.name)}, to go on:", plan.name)
    return agreed("Apply?")
