"""How far an operation is, as frozen data made of its events; screens only draw it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from doctor.facts.units import size
from doctor.fix.events import (
    Began,
    Ended,
    Event,
    PutBack,
    PuttingBack,
    Saved,
    Saving,
    StepDone,
    StepStarted,
    Verified,
    Verifying,
)
from doctor.fix.plan import PlannedStep
from doctor.report.text import Line, Span, wrapped
from doctor.report.words import FINE, count

#: how much of the bar saving and examining again take; the steps have what is between
_SAVING, _EXAMINING = 0.15, 0.2

#: stages that are shown at once
_SHOWN = 7

_METHODS = {
    "links": "hard links",
    "copies": "copies",
    "rename": "set aside whole",
    "new": "nothing was there",
    "none": "nothing to save",
}


State = Literal["waiting", "going", "done", "failed"]


class Stage(NamedTuple):
    """One thing that is done on the way."""

    text: str
    state: State = "waiting"
    more: str = ""  #: how far it is, or what came of it


class Progress(NamedTuple):
    """An operation as far as its events tell."""

    stages: tuple[Stage, ...]
    fraction: float = 0.0
    operation: str = ""
    saved: Saved | None = None
    verified: Verified | None = None
    put_back: PutBack | None = None
    ended: Ended | None = None


def expected(steps: tuple[PlannedStep, ...]) -> Progress:
    """What is to come of a plan."""
    own = (Stage(step.sentence) for step in steps)
    return Progress(
        (Stage("See that the plan still fits"), Stage("Save everything as it is"), *own, Stage("Examine again"))
    )


def backwards() -> Progress:
    """What is to come of an undo or a recovery."""
    return Progress(())


def after(progress: Progress, event: Event) -> Progress:
    """Progress once an event has come."""
    last = len(progress.stages) - 1
    match event:
        case Began(operation=operation):
            begun = progress._replace(operation=operation)
            return _at(begun, 0, "done", "", 0.0) if progress.stages else begun
        case Verifying(layer=layer, before=True) if progress.stages:
            return _at(progress, 0, "going", f"reading {layer}" if layer else "", 0.0)
        case Saving(files=files, total=total):
            more = f"{files:,} of {count(total, 'file')}" if total else count(files, "file")
            return _at(progress, 1, "going", more, _SAVING * (files / total if total else 0.5))
        case Saved():
            how = f"{count(event.files, 'file')} by {_METHODS[event.method]}" if event.files else _METHODS[event.method]
            more = f"{how}, {size(event.bytes)}, {event.seconds:.1f} s"
            return _at(progress, 1, "done", more, _SAVING)._replace(saved=event)
        case StepStarted(number=number, step=step) if number + 1 < last:
            stages = list(progress.stages)
            stages[number + 1] = Stage(step.sentence)
            return _at(progress._replace(stages=tuple(stages)), number + 1, "going", "", _share(progress, number - 1))
        case StepDone(number=number, seconds=seconds) if number + 1 < last:
            return _at(progress, number + 1, "done", f"{seconds:.1f} s", _share(progress, number))
        case Verifying(layer=layer) if progress.stages:
            fraction = min(max(progress.fraction, 1 - _EXAMINING) + 0.015, 0.99)
            return _at(progress, last, "going", f"reading {layer}" if layer else "", fraction)
        case Verified():
            known = progress._replace(verified=event)
            state: State = "failed" if event.remaining or event.new else "done"
            return _at(known, last, state, "", 1.0) if progress.stages else known
        case PuttingBack():
            stages = [s._replace(state="failed") if s.state == "going" else s for s in progress.stages]
            back = (*(s for s in stages if s.state != "waiting"), Stage("Put the old state back", "going"))
            return progress._replace(stages=back, fraction=0.5)
        case PutBack():
            restored = f"{count(event.changed, 'path')} restored, {event.seconds:.1f} s"
            known = progress._replace(put_back=event)
            return _at(known, last, "failed" if event.problems else "done", restored, 1.0) if progress.stages else known
        case Ended():
            return progress._replace(ended=event, fraction=1.0)
    return progress


def current(progress: Progress) -> str:
    """What is being done now, in a few words."""
    going = [stage for stage in progress.stages if stage.state == "going"]
    if not going:
        return "ended" if progress.ended else "starting"
    return going[-1].text + (f" ({going[-1].more})" if going[-1].more else "")


def bar(progress: Progress, width: int) -> Line:
    """A bar with the share in words, so that it is read without its shape, too."""
    room = max(width - 5, 4)
    full = round(room * progress.fraction)
    return (Span("━" * full, "fine"), Span("─" * (room - full), "dim"), Span(f" {progress.fraction:4.0%}"))


def lines(progress: Progress, width: int) -> Iterator[Line]:
    """The stages around the one at hand; words carry what the marks say."""
    marks = {"waiting": (" ", "dim"), "going": ("…", "strong"), "done": (FINE, "fine"), "failed": ("✗", "error")}
    stages = progress.stages
    at = next((n for n, stage in enumerate(stages) if stage.state in ("going", "waiting")), len(stages))
    first = max(min(at - _SHOWN // 2, len(stages) - _SHOWN), 0)
    if first:
        yield (Span(f" {FINE} {count(first, 'earlier stage')}", "dim"),)
    for stage in stages[first : first + _SHOWN]:
        mark, style = marks[stage.state]
        text = stage.text + (f"  {stage.more}" if stage.more else "")
        told = list(wrapped(text, width - 3, "", "dim" if stage.state == "waiting" else ""))
        yield (Span(f" {mark} ", style), *told[0])
        yield from ((Span("   "), *line) for line in told[1:])
    later = len(stages) - first - _SHOWN
    if later > 0:
        yield (Span(f"   {count(later, 'later stage')}", "dim"),)


def _at(progress: Progress, at: int, state: State, more: str, fraction: float) -> Progress:
    stages = list(progress.stages)
    stages[at] = Stage(stages[at].text, state, more)
    return progress._replace(stages=tuple(stages), fraction=fraction)


def _share(progress: Progress, steps_done: int) -> float:
    steps = max(len(progress.stages) - 3, 1)
    return _SAVING + (1 - _SAVING - _EXAMINING) * steps_done / steps
