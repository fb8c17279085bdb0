"""Onboarding as JSON: everything that the text says, redacted, in stable order."""

from __future__ import annotations

import json
from typing import Any

from doctor.judgement.expectations import Expectation
from doctor.onboard.as_text import commands
from doctor.onboard.data import Candidate, Onboarding, OnboardStep, Verdict
from doctor.onboard.getting import lacking
from doctor.onboard.ready import activation, kernel
from doctor.reading.clean import clean
from doctor.reading.redact import redact, show
from doctor.report.comparison_json import body as comparison_body

SCHEMA_VERSION = 1


def dump(onboarding: Onboarding, verdict: Verdict | None = None) -> str:
    """Write it as JSON that ends with a line feed."""
    return json.dumps(_redacted(body(onboarding, verdict)), indent=2, ensure_ascii=False) + "\n"


def body(onboarding: Onboarding, verdict: Verdict | None = None) -> dict[str, Any]:
    """All of it as plain data."""
    wanted, there = onboarding.expectations, onboarding.chosen is not None
    missing = lacking(wanted, onboarding.managers)
    return {
        "schema_version": SCHEMA_VERSION,
        "name": onboarding.name,
        "folder": show(onboarding.folder),
        "expectations": {
            "conflicts": [
                {"summary": one.summary, "first": _expectation(one.first), "second": _expectation(one.second)}
                for one in wanted.conflicts
            ],
            "managers": [{"name": one.name, "reason": one.reason, "path": one.path} for one in wanted.managers],
            "python": wanted.python,
            "items": [_expectation(item) for item in wanted.items],
        },
        "machine": {
            "managers": [
                {"name": one.name, "path": show(one.path), "version": one.version, "asked": one.asked}
                for one in onboarding.managers
            ],
            "lacks": dict(zip(("name", "page"), missing, strict=True)) if missing else None,
            "pythons": [
                {"version": one.version, "path": show(one.path), "source": one.source, "fits": one.fits}
                for one in onboarding.pythons
            ],
            "environments": [_candidate(one) for one in onboarding.candidates],
        },
        "environment": {
            "prefix": show(onboarding.prefix),
            "exists": there,
            "activate": activation(onboarding) if there else "",
            "kernel": kernel(onboarding),
        },
        "steps": [_step(step, onboarding) for step in onboarding.steps],
        "limits": list(onboarding.limits),
        "notes": list(onboarding.notes),
        "verdict": _verdict(verdict) if verdict else None,
    }


def _expectation(item: Expectation) -> dict[str, Any]:
    names = ("kind", "name", "text", "value", "path", "line", "strength", "group", "manager", "marker")
    return {name: getattr(item, name) for name in names}


def _candidate(one: Candidate) -> dict[str, Any]:
    return {
        "prefix": show(one.environment.prefix),
        "kind": one.environment.kind,
        "python": one.environment.version,
        "python_fits": one.python_fits,
        "belongs": one.belongs,
        "met": len(one.met.met),
        "asked": one.met.asked,
        "missing": [item.name or item.kind for item in one.met.missing[:200]],
        "different": [
            {"name": u.expectation.name, "asked": u.expectation.value, "found": u.found}
            for u in one.met.different[:200]
        ],
        "note": one.note,
    }


def _step(step: OnboardStep, onboarding: Onboarding) -> dict[str, Any]:
    return {
        "key": step.key,
        "name": step.name,
        "title": step.title,
        "why": step.why,
        "state": step.state,
        "reason": step.reason,
        "does": [one.sentence for one in step.does],
        "commands": list(commands(step.does, onboarding)),
        "beware": list(step.beware),
        "seconds": step.seconds,
        "download": step.download,
        "disk": step.disk,
        "undo": step.undo,
        "operation": step.operation,
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "sound": verdict.sound,
        "findings": [
            {"code": f.code, "severity": f.severity.value, "subject": f.subject, "summary": f.summary}
            for f in verdict.examination.findings
        ],
        "baseline": verdict.baseline,
        "comparison": comparison_body(verdict.comparison) if verdict.comparison is not None else None,
        "differs": verdict.differs,
        "numbers": verdict.numbers,
        "problem": verdict.problem,
    }


def _redacted(value: Any) -> Any:
    """Clean and redact every text once more: much of it came out of the repository's files."""
    if isinstance(value, str):
        return redact(clean(value))
    if isinstance(value, dict):
        return {key: _redacted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_redacted(item) for item in value]
    return value
