"""Takes an operation back: the same bytes, modes, links and times as before it."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from pathlib import Path

from doctor.failure import Failure
from doctor.fix.events import Began, Ended, Event, PutBack, PuttingBack
from doctor.fix.history import Operation, unfinished
from doctor.fix.host.journal import Journal
from doctor.fix.host.lock import locked, managers_at_work
from doctor.fix.host.snapshot import changed_since, forget, take_back
from doctor.fix.operating.streamed import streamed

#: changed paths that are named
_NAMED = 5


def undo(operation: Operation, state: Path, *, anyway: bool = False) -> Iterator[Event]:
    """Take an operation back. Raises Failure, before anything has changed, where it cannot be.

    Only what the operation changed is put back. If somebody has changed that since, it is refused, unless anyway.
    """
    if not operation.can_undo:
        raise Failure(f"operation {operation.id} cannot be undone: {_why_not(operation)}")
    with locked(operation.prefix, state) as _:
        for other in unfinished(state):
            if other.prefix == operation.prefix:
                raise Failure(f"operation {other.id} was cut short; first run: envdoctor recover")
        busy = managers_at_work(operation.prefix)
        if busy:
            raise Failure(f"{busy[0]} is at work on {operation.prefix} now; wait until it is done")
        since = changed_since(operation.places)
        if since and not anyway:
            more = f" and {len(since) - _NAMED} more" if len(since) > _NAMED else ""
            raise Failure(
                f"what it changed has been changed since: {', '.join(since[:_NAMED])}{more}; to put the old state back "
                "all the same, and lose that: --anyway"
            )
        journal = Journal(operation.folder)
        try:
            journal.write("undoing")
            yield Began(operation.id, "undo", str(operation.prefix))
            yield PuttingBack("you asked for it")
            yield from taken_back(operation, journal)
        finally:
            journal.close()


def taken_back(operation: Operation, journal: Journal) -> Generator[Event, None, None]:
    """Put the old state back and say so; also what finishes an undo that was cut short."""
    start = time.monotonic()
    changed, problems = yield from streamed(lambda say: take_back(operation.places))  # noqa: ARG005
    yield PutBack(changed, time.monotonic() - start, problems)
    if problems:
        text = f"not all could be put back: {'; '.join(problems[:3])}"
        journal.write("end", ending="broken", text=text)
        yield Ended(operation.id, "broken", text)
        return
    text = "everything that it changed is as it was before"
    if not operation.plan.reversible:
        text += ", but for what could not be kept, as its plan said"
    journal.write("end", ending="undone", text=text)
    forget(operation.places)
    yield Ended(operation.id, "undone", text)


def _why_not(operation: Operation) -> str:
    return {
        "": "it was cut short; run envdoctor recover",
        "put-back": "it failed, and the old state was put back then",
        "unchanged": "it changed nothing",
        "undone": "it is undone already",
    }.get(operation.ending, "what was saved for it is not kept any more, or it changed nothing that could be undone")
