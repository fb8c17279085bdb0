"""Examines an environment before and after, and says what that proves."""

from __future__ import annotations

from collections.abc import Generator, Iterable

from doctor import checks
from doctor.collect import LayerStarted
from doctor.examine import Examined, examine
from doctor.failure import Failure
from doctor.fix.events import Verified, Verifying
from doctor.fix.plan import Chosen, Known
from doctor.model import Examination, Finding, Severity
from doctor.target.environment import Request
from doctor.target.recognise import inspect_prefix


def examined(request: Request, *, before: bool) -> Generator[Verifying, None, Examination]:
    """Run every check over an environment; yields what is read. Raises Failure if it cannot be read."""
    examination = None
    for event in examine(request, checks.load()):
        if isinstance(event, LayerStarted):
            yield Verifying(event.layer, before)
        elif isinstance(event, Examined):
            examination = event.examination
    assert examination is not None
    if "identity" in examination.facts.gaps:
        raise Failure(f"the environment could not be examined: {examination.facts.gaps['identity']}")
    return examination


def again(request: Request) -> Request:
    """The same request for what the prefix holds now: another interpreter, another version."""
    then = request.environment
    now = inspect_prefix(then.prefix)
    if now is None:
        raise Failure(f"{then.prefix} is no environment any more")
    return request._replace(environment=now._replace(name=then.name, origins=then.origins))


def known(findings: Iterable[Finding]) -> tuple[Known, ...]:
    """Findings as they are remembered in a plan."""
    return tuple(dict.fromkeys(Known(f.code, f.subject, f.severity.value) for f in findings))


def compare(chosen: Iterable[Chosen], before: Examination, after: Examination) -> Verified:
    """What the second examination proves: findings gone, findings left, and what is new.

    A chosen finding counts as left, too, where its check could not be made any more: unknown is not healthy.
    """
    old, now = known(before.findings), known(after.findings)
    were = {(item.code, item.subject): item for item in old}
    are = {(item.code, item.subject): item for item in now}
    blind = {outcome.check.code for outcome in after.outcomes if outcome.state in ("skipped", "crashed")}
    blind -= {outcome.check.code for outcome in before.outcomes if outcome.state in ("skipped", "crashed")}
    wanted = {(item.code, item.subject): item for item in chosen}
    of_wanted = {key: were[key] for key in wanted if key in were}
    remaining = [item for key, item in of_wanted.items() if key in are or key[0] in blind]
    said = {(finding.code, finding.subject): finding.summary for finding in reversed(after.findings)}
    new = [item._replace(summary=said[key]) for key, item in are.items() if key not in were or _graver(item, were[key])]
    new += [Known(o.check.code, "", "error") for o in after.crashed if o.check.code in blind]
    return Verified(
        gone=tuple(item for item in of_wanted.values() if item not in remaining),
        remaining=tuple(item for item in remaining if not wanted[(item.code, item.subject)].stays),
        new=tuple(item for item in new if item.severity != "note"),
        notes=tuple(item for item in new if item.severity == "note"),
        also_gone=tuple(item for key, item in were.items() if key not in are and key not in wanted),
    )


def _graver(item: Known, before: Known) -> bool:
    return Severity(item.severity).rank > Severity(before.severity).rank
