"""Takes one step of the path, as an operation with a journal, and remembers what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from doctor.failure import Failure
from doctor.fix.events import Event
from doctor.onboard.data import Onboarding, OnboardStep


def _never() -> bool:
    return False


def take(step: OnboardStep, onboarding: Onboarding, *, stop: Callable[[], bool] = _never) -> Iterator[Event]:  # noqa: ARG001
    """Carry out a step that is to do now; its last event says how it ended. Raises Failure where it is refused."""
    raise Failure("onboarding takes no step yet")
    yield


def decline(step: OnboardStep, onboarding: Onboarding) -> None:  # noqa: ARG001
    """Remember that the user said no to a step; it can still be taken later."""
    raise Failure("onboarding remembers nothing yet")
