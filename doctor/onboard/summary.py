"""The summary of an onboarding, as Markdown to paste: redacted, short, with what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from doctor.onboard.data import Onboarding, OnboardStep, Verdict
from doctor.onboard.ready import activation, kernel
from doctor.reading.clean import clean
from doctor.reading.redact import redact, show
from doctor.report.comparison_words import verdict as comparison_verdict
from doctor.report.markdown_text import escape
from doctor.report.words import verdict as examination_verdict

_STATES = {
    "done": "done",
    "todo": "not taken yet",
    "declined": "not taken",
    "later": "not taken yet",
    "cannot": "cannot be done here",
    "by-hand": "left to you",
}


def summary(onboarding: Onboarding, verdict: Verdict | None = None) -> str:
    """Say what was found, done and verified, how to activate the environment, and what is left to do."""
    return "\n".join(_lines(onboarding, verdict)) + "\n"


def _lines(onboarding: Onboarding, verdict: Verdict | None) -> Iterator[str]:
    yield f"# Onboarding: {_text(onboarding.name)}"
    yield ""
    wanted = onboarding.expectations
    if wanted.manager is not None:
        yield f"- asked for: {_text(wanted.manager.name)} ({_text(wanted.manager.reason)})"
    if wanted.python:
        yield f"- Python: {_code(wanted.python)}"
    if onboarding.chosen is not None:
        version = onboarding.facts.identity.python
        met = onboarding.chosen.met
        share = f", meets {len(met.met)} of {met.asked} expectations" if met.asked else ""
        yield f"- environment: {_code(show(onboarding.prefix))}, Python {_text(version)}{share}"
    for conflict in wanted.conflicts:
        yield f"- conflict: {_text(conflict.summary)} ({_text(conflict.first.place)}, {_text(conflict.second.place)})"
    yield from _titled("Steps", _steps(onboarding.steps))
    yield from _titled("Cannot be done here", (f"- {_text(limit)}" for limit in onboarding.limits))
    if verdict is not None:
        yield from _titled("Verified", _verified(verdict))
    if onboarding.chosen is not None:
        yield from _titled("Begin", ["```", redact(clean(activation(onboarding))), "```"])
        if kernel(onboarding):
            yield f"Kernel for notebooks: {_code(kernel(onboarding))}"


def _titled(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield from ("", f"## {title}", "", *found)


def _steps(steps: Iterable[OnboardStep]) -> Iterator[str]:
    for step in steps:
        if step.state in _STATES and step.key != "examine":
            box = "x" if step.state == "done" else " "
            reason = f": {_text(step.reason)}" if step.reason and step.state != "done" else ""
            undo = f" (undo: {_code(step.undo)})" if step.operation and step.state == "done" else ""
            yield f"- [{box}] {_text(step.title)}: {_STATES[step.state]}{reason}{undo}"


def _verified(verdict: Verdict) -> Iterator[str]:
    yield f"- {_text(examination_verdict(verdict.examination))}"
    for finding in verdict.examination.findings[:10]:
        if finding.severity.value != "note":
            yield f"  - {finding.code}: {_text(finding.summary)}"
    if verdict.comparison is not None:
        yield f"- compared with {_code(verdict.baseline)}: {_text(comparison_verdict(verdict.comparison)[0])}"
        unlike = ", ".join(f"{layer} {mark}" for layer, mark in verdict.marks.items() if mark != "equal")
        if unlike:
            yield f"  - {_text(unlike)}"
    elif verdict.problem:
        yield f"- not compared: {_text(verdict.problem)}"
    if verdict.numbers:
        yield f"- numbers: {_text(verdict.numbers)}"


def _text(text: str) -> str:
    return escape(redact(clean(text)))


def _code(text: str) -> str:
    return f"`{redact(clean(text)).replace('`', chr(39))}`"
