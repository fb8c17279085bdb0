"""Facts and checks to results: reads what the checks need and judges as soon as it is there.

A generator of frozen events. The command line prints them, the app posts them as messages.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from doctor.checks import count
from doctor.collect import LayerRead, LayerStarted, collect
from doctor.facts import Facts
from doctor.facts.project import Ignored, Policy
from doctor.judgement.by_hand import told_by_hand
from doctor.model import CannotTell, Check, Examination, Finding, Outcome, PolicyNote, Waived
from doctor.target.environment import Request


class CheckDone(NamedTuple):
    """One check has been made."""

    outcome: Outcome


class Examined(NamedTuple):
    """The last event: everything together."""

    examination: Examination


#: layers made from the lists of installed files
_BY_RECORD = ("sizes", "integrity")

Event = LayerStarted | LayerRead | CheckDone | Examined


def examine(request: Request, checks: Iterable[Check]) -> Iterator[Event]:
    """Examine an environment; each check runs as soon as its layers are there."""
    waiting = list(checks)
    running = [check for check in waiting if _runs(check, request)]
    has_conda = request.environment.kind == "conda"
    layers = {check.code: _layers(check, has_conda) for check in running}
    needed = {"identity"}.union(*layers.values())  # every report says which environment it speaks of
    request = request._replace(
        sizes="sizes" in needed,
        records=any(check.records for check in running) or not needed.isdisjoint(_BY_RECORD),
        imports=any("project" in check.needs for check in running),
    )
    facts = Facts(now=time.time())
    outcomes: list[Outcome] = []
    timings: dict[str, float] = {}
    for event in collect(request, needed):
        yield event
        if isinstance(event, LayerStarted):
            continue
        facts = event.facts
        timings[event.layer] = event.seconds
        known = {*facts.layers, *facts.gaps}
        ready = [check for check in waiting if known.issuperset(layers.get(check.code, ()))]
        for check in ready:
            waiting.remove(check)
            outcome = judge(check, facts) if check.code in layers else _not_deep(check)
            timings[check.code] = outcome.seconds
            outcomes.append(outcome)
            yield CheckDone(outcome)
    yield Examined(conclude(facts, outcomes, request.policy, timings))


def examine_facts(facts: Facts, checks: Iterable[Check], policy: Policy | None = None) -> Examination:
    """Judge facts that were collected before; a layer that is not among them skips the checks that need it."""
    outcomes = [judge(check, facts) for check in checks]
    return conclude(facts, outcomes, facts.project.policy if policy is None else policy, {})


def judge(check: Check, facts: Facts) -> Outcome:
    """Run one check over facts; a defect in it is an outcome and never stops the others."""
    if check.deep and "integrity" not in facts.layers and "integrity" not in facts.gaps:
        return _not_deep(check)
    for layer in check.needs:
        if layer in facts.gaps:
            return Outcome(check, "skipped", reason=f"{layer} could not be read: {facts.gaps[layer]}")
        if layer not in facts.layers:
            return Outcome(check, "skipped", reason=f"{layer} was not read")
    start = time.perf_counter()
    try:
        found = tuple(check.find(facts))
    except CannotTell as reason:
        return Outcome(check, "skipped", reason=str(reason), seconds=time.perf_counter() - start)
    except Exception as error:  # a check's own defect: told as crashed, with exit code 2
        text = f"{type(error).__name__}: {error}"[:300]
        return Outcome(check, "crashed", reason=text, seconds=time.perf_counter() - start)
    own = (told_by_hand(finding, facts) for finding in found)
    stamped = tuple(f._replace(code=check.code, name=check.name, family=check.family) for f in own)
    return Outcome(check, "findings" if stamped else "fine", stamped, seconds=time.perf_counter() - start)


def conclude(facts: Facts, outcomes: list[Outcome], policy: Policy, timings: dict[str, float]) -> Examination:
    """Apply the project's waivers and put everything in stable order."""
    waived: list[Waived] = []
    kept: list[Outcome] = []
    for outcome in sorted(outcomes, key=lambda outcome: outcome.check.code):
        counted = []
        for finding in outcome.findings:
            reason = _waiver(finding, policy, facts.now)
            if reason:
                waived.append(Waived(finding, reason))
            else:
                counted.append(finding)
        if outcome.findings and not counted:
            kept.append(outcome._replace(state="fine", findings=()))
        else:
            kept.append(outcome._replace(findings=tuple(counted)))
    return Examination(facts, tuple(kept), tuple(waived), timings, tuple(_policy_notes(outcomes, policy, facts.now)))


def _waiver(finding: Finding, policy: Policy, now: float) -> str:
    for rule in policy.ignore:
        if _speaks_of(rule, finding) and not _expired(rule, now):
            return rule.reason
    return ""


def _speaks_of(rule: Ignored, finding: Finding) -> bool:
    return finding.code.startswith(rule.code) and rule.subject in ("", finding.subject)


def _expired(rule: Ignored, now: float) -> bool:
    return bool(rule.until) and rule.until < time.strftime("%Y-%m-%d", time.localtime(now))


def _policy_notes(outcomes: list[Outcome], policy: Policy, now: float) -> Iterator[PolicyNote]:
    """Name the rules that ended and those that nothing needs; silent where their checks were not all made."""
    for rule in policy.ignore:
        what = f"{rule.code} {rule.subject}".rstrip()
        used = any(_speaks_of(rule, finding) for outcome in outcomes for finding in outcome.findings)
        place = (policy.path, rule.line)
        if _expired(rule, now):
            then = "it counts again" if used else "the rule can be removed"
            text = f"{what} was ignored until {rule.until}, which is over: {then}"
            yield PolicyNote("expired", rule.code, rule.subject, text, *place)
        elif not used and _all_judged(rule.code, outcomes):
            text = f"{what} is ignored and not found: the rule can be removed"
            yield PolicyNote("unused", rule.code, rule.subject, text, *place)


def _all_judged(code: str, outcomes: list[Outcome]) -> bool:
    """Whether every check that a code or the beginning of one names has come to a verdict."""
    states = [outcome.state for outcome in outcomes if outcome.check.code.startswith(code)]
    return len(states) >= count(code) and all(state in ("fine", "findings") for state in states)


def _runs(check: Check, request: Request) -> bool:
    return request.deep or not check.deep


def _layers(check: Check, has_conda: bool) -> tuple[str, ...]:
    """What is read for a check."""
    return (*check.needs, *check.optional) if has_conda or not check.conda_only else check.needs


def _not_deep(check: Check) -> Outcome:
    return Outcome(check, "skipped", reason="runs with --deep")
