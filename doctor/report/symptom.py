"""The answer to a pasted message, for people and for programs: causes here, what is sound, what would harm."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from doctor import __version__
from doctor.facts import Facts
from doctor.knowledge.messages import Advice
from doctor.knowledge.system_libraries import BROUGHT_BY
from doctor.model import Examination, Finding, Outcome, Remedy, Safety, Severity, Tell
from doctor.report.as_json import body
from doctor.report.steps import shell_word, steps_of
from doctor.report.text import Line, Span, wrapped
from doctor.report.words import FINE, GLYPHS, SAFETY, count, who
from doctor.symptoms.answer import Answer, Cause, Recognised

SCHEMA_VERSION = 1

_CAUSES, _EVIDENCE, _PERHAPS = 5, 4, 4
#: what every report of a bug needs
_ALWAYS = ("envdoctor check{target} --save facts.json", "the whole message, from its first line")


def render(answer: Answer, *, width: int = 80, command_line: str = "") -> Iterator[Line]:
    """Yield the answer's lines, the most useful first."""
    identity = answer.facts.identity
    yield (Span(identity.name or identity.prefix, "strong"), Span(f"  {who(identity)}"))
    for line in answer.lines[:1]:
        yield from wrapped(line, width, "> ", "dim")
    yield ()
    yield from _verdict(answer, width)
    if answer.foreign:
        again = f"envdoctor find --env {shell_word(answer.foreign)}"
        text = f"The traceback comes from another environment than this one: {answer.foreign}"
        yield from wrapped(text, width, "! ", "warning")
        yield (Span(f"    $ {again}", "command"),)
    for number, cause in enumerate(answer.causes[:_CAUSES], 1):
        yield ()
        yield from _cause(cause, number, answer.facts, width, command_line)
    if len(answer.causes) > _CAUSES:
        yield from wrapped(
            f"and {count(len(answer.causes) - _CAUSES, 'more cause')}; envdoctor check has all", width, "", "dim"
        )
    if answer.where:
        yield ()
        yield from wrapped(f"The module is there in {', '.join(answer.where)}", width, "", "")
    yield from _known(answer, width)
    yield from _harmful(answer, width)
    yield from _others(answer, width)
    if not answer.causes:
        yield from _collect(answer, width, command_line)


def _verdict(answer: Answer, width: int) -> Iterator[Line]:
    serious = [item for item in answer.recognised if not item.message.harmless]
    if answer.causes:
        many = len(answer.causes)
        text = "The cause is found" if many == 1 else f"{many} causes are found, the best founded first"
        yield (Span(f"{GLYPHS[Severity.ERROR]} {text}", "error"),)
    elif serious:
        text = "The message is known, and nothing in this environment explains it"
        yield from wrapped(text, width, "! ", "warning")
    elif answer.recognised:
        yield from wrapped("This message is harmless", width, f"{FINE} ", "fine")
    else:
        yield from wrapped("envdoctor does not know this message", width, "! ", "warning")


def _cause(cause: Cause, number: int, facts: Facts, width: int, command_line: str) -> Iterator[Line]:
    finding = cause.finding
    if finding:
        yield (
            Span(f"{number}. "),
            Span(f"{GLYPHS[finding.severity]} {finding.severity.value}", finding.severity.value),
            Span(f"  {finding.code} {finding.name}", "strong"),
        )
        yield from wrapped(cause.summary, width, "   ", "strong")
    else:
        yield from wrapped(cause.summary, width, f"{number}. ", "strong")
    yield from wrapped(cause.why, width, "   because ", "dim")
    for evidence in cause.evidence[:_EVIDENCE]:
        place = f"{evidence.path}:{evidence.line}" if evidence.line else evidence.path
        yield from wrapped(f"{evidence.text}  [{place}]" if place else evidence.text, width, "   · ", "")
    for remedy in cause.remedies[:1]:
        safety = SAFETY[remedy.safety].partition(":")[0]
        yield from wrapped(f"fix ({safety}): {remedy.title}", width, "   → ", "")
        if finding and _can_be_done(remedy):
            yield (Span(f"       $ {fix_command(finding, command_line)}", "command"),)
            continue
        for sentence, command in steps_of(remedy, facts):
            if command:
                yield (Span(f"       $ {command}", "command"),)
            elif sentence != remedy.title:
                yield from wrapped(sentence, width, "     ", "")
    if len(cause.remedies) > 1:
        yield from wrapped(f"or {count(len(cause.remedies) - 1, 'other way')}", width, "   → ", "dim")


def _known(answer: Answer, width: int) -> Iterator[Line]:
    for item in answer.recognised[:2]:
        row = item.message
        yield ()
        usual = "What it means" if row.certain else "What it usually means"
        yield (Span(usual, "strong"), Span(f"  {row.id}, line {item.number}", "dim"))
        if item.line not in answer.lines[:1]:
            yield from wrapped(item.line, width, "  > ", "dim")
        yield from wrapped(f"{row.cause[:1].upper()}{row.cause[1:]}", width, "  ", "")
        yield from wrapped(row.fix, width, "  → ", "")
        brought = BROUGHT_BY.get(item.named.get("library", ""))
        if brought:
            parts = (("Debian and Ubuntu", brought.debian), ("Fedora", brought.fedora), ("conda-forge", brought.conda))
            text = ", ".join(f"{package} ({who_})" for who_, package in parts if package)
            yield from wrapped(f"{item.named['library']} is brought by {text}", width, "  → ", "")
        yield from wrapped(f"Known from: {row.source}", width, "  ", "dim")


def _harmful(answer: Answer, width: int) -> Iterator[Line]:
    advices = harmful(answer.recognised)
    if advices:
        yield ()
        yield (Span("Popular advice that would harm", "strong"),)
    for advice in advices:
        yield from wrapped(f"{advice.what}: {advice.why}", width, "  ✗ not ", "")


def _others(answer: Answer, width: int) -> Iterator[Line]:
    if answer.perhaps:
        yield ()
        yield (Span("Also holds here, and says nothing of what the message names", "strong"),)
        for finding in answer.perhaps[:_PERHAPS]:
            yield from wrapped(f"{finding.code} {finding.subject}: {finding.summary}", width, "  · ", "")
        if len(answer.perhaps) > _PERHAPS:
            yield (Span(f"  · and {len(answer.perhaps) - _PERHAPS} more", "dim"),)
    if answer.sound:
        yield ()
        names = ", ".join(f"{check.code} {check.name}" for check in answer.sound[:8])
        more = f" and {len(answer.sound) - 8} more" if len(answer.sound) > 8 else ""
        yield from wrapped(f"Looked at, and not the cause: {names}{more}", width, f"{FINE} ", "dim")
    for reason, outcomes in _by_reason(answer.unclear).items():
        names = ", ".join(outcome.check.code for outcome in outcomes)
        yield from wrapped(f"Cannot tell here: {names}: {reason}", width, "? ", "dim")


def _by_reason(outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    by: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by.setdefault(f"crashed: {outcome.reason}" if outcome.state == "crashed" else outcome.reason, []).append(
            outcome
        )
    return by


def _collect(answer: Answer, width: int, command_line: str) -> Iterator[Line]:
    if answer.recognised and all(item.message.harmless for item in answer.recognised):
        return
    yield ()
    yield (Span("For a bug report, or to ask somebody", "strong"),)
    for text in collected(answer, command_line):
        yield from wrapped(text, width, "  · ", "")


def collected(answer: Answer, command_line: str) -> tuple[str, ...]:
    """What to collect where nothing explains the message."""
    target = f" {command_line}" if command_line else ""
    own = [text for item in answer.recognised[:2] for text in item.message.collect]
    return tuple(dict.fromkeys((*(text.format(target=target) for text in _ALWAYS), *own)))


def harmful(recognised: Iterable[Recognised]) -> tuple[Advice, ...]:
    """The advice that would harm, of the messages that count."""
    rows = [item.message for item in recognised]
    return tuple(dict.fromkeys(advice for row in rows[:2] for advice in row.harmful))[:5]


def fix_command(finding: Finding, command_line: str) -> str:
    """The command that repairs a finding."""
    target = f" {command_line}" if command_line else ""
    return f"envdoctor fix{target} {shell_word(f'{finding.code}:{finding.subject}')}"


def first_command(answer: Answer, command_line: str) -> str:
    """The command that repairs the best founded cause, where there is one."""
    for cause in answer.causes:
        if cause.finding and any(map(_can_be_done, cause.remedies)):
            return fix_command(cause.finding, command_line)
        for remedy in cause.remedies:
            for _, command in steps_of(remedy, answer.facts):
                if command:
                    return command
    return ""


def _can_be_done(remedy: Remedy) -> bool:
    return remedy.safety is not Safety.MANUAL and any(not isinstance(step, Tell) for step in remedy.steps)


def as_json(answer: Answer, *, command_line: str = "") -> str:
    """Write the answer as JSON that ends with a line feed."""
    data: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "envdoctor": __version__,
        "environment": body(Examination(answer.facts, ()))["environment"],
        "lines": list(answer.lines),
        "recognised": [_recognised(item) for item in answer.recognised],
        "causes": [_cause_data(cause, answer.facts, command_line) for cause in answer.causes],
        "perhaps": [{"code": f.code, "subject": f.subject, "summary": f.summary} for f in answer.perhaps],
        "not_the_cause": [check.code for check in answer.sound],
        "cannot_tell": [{"code": outcome.check.code, "reason": outcome.reason} for outcome in answer.unclear],
        "harmful": [{"advice": advice.what, "why": advice.why} for advice in harmful(answer.recognised)],
        "other_environment": answer.foreign or None,
        "module_is_in": list(answer.where),
        "collect": list(collected(answer, command_line)),
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _recognised(item: Recognised) -> dict[str, Any]:
    row = item.message
    return {
        "id": row.id,
        "line": item.line,
        "number": item.number,
        "named": dict(item.named),
        "cause": row.cause,
        "fix": row.fix,
        "source": row.source,
        "certain": row.certain,
        "harmless": row.harmless,
    }


def _cause_data(cause: Cause, facts: Facts, command_line: str) -> dict[str, Any]:
    finding = cause.finding
    return {
        "code": finding.code if finding else None,
        "name": finding.name if finding else None,
        "severity": finding.severity.value if finding else None,
        "subject": finding.subject if finding else None,
        "summary": cause.summary,
        "why": cause.why,
        "evidence": [{"text": e.text, "path": e.path or None, "line": e.line or None} for e in cause.evidence],
        "remedies": [
            {
                "title": remedy.title,
                "safety": remedy.safety.value,
                "steps": [{"text": text, "shell": command or None} for text, command in steps_of(remedy, facts)],
            }
            for remedy in cause.remedies
        ],
        "fix": fix_command(finding, command_line) if finding and any(map(_can_be_done, cause.remedies)) else None,
    }
