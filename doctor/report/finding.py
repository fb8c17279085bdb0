"""One finding in full: what was seen, why it matters, and each remedy with its steps and its safety."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

from doctor.facts import Facts
from doctor.model import Check, Finding
from doctor.report.steps import steps_of
from doctor.report.text import Line, Span, wrapped
from doctor.report.words import GLYPHS, SAFETY

#: so many, that the remedies stay within reach
EVIDENCE_SHOWN = 8


def describe(finding: Finding, check: Check, facts: Facts, *, width: int = 80) -> Iterator[Line]:
    """Yield all that is known of a finding, the most useful first."""
    style = finding.severity.value
    yield (
        Span(f"{GLYPHS[finding.severity]} {finding.severity.value}", style),
        Span(f"  {finding.code} {finding.name}"),
    )
    yield from wrapped(finding.summary, width, "", "strong")
    yield ()
    yield (Span("What was seen", "heading"),)
    for evidence in finding.evidence[:EVIDENCE_SHOWN]:
        place = f"{evidence.path}:{evidence.line}" if evidence.line else evidence.path
        yield from wrapped(evidence.text, width, "· ", "")
        if place:
            yield from wrapped(place, width, "  ", "dim")
    hidden = len(finding.evidence) - EVIDENCE_SHOWN
    if hidden > 0:
        yield (Span(f"  and {hidden:,} more; --format json has them all", "dim"),)
    yield ()
    yield (Span("Why it matters", "heading"),)
    yield from wrapped(section(check, "Why it matters"), width, "", "")
    yield ()
    yield (Span("What can be done", "heading"),)
    for number, remedy in enumerate(finding.remedies, 1):
        yield from wrapped(remedy.title, width, f"{number}. ", "strong")
        yield from wrapped(SAFETY[remedy.safety], width, "   ", remedy.safety.value)
        if remedy.trade_off:
            yield from wrapped(remedy.trade_off, width, "   ", "")
        for sentence, command in steps_of(remedy, facts):
            yield from wrapped(sentence, width, "   · ", "")
            if command:
                yield from wrapped(command, width, "     $ ", "command")
        yield ()
    if not finding.remedies:
        yield (Span("Nothing needs to be done.", "dim"),)
        yield ()
    yield (Span("How it was found", "heading"),)
    yield from wrapped(section(check, "How it is found"), width, "", "dim")


def commands(finding: Finding, facts: Facts) -> tuple[str, ...]:
    """The commands of the first remedy that has some, for copying."""
    for remedy in finding.remedies:
        found = tuple(command for _, command in steps_of(remedy, facts) if command)
        if found:
            return found
    return ()


def section(check: Check, heading: str) -> str:
    """The text below a heading of a check's documentation, as one paragraph."""
    text = inspect.cleandoc(check.documentation)
    match = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    return " ".join(match[1].split()) if match else ""
