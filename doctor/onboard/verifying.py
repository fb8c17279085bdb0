"""Examines the environment at the end of the path, and compares it with the team's baseline."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from doctor import checks
from doctor.compare.comparison import Comparison, Side
from doctor.compare.difference import compare
from doctor.compare.fingerprint import FACTS_NEEDED, fingerprint_of
from doctor.examine import CheckDone, Examined, examine
from doctor.facts import Facts, Fingerprint
from doctor.facts.units import several
from doctor.failure import Failure
from doctor.model import Examination
from doctor.onboard.data import Onboarding, Verdict
from doctor.onboard.ranking import cheap_facts
from doctor.target.environment import Request


def _silent(line: str) -> None:
    """Say nothing."""


def verify(onboarding: Onboarding, *, probe: bool = False, say: Callable[[str], None] = _silent) -> Verdict:
    """Run every check, compare with the baseline, and with probe, which the user has agreed to, numbers as well."""
    if onboarding.chosen is None:
        raise Failure("there is no environment to examine yet")
    request = onboarding.request
    examination = _examined(request, say)
    facts = _fingerprinted(examination.facts, request)
    baseline, path = facts.project.baseline, facts.project.baseline_path
    if probe:
        from doctor.live.numbers import probe_numbers

        say("computing numbers in the environment's own Python")
        numbers = probe_numbers(request, facts, say=say)
        facts = facts._replace(live=facts.live._replace(numbers=numbers))
        examination = examination._replace(facts=facts)
    if baseline is None:
        problem = next((p.reason for p in facts.project.problems if path and p.path == path), "")
        why = f"{path} cannot be read: {problem}" if problem else "the repository holds no baseline to compare with"
        return Verdict(examination, baseline=path, problem=why, numbers=_numbers_alone(facts) if probe else "")
    here = fingerprint_of(facts)
    if probe:
        here = here._replace(numbers=facts.live.numbers)
    comparison = compare((Side(path, baseline), Side(onboarding.name, here, facts)))
    return Verdict(
        examination,
        comparison,
        path,
        differs=comparison.changes_results == "yes",
        numbers=_numbers_of(comparison, baseline, probe=probe),
        marks=_marks(comparison),
    )


def _examined(request: Request, say: Callable[[str], None]) -> Examination:
    for event in examine(request, checks.load()):
        if isinstance(event, CheckDone):
            say(f"checked {event.outcome.check.code}")
        elif isinstance(event, Examined):
            return event.examination
    raise Failure("the environment could not be examined")


def _fingerprinted(facts: Facts, request: Request) -> Facts:
    """Add the layers that a fingerprint needs and no check has read."""
    missing = [layer for layer in FACTS_NEEDED if layer not in facts.layers and layer not in facts.gaps]
    if not missing:
        return facts
    more = cheap_facts(request._replace(imports=False, sizes=False), missing)
    values = {layer: getattr(more, layer) for layer in missing if layer in more.layers}
    return facts._replace(**values, layers=(*facts.layers, *values))


def _marks(comparison: Comparison) -> Mapping[str, str]:
    if comparison.difference is None:
        return {}
    return {
        layer.layer: layer.gap or ("equal" if layer.equal else f"{several(len(layer.items), 'difference')}")
        for layer in comparison.difference.layers
    }


def _numbers_of(comparison: Comparison, baseline: Fingerprint, *, probe: bool) -> str:
    if not probe:
        return "not compared; --probe does" if baseline.numbers.runs else ""
    difference = comparison.difference
    if difference is None or difference.numbers_gap:
        return f"not compared: {difference.numbers_gap}" if difference else ""
    differing = {
        number.series for number in difference.numbers if number.verdict not in ("identical", "not comparable")
    }
    every = several(len({number.series for number in difference.numbers}), "computation")
    return f"{len(differing)} of {every} came out otherwise" if differing else f"all {every} came out identical"


def _numbers_alone(facts: Facts) -> str:
    numbers = facts.live.numbers
    return (
        f"nothing could be computed: {numbers.problem}" if numbers.problem else "computed; no baseline to compare with"
    )
