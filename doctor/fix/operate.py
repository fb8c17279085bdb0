"""Carries out a plan: refuse or begin, save, do, examine again, and put back unless it helped.

A generator of events. However it ends, by failure, by the user's wish, by an exception or by the reader going away,
the prefix is either as the plan promised and proven so, or as it was before.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import NamedTuple

from doctor.facts.serialise import dump as dump_facts
from doctor.failure import Failure
from doctor.fix import as_json
from doctor.fix.events import (
    Began,
    Ended,
    Ending,
    Event,
    Output,
    PutBack,
    PuttingBack,
    Saved,
    Saving,
    StepDone,
    StepStarted,
    Verified,
)
from doctor.fix.folders import operation_folder
from doctor.fix.history import PLAN, unfinished
from doctor.fix.host.files import free_reserve, private_folder, remove_folder, reserve, write_new
from doctor.fix.host.journal import Journal, newest, read_journal
from doctor.fix.host.lock import locked
from doctor.fix.host.moving import rename
from doctor.fix.host.outside import note_outside, save_outside
from doctor.fix.host.snapshot import FACTS, Places, bring_back, method_for, note_changes, reduce, save, store_for
from doctor.fix.operating.guards import obstacles, refused
from doctor.fix.operating.rebuilding import rebuild
from doctor.fix.operating.state import moved, read_state
from doctor.fix.operating.steps import Scene, carry_out
from doctor.fix.operating.streamed import streamed
from doctor.fix.operating.verify import again, compare, examined
from doctor.fix.options import Options
from doctor.fix.plan import Anew, Aside, Known, Plan
from doctor.model import Examination
from doctor.target.environment import Request

#: bytes that are kept free for the journal, should the disk be full when the old state has to come back
_RESERVE = 256 * 1024


class Interrupted(Exception):
    """The user wants it to stop; told between two steps."""


class _Result(NamedTuple):
    ending: Ending
    text: str
    can_undo: bool = False


def operate(
    plan: Plan, request: Request, options: Options, state: Path, *, stop: Callable[[], bool] = lambda: False
) -> Iterator[Event]:
    """Carry out a plan. Raises Failure, before anything has begun, where it is refused."""
    prefix = Path(plan.prefix)
    if not re.fullmatch(r"[\w-]{1,64}", plan.id):
        raise Failure(f"{plan.id!r} is no plan's name")
    request = request._replace(deep=plan.deep)
    with locked(prefix, state) as locks:
        _no_unfinished(prefix, state)
        _not_stale(plan, options)
        before = yield from examined(request, before=True)
        against = refused(obstacles(prefix, plan.steps, before.facts, state), options.allow)
        if against:
            raise Failure("; ".join(against))
        _still_needed(plan, before)
        yield from _operation(plan, request, state, before, locks, stop)


def _no_unfinished(prefix: Path, state: Path) -> None:
    for operation in unfinished(state):
        if operation.prefix == prefix:
            raise Failure(f"operation {operation.id} on {prefix} was cut short; first run: envdoctor recover")


def _not_stale(plan: Plan, options: Options) -> None:
    now = read_state(Path(plan.prefix), [Path(path) for path in plan.outside])
    if now.hash != plan.state.hash and "stale" not in options.allow:
        what = ", ".join(moved(plan.state, now))
        raise Failure(f"the environment has changed since the plan was made: {what}; make the plan again")


def _still_needed(plan: Plan, before: Examination) -> None:
    there = {(finding.code, finding.subject) for finding in before.findings}
    there |= {(item.finding.code, item.finding.subject) for item in before.waived}
    if plan.chosen and not any((item.code, item.subject) in there for item in plan.chosen):
        gone = ", ".join(f"{item.code} {item.subject}" for item in plan.chosen)
        raise Failure(f"nothing to do: {gone} is not found any more")


def _operation(
    plan: Plan,
    request: Request,
    state: Path,
    before: Examination,
    locks: tuple[int, ...],
    stop: Callable[[], bool],
) -> Iterator[Event]:
    prefix = Path(plan.prefix)
    folder = private_folder(operation_folder(state, plan.id))
    if (folder / PLAN).exists():
        raise Failure(f"plan {plan.id} has been carried out before; make it again")
    text = as_json.dump(plan)
    as_json.load(text)  # what history could not read must not begin
    method = method_for(prefix, plan.steps, state)
    places = Places(prefix, folder, store_for(prefix, plan.id, method, state), method)
    write_new(folder / PLAN, text, mode=0o600)
    write_new(folder / FACTS, dump_facts(before.facts), mode=0o600)
    reserve(folder, _RESERVE)
    journal = Journal(folder)
    scene = Scene(places, journal, before.facts, locks)
    try:
        journal.write("begin", prefix=str(prefix), store=str(places.store), method=method)
        yield Began(plan.id, "fix", str(prefix))
        try:
            yield from _save(plan, places, state, journal)
            proof = yield from _steps(plan, request, before, scene, stop)
            result = _judge(plan, places, state, journal, proof)
        except Exception as error:
            result = yield from _go_back(places, state, journal, _reason(error))
        except BaseException:
            _, problems = _put_back(places, state, journal, "envdoctor was stopped")
            _end(journal, _back("it was stopped", problems))
            raise
        else:
            yield from _reduced(places)
        _end(journal, result)
        yield Ended(plan.id, result.ending, result.text, result.can_undo)
    finally:
        journal.close()
        _clear(scene)


def _reason(error: Exception) -> str:
    if isinstance(error, Failure | Interrupted):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.filename or 'the system'}: {(error.strerror or str(error)).lower()}"
    return f"a defect of envdoctor, {type(error).__name__}: {error}"


def _save(plan: Plan, places: Places, state: Path, journal: Journal) -> Iterator[Event]:
    start = time.monotonic()
    total = plan.snapshot.files
    files, size = yield from streamed(lambda say: save(places, state, lambda done: say(Saving(done, max(total, done)))))
    save_outside([Path(path) for path in plan.outside], places.folder)
    journal.write("saved", files=files)
    yield Saved(files, size, time.monotonic() - start, places.method)


def _steps(
    plan: Plan, request: Request, before: Examination, scene: Scene, stop: Callable[[], bool]
) -> Generator[Event, None, Verified]:
    """Do every step, then examine. Raises Failure or Interrupted."""
    private_folder(scene.work)
    proof = None
    for number, step in enumerate(plan.steps, 1):
        if stop():
            raise Interrupted("you stopped it")
        scene.journal.write("step", number=number)
        yield StepStarted(number, len(plan.steps), step)
        start = time.monotonic()
        if isinstance(step, Anew):
            proof = yield from rebuild(step, plan, request, before, scene, stop)
        elif isinstance(step, Aside) and "." in step.paths:
            rename(scene.places.prefix, scene.places.old)
            proof = Verified()
        else:
            yield from streamed(lambda say, step=step: carry_out(step, scene, lambda line: say(Output(line))))  # type: ignore[misc]
        scene.journal.write("step-done", number=number)
        yield StepDone(number, time.monotonic() - start)
    if stop():
        raise Interrupted("you stopped it")
    if proof is None:
        scene.journal.write("verifying")
        after = yield from examined(again(request), before=False)
        proof = compare(plan.chosen, before, after)
        yield proof
    return proof


def _judge(plan: Plan, places: Places, state: Path, journal: Journal, proof: Verified) -> _Result:
    """Keep what was done if it helped, and write that down. Raises Failure if it did not."""
    can_undo = plan.reversible or places.method != "none"
    if proof.new:
        still = f", and {_named(proof.remaining)} {_is(proof.remaining)} still found" if proof.remaining else ""
        raise Failure(f"it made something else wrong: {_named(proof.new)}{still}")
    if proof.remaining and can_undo:
        raise Failure(f"it did not help: {_named(proof.remaining)} {_is(proof.remaining)} still found")
    if proof.remaining:
        result = _Result("done", f"done, and {_named(proof.remaining)} {_is(proof.remaining)} still found")
    elif proof.gone:
        result = _Result("fixed", f"{_named(proof.gone)} {_is(proof.gone)} gone and nothing new is wrong", can_undo)
    elif plan.chosen:
        result = _Result("done", "done, as the plan says", can_undo)
    else:
        result = _Result("done", "carried out as planned, and nothing new is wrong", can_undo)
    note_changes(places, state)
    created = [path for entry in read_journal(places.folder) if entry["event"] == "created" for path in entry["paths"]]
    note_outside(places.folder, created)
    journal.write("verified", ending=result.ending, text=result.text)
    return result


def _reduced(places: Places) -> Iterator[Event]:
    """Give back the room of what did not change; there is no way back from here but undo."""
    if places.method in ("links", "copies"):
        with contextlib.suppress(OSError):  # then more is kept than is needed
            yield from streamed(lambda say: reduce(places))  # noqa: ARG005 - it has nothing to say


def _go_back(places: Places, state: Path, journal: Journal, reason: str) -> Generator[Event, None, _Result]:
    yield PuttingBack(reason)
    start = time.monotonic()
    begun = newest(read_journal(places.folder), "step") is not None
    changed, problems = yield from streamed(
        lambda say: _put_back(places, state, journal, reason)  # noqa: ARG005 - it has nothing to say
    )
    yield PutBack(changed, time.monotonic() - start, problems)
    if not begun and not problems:
        return _Result("unchanged", f"{reason}; nothing was changed")
    return _back(reason, problems)


def _back(reason: str, problems: tuple[str, ...]) -> _Result:
    """How it ended where the old state was put back, whole or not."""
    if problems:
        return _Result("broken", f"{reason}; and not all could be put back: {'; '.join(problems[:3])}")
    return _Result("put-back", f"{reason}; the old state is there again")


def _put_back(places: Places, state: Path, journal: Journal, reason: str) -> tuple[int, tuple[str, ...]]:
    free_reserve(places.folder)
    with contextlib.suppress(OSError):  # what the journal has is enough to recover, should this fail
        journal.write("putting-back", reason=reason)
    return bring_back(places, state)


def _end(journal: Journal, result: _Result) -> None:
    with contextlib.suppress(OSError):  # without it the operation counts as unfinished, and recover ends it
        journal.write("end", ending=result.ending, text=result.text)


def _clear(scene: Scene) -> None:
    """Take away what only the operation itself needed."""
    free_reserve(scene.places.folder)
    remove_folder(scene.work)


def _is(found: tuple[Known, ...]) -> str:
    return "is" if len(found) == 1 else "are"


def _named(found: tuple[Known, ...]) -> str:
    names = [f"{item.code} {item.subject}".strip() for item in found]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if names[3:] else "")
