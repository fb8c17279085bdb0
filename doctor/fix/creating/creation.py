"""Carries out a creation: refuse or begin, create, look at what is there; what failed is removed again.

A generator of events, as operate is. Its journal is that of any operation: recover removes what a crash left
half-made, and undo takes the environment away as a whole.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path

from doctor.failure import Failure
from doctor.fix import as_json
from doctor.fix.creating.guards import against
from doctor.fix.events import Began, Ended, Event, Output, PutBack, PuttingBack, StepDone, StepStarted
from doctor.fix.folders import operation_folder
from doctor.fix.history import PLAN, unfinished
from doctor.fix.host.files import private_folder, remove_folder, write_new
from doctor.fix.host.journal import Journal, newest, read_journal
from doctor.fix.host.lock import locked
from doctor.fix.host.snapshot import Places, bring_back, note_changes, store_for
from doctor.fix.host.way import make_way
from doctor.fix.operating.streamed import streamed
from doctor.fix.options import Options
from doctor.fix.plan import Anew, Plan
from doctor.fix.rebuild import create
from doctor.reading.redact import show
from doctor.target.recognise import inspect_prefix


def carry_out_creation(
    plan: Plan, options: Options, state: Path, *, stop: Callable[[], bool] = lambda: False
) -> Iterator[Event]:
    """Create the environment of a plan. Raises Failure, before anything has begun, where it is refused."""
    prefix = Path(plan.prefix)
    if not re.fullmatch(r"[\w-]{1,64}", plan.id):
        raise Failure(f"{plan.id!r} is no plan's name")
    with locked(prefix, state) as locks:
        for operation in unfinished(state):
            if operation.prefix == prefix:
                raise Failure(f"operation {operation.id} on {prefix} was cut short; first run: envdoctor recover")
        if refusals := against(prefix, state, options):
            raise Failure("; ".join(refusals))
        yield from _operation(plan, state, locks, stop)


def _operation(plan: Plan, state: Path, locks: tuple[int, ...], stop: Callable[[], bool]) -> Iterator[Event]:
    prefix = Path(plan.prefix)
    folder = private_folder(operation_folder(state, plan.id))
    if (folder / PLAN).exists():
        raise Failure(f"plan {plan.id} has been carried out before; make it again")
    text = as_json.dump(plan)
    as_json.load(text)  # what history could not read must not begin
    places = Places(prefix, folder, store_for(prefix, plan.id, "new", state), "new")
    write_new(folder / PLAN, text, mode=0o600)
    journal = Journal(folder)
    work = places.store / "work"
    try:
        journal.write("begin", prefix=str(prefix), store=str(places.store), method="new")
        yield Began(plan.id, "create", str(prefix))
        try:
            journal.write("saved", files=0)
            make_way(prefix, folder)
            yield from _created(plan, prefix, work, journal, locks, stop)
            note_changes(places, state)
            text = f"created {plan.name} at {show(prefix)}"
            journal.write("verified", ending="done", text=text)
        except Exception as error:
            yield from _removed(plan, places, state, journal, _reason(error))
            return
        except BaseException:
            _, problems = bring_back(places, state)
            _end(journal, "broken" if problems else "put-back", "it was stopped; what it had created is removed")
            raise
        _end(journal, "done", text)
        yield Ended(plan.id, "done", text, can_undo=True)
    finally:
        journal.close()
        remove_folder(work)


def _created(
    plan: Plan, prefix: Path, work: Path, journal: Journal, locks: tuple[int, ...], stop: Callable[[], bool]
) -> Generator[Event, None, None]:
    """Create it. Raises Failure in words where that fails."""
    steps = [step for step in plan.steps if isinstance(step, Anew)]
    for number, step in enumerate(steps, 1):
        journal.write("step", number=number)
        yield StepStarted(number, len(steps), step)
        start = time.monotonic()

        def working(say: Callable[[Event], None], step: Anew = step) -> str:
            return create(
                step,
                prefix,
                None,
                private_folder(work),
                say=lambda line: say(Output(line)),
                stop=stop,
                began=lambda process: journal.write("child", process=process),
                keep=locks,
            )

        problem = yield from streamed(working)
        if problem:
            raise Failure("you stopped it" if problem == "stopped" else problem)
        journal.write("step-done", number=number)
        yield StepDone(number, time.monotonic() - start)
    if inspect_prefix(prefix) is None:
        raise Failure(f"the commands ran, and {prefix} is no environment")


def _removed(plan: Plan, places: Places, state: Path, journal: Journal, reason: str) -> Iterator[Event]:
    """Take away what had been created, and say so."""
    begun = newest(read_journal(places.folder), "step") is not None
    there = os.path.lexists(places.prefix)
    yield PuttingBack(reason)
    with suppress(OSError):  # what the journal has is enough to recover, should this fail
        journal.write("putting-back", reason=reason)
    start = time.monotonic()
    changed, problems = yield from streamed(lambda say: bring_back(places, state))  # noqa: ARG005 - nothing to say
    yield PutBack(changed, time.monotonic() - start, problems)
    if problems:
        text = f"{reason}; and what it had created could not be removed: {'; '.join(problems[:3])}"
        _end(journal, "broken", text)
        yield Ended(plan.id, "broken", text)
        return
    text = f"{reason}; what it had created is removed" if there else f"{reason}; nothing was created"
    ending = "put-back" if begun else "unchanged"
    _end(journal, ending, text)
    yield Ended(plan.id, "put-back" if begun else "unchanged", text)


def _reason(error: Exception) -> str:
    if isinstance(error, Failure):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.filename or 'the system'}: {(error.strerror or str(error)).lower()}"
    return f"a defect of envdoctor, {type(error).__name__}: {error}"


def _end(journal: Journal, ending: str, text: str) -> None:
    with suppress(OSError):  # without it the operation counts as unfinished, and recover ends it
        journal.write("end", ending=ending, text=text)
