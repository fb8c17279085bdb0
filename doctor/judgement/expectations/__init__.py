"""What the repository asks for, each with its place, where its places contradict each other, and who meets it.

Pure: facts in, data out. The REP checks and onboarding build on it. What gathers and compares is loaded where there is
a project, for every check of it loads this package.
"""

from __future__ import annotations

from doctor.facts import Facts
from doctor.judgement.expectations.applying import holds, platform_of
from doctor.judgement.expectations.expected import (
    STRENGTHS,
    Conflict,
    Expectation,
    Expectations,
    Kind,
    ManagerName,
    ManagerWish,
    Met,
    Strength,
    Unlike,
)


def expectations_of(facts: Facts) -> Expectations:
    """All that the project of the facts asks for (layers: identity for its markers, project, locks)."""
    if not facts.project.present:
        return Expectations()
    from doctor.judgement.expectations.contradictions import contradictions
    from doctor.judgement.expectations.gathered import gather
    from doctor.judgement.expectations.managers import managers_asked_for

    items = gather(facts)
    return Expectations(items, contradictions(items, facts), managers_asked_for(facts), _python(items, facts))


def _python(items: tuple[Expectation, ...], facts: Facts) -> str:
    """What all places say of Python, without those that contradict a more binding one."""
    from doctor.judgement.expectations.ranges import Range, in_common
    from doctor.judgement.requirements import merge

    agreed = ""
    seen: set[str] = set()
    for item in items:
        if item.kind != "python" or not item.value or item.strength == "hint" or not holds(item.marker, facts):
            continue
        if item.strength != "policy" and item.path in seen:
            continue  # several versions in one file: the first is the one that is used
        seen.add(item.path)
        if in_common(Range(agreed), Range(item.value)):
            agreed = merge((agreed, item.value))
    return agreed


__all__ = [
    "STRENGTHS",
    "Conflict",
    "Expectation",
    "Expectations",
    "Kind",
    "ManagerName",
    "ManagerWish",
    "Met",
    "Strength",
    "Unlike",
    "expectations_of",
    "platform_of",
]
