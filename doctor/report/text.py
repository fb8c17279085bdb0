"""The report for people: verdict first, findings by gravity, what could not be told, what to do next.

Made of styled spans, so that one text serves a pipe (plain), a terminal (coloured) and a narrow window.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from doctor.facts import Facts
from doctor.model import Baseline, Examination, Finding, Outcome, Remedy, Safety, Severity
from doctor.report import steps
from doctor.report.words import FINE, GLYPHS, SAFETY, count, verdict, who, worst

#: at most so many evidences of a finding are shown; JSON and the app have them all
EVIDENCE_SHOWN = 4
#: at most so many findings of a baseline are named
BASELINE_SHOWN = 10


class Span(NamedTuple):
    """A piece of a line in one style: error, warning, note, fine, strong, dim, command, or none."""

    text: str
    style: str = ""


Line = tuple[Span, ...]


def render(
    examination: Examination, *, width: int = 80, command_line: str | None = "", app: bool = False
) -> Iterator[Line]:
    """Yield the report's lines, none longer than width (long words and commands apart); app says that it can open.

    command_line names the environment to other commands; None where they cannot reach it, as one known by a file alone.
    """
    identity = examination.facts.identity
    yield (Span(identity.name or identity.prefix, "strong"), Span(f"  {who(identity)}"))
    if identity.name != identity.prefix:
        yield (Span(identity.prefix, "dim"),)
    yield ()
    gravest = worst(examination)
    glyph, style = (GLYPHS[gravest], gravest.value) if gravest else (FINE, "fine")
    if not any(outcome.state in ("fine", "findings") for outcome in examination.outcomes):
        glyph, style = "!", "warning"
    yield (Span(f"{glyph} {verdict(examination)}", style),)
    for finding in examination.findings:
        yield ()
        yield from _finding(finding, examination.facts, width)
    if examination.facts.live.asked:
        from doctor.report import live

        yield ()
        yield from live.render(examination.facts.live, examination.findings, width)
    yield from _outcomes("Defects of envdoctor itself, please report", examination.crashed, "error", width)
    yield from _outcomes("Cannot tell here", _worth_saying(examination.skipped), "dim", width)
    if examination.waived:
        yield ()
        yield (Span(f"Ignored by the project's policy: {count(len(examination.waived), 'finding')}", "dim"),)
        for waived in examination.waived:
            text = f"{waived.finding.code} {waived.finding.subject}: {waived.reason}"
            yield from wrapped(text, width, "  ", "dim")
    if examination.baseline:
        yield from _baseline(examination.baseline, width)
    if examination.policy_notes:
        yield ()
        yield (Span("To look at in the project's policy", "warning"),)
        for note in examination.policy_notes:
            place = f"  [{note.path}:{note.line}]" if note.line else ""
            yield from wrapped(f"{note.text}{place}", width, "  ", "")
    yield from _next_step(examination, command_line, app=app)


def _finding(finding: Finding, facts: Facts, width: int) -> Iterator[Line]:
    style = finding.severity.value
    yield (
        Span(f"{GLYPHS[finding.severity]} {finding.severity.value}", style),
        Span(f"  {finding.code} {finding.name}", "strong"),
    )
    yield from wrapped(finding.summary, width, "  ", "strong" if finding.severity is not Severity.NOTE else "")
    for evidence in finding.evidence[:EVIDENCE_SHOWN]:
        place = f"{evidence.path}:{evidence.line}" if evidence.line else evidence.path
        yield from wrapped(f"{evidence.text}  [{place}]" if place else evidence.text, width, "  · ", "")
    hidden = len(finding.evidence) - EVIDENCE_SHOWN
    if hidden > 0:
        yield (Span(f"  · and {hidden:,} more", "dim"),)
    for number, remedy in enumerate(finding.remedies):
        yield from _remedy(remedy, facts, width, "or" if number else "fix")


def _remedy(remedy: Remedy, facts: Facts, width: int, word: str) -> Iterator[Line]:
    safety = SAFETY[remedy.safety].partition(":")[0]
    yield from wrapped(f"{word} ({safety}): {remedy.title}", width, "  → ", "")
    for sentence, command in steps.steps_of(remedy, facts):
        if command:
            yield (Span(f"      $ {command}", "command"),)
        elif sentence != remedy.title:
            yield from wrapped(sentence, width, "      ", "")
    if remedy.trade_off:
        yield from wrapped(remedy.trade_off, width, "      ", "dim")


def _baseline(baseline: Baseline, width: int) -> Iterator[Line]:
    """What is known and does not count, and what can leave the baseline."""
    for title, found in (("Known before, in the baseline", baseline.known), ("Gone since the baseline", baseline.gone)):
        if found:
            yield ()
            yield (Span(f"{title}: {count(len(found), 'finding')}", "dim"),)
            named = ", ".join(f"{one.code} {one.subject}" for one in found[:BASELINE_SHOWN])
            more = f" and {len(found) - BASELINE_SHOWN:,} more" if len(found) > BASELINE_SHOWN else ""
            yield from wrapped(f"{named}{more}", width, "  ", "dim")


def _outcomes(title: str, outcomes: Iterable[Outcome], style: str, width: int) -> Iterator[Line]:
    by_reason: dict[str, list[str]] = {}
    for outcome in outcomes:
        by_reason.setdefault(outcome.reason, []).append(f"{outcome.check.code} {outcome.check.name}")
    if by_reason:
        yield ()
        yield (Span(title, style),)
        for reason, codes in by_reason.items():
            names = ", ".join(codes) if len(codes) <= 3 else f"{', '.join(c.split()[0] for c in codes)}"
            yield from wrapped(f"{names}: {reason}", width, "  ", style)


def _worth_saying(skipped: Iterable[Outcome]) -> list[Outcome]:
    """Leave out the checks that only wait for --deep: the last line tells of it."""
    return [outcome for outcome in skipped if outcome.reason != "runs with --deep"]


def _next_step(examination: Examination, command_line: str | None, *, app: bool) -> Iterator[Line]:
    target, here = f" {command_line}" if command_line else "", command_line is not None
    yield ()
    if examination.findings:
        code = examination.findings[0].code
        yield (Span("Next: ", "dim"), Span(f"envdoctor explain {code}", "command"), Span("  why it matters", "dim"))
        able = any(
            remedy.safety is not Safety.MANUAL for finding in examination.findings for remedy in finding.remedies
        )
        ways = (
            (f"envdoctor fix{target}", "  choose a repair, and see its plan first", able),
            (f"envdoctor{target}", "  look around in the app", app),
        )
        for command, about, open_here in ways:
            if here and open_here:
                yield (Span("      ", "dim"), Span(command, "command"), Span(about, "dim"))
    elif here and any(outcome.reason == "runs with --deep" for outcome in examination.skipped):
        yield (
            Span("Next: ", "dim"),
            Span(f"envdoctor check{target} --deep", "command"),
            Span("  also compares every file's hash", "dim"),
        )


def plain_text(lines: Iterable[Line]) -> str:
    """Join lines without styles; ends with a line feed."""
    return "".join("".join(span.text for span in line).rstrip() + "\n" for line in lines)


def wrapped(text: str, width: int, lead: str, style: str) -> Iterator[Line]:
    """Break a text into lines of at most width columns; all but the first are indented as deep as lead."""
    follow = " " * len(lead)
    for line in textwrap.wrap(
        text,
        max(width, 20),
        initial_indent=lead,
        subsequent_indent=follow,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [lead]:
        yield (Span(line, style),)
