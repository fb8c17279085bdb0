"""Ends what a crash cut short: puts the old state back, or finishes what had been proven already."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from pathlib import Path

from doctor.failure import Failure
from doctor.fix.events import Began, Ended, Ending, Event, Output, PutBack, PuttingBack
from doctor.fix.history import Operation
from doctor.fix.host.commands import end_group
from doctor.fix.host.files import free_reserve
from doctor.fix.host.journal import Entry, Journal, newest, read_journal
from doctor.fix.host.lock import locked
from doctor.fix.host.snapshot import bring_back, forget, reduce
from doctor.fix.operating.streamed import streamed
from doctor.fix.undo import taken_back

#: seconds that a command of the dead operation is given to end
_PATIENCE = 10.0


def recover(operation: Operation, state: Path) -> Iterator[Event]:
    """Bring an unfinished operation to an end. Raises Failure while it is still under way."""
    entries = read_journal(operation.folder)
    _end_orphan(operation, entries, state)
    with locked(operation.prefix, state):
        journal = Journal(operation.folder)
        try:
            yield Began(operation.id, "recover", str(operation.prefix))
            yield from _recovered(operation, entries, state, journal)
        finally:
            journal.close()
            free_reserve(operation.folder)


def _recovered(operation: Operation, entries: tuple[Entry, ...], state: Path, journal: Journal) -> Iterator[Event]:
    verified = newest(entries, "verified")
    if newest(entries, "undoing"):
        yield PuttingBack("undo was cut short")
        yield from taken_back(operation, journal)
    elif verified:
        yield Output("it had been done and proven; only its saved copies were not put in order yet")
        if operation.places.method in ("links", "copies"):
            yield from streamed(lambda say: reduce(operation.places))  # noqa: ARG005 - it has nothing to say
        yield _ended(operation, journal, verified["ending"], str(verified["text"]), can_undo=True)
    elif newest(entries, "saved") is None:
        forget(operation.places)
        yield _ended(operation, journal, "unchanged", "it had not begun to change anything; what was saved is deleted")
    else:
        yield from _put_back(operation, state, journal)


def _put_back(operation: Operation, state: Path, journal: Journal) -> Generator[Event, None, None]:
    reason = "it was cut short"
    yield PuttingBack(reason)
    journal.write("putting-back", reason=reason)
    start = time.monotonic()
    changed, problems = yield from streamed(lambda say: bring_back(operation.places, state))  # noqa: ARG005
    yield PutBack(changed, time.monotonic() - start, problems)
    if problems:
        yield _ended(operation, journal, "broken", f"not all could be put back: {'; '.join(problems[:3])}")
    else:
        yield _ended(operation, journal, "put-back", "it was cut short, and the old state is there again")


def _ended(operation: Operation, journal: Journal, ending: Ending, text: str, *, can_undo: bool = False) -> Ended:
    journal.write("end", ending=ending, text=text)
    return Ended(operation.id, ending, text, can_undo)


def _end_orphan(operation: Operation, entries: tuple[Entry, ...], state: Path) -> None:
    """End the command that outlived its envdoctor: it holds the lock that it was given."""
    child = newest(entries, "child")
    deadline = time.monotonic() + _PATIENCE
    asked = False
    while True:
        try:
            with locked(operation.prefix, state):
                return
        except Failure:
            if child is None or time.monotonic() > deadline or not _is_orphan(int(child["process"]), child["time"]):
                raise
            end_group(int(child["process"]), by_force=asked)
            asked = True
            time.sleep(0.5)


def _is_orphan(process: int, began: float) -> bool:
    """Whether this is that process, and nobody's child any more."""
    import psutil

    try:
        found = psutil.Process(process)
        parents = [parent.pid for parent in found.parents()[:-1]]
    except psutil.Error:
        return False
    return abs(found.create_time() - began) < 60 and not any(_is_envdoctor(pid) for pid in parents)


def _is_envdoctor(process: int) -> bool:
    import psutil

    try:
        return any(Path(word).name == "envdoctor" or word == "doctor" for word in psutil.Process(process).cmdline()[:4])
    except psutil.Error:
        return False
