"""envdoctor check --live: asks, then tries things in the environment's own Python and adds what came of it."""

from __future__ import annotations

import contextlib
import sys
import textwrap
from collections.abc import Callable

from doctor.cli.asking import agreed as answered_yes
from doctor.cli.asking import can_ask
from doctor.cli.running import telling
from doctor.cli.show import width
from doctor.examine import conclude, judge
from doctor.facts import Facts, Live, Numbers, Policy
from doctor.failure import Failure
from doctor.live.asking import question
from doctor.live.probe import Probed, Trying, needed_facts, probe
from doctor.model import Examination
from doctor.target.environment import Request

#: numbers-differ
_OF_NUMBERS = "NUM005"


def refuse_unasked(*, agreed: bool) -> None:
    """Raise Failure where nobody agreed and nobody can be asked."""
    if not agreed and not can_ask():
        raise Failure(
            "--live starts the environment's own Python, and nobody is here to be asked; "
            "write --live --yes to agree to that"
        )


def tried(request: Request, examination: Examination, *, agreed: bool) -> Examination:
    """Ask where nobody agreed yet, try, and add what came of it; unchanged where the answer is no."""
    if "identity" in examination.facts.gaps:
        return examination
    facts = needed_facts(request)._replace(settings=examination.facts.settings, machine=examination.facts.machine)
    baseline = facts.project.baseline
    theirs = baseline.numbers if baseline is not None else Numbers()
    if not agreed:
        asked, about = question(request, facts, numbers=bool(theirs.runs))
        print(f"{asked}\n{textwrap.fill(about, width())}", file=sys.stderr)
        if not answered_yes("Start it?"):
            print("Nothing was started.", file=sys.stderr)
            return examination
    live = Live()
    with telling() as say, contextlib.closing(probe(request, facts)) as events:
        for event in events:
            if isinstance(event, Trying):
                say(f"trying {event.what}, {event.number} of {event.total}" if event.number else f"trying {event.what}")
            elif isinstance(event, Probed):
                live = event.live
        if theirs.runs and not live.problem:
            live = live._replace(numbers=_computed(request, facts, theirs, say))
    return _judged_again(examination._replace(facts=examination.facts._replace(live=live)), request.policy)


def _computed(request: Request, facts: Facts, theirs: Numbers, say: Callable[[str], None]) -> Numbers:
    """The environment's numbers, with the experiments that may tell why they are not the baseline's."""
    from doctor.compare.numbers import compare_numbers
    from doctor.live.numbers import measure_causes, probe_numbers

    ours = probe_numbers(request, facts, say=say)
    differences = compare_numbers(ours, theirs)
    facts = facts._replace(live=facts.live._replace(numbers=ours))
    return measure_causes(request, facts, differences, theirs, say=say)


def _judged_again(examination: Examination, policy: Policy) -> Examination:
    """The same with the check of numbers made once more, for nothing had been computed when it was made."""
    facts = examination.facts
    if not facts.live.numbers.asked:
        return examination
    outcomes = [
        judge(outcome.check, facts) if outcome.check.code == _OF_NUMBERS else outcome
        for outcome in examination.outcomes
    ]
    again = conclude(facts, outcomes, policy, dict(examination.timings))
    return again._replace(waived=examination.waived + again.waived)
