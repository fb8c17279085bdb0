"""The head of the page with its verdict, the findings, and what is no finding but must be said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from doctor.facts import Facts
from doctor.model import Evidence, Examination, Finding, Outcome, Remedy, Severity
from doctor.report.as_html.marks import folded, listed, section, text
from doctor.report.steps import steps_of
from doctor.report.words import FINE, GLYPHS, SAFETY, count, verdict, who, worst

#: evidences that are shown at once
_SHOWN = 5
#: of one list that is folded
_LISTED = 500
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note-level"}
_HEADINGS = {
    Severity.ERROR: ("errors", "What does not work, or computes wrongly, now"),
    Severity.WARNING: ("warnings", "What will bite"),
    Severity.NOTE: ("notes", "Worth knowing"),
}


def head(examination: Examination, below: str = "") -> str:
    """Which environment this is, and the verdict, with what is marked up already below it."""
    identity = examination.facts.identity
    gravest = worst(examination)
    judged = any(outcome.state in ("fine", "findings") for outcome in examination.outcomes)
    if gravest:
        style, glyph = _LEVELS[gravest], GLYPHS[gravest]
    else:
        style, glyph = ("fine", FINE) if judged else ("warning", "!")
    first = f"<p>{text(examination.findings[0].summary)}</p>" if gravest else ""
    about = f"{who(identity)}, {identity.system} {identity.architecture}".strip(", ")
    return (
        f'<header>\n<h1>{text(identity.name or identity.prefix)}</h1>\n<p class="what">{text(about)}</p>\n'
        f"<p><code>{text(identity.prefix)}</code></p>\n"
        f'<div class="verdict {style}" role="status"><span class="mark" aria-hidden="true">{glyph}</span>'
        f"{text(verdict(examination))}{first}</div>\n{below}</header>"
    )


def findings(examination: Examination) -> str:
    """All findings, gravest first."""
    return "\n".join(
        section(
            name, title, (_finding(one, examination.facts) for one in examination.findings if one.severity is level)
        )
        for level, (name, title) in _HEADINGS.items()
        if any(one.severity is level for one in examination.findings)
    )


def _finding(finding: Finding, facts: Facts) -> str:
    level = finding.severity
    parts = [
        f'<article class="is-{level.value}">',
        f'<div class="label"><b class="{_LEVELS[level]}">{GLYPHS[level]} {level.value}</b>'
        f"<span><b>{text(finding.code)}</b> {text(finding.name)}</span></div>",
        f"<h3>{text(finding.summary)}</h3>",
    ]
    shown, more = finding.evidence[:_SHOWN], finding.evidence[_SHOWN:]
    if shown:
        parts.append(listed(_evidence(one) for one in shown))
    if more:
        parts.append(folded(f"{len(more):,} more", [_bounded([_evidence(one) for one in more])]))
    first, others = finding.remedies[:1], finding.remedies[1:]
    parts += [_remedy(remedy, facts) for remedy in first]
    if others:
        title = "another way" if len(others) == 1 else f"{len(others)} other ways"
        parts.append(folded(title, (_remedy(remedy, facts) for remedy in others)))
    return "\n".join((*parts, "</article>"))


def _evidence(evidence: Evidence) -> str:
    place = f"{evidence.path}:{evidence.line}" if evidence.line else evidence.path
    return text(evidence.text) + (f" <code>{text(place)}</code>" if place else "")


def _remedy(remedy: Remedy, facts: Facts) -> str:
    safety, _, meaning = SAFETY[remedy.safety].partition(": ")
    parts = [
        f'<div class="fix"><p class="how">{text(remedy.title)}'
        f'<span class="tag" title="{text(meaning)}">{text(safety)}</span></p>'
    ]
    if remedy.trade_off:
        parts.append(f'<p class="soft">{text(remedy.trade_off)}</p>')
    steps = steps_of(remedy, facts)
    told = [text(sentence) for sentence, command in steps if not command and sentence != remedy.title]
    commands = [command for _, command in steps if command]
    if told:
        parts.append(listed(told))
    if commands:
        parts.append(f"<pre>{text(chr(10).join(commands))}</pre>")
    return "\n".join((*parts, "</div>"))


def told_besides(examination: Examination) -> str:
    """What was tried, could not be told, is ignored, was known before, and the policy's rules to look at."""
    return section("besides", "Beside the findings", _besides(examination))


def _besides(examination: Examination) -> Iterator[str]:
    yield _live(examination)
    notes = [f"{text(n.text)} <code>{text(n.path)}:{n.line}</code>" for n in examination.policy_notes]
    if notes:
        yield f'<p class="warning">To look at in the project\'s policy</p>{_bounded(notes)}'
    if examination.crashed:
        yield '<p class="error">Defects of envdoctor itself, please report</p>' + _outcomes(examination.crashed)
    waiting = [outcome for outcome in examination.skipped if outcome.reason != "runs with --deep"]
    if waiting:
        yield folded(f"Cannot tell here: {count(len(waiting), 'check')}", [_outcomes(waiting)])
    if examination.waived:
        items = [text(f"{one.finding.code} {one.finding.subject}: {one.reason}") for one in examination.waived]
        yield folded(f"Ignored by the project's policy: {count(len(items), 'finding')}", [_bounded(items)])
    for title, found in (
        ("Known before, in the baseline", examination.baseline.known if examination.baseline else ()),
        ("Gone since the baseline", examination.baseline.gone if examination.baseline else ()),
    ):
        if found:
            items = [text(f"{one.code} {one.subject}") for one in found]
            yield folded(f"{title}: {count(len(items), 'finding')}", [_bounded(items)])


def _live(examination: Examination) -> str:
    if not examination.facts.live.asked:
        return ""
    from doctor.report.live import render
    from doctor.report.text import plain_text

    lines = plain_text(render(examination.facts.live, examination.findings, 90))
    return f"<pre>{text(lines.rstrip())}</pre>"


def _outcomes(outcomes: Iterable[Outcome]) -> str:
    return _bounded([text(f"{one.check.code} {one.check.name}: {one.reason}") for one in outcomes])


def _bounded(items: Sequence[str]) -> str:
    more = [f"and {len(items) - _LISTED:,} more"] if len(items) > _LISTED else []
    return listed((*items[:_LISTED], *more))
