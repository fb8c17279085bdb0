"""Numbers as the environment's own Python computes them: once with one thread, once as configured, and varied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Mapping as _Mapping

from doctor.compare.numbers import NumberDifference
from doctor.facts import Facts, Numbers
from doctor.target.environment import Request


def numbers_question(request: Request, facts: Facts, *, vary: bool = False) -> tuple[str, str]:
    """The question before anything is started, and what is done and what is not."""
    return "", ""


def probe_numbers(
    request: Request,
    facts: Facts,
    *,
    vary: bool = False,
    variables: Sequence[_Mapping[str, str]] = (),
    say: Callable[[str], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Numbers:
    """Compute numbers in the environment's own Python. Only who has the user's yes may call this.

    vary adds the experiments that this machine allows; variables adds one experiment for each set of variables.
    """
    return Numbers(asked=True)


def measure_causes(
    request: Request,
    facts: Facts,
    differences: Sequence[NumberDifference],
    other: Numbers,
    *,
    say: Callable[[str], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Numbers:
    """facts.live.numbers with those experiments added that may tell why they differ from the other's."""
    return facts.live.numbers
