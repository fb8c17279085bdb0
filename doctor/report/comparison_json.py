"""A comparison for programs: doctor/compare/comparison.schema.json describes it, stable in order."""

from __future__ import annotations

import json
from typing import Any

from doctor import __version__
from doctor.compare.comparison import Alignment, Comparison, Difference, Side
from doctor.compare.numbers import NumberDifference
from doctor.facts.serialise import whole
from doctor.report.comparison_commands import commands_of
from doctor.report.comparison_words import verdict

SCHEMA_VERSION = 1


def render(comparison: Comparison) -> str:
    """The whole comparison as JSON that ends with a line feed."""
    return json.dumps(body(comparison), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def body(comparison: Comparison) -> dict[str, Any]:
    """The same as plain data."""
    difference = comparison.difference
    return {
        "schema_version": SCHEMA_VERSION,
        "envdoctor": __version__,
        "verdict": verdict(comparison)[0],
        "changes_results": comparison.changes_results,
        "sides": [_side(side) for side in comparison.sides],
        "difference": _difference(difference, comparison) if difference is not None else None,
        "groups": [
            {
                "sides": list(group.sides),
                "machines": list(group.machines),
                "apart": _difference(group.apart, comparison) if group.apart is not None else None,
            }
            for group in comparison.groups
        ],
    }


def _side(side: Side) -> dict[str, Any]:
    fingerprint = side.fingerprint
    return {
        "title": side.title,
        "name": fingerprint.name,
        "kind": fingerprint.kind,
        "made": fingerprint.made or None,
        "of_this_machine": side.facts is not None,
        "layers": {name: part.hash for name, part in fingerprint.layers.items()},
        "numbers": bool(fingerprint.numbers.runs),
    }


def _difference(difference: Difference, comparison: Comparison) -> dict[str, Any]:
    return {
        "changes_results": difference.changes_results,
        "packages": whole(difference.packages),
        "layers": [
            {
                "layer": layer.layer,
                "equal": layer.equal,
                "same": layer.same,
                "gap": layer.gap or None,
                "items": [{key: value for key, value in whole(item).items() if key != "layer"} for item in layer.items],
            }
            for layer in difference.layers
        ],
        "numbers": [_number(number) for number in difference.numbers],
        "numbers_gap": difference.numbers_gap or None,
        "causes": [whole(cause) for cause in difference.causes],
        "alignment": [_alignment(step, comparison) for step in difference.alignment],
    }


def _number(number: NumberDifference) -> dict[str, Any]:
    return {**whole(number), "said": number.said}


def _alignment(step: Alignment, comparison: Comparison) -> dict[str, Any]:
    return {
        "text": step.text,
        "moves": step.moves,
        "settles": list(step.settles),
        "commands": list(commands_of(step, comparison)),
        "code_lines": list(step.code_lines),
        "code": step.code,
    }
