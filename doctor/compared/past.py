"""The past of an environment: kept fingerprints and operations of the state folder, put in order with its own facts."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from doctor.compare.timeline import Change, Past, Timeline, changes_between, timeline_of
from doctor.compared.sides import Taken
from doctor.fix.history import Operation, operations
from doctor.fix.kept_fingerprints import kept
from doctor.reading.clean import clean
from doctor.report.plan import ENDINGS
from doctor.report.timeline import moment_time

#: layers that a timeline is told from, beside those of a fingerprint
LAYERS = ("project", "locks")


class PastOf(NamedTuple):
    """What is known of one environment's past."""

    timeline: Timeline
    changed: tuple[Change, ...] | None  #: since the newest kept fingerprint; None where none is kept
    newest: str  #: that fingerprint, as people call it


def past_of(taken: Taken, state: Path) -> PastOf:
    """Put in order all that tells of an environment's past; taken holds LAYERS as well."""
    snapshots = [one.fingerprint for one in kept(state, taken.facts.identity)]
    done = [_past(one) for one in operations(state, taken.request.environment.prefix)]
    timeline = timeline_of(taken.facts, snapshots, done)
    newest = max(snapshots, key=lambda one: one.made, default=None)
    changed = tuple(changes_between(newest, taken.fingerprint)) if newest is not None else None
    last = next((one for one in timeline.moments if one.kind == "snapshot"), None)
    return PastOf(timeline, changed, f"{last.name} of {moment_time(last)}" if last else "")


def _past(one: Operation) -> Past:
    word = ENDINGS[one.ending][1] if one.ending in ENDINGS else "Unfinished"
    about = ", ".join(f"{chosen.code} {chosen.subject}" for chosen in one.plan.chosen[:4]) or one.what
    return Past(one.began, clean(f"{word}: {about}", 300))
