"""Takes one step of the path, as an operation with a journal, and remembers what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from doctor.failure import Failure
from doctor.fix.creating.creation import carry_out_creation
from doctor.fix.creating.plans import plan_addition, plan_creation
from doctor.fix.creating.recipe import Recipe
from doctor.fix.events import Ended, Event
from doctor.fix.history import unfinished
from doctor.fix.operate import operate
from doctor.fix.plan import Change, Plan, PlannedStep
from doctor.fix.planning.making import make_plan
from doctor.fix.recover import recover
from doctor.model import Step
from doctor.onboard.data import Onboarding, OnboardStep, Taken
from doctor.onboard.kept import remember
from doctor.onboard.kernel import kernel_wish
from doctor.onboard.repairs import repairable
from doctor.onboard.variables import steps_for, variables_of
from doctor.onboard.writing import CannotPlan, editable, filling, programs_of, resolved


def _silent(line: str) -> None:
    """Say nothing."""


def _never() -> bool:
    return False


def prepare(
    step: OnboardStep,
    onboarding: Onboarding,
    *,
    say: Callable[[str], None] = _silent,
    stop: Callable[[], bool] = _never,
) -> OnboardStep:
    """Make the plan of a step that can be taken now. Raises Failure where it cannot be carried out.

    For repairs and packages the package manager may be asked what would change, which may use the network.
    """
    if not step.open:
        raise Failure(f"{step.title}: {step.reason or 'it cannot be done now'}")
    try:
        plan = _plan(step, onboarding, say, stop)
    except CannotPlan as error:
        raise Failure(f"{step.title}: {error}") from None
    return step._replace(plan=plan, does=plan.steps if plan else step.does)


def take(step: OnboardStep, onboarding: Onboarding, *, stop: Callable[[], bool] = _never) -> Iterator[Event]:
    """Carry out a prepared step; its last event says how it ended. Raises Failure where it is refused."""
    last = None
    for event in _events(step, onboarding, stop):
        last = event
        if isinstance(event, Ended):
            ending = "stopped" if event.ending == "put-back" and stop() else event.ending
            taken = Taken(step.name, event.operation if event.can_undo else "", ending, round(time.time(), 1))
            if step.key != "recover":
                remember(onboarding.state, onboarding.folder, onboarding.prefix, taken)
        yield event
    assert isinstance(last, Ended)


def decline(step: OnboardStep, onboarding: Onboarding) -> None:
    """Remember that the user said no to a step; it can still be taken later."""
    taken = Taken(step.name, "", "declined", round(time.time(), 1))
    remember(onboarding.state, onboarding.folder, onboarding.prefix, taken)


def _events(step: OnboardStep, onboarding: Onboarding, stop: Callable[[], bool]) -> Iterator[Event]:
    options, state = onboarding.wishes.options, onboarding.state
    if step.key == "recover":
        operation = next((one for one in unfinished(state) if one.id == step.operation), None)
        if operation is None:
            raise Failure(f"operation {step.operation} has come to its end already")
        return recover(operation, state)
    if step.plan is None:
        raise Failure(f"{step.title}: it has no plan yet")
    if step.plan.blocked:
        raise Failure("; ".join(step.plan.blocked))
    if step.key == "create":
        return carry_out_creation(step.plan, options, state, stop=stop)
    return operate(step.plan, onboarding.request, options, state, stop=stop)


def _plan(
    step: OnboardStep, onboarding: Onboarding, say: Callable[[str], None], stop: Callable[[], bool]
) -> Plan | None:
    options, state, request = onboarding.wishes.options, onboarding.state, onboarding.request
    match step.key:
        case "recover" | "examine":
            return None
        case "create":
            return plan_creation(_recipe(onboarding), request, programs_of(onboarding), options, state)
        case "packages":
            rule = onboarding.recipe.rule if onboarding.recipe else ""
            return _addition(filling(onboarding), onboarding, changes=_changes(onboarding), source=rule)
        case "project":
            return _addition(editable(onboarding), onboarding, source=f"{onboarding.name} is added, nothing else")
        case "repair":
            assert onboarding.examination is not None
            choices = repairable(onboarding.examination)[step.name.removeprefix("repair ")]
            return make_plan(request, onboarding.examination, choices, options, state, say=say, stop=stop)
        case "variables":
            wishes = variables_of(onboarding.expectations, onboarding.facts, request, there=True)
            return _addition(resolved(steps_for(wishes), onboarding), onboarding)
        case "kernel":
            remedy = kernel_wish(onboarding.facts, there=True).remedy
            steps: tuple[Step, ...] = remedy.steps if remedy else ()
            return _addition(resolved(steps, onboarding), onboarding)
    raise Failure(f"{step.title}: {step.reason}")


def _addition(
    steps: tuple[PlannedStep, ...], onboarding: Onboarding, *, changes: tuple[Change, ...] = (), source: str = ""
) -> Plan:
    assert onboarding.examination is not None
    if not steps:
        raise Failure("there is nothing to do: everything is as it should be")
    return plan_addition(
        steps,
        onboarding.request,
        onboarding.examination,
        programs_of(onboarding),
        onboarding.wishes.options,
        onboarding.state,
        changes=changes,
        source=source or "not known beforehand: the package manager chooses",
    )


def _recipe(onboarding: Onboarding) -> Recipe:
    if onboarding.recipe is None:
        raise Failure(onboarding.limits[0] if onboarding.limits else "nothing says what goes in")
    return onboarding.recipe


def _changes(onboarding: Onboarding) -> tuple[Change, ...]:
    """Of what the recipe names that which the environment lacks or has otherwise."""
    if onboarding.chosen is None or onboarding.recipe is None:
        return ()
    met = onboarding.chosen.met
    have = {item.expectation.name: item.found for item in met.different}
    lacking = {item.name for item in met.missing}
    return tuple(
        change._replace(before=have.get(change.name, ""))
        for change in onboarding.recipe.changes
        if change.name in lacking or change.name in have
    )
