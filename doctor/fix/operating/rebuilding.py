"""Rebuild beside: create on trial, examine, let the old one go, create under the final name, examine again.

The prefix is baked into an environment's scripts, so that a trial cannot simply be renamed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path

from doctor.failure import Failure
from doctor.fix.events import Event, Output, Verified
from doctor.fix.host.files import private_folder, remove_folder
from doctor.fix.host.moving import rename
from doctor.fix.host.snapshot import trial_of
from doctor.fix.operating.steps import Scene
from doctor.fix.operating.streamed import streamed
from doctor.fix.operating.verify import again, compare, examined
from doctor.fix.plan import Anew, Plan
from doctor.fix.rebuild import create
from doctor.model import Examination
from doctor.target.environment import Request
from doctor.target.recognise import inspect_prefix


def rebuild(
    step: Anew, plan: Plan, request: Request, before: Examination, scene: Scene, stop: Callable[[], bool]
) -> Generator[Event, None, Verified]:
    """Carry out a rebuild; return what the last examination proves. Raises Failure."""
    places = scene.places
    trial = trial_of(places)
    scene.journal.write("trial", path=str(trial))
    yield Output(f"creating it on trial at {trial}")
    problem = yield from _created(step, trial, places.prefix, scene, stop)
    there = inspect_prefix(trial)
    if problem or there is None:
        raise Failure(f"the trial failed: {problem or 'it is no environment'}")
    yield Output("examining the trial")
    tried = yield from examined(request._replace(environment=there._replace(name=plan.name)), before=False)
    proof = compare(plan.chosen, before, tried)
    if proof.remaining or proof.new:
        yield proof
        return proof
    remove_folder(trial)
    scene.journal.write("renaming")
    rename(places.prefix, places.old)
    yield Output(f"creating it under its own name, {places.prefix}")
    problem = yield from _created(step, places.prefix, places.old, scene, stop)
    if problem:
        raise Failure(f"it could not be created: {problem}")
    scene.journal.write("verifying")
    after = yield from examined(again(request), before=False)
    proof = compare(plan.chosen, before, after)
    yield proof
    return proof


def _created(
    step: Anew, prefix: Path, old: Path, scene: Scene, stop: Callable[[], bool]
) -> Generator[Event, None, str]:
    """Create the environment at one place; return why it failed, or nothing."""

    def work(say: Callable[[Event], None]) -> str:
        return create(
            step,
            prefix,
            old,
            private_folder(scene.work),
            say=lambda line: say(Output(line)),
            stop=stop,
            began=lambda process: scene.journal.write("child", process=process),
            keep=scene.locks,
        )

    return (yield from streamed(work))
