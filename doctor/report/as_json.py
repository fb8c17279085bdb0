"""The report for programs: doctor/report/schema.json describes it, stable in order, without times."""

from __future__ import annotations

import json
from typing import Any

from doctor import __version__
from doctor.facts import Facts
from doctor.model import Examination, Finding, PolicyNote, Remedy, Step
from doctor.report.steps import command
from doctor.report.words import tally

SCHEMA_VERSION = 1


def render(examination: Examination) -> str:
    """Write an examination as JSON that ends with a line feed."""
    return json.dumps(body(examination), indent=2, ensure_ascii=False) + "\n"


def body(examination: Examination) -> dict[str, Any]:
    """Build the report as plain data."""
    identity = examination.facts.identity
    numbers = tally(examination)
    report: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "envdoctor": __version__,
        "environment": {
            "name": identity.name,
            "prefix": identity.prefix,
            "kind": identity.kind,
            "maker": identity.maker,
            "python": identity.python,
            "implementation": identity.implementation,
            "system": identity.system,
            "architecture": identity.architecture,
        },
        "summary": {severity.value: number for severity, number in numbers.items()}
        | {
            "skipped": len(examination.skipped),
            "crashed": len(examination.crashed),
            "ignored": len(examination.waived),
        },
        "findings": [finding_body(finding, examination.facts) for finding in examination.findings],
        "skipped": [{"code": outcome.check.code, "reason": outcome.reason} for outcome in examination.skipped],
        "crashed": [{"code": outcome.check.code, "error": outcome.reason} for outcome in examination.crashed],
        "ignored": [
            {"code": waived.finding.code, "subject": waived.finding.subject, "reason": waived.reason}
            for waived in examination.waived
        ],
        "policy_notes": [_policy_note(note) for note in examination.policy_notes],
    }
    if baseline := examination.baseline:
        report["baseline"] = {
            "known": [{"code": finding.code, "subject": finding.subject} for finding in baseline.known],
            "gone": [gone._asdict() for gone in baseline.gone],
        }
    return report | _live(examination)


def _policy_note(note: PolicyNote) -> dict[str, Any]:
    return {**note._asdict(), "subject": note.subject or None, "path": note.path or None, "line": note.line or None}


def _live(examination: Examination) -> dict[str, Any]:
    """What was tried in the environment's Python; no field where nobody asked."""
    if not examination.facts.live.asked:
        return {}
    from doctor.report.live import body

    return {"live": body(examination.facts.live, examination.findings)}


def finding_body(finding: Finding, facts: Facts) -> dict[str, Any]:
    """One finding as plain data."""
    return {
        "code": finding.code,
        "name": finding.name,
        "family": finding.family,
        "severity": finding.severity.value,
        "subject": finding.subject,
        "summary": finding.summary,
        "evidence": [
            {"text": evidence.text, "path": evidence.path or None, "line": evidence.line or None}
            for evidence in finding.evidence
        ],
        "packages": list(finding.packages),
        "remedies": [_remedy(remedy, facts) for remedy in finding.remedies],
    }


def _remedy(remedy: Remedy, facts: Facts) -> dict[str, Any]:
    return {
        "title": remedy.title,
        "safety": remedy.safety.value,
        "reversible": remedy.reversible,
        "trade_off": remedy.trade_off or None,
        "steps": [_step(step, facts) for step in remedy.steps],
    }


def _step(step: Step, facts: Facts) -> dict[str, Any]:
    fields = {name: list(value) if isinstance(value, tuple) else value for name, value in step._asdict().items()}
    return {"kind": fields.pop("kind"), **fields, "shell": command(step, facts) or None}
