"""What happens during an operation, as frozen events: the command line prints them, the app posts them."""

from __future__ import annotations

from typing import Literal, NamedTuple

from doctor.fix.plan import Known, PlannedStep


class Began(NamedTuple):
    """An operation, an undo or a recovery has begun; its journal is open."""

    operation: str
    what: Literal["fix", "create", "undo", "recover"]
    prefix: str
    kind: Literal["began"] = "began"


class Saving(NamedTuple):
    """How far the snapshot is."""

    files: int
    total: int  #: 0 where unknown
    kind: Literal["saving"] = "saving"


class Saved(NamedTuple):
    """The snapshot is complete: from here on there is a way back."""

    files: int
    bytes: int  #: that it takes on disk by itself
    seconds: float
    method: Literal["links", "copies", "rename", "new", "none"]
    kind: Literal["saved"] = "saved"


class StepStarted(NamedTuple):
    """One step of the plan begins."""

    number: int  #: from 1
    total: int
    step: PlannedStep
    kind: Literal["step-started"] = "step-started"


class Output(NamedTuple):
    """One line that a command printed, cleaned and redacted."""

    line: str
    kind: Literal["output"] = "output"


class StepDone(NamedTuple):
    """One step is done."""

    number: int
    seconds: float
    kind: Literal["step-done"] = "step-done"


class Verifying(NamedTuple):
    """The environment is examined: before the first step, or again after the last; layer names what is read now."""

    layer: str = ""
    before: bool = False
    kind: Literal["verifying"] = "verifying"


class Verified(NamedTuple):
    """What the second examination saw."""

    gone: tuple[Known, ...] = ()  #: chosen findings that are gone
    remaining: tuple[Known, ...] = ()  #: chosen findings that are still there
    new: tuple[Known, ...] = ()  #: errors and warnings that were not there before
    notes: tuple[Known, ...] = ()  #: new notes, which are told and do not count against it
    also_gone: tuple[Known, ...] = ()  #: findings that nobody chose and that went away, too
    kind: Literal["verified"] = "verified"


class PuttingBack(NamedTuple):
    """The old state is being restored, and why."""

    reason: str
    kind: Literal["putting-back"] = "putting-back"


class PutBack(NamedTuple):
    """The old state is there again."""

    changed: int  #: paths that had to be restored
    seconds: float
    problems: tuple[str, ...] = ()  #: what could not be restored, and why; empty when it is whole
    kind: Literal["put-back"] = "put-back"


Ending = Literal["fixed", "done", "put-back", "undone", "unchanged", "broken"]


class Ended(NamedTuple):
    """The last event of every operation.

    fixed: the findings are gone. done: something was written down or cleaned, no finding was to go away.
    put-back: it failed or did not help, and the old state is there again. undone: by undo. unchanged: nothing had
    been changed yet. broken: the old state could not be restored whole; the text says what is left to do.
    """

    operation: str
    ending: Ending
    text: str  #: one sentence for people, without a final stop
    can_undo: bool = False
    kind: Literal["ended"] = "ended"


Event = Began | Saving | Saved | StepStarted | Output | StepDone | Verifying | Verified | PuttingBack | PutBack | Ended
