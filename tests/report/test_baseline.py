"""A baseline knows findings again whatever the machine, the line or the version, and lets nothing graver pass."""

from __future__ import annotations

import json
import time
from typing import Any

import jsonschema
import pytest

from doctor import checks
from doctor.examine import conclude, examine_facts
from doctor.facts import Facts
from doctor.facts.build import environment
from doctor.facts.project import Ignored, Policy
from doctor.facts.serialise import NotFacts
from doctor.model import Evidence, Examination, Finding, Gone, Outcome, Severity
from doctor.report import as_json, jsonl
from doctor.report.baseline import compare, dump, load, place
from doctor.report.text import plain_text, render
from doctor.report.words import verdict
from tests.report.examined import everything, hostile, project
from tests.report.test_as_json import SCHEMA

HERE = environment(project=project())
THERE = environment(
    identity={"prefix": "/builds/ci/env"},
    project=project(root="/builds/ci", policy=Policy(path="/builds/ci/pyproject.toml")),
)


def finding(subject: str = "numba", *paths: str, severity: Severity = Severity.WARNING, line: int = 0) -> Finding:
    seen = tuple(Evidence("seen", path, line) for path in paths)
    return Finding(severity, subject, f"{subject} is wrong by {line} MB", seen, code="DEP001", name="unmet-requirement")


def report(*found: Finding, facts: Facts = HERE) -> Examination:
    check = checks.load(["DEP001"])[0]
    return conclude(facts, [Outcome(check, "findings" if found else "fine", found)], Policy(), {})


def after(before: Examination, now: Examination) -> Examination:
    return compare(now, load(json.loads(dump(before))))


@pytest.mark.parametrize("examination", [everything, hostile], ids=lambda make: str(make.__name__))
def test_what_was_written_is_known_whatever_its_names(examination) -> None:  # type: ignore[no-untyped-def]
    now = after(examination(), examination())
    assert now.findings == ()
    assert now.baseline is not None
    assert len(now.baseline.known) == len(examination().findings)
    assert now.baseline.gone == ()
    assert dump(now) == dump(examination()), "writing it again keeps what is known"


def test_versions_lines_and_machines_make_nothing_new() -> None:
    site = "lib/python{}/site-packages/numba-{}.dist-info/METADATA"
    before = report(finding("numba", site.format("3.11", "0.60.0"), "requirements.txt", "~/demo/.venv", line=3))
    now = report(
        finding("numba", site.format("3.13", "0.61.2"), "/builds/ci/requirements.txt", "/builds/ci/env", line=9),
        facts=THERE,
    )
    assert after(before, now).findings == ()
    assert dump(before) == dump(now)


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("conda-meta/numpy-base-1.26.4-py311h64a7726_0.json", "conda-meta/numpy-base.json"),
        (
            "lib/python3.13t/site-packages/x/_core.cpython-313t-x86_64-linux-gnu.so",
            "lib/python/site-packages/x/_core.so",
        ),
        ("share/jupyter/kernels/python3/kernel.json", "share/jupyter/kernels/python3/kernel.json"),
        ("~/demo/src/a.py", "src/a.py"),
        ("~/demo-other/a.py", "~/demo-other/a.py"),
        ("~/demo/.venv", "{prefix}"),
        ("/etc/conda/.condarc", "/etc/conda/.condarc"),
    ],
)
def test_places_lose_what_differs_from_machine_to_machine(path: str, kept: str) -> None:
    assert place(path, HERE) == kept


@pytest.mark.parametrize(
    "now",
    [
        finding("scipy", "a.py"),
        finding("numba", "b.py"),
        finding("numba", "a.py", severity=Severity.ERROR),
        finding("numba"),
    ],
    ids=["another subject", "another place", "graver", "no place"],
)
def test_what_is_new_counts(now: Finding) -> None:
    examination = after(report(finding("numba", "a.py")), report(now))
    assert examination.findings == (now,)
    assert examination.baseline is not None
    assert examination.baseline.gone == (Gone("DEP001", "numba"),)


def test_one_entry_covers_one_finding_and_the_same_places_come_first() -> None:
    one, other = finding("numba", "a.py", "b.py"), finding("numba", "b.py")
    examination = after(report(other), report(one, other))
    assert examination.findings == (one,)
    assert after(report(one, other), report(one, other)).findings == ()
    lesser = after(report(finding("numba", "a.py", "b.py")), report(finding("numba", "a.py", severity=Severity.NOTE)))
    assert lesser.findings == (), "partly mended, and less grave"


def test_gone_is_only_what_was_looked_at() -> None:
    skipped = conclude(HERE, [Outcome(checks.load(["DEP001"])[0], "skipped", reason="no facts")], Policy(), {})
    now = after(report(finding("numba", "a.py")), skipped)
    assert now.baseline is not None
    assert now.baseline.gone == ()


def test_reports_tell_known_and_gone() -> None:
    now = after(report(finding("numba", "a.py"), finding("rich", "b.py")), report(finding("numba", "a.py")))
    assert verdict(now) == "No new problem found in 1 check, 1 known before"
    text = plain_text(render(now))
    assert "Known before, in the baseline: 1 finding" in text
    assert "Gone since the baseline: 1 finding" in text
    body = as_json.body(now)
    jsonschema.Draft202012Validator(SCHEMA).validate(body)
    assert body["baseline"] == {
        "known": [{"code": "DEP001", "subject": "numba"}],
        "gone": [{"code": "DEP001", "subject": "rich"}],
    }
    kinds = [json.loads(line)["kind"] for line in jsonl.render(now).splitlines()]
    assert kinds == ["known", "gone", "summary"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ([], "no baseline of findings"),
        ({"schema_version": 2, "findings": []}, "schema_version 2"),
        ({"schema_version": 1, "findings": [], "x": 1}, "unknown field 'x'"),
        ({"schema_version": 1, "findings": [7]}, "findings[0]"),
        ({"schema_version": 1, "findings": [{"code": "A", "subject": "b", "severity": "bad"}]}, "findings[0].severity"),
        ({"schema_version": 1, "findings": [{"code": 1}]}, "findings[0].code"),
        (
            {"schema_version": 1, "findings": [{"code": "A", "subject": "b", "severity": "note", "places": [1]}]},
            "findings[0].places",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_none_is_refused_with_the_place(body: Any, said: str) -> None:
    with pytest.raises(NotFacts, match=said.replace("[", r"\[")):
        load(body)


def notes(rule: Ignored, codes: tuple[str, ...] = ("MIX003",)) -> list[tuple[str, str]]:
    """What is said of a rule, for an environment in which demo is installed twice."""
    examples = {example.title: example for example in checks.load(["MIX003"])[0].examples()}
    facts = next(example.facts for example in examples.values() if example.finds)
    facts = facts._replace(layers=tuple(layer for layer in facts.layers if layer != "integrity"))
    policy = Policy(path="~/demo/pyproject.toml", ignore=(rule,))
    examination = examine_facts(facts, checks.load(codes), policy)
    text = plain_text(render(examination))
    for note in examination.policy_notes:
        assert " ".join(note.text.split()) in " ".join(text.split())
        assert f"{note.path}:{note.line}" in text
    jsonschema.Draft202012Validator(SCHEMA).validate(as_json.body(examination))
    return [(note.what, note.text.rpartition(": ")[2]) for note in examination.policy_notes]


def test_rules_that_ended_or_that_nothing_needs_are_told() -> None:
    assert notes(Ignored("MIX003", "why", line=5)) == []
    assert notes(Ignored("MIX003", "why", until="2026-11-22", line=5)) == []
    assert notes(Ignored("MIX003", "why", until="2026-11-21", line=5)) == [("expired", "it counts again")]
    assert notes(Ignored("MIX003", "why", "other", "2026-11-21", 5)) == [("expired", "the rule can be removed")]
    assert notes(Ignored("MIX003", "why", "other", line=5)) == [("unused", "the rule can be removed")]


def test_nothing_is_called_unneeded_that_was_not_looked_for() -> None:
    assert notes(Ignored("DEP001", "why", line=5)) == [], "not selected"
    assert notes(Ignored("MIX", "why", "other", line=5)) == [], "others of its family were not made"
    assert notes(Ignored("MIX", "why", "other", line=5), ("MIX",)) == [], "those for --deep were not made"


def test_a_large_baseline_is_read_once_for_each_finding() -> None:
    """Thousands of findings of an old project take no minutes."""
    old, now = (report(*(finding(f"{word}-{number}", f"lib/{number}.py") for number in range(700))) for word in "ab")
    began = time.perf_counter()
    assert len(after(old, now).findings) == 700
    assert time.perf_counter() - began < 3
