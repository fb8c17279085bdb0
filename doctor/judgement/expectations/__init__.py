"""What the repository asks for, each with its place, where its places contradict each other, and who meets it.

Pure: facts in, data out. The REP checks and onboarding build on it.
"""

from __future__ import annotations

from doctor.facts import Facts
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


def expectations_of(facts: Facts) -> Expectations:  # noqa: ARG001
    """All that the project of the facts asks for (layers: identity for its markers, project, locks)."""
    return Expectations()


def meets(expectations: Expectations, facts: Facts) -> Met:  # noqa: ARG001
    """How much of it an environment meets (layers: identity, distributions, conda)."""
    return Met()


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
    "meets",
]
