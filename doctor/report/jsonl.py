"""The report as JSON lines, to be searched and put together over many environments: a finding a line.

Every line is an object that says what kind it is of and which environment it speaks of, so that the lines of many
reports can be mixed; the last one sums up, also where nothing was found.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from doctor.model import Examination
from doctor.report.as_json import body


def render(examination: Examination) -> str:
    """Write an examination as lines of JSON."""
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines(examination))


def lines(examination: Examination) -> Iterator[dict[str, Any]]:
    """The lines: findings gravest first, what is not counted and not told, then the summary."""
    report = body(examination)
    whose = {"environment": report["environment"]["prefix"]}
    kinds = {
        "finding": report["findings"],
        "ignored": report["ignored"],
        "known": report.get("baseline", {}).get("known", ()),
        "gone": report.get("baseline", {}).get("gone", ()),
        "policy-note": report["policy_notes"],
        "skipped": report["skipped"],
        "crashed": report["crashed"],
        "live": [report["live"]] if "live" in report else (),
    }
    for kind, found in kinds.items():
        for one in found:
            yield {"kind": kind, **whose, **one}
    about = {key: report[key] for key in ("schema_version", "envdoctor")}
    yield {"kind": "summary", **whose, **about, "about": report["environment"], "summary": report["summary"]}
