"""Which difference between two environments explains which numbers: measured where somebody tried it, else supposed."""

from __future__ import annotations

from collections.abc import Sequence

from doctor.compare.cause import Cause, CauseKind
from doctor.compare.measured import measured
from doctor.compare.numbers import RUNS, NumberDifference
from doctor.compare.supposed import supposed
from doctor.facts.fingerprint import Fingerprint

_ALIKE = ("identical", "not comparable")


def causes(differences: Sequence[NumberDifference], first: Fingerprint, second: Fingerprint) -> tuple[Cause, ...]:
    """The fewest explanations of all series that differ, measured ones first; here is the first, there the second."""
    differing = {
        run: [one.series for one in differences if one.run == run and one.verdict not in _ALIKE] for run in RUNS
    }
    left = list(dict.fromkeys(name for names in differing.values() for name in names))
    found: list[Cause] = []
    for cause in measured(differing, first, second):
        found.append(cause)
        left = [name for name in left if name not in cause.series]
    return (*found, *supposed(left, first, second))


__all__ = ["Cause", "CauseKind", "causes"]
