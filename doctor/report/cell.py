"""The report as a piece of HTML for a notebook's cell: no script, nothing loaded, every name escaped.

Styles stand at their elements, for a notebook is shown in many places and some of them take style sheets away;
without any style it reads as well. Colours are borders alone, so that light and dark backgrounds both do.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape as escape_html

from doctor.facts import Facts
from doctor.model import Examination, Finding, Remedy, Severity
from doctor.reading.clean import clean_lines
from doctor.report.steps import steps_of
from doctor.report.text import EVIDENCE_SHOWN
from doctor.report.words import FINE, GLYPHS, SAFETY, count, verdict, who, worst

#: findings beyond these are counted: a cell is no place for hundreds
_SHOWN = 50
_COLOURS = {Severity.ERROR: "#d1383d", Severity.WARNING: "#c98a00", Severity.NOTE: "#4a86c8"}
_FINE_COLOUR = "#2f9e5b"
_MARKED = "border-left:4px solid {0};padding:.1em 0 .1em .8em;margin:.5em 0"


def render(examination: Examination) -> str:
    """The verdict, with the findings to unfold."""
    return "\n".join(_parts(examination))


def _parts(examination: Examination) -> Iterator[str]:
    identity = examination.facts.identity
    gravest = worst(examination)
    judged = any(outcome.state in ("fine", "findings") for outcome in examination.outcomes)
    glyph = GLYPHS[gravest] if gravest else FINE if judged else "!"
    colour = _COLOURS[gravest] if gravest else _FINE_COLOUR if judged else _COLOURS[Severity.WARNING]
    yield '<div class="envdoctor">'
    yield f'<div style="{_MARKED.format(colour)}"><strong>{glyph} {escape(verdict(examination))}</strong><br>'
    yield f"{escape(identity.name or identity.prefix)}: {escape(who(identity))}, {_code(identity.prefix)}</div>"
    for finding in examination.findings[:_SHOWN]:
        yield from _finding(finding, examination.facts)
    hidden = len(examination.findings) - _SHOWN
    if hidden > 0:
        yield f"<p>and {count(hidden, 'more finding')}: {_code('envdoctor check ' + identity.prefix)}</p>"
    yield from _rest(examination)
    yield "</div>"


def _finding(finding: Finding, facts: Facts) -> Iterator[str]:
    opened = " open" if finding.severity is Severity.ERROR else ""
    yield f'<details{opened} style="{_MARKED.format(_COLOURS[finding.severity])}">'
    yield (
        f"<summary>{GLYPHS[finding.severity]} {finding.severity.value} <strong>{escape(finding.code)}</strong> "
        f"{escape(finding.summary)}</summary>"
    )
    yield '<ul style="margin:.3em 0">'
    for evidence in finding.evidence[:EVIDENCE_SHOWN]:
        place = f"{evidence.path}:{evidence.line}" if evidence.line else evidence.path
        yield f"<li>{escape(evidence.text)}{f' {_code(place)}' if place else ''}</li>"
    hidden = len(finding.evidence) - EVIDENCE_SHOWN
    if hidden > 0:
        yield f"<li>and {hidden:,} more</li>"
    yield "</ul>"
    for number, remedy in enumerate(finding.remedies):
        yield from _remedy(remedy, facts, "or" if number else "fix")
    yield f"<div>{_code('envdoctor explain ' + finding.code)} says why it matters</div></details>"


def _remedy(remedy: Remedy, facts: Facts, word: str) -> Iterator[str]:
    safety = SAFETY[remedy.safety].partition(":")[0]
    yield f"<div><strong>{word}:</strong> {escape(remedy.title)} <em>({escape(safety)})</em></div>"
    for sentence, command in steps_of(remedy, facts):
        if command:
            yield f'<pre style="margin:.2em 0 .2em 1.2em;white-space:pre-wrap">{escape(command)}</pre>'
        elif sentence != remedy.title:
            yield f'<div style="margin-left:1.2em">{escape(sentence)}</div>'
    if remedy.trade_off:
        yield f'<div style="margin-left:1.2em"><em>{escape(remedy.trade_off)}</em></div>'


def _rest(examination: Examination) -> Iterator[str]:
    """What could not be told, and what the project ignores."""
    told = [(o.check.code, o.reason) for o in examination.skipped if o.reason != "runs with --deep"]
    lists = (
        (
            "Defects of envdoctor itself, please report",
            "check",
            [(o.check.code, o.reason) for o in examination.crashed],
        ),
        ("Cannot tell here", "check", told),
        ("Ignored by the project's policy", "finding", [(w.finding.code, w.reason) for w in examination.waived]),
    )
    for title, noun, rows in lists:
        if rows:
            yield f"<details><summary>{title}: {count(len(rows), noun)}</summary>"
            yield '<ul style="margin:.3em 0">'
            yield from (f"<li>{escape(code)}: {escape(reason)}</li>" for code, reason in rows)
            yield "</ul></details>"


def escape(text: str) -> str:
    """A text between tags."""
    return escape_html(clean_lines(text))


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"
