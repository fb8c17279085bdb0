"""A timeline for people: newest first, with what changed at each moment and how far its time can be trusted."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from doctor.compare.timeline import Change, Moment, Timeline
from doctor.facts import Identity
from doctor.facts.serialise import whole
from doctor.report.text import Line, Span, wrapped
from doctor.report.words import count, who

#: of a moment, as people call it
KINDS = {
    "conda": "conda",
    "packages": "packages",
    "file": "file",
    "operation": "envdoctor",
    "snapshot": "snapshot",
}
#: changes of one moment that are shown; JSON has them all
_SHOWN = 6
#: moments that are shown
_MOMENTS = 60


def render(
    timeline: Timeline, identity: Identity, *, since: Sequence[Change] | None = None, newest: str = "", width: int = 80
) -> Iterator[Line]:
    """Yield the lines; since is what has changed after the newest snapshot, None where there is none."""
    yield (Span(identity.name or identity.prefix, "strong"),)
    yield from wrapped(who(identity), width, "  ", "")
    yield ()
    yield from _since(since, newest, width)
    if not timeline.moments:
        yield (Span("Nothing is known of what happened here", "warning"),)
    else:
        yield from wrapped("Newest first; times are local, ~ is a time that may be a copy's", width, "", "dim")
    for moment in timeline.moments[:_MOMENTS]:
        yield from _moment(moment, width)
    older = len(timeline.moments) - _MOMENTS
    if older > 0:
        yield (Span(f"and {older} older; --format json has them all", "dim"),)
    if timeline.notes:
        yield ()
        for note in timeline.notes:
            yield from wrapped(note, width, "- ", "dim")


def _since(since: Sequence[Change] | None, newest: str, width: int) -> Iterator[Line]:
    if since is None:
        text = "No snapshot is kept: envdoctor snapshot, taken while all works, tells later what has changed since"
        yield from wrapped(text, width, "! ", "warning")
    elif since:
        text = f"{count(len(since), 'change')} since the newest snapshot, {newest}: {told(since)}"
        yield from wrapped(text, width, "! ", "warning")
    else:
        yield from wrapped(f"Nothing has changed since the newest snapshot, {newest}", width, "✓ ", "fine")
    yield ()


def _moment(moment: Moment, width: int) -> Iterator[Line]:
    mark = "" if moment.sure else "~"
    lead = f"{moment_time(moment) or 'unknown':<16}{mark:<2}{moment.name:<4} {KINDS[moment.kind]:<9} "
    narrow = width < 60
    title = f"{moment.title}: " if moment.changes else moment.title
    said = f"{title}{told(moment.changes)}"
    if narrow:
        yield (Span(lead.rstrip(), "strong"),)
        yield from wrapped(said, width, "  ", "")
        return
    for number, line in enumerate(wrapped(said, width, " " * len(lead), "")):
        text = line[0].text[len(lead) :]
        yield (Span(lead if number == 0 else " " * len(lead), "strong" if number == 0 else ""), Span(text))


def told(changes: Sequence[Change]) -> str:
    """The changes of one moment in a line: the first few, and how many more."""
    first = ", ".join(_change(change) for change in changes[:_SHOWN])
    return first + (f" and {len(changes) - _SHOWN} more" if len(changes) > _SHOWN else "")


def _change(change: Change) -> str:
    if change.before and change.after:
        return f"{change.name} {change.before} → {change.after}"
    if change.after:
        return f"{change.name} {change.after}"
    return f"without {change.name} {change.before}".rstrip()


def moment_time(moment: Moment) -> str:
    """When it was, in local time; empty where that is not known or no calendar has it."""
    if not moment.time:
        return ""
    try:
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment.time))
    except (OverflowError, ValueError, OSError):
        return ""


def body(timeline: Timeline, identity: Identity, since: Sequence[Change] | None) -> dict[str, Any]:
    """The same as plain data, with every change; fingerprints are not part of it."""
    return {
        "schema_version": 1,
        "environment": {"name": identity.name, "prefix": identity.prefix, "kind": identity.kind},
        "changed_since_snapshot": None if since is None else [whole(change) for change in since],
        "moments": [
            {
                "name": moment.name,
                "kind": moment.kind,
                "time": _utc(moment.time),
                "sure": moment.sure,
                "title": moment.title,
                "changes": [whole(change) for change in moment.changes],
                "comparable": moment.fingerprint is not None,
            }
            for moment in timeline.moments
        ],
        "notes": list(timeline.notes),
    }


def _utc(moment: float) -> str | None:
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(moment)) if moment else None
    except (OverflowError, ValueError, OSError):
        return None
