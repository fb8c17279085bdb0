"""Findings of the examined environment that keep it from being what the repository asks for, by code."""

from __future__ import annotations

from collections.abc import Mapping

from doctor.fix.planning.choose import Choice, can_be_done, healthy_path, only_writes_down
from doctor.model import Examination, Remedy, Severity

#: families whose warnings matter to whoever wants to begin; of the others errors do
_MATTER = ("DEP", "GPU", "MIX", "NBK", "NUM", "PYT", "REP")
#: of those what installing the repository's packages settles, or what is no matter of this machine
_APART = ("REP001", "REP003", "REP004", "REP008")


def repairable(examination: Examination) -> Mapping[str, tuple[Choice, ...]]:
    """Code -> its findings with the remedy that is offered for each, in the order that unlocks most."""
    found: dict[str, list[Choice]] = {}
    for finding in healthy_path(examination):
        counts = finding.severity is Severity.ERROR or (
            finding.severity is Severity.WARNING and finding.code[:3] in _MATTER
        )
        remedy = next(filter(_changes, finding.remedies), None)
        if counts and finding.code not in _APART and remedy is not None:
            found.setdefault(finding.code, []).append(Choice(finding, remedy))
    return {code: tuple(choices) for code, choices in found.items()}


def _changes(remedy: Remedy) -> bool:
    return can_be_done(remedy) and not only_writes_down(remedy)
