"""The report as JUnit's XML, as Jenkins, GitLab and others read it: a check is a test case.

Elements and attributes are those of the schema that Jenkins' xUnit plug-in goes by (junit-10.xsd). Readers look at
the first failure of a case only, so a check's findings are told in one. No times stand in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctor.facts import Facts
from doctor.model import Examination, Finding, Outcome, Severity
from doctor.reading.clean import clean_lines
from doctor.report.steps import steps_of
from doctor.report.words import SAFETY, count, verdict, who

#: what XML 1.0 cannot hold, escaped or not
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_EVIDENCE = 20


def render(examination: Examination, fail_on: Severity = Severity.ERROR) -> str:
    """Write an examination as XML that ends with a line feed."""
    cases = [_case(outcome, examination, fail_on) for outcome in examination.outcomes]
    cases += _live(examination)
    told = [case for case, _ in cases]
    states = [state for _, state in cases]
    identity = examination.facts.identity
    numbers = f'tests="{len(cases)}" failures="{states.count("failure")}" errors="{states.count("error")}"'
    name = _attribute(f"envdoctor {identity.name or identity.prefix}".strip())
    properties = "".join(
        f'      <property name="{key}" value="{_attribute(value)}"/>\n'
        for key, value in (("verdict", verdict(examination)), ("environment", who(identity)), *_notes(examination))
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="envdoctor" {numbers}>\n'
        f'  <testsuite name="{name}" {numbers} skipped="{states.count("skipped")}">\n'
        f"    <properties>\n{properties}    </properties>\n{''.join(told)}  </testsuite>\n</testsuites>\n"
    )


def _notes(examination: Examination) -> Iterator[tuple[str, str]]:
    for waived in examination.waived:
        yield "ignored", f"{waived.finding.code} {waived.finding.subject}: {waived.reason}"
    if examination.baseline:
        for finding in examination.baseline.known:
            yield "known-before", f"{finding.code} {finding.subject}"
        for gone in examination.baseline.gone:
            yield "gone-since-baseline", f"{gone.code} {gone.subject}"
    for note in examination.policy_notes:
        yield "policy", note.text


def _case(outcome: Outcome, examination: Examination, fail_on: Severity) -> tuple[str, str]:
    """A test case, and what came of it: passed, failure, error or skipped."""
    check = outcome.check
    name, group = f"{check.code} {check.name}", f"envdoctor.{check.family}"
    if outcome.state == "crashed":
        return _element(name, group, "error", "crashed", outcome.reason), "error"
    if outcome.state == "skipped":
        return _element(name, group, "skipped", "", outcome.reason), "skipped"
    counted = [finding for finding in outcome.findings if finding.severity.rank >= fail_on.rank]
    body = "\n\n".join(_told(finding, examination.facts) for finding in outcome.findings)
    if counted:
        gravest = max(counted, key=lambda finding: finding.severity.rank)
        more = f" (and {count(len(outcome.findings) - 1, 'more finding')})" if len(outcome.findings) > 1 else ""
        return _element(name, group, "failure", gravest.severity.value, gravest.summary + more, body), "failure"
    return _element(name, group, "system-out" if body else "", "", "", body), "passed"


def _live(examination: Examination) -> list[tuple[str, str]]:
    """What was tried in the environment's Python, where that was asked for; what is needed and broken has failed."""
    live = examination.facts.live
    cases = []
    if live.asked and live.problem:
        cases.append((_element("start Python", "envdoctor.live", "error", "problem", live.problem), "error"))
    for tried in live.imports if live.asked else ():
        name = f"import {tried.module}"
        text = f"{tried.error}: {tried.text}".removeprefix(": ") or tried.ending
        if tried.broken and tried.needed:
            said = "\n".join(part for part in (text, tried.cause, *tried.said) if part)
            cases.append((_element(name, "envdoctor.live", "failure", tried.ending, text, said), "failure"))
        elif tried.ending == "fine":
            cases.append((_element(name, "envdoctor.live", "", "", ""), "passed"))
        else:
            cases.append((_element(name, "envdoctor.live", "skipped", "", text), "skipped"))
    return cases


def _element(name: str, group: str, kind: str, of: str, message: str, body: str = "") -> str:
    head = f'    <testcase name="{_attribute(name)}" classname="{_attribute(group)}"'
    if not kind:
        return f"{head}/>\n"
    told = f' type="{_attribute(of)}"' if of else ""
    told += f' message="{_attribute(message)}"' if message else ""
    content = f">{_text(body)}</{kind}>" if body else "/>"
    return f"{head}>\n      <{kind}{told}{content}\n    </testcase>\n"


def _told(finding: Finding, facts: Facts) -> str:
    lines = [f"{finding.severity.value}: {finding.subject}: {finding.summary}"]
    for evidence in finding.evidence[:_EVIDENCE]:
        where = f"{evidence.path}:{evidence.line}" if evidence.line else evidence.path
        lines.append(f"  - {evidence.text}" + (f" [{where}]" if where else ""))
    if len(finding.evidence) > _EVIDENCE:
        lines.append(f"  - and {len(finding.evidence) - _EVIDENCE:,} more")
    for remedy in finding.remedies:
        lines.append(f"  fix ({SAFETY[remedy.safety].partition(':')[0]}): {remedy.title}")
        lines += [f"    $ {command}" for _, command in steps_of(remedy, facts) if command]
    return "\n".join(lines)


def _text(text: str) -> str:
    """A text between tags; ]]> must not stand there as it is."""
    text = _ILLEGAL.sub("\ufffd", clean_lines(text))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _attribute(text: str) -> str:
    """A text between double quotes, its line ends kept."""
    text = _text(text).replace('"', "&quot;")
    return text.replace("\t", "&#9;").replace("\n", "&#10;").replace("\r", "&#13;")
