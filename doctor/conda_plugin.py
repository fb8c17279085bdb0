"""The plug-in of conda: `conda doctor` runs our checks as health checks, and `conda envdoctor` is envdoctor.

conda loads this module at each start, so that everything else is loaded where it is used. Written against the
plug-in types of conda 24 to 26: CondaHealthCheck(name, action), with a summary since 26.3, whose action prints what
it finds; CondaSubcommand(name, summary, action), whose action is handed the words behind the name.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from conda.plugins import hookimpl

if TYPE_CHECKING:
    from doctor.model import Examination, Finding

#: as conda's own health checks mark what they say
_FINE, _BAD, _UNKNOWN = "✅", "❌", "❔"
_SEVERITIES = {"error": _BAD, "warning": "⚠️ ", "note": "ℹ️ "}  # noqa: RUF001 - the sign for information
#: what conda calls the environment, and what envdoctor does
_WORDS = {"-n": "--env", "--name": "--env", "-p": "--env", "--prefix": "--env"}

_examinations: dict[str, Examination | str] = {}


@hookimpl  # type: ignore[untyped-decorator]
def conda_subcommands() -> Iterator[Any]:
    """`conda envdoctor`: the command line of envdoctor."""
    from conda.plugins.types import CondaSubcommand

    yield CondaSubcommand(
        name="envdoctor",
        summary="Find out what is wrong with an environment, why, and repair it (envdoctor).",
        action=run,
    )


@hookimpl  # type: ignore[untyped-decorator]
def conda_health_checks() -> Iterator[Any]:
    """One health check for each family of our checks, so that conda doctor can be asked for a single one."""
    from conda.plugins.types import CondaHealthCheck

    from doctor import checks

    for family, folder in checks.FAMILIES.items():
        told = {"name": f"envdoctor-{folder}", "action": _action(family)}
        if "summary" in getattr(CondaHealthCheck, "__annotations__", ()):
            told["summary"] = checks.heading(family)
        yield CondaHealthCheck(**told)


def run(arguments: Iterable[str]) -> int:
    """Run envdoctor with the words behind `conda envdoctor`; -n and -p mean what they mean to conda."""
    from doctor.cli import run as run_words

    return run_words(list(_translated(arguments)))


def _translated(arguments: Iterable[str]) -> Iterator[str]:
    for word in arguments:
        name, equals, value = word.partition("=")
        yield f"{_WORDS[name]}{equals}{value}" if name in _WORDS else word


def _action(family: str) -> Any:
    def action(prefix: str, verbose: bool) -> None:
        print("\n".join(_told(family, prefix, verbose=verbose)), end="\n\n")  # noqa: T201 - as conda's own checks do

    return action


def _told(family: str, prefix: str, *, verbose: bool) -> Iterator[str]:
    """What the checks of one family say: a line for each finding, with everything known of it where verbose."""
    from doctor import checks
    from doctor.report.words import count

    heading = checks.heading(family).partition(":")[0]
    examination = _examined(prefix)
    if isinstance(examination, str):
        yield f"{_UNKNOWN} {heading}: envdoctor cannot tell: {examination}"
        return
    outcomes = [outcome for outcome in examination.outcomes if outcome.check.family == family]
    if not outcomes:
        yield f"{_UNKNOWN} {heading}: the project's policy selects none of these checks"
        return
    findings = [finding for finding in examination.findings if finding.family == family]
    skipped = [o for o in outcomes if o.state == "skipped" and o.reason != "runs with --deep"]
    crashed = [o for o in outcomes if o.state == "crashed"]
    judged = sum(outcome.state in ("fine", "findings") for outcome in outcomes)
    if not findings:
        found = f"no problem found in {count(judged, 'check')}" if judged else "nothing could be judged"
        yield f"{_FINE if judged and not crashed else _UNKNOWN} {heading}: {found}"
    else:
        gravest = findings[0].severity.value
        yield f"{_SEVERITIES[gravest]} {heading}: {count(len(findings), 'finding')} in {count(judged, 'check')}"
        for finding in findings:
            yield from _finding(finding, examination, verbose=verbose)
        yield f"    why, and how to repair it: conda envdoctor check -p {shlex.quote(prefix)} --select {family}"
    for outcome in (*crashed, *(skipped if verbose else ())):
        yield f"    {outcome.check.code} could not tell: {outcome.reason}"


def _finding(finding: Finding, examination: Examination, *, verbose: bool) -> Iterator[str]:
    from doctor.report.steps import steps_of

    yield f"    {_SEVERITIES[finding.severity.value]} {finding.code} {finding.summary}"
    if not verbose:
        return
    for evidence in finding.evidence:
        place = f"{evidence.path}:{evidence.line}" if evidence.line else evidence.path
        yield f"        · {evidence.text}{f'  [{place}]' if place else ''}"
    for remedy in finding.remedies:
        yield f"        → {remedy.title}"
        yield from (f"            {command or sentence}" for sentence, command in steps_of(remedy, examination.facts))
    yield f"        conda envdoctor explain {finding.code}"


def _examined(prefix: str) -> Examination | str:
    """The examination of a prefix, made once for all families; or why there is none."""
    if prefix not in _examinations:
        _examinations[prefix] = _examine(prefix)
    return _examinations[prefix]


def _examine(prefix: str) -> Examination | str:
    from doctor.asked import checks_for, environment_of, request_for
    from doctor.examine import Examined, examine
    from doctor.failure import Failure

    try:
        request = request_for(environment_of(prefix), project=None, deep=False)
        for event in examine(request, checks_for((), (), request.policy)):
            if isinstance(event, Examined):
                facts = event.examination.facts
                return facts.gaps.get("identity") or event.examination
    except Failure as error:
        return str(error)
    return "it was not examined"
