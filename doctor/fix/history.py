"""Operations that were carried out: what the state folder holds of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from doctor.failure import Failure
from doctor.fix import as_json
from doctor.fix.host.files import remove_folder
from doctor.fix.host.journal import Entry, newest, read_journal
from doctor.fix.host.lock import locked
from doctor.fix.host.snapshot import Places, forget, takes
from doctor.fix.plan import Plan, State
from doctor.reading.files import Missing, Unfit, read_text

PLAN = "plan.json"
#: seconds after which a folder without a journal belongs to nothing that is about to begin
_LONG_AGO = 3600.0
#: bytes of a plan
_LIMIT = 64 * 1024 * 1024


class Operation(NamedTuple):
    """One operation, as its folder tells it."""

    id: str
    prefix: Path
    name: str
    what: Literal["fix", "undo"]
    began: float  #: seconds since the epoch
    ending: str  #: see events.Ending; empty where it is unfinished
    text: str
    plan: Plan
    size: int  #: bytes that what is kept of it takes
    can_undo: bool
    folder: Path
    places: Places


def operations(state: Path, prefix: Path | None = None) -> tuple[Operation, ...]:
    """Operations of the state folder, of one prefix or of all, newest first; folders that hold none are passed over."""
    found = (_read(folder) for folder in _folders(state))
    known = [item for item in found if item is not None and (prefix is None or _same(item.prefix, prefix))]
    return tuple(sorted(known, key=lambda item: (item.began, item.id), reverse=True))


def unfinished(state: Path) -> tuple[Operation, ...]:
    """Operations that a crash cut short, or that are under way."""
    return tuple(item for item in operations(state) if not item.ending)


def prune(state: Path, *, keep: int | None = None, days: float | None = None) -> tuple[Operation, ...]:
    """Forget the way back of old operations: of all but the newest, of those that are older, or of both kinds.

    Returns those that were forgotten. Nothing that is unfinished is touched.
    """
    limit = time.time() - days * 86_400 if days is not None else None
    done = []
    finished = [item for item in operations(state) if item.ending]
    for number, item in enumerate(finished):
        too_many = keep is not None and number >= keep
        too_old = limit is not None and item.began < limit
        if too_many or too_old or (keep is None and limit is None):
            try:
                with locked(item.prefix, state):
                    forget(item.places)
                    remove_folder(item.folder)
            except (Failure, OSError):
                continue  # at work just now, or not ours to delete: it stays listed
            done.append(item)
    _clear_unbegun(state)
    return tuple(done)


def _clear_unbegun(state: Path) -> None:
    """Delete folders of operations that were killed before their journal began."""
    for folder in _folders(state):
        if not read_journal(folder) and time.time() - folder.stat().st_mtime > _LONG_AGO:
            remove_folder(folder)


def places_of(folder: Path, entries: tuple[Entry, ...]) -> Places | None:
    """Where the parts of an operation lie, by the first entry of its journal."""
    begin = entries[0] if entries and entries[0]["event"] == "begin" else None
    if begin is None:
        return None
    return Places(Path(begin["prefix"]), folder, Path(begin["store"]), begin["method"])


def _folders(state: Path) -> Iterator[Path]:
    try:
        yield from sorted(folder for folder in (state / "operations").iterdir() if folder.is_dir())
    except FileNotFoundError:
        return


def _read(folder: Path) -> Operation | None:
    entries = read_journal(folder)
    places = places_of(folder, entries)
    if places is None:
        return None
    plan = _plan_of(folder, places)
    end, undoing = newest(entries, "end"), newest(entries, "undoing")
    finished = end is not None and (undoing is None or entries.index(end) > entries.index(undoing))
    ending = str(end["ending"]) if end and finished else ""
    kept = (folder / "changes.json").exists() or places.old.exists() or (folder / "outside" / "index.json").exists()
    return Operation(
        id=folder.name,
        prefix=places.prefix,
        name=plan.name,
        what="fix",
        began=float(entries[0]["time"]),
        ending=ending,
        text=str(end["text"]) if end and finished else "",
        plan=plan,
        size=takes(places),
        can_undo=ending in ("fixed", "done") and kept,
        folder=folder,
        places=places,
    )


def _plan_of(folder: Path, places: Places) -> Plan:
    """The plan of an operation; an empty one where it cannot be read, for the way back does not need it."""
    try:
        return as_json.load(read_text(folder / PLAN, limit=_LIMIT))
    except (Missing, Unfit, Failure):
        prefix = places.prefix
        return Plan(
            folder.name, "", "", str(prefix), prefix.name, "unknown", "", False, (), (), "careful", True, State("")
        )


def _same(one: Path, other: Path) -> bool:
    return one == other or one.resolve() == other.resolve()
