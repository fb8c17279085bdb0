"""The report as annotations of a GitHub workflow: commands that its runner reads from standard output.

GitHub shows 10 errors, 10 warnings and 10 notices of a step ("Workflow commands" and "Usage limits" of its
documentation); what is beyond them is counted in words, and told in the step's summary (see markdown).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from doctor.model import Examination, Finding, Severity
from doctor.reading.clean import clean_lines
from doctor.report.markdown_text import cut
from doctor.report.places import UNKNOWN, Repository, place_of, policy_file
from doctor.report.steps import steps_of
from doctor.report.words import count, verdict

#: annotations of one kind that a step shows
SHOWN = 10
_COMMAND = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_TITLE = 200
_MESSAGE = 4_000
_EVIDENCE = 5


def render(examination: Examination, repository: Repository = UNKNOWN) -> str:
    """Write an examination as workflow commands, one a line."""
    return "".join(f"{line}\n" for line in _lines(examination, repository))


def _lines(examination: Examination, repository: Repository) -> Iterator[str]:
    told: Counter[str] = Counter({"notice": 1})  # the verdict, which comes last and is one of them
    left: Counter[str] = Counter()
    for kind, properties, message in _annotations(examination, repository):
        if told[kind] >= SHOWN:
            left[kind] += 1
            continue
        told[kind] += 1
        yield command(kind, properties, message)
    said = verdict(examination)
    if left:
        more = ", ".join(count(number, kind) for kind, number in left.items())
        said += f". {more} more: GitHub shows {SHOWN} of each a step, the step's summary has all"
    yield command("notice", {"title": "envdoctor"}, said)


def _annotations(examination: Examination, repository: Repository) -> Iterator[tuple[str, dict[str, str], str]]:
    for outcome in examination.crashed:
        title = f"{outcome.check.code} {outcome.check.name} crashed, please report"
        yield "error", {"title": title}, outcome.reason
    live = examination.facts.live
    if live.asked and live.problem:
        yield "error", {"title": "nothing could be tried"}, live.problem
    for tried in live.imports if live.asked else ():
        if tried.broken and tried.needed:
            yield "error", {"title": f"import {tried.module}"}, f"{tried.error}: {tried.text}".removeprefix(": ")
    for finding in examination.findings:
        place = place_of(finding, examination.facts, repository)
        where = {"file": place.path, "line": str(place.line or 1)} if place.certain else {}
        yield (
            _COMMAND[finding.severity],
            {**where, "title": f"{finding.code} {finding.name}"},
            _message(finding, examination),
        )
    policy = policy_file(examination.facts, repository)
    for note in examination.policy_notes:
        path = f"{repository.folder}/{policy}" if repository.folder else policy
        where = {"file": path, "line": str(note.line)} if note.line else {}
        yield "notice", {**where, "title": "envdoctor policy"}, note.text


def _message(finding: Finding, examination: Examination) -> str:
    lines = [finding.summary]
    for evidence in finding.evidence[:_EVIDENCE]:
        where = f"{evidence.path}:{evidence.line}" if evidence.line else evidence.path
        lines.append(f"- {evidence.text}" + (f" [{where}]" if where else ""))
    if len(finding.evidence) > _EVIDENCE:
        lines.append(f"- and {len(finding.evidence) - _EVIDENCE:,} more")
    for remedy in finding.remedies[:1]:
        lines.append(f"Fix: {remedy.title}")
        lines += [f"$ {line}" for _, line in steps_of(remedy, examination.facts) if line]
    return "\n".join(lines)


def command(kind: str, properties: dict[str, str], message: str) -> str:
    """One workflow command; nothing in it can end it early or begin another."""
    told = ",".join(f"{name}={_property(cut(value, _TITLE))}" for name, value in properties.items())
    return f"::{kind} {told}::{_data(cut(message, _MESSAGE))}"


def _data(text: str) -> str:
    """A message as the runner reads it: its own three escapes."""
    return clean_lines(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
