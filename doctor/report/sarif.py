"""The report as SARIF 2.1.0, as code scanning takes it: a finding is a result at a line of the repository.

What GitHub refuses or leaves out is kept in mind ("SARIF support for code scanning" and "SARIF results exceed
limits" of its documentation): no result without a location, no path that is absolute, an explicit value for each
required field, 10 MB compressed, 25,000 results refused and 5,000 shown, names of 255 and descriptions of 1,024
characters, 20 tags. Findings that do not count, ignored or in a baseline, are left out, for it would show them.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections import Counter
from typing import Any
from urllib.parse import quote

from doctor import __version__
from doctor.model import Check, Examination, Finding, Severity
from doctor.reading.clean import clean, clean_lines
from doctor.report.baseline import known_of
from doctor.report.places import UNKNOWN, Place, Repository, place_of
from doctor.report.words import SAFETY, count, verdict

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#: more are not shown
RESULTS = 5_000
_MESSAGE = 4_000
_DESCRIPTION = 1_024
_NAME = 255
_EVIDENCE = 5
#: GitHub shows the results of rules with one as those of a security tool
_SECURITY = {Severity.ERROR: "8.0", Severity.WARNING: "5.0", Severity.NOTE: "2.0"}
_PROBLEM = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "recommendation"}


def render(examination: Examination, repository: Repository = UNKNOWN) -> str:
    """Write an examination as SARIF that ends with a line feed."""
    return json.dumps(body(examination, repository), indent=2, ensure_ascii=False) + "\n"


def body(examination: Examination, repository: Repository = UNKNOWN) -> dict[str, Any]:
    """Build the log as plain data."""
    rules = [outcome.check for outcome in examination.outcomes]
    numbers = {check.code: number for number, check in enumerate(rules)}
    seen: Counter[str] = Counter()
    shown = examination.findings[:RESULTS]
    results = [_result(finding, examination, repository, numbers, seen) for finding in shown]
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "envdoctor",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(check) for check in rules],
            }
        },
        "invocations": [
            {
                "executionSuccessful": not examination.crashed,
                "toolExecutionNotifications": _notifications(examination, numbers),
            }
        ],
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The root of the repository."}}},
        "results": results,
        "columnKind": "unicodeCodePoints",
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(check: Check) -> dict[str, Any]:
    documentation = inspect.cleandoc(check.documentation)
    properties: dict[str, Any] = {
        "tags": ["environment", check.family],
        "precision": "high",
        "problem.severity": _PROBLEM[check.severity],
    }
    if check.family == "SEC":
        properties["tags"].append("security")
        properties["security-severity"] = _SECURITY[check.severity]
    return {
        "id": check.code,
        "name": _camel(check.name),
        "shortDescription": {"text": _cut(f"{check.title}.", _DESCRIPTION)},
        "fullDescription": {"text": _cut(_why(documentation) or f"{check.title}.", _DESCRIPTION)},
        "help": {"text": documentation, "markdown": documentation},
        "defaultConfiguration": {"level": check.severity.value},
        "properties": properties,
    }


def _result(
    finding: Finding, examination: Examination, repository: Repository, numbers: dict[str, int], seen: Counter[str]
) -> dict[str, Any]:
    place = place_of(finding, examination.facts, repository)
    known = known_of(finding, examination.facts)
    identity = _hash(known.code, known.subject, place.path)
    seen[identity] += 1
    return {
        "ruleId": finding.code,
        "ruleIndex": numbers[finding.code],
        "level": finding.severity.value,
        "message": {"text": _message(finding)},
        "locations": [{"physicalLocation": _physical(place)}],
        # GitHub looks at primaryLocationLineHash alone. By the line's hash, which it would compute itself, all
        # findings for which one file stands in would be one; so the finding's identity stands here
        "partialFingerprints": {
            "primaryLocationLineHash": f"{identity}:{seen[identity]}",
            "envdoctorFinding/v1": _hash(known.code, known.subject, *known.places),
        },
    }


def _physical(place: Place) -> dict[str, Any]:
    line = max(place.line, 1)
    return {
        "artifactLocation": {"uri": quote(clean(place.path), safe="/"), "uriBaseId": "SRCROOT"},
        "region": {"startLine": line, "startColumn": 1, "endLine": line, "endColumn": 1},
    }


def _message(finding: Finding) -> str:
    """The summary as a sentence of its own, which is all that is shown where there is little room."""
    lines = [f"{finding.summary}."]
    for evidence in finding.evidence[:_EVIDENCE]:
        where = f"{evidence.path}:{evidence.line}" if evidence.line else evidence.path
        lines.append(f"- {evidence.text}" + (f" ({where})" if where else ""))
    if len(finding.evidence) > _EVIDENCE:
        lines.append(f"- and {len(finding.evidence) - _EVIDENCE:,} more")
    lines += [f"Fix ({SAFETY[one.safety].partition(':')[0]}): {one.title}." for one in finding.remedies[:1]]
    return _said("\n".join(lines))


def _notifications(examination: Examination, numbers: dict[str, int]) -> list[dict[str, Any]]:
    """What is no result: the verdict, what could not be told, defects of ours, and the policy's rules to look at."""
    told = [_notification("note", verdict(examination))]
    told += [_notification("error", outcome.reason, numbers[outcome.check.code]) for outcome in examination.crashed]
    told += [_notification("note", outcome.reason, numbers[outcome.check.code]) for outcome in examination.skipped]
    if len(examination.findings) > RESULTS:
        told.append(_notification("warning", f"{len(examination.findings) - RESULTS:,} lesser findings are left out"))
    if examination.waived:
        told.append(_notification("note", f"{count(len(examination.waived), 'finding')} ignored by the policy"))
    if examination.baseline:
        known, gone = examination.baseline
        told.append(_notification("note", f"{len(known):,} known before, {len(gone):,} gone since the baseline"))
    return told + [_notification("warning", note.text) for note in examination.policy_notes]


def _notification(level: str, text: str, rule: int | None = None) -> dict[str, Any]:
    told: dict[str, Any] = {"level": level, "message": {"text": _said(text.strip()) or "no reason was given"}}
    return told if rule is None else told | {"associatedRule": {"index": rule}}


def _why(documentation: str) -> str:
    """The paragraphs under the first heading, as one text."""
    _, _, rest = documentation.partition("\n## ")
    return " ".join(rest.partition("\n## ")[0].partition("\n")[2].split())


def _camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("-"))[:_NAME]


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def _said(text: str) -> str:
    """A message's text: no link, which brackets before parentheses are in one, and never too long."""
    return _cut(text.replace("](", "] ("), _MESSAGE)


def _cut(text: str, limit: int) -> str:
    text = clean_lines(text)
    return text if len(text) <= limit else text[: limit - 1] + "…"
