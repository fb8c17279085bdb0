"""The report as Markdown, to paste into an issue or to show as a job's summary: the verdict, and details folded.

Facts were redacted when they were read; here nothing that they hold can become markup, a link or a mention.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from doctor import __version__
from doctor.facts import Facts
from doctor.model import Examination, Finding, Outcome, Remedy
from doctor.report.markdown_text import code, cut, escape, fenced, in_html
from doctor.report.steps import steps_of
from doctor.report.words import FINE, GLYPHS, SAFETY, count, verdict, who, worst

#: bytes that an issue of GitHub (65,536 characters) and a job's summary (1 MiB) can hold, with room for more
ISSUE = 60_000
STEP_SUMMARY = 1_000_000
_EVIDENCE = 10
_TEXT = 500
_LISTED = 100


def render(examination: Examination, *, limit: int = ISSUE) -> str:
    """The whole report, ending with a line feed; the least findings are left out beyond limit bytes."""
    head = [*_head(examination), ""]
    tail = [
        *_tail(examination),
        "",
        f"<sub>envdoctor {in_html(__version__)}; secrets and home folders are left out</sub>",
    ]
    room = limit - _bytes(head) - _bytes(tail) - 200
    if room < 0:  # what could not be told and what is ignored, when there is very much of it
        tail, room = [], limit - _bytes(head) - 200
    body: list[str] = []
    for number, finding in enumerate(examination.findings):
        told = [*_finding(finding, examination.facts), ""]
        if _bytes(told) > room:
            body += [f"{count(len(examination.findings) - number, 'more finding')} left out, for there is no room.", ""]
            break
        room -= _bytes(told)
        body += told
    return "\n".join((*head, *body, *tail)).rstrip() + "\n"


def _head(examination: Examination) -> Iterator[str]:
    identity = examination.facts.identity
    gravest = worst(examination)
    judged = any(outcome.state in ("fine", "findings") for outcome in examination.outcomes)
    glyph = GLYPHS[gravest] if gravest else FINE if judged else "!"
    yield f"### {glyph} {escape(verdict(examination))}"
    yield ""
    about = [who(identity), f"{identity.system} {identity.architecture}".strip()]
    yield f"{code(identity.name or identity.prefix)}: {escape(', '.join(about))}"


def _finding(finding: Finding, facts: Facts) -> Iterator[str]:
    title = f"{GLYPHS[finding.severity]} {finding.severity.value}"
    said = f"<b>{in_html(finding.code)} {in_html(finding.name)}</b>: {in_html(cut(finding.summary, _TEXT))}"
    yield f"<details><summary>{title} {said}</summary>"
    yield ""
    for evidence in finding.evidence[:_EVIDENCE]:
        place = f"{evidence.path}:{evidence.line}" if evidence.line else evidence.path
        yield f"- {escape(cut(evidence.text, _TEXT))}" + (f" {code(place)}" if place else "")
    if len(finding.evidence) > _EVIDENCE:
        yield f"- and {len(finding.evidence) - _EVIDENCE:,} more"
    for number, remedy in enumerate(finding.remedies):
        yield from _remedy(remedy, facts, "or" if number else "Fix")
    yield ""
    yield "</details>"


def _remedy(remedy: Remedy, facts: Facts, word: str) -> Iterator[str]:
    yield ""
    yield f"**{word}** ({SAFETY[remedy.safety].partition(':')[0]}): {escape(cut(remedy.title, _TEXT))}"
    if remedy.trade_off:
        yield ""
        yield escape(cut(remedy.trade_off, _TEXT))
    steps = steps_of(remedy, facts)
    told = [sentence for sentence, command in steps if not command and sentence != remedy.title]
    if told:
        yield ""
        yield from (f"- {escape(cut(sentence, _TEXT))}" for sentence in told)
    commands = [command for _, command in steps if command]
    if commands:
        yield ""
        yield from fenced(commands)


def _tail(examination: Examination) -> Iterator[str]:
    if examination.facts.live.asked:
        yield from _live(examination)
    defects = [_outcome(outcome) for outcome in examination.crashed]
    yield from _folded("Defects of envdoctor itself, please report", defects)
    waiting = [outcome for outcome in examination.skipped if outcome.reason != "runs with --deep"]
    yield from _folded("Cannot tell here", [_outcome(outcome) for outcome in waiting])
    ignored = [f"{one.finding.code} {one.finding.subject}: {one.reason}" for one in examination.waived]
    yield from _folded("Ignored by the project's policy", ignored)
    if examination.baseline:
        yield from _folded("Known before", [f"{one.code} {one.subject}" for one in examination.baseline.known])
        yield from _folded(
            "Gone since the baseline", [f"{one.code} {one.subject}" for one in examination.baseline.gone]
        )
    yield from _folded("To look at in the project's policy", [note.text for note in examination.policy_notes])


def _live(examination: Examination) -> Iterator[str]:
    from doctor.report.live import render as lines
    from doctor.report.text import plain_text

    text = plain_text(lines(examination.facts.live, examination.findings, 100)).splitlines()
    yield from (
        "<details><summary>Tried in this environment's Python</summary>",
        "",
        *fenced(text),
        "",
        "</details>",
        "",
    )


def _outcome(outcome: Outcome) -> str:
    return f"{outcome.check.code} {outcome.check.name}: {outcome.reason}"


def _folded(title: str, texts: list[str]) -> Iterable[str]:
    if not texts:
        return ()
    more = [f"- and {len(texts) - _LISTED:,} more"] if len(texts) > _LISTED else []
    items = [f"- {escape(cut(text, _TEXT))}" for text in texts[:_LISTED]]
    return (f"<details><summary>{title}: {len(texts):,}</summary>", "", *items, *more, "", "</details>", "")


def _bytes(lines: list[str]) -> int:
    return sum(len(line.encode("utf-8", "replace")) + 1 for line in lines)
