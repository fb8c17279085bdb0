"""SARIF is what code scanning takes: by the standard's required fields, and by what GitHub refuses."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any
from urllib.parse import unquote

import pytest

from doctor import checks
from doctor.examine import conclude, examine_facts
from doctor.facts.build import environment
from doctor.facts.project import Asked, Ignored, Policy, Project, Specification
from doctor.model import Evidence, Examination, Finding, Outcome, Severity
from doctor.report.baseline import compare, known_of
from doctor.report.places import Repository, place_of
from doctor.report.sarif import RESULTS, body, render
from tests.report.examined import NASTY, every_check, everything, hostile, project

#: object -> its fields here, all others being an error; those with ! are required by the standard or by GitHub
FIELDS = {
    "log": {"$schema!", "version!", "runs!"},
    "run": {"tool!", "invocations!", "originalUriBaseIds", "results!", "columnKind"},
    "driver": {"name!", "version", "semanticVersion", "rules!"},
    "rule": {"id!", "name", "shortDescription!", "fullDescription!", "help!", "defaultConfiguration", "properties"},
    "result": {"ruleId!", "ruleIndex!", "level!", "message!", "locations!", "partialFingerprints!"},
    "region": {"startLine!", "startColumn!", "endLine!", "endColumn!"},
    "invocation": {"executionSuccessful!", "toolExecutionNotifications"},
    "notification": {"level!", "message!", "associatedRule"},
}


def fits(kind: str, found: dict[str, Any]) -> dict[str, Any]:
    required = {name.rstrip("!") for name in FIELDS[kind] if name.endswith("!")}
    allowed = {name.rstrip("!") for name in FIELDS[kind]}
    assert required <= set(found) <= allowed, kind
    assert all(value not in ("", None) for value in found.values()), kind
    return found


def validated(text: str) -> list[dict[str, Any]]:
    """The results of a log that is as it must be."""
    assert len(gzip.compress(text.encode())) < 10_000_000
    log = fits("log", json.loads(text))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    fits("run", run)
    rules = [fits("rule", rule) for rule in fits("driver", run["tool"]["driver"])["rules"]]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert len(rule["name"]) <= 255
        assert rule["help"]["text"]
        assert "## Why it matters" in rule["help"]["markdown"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
        assert len(rule["properties"]["tags"]) <= 10
        assert rule["properties"]["problem.severity"] in ("error", "warning", "recommendation")
    (invocation,) = run["invocations"]
    for told in fits("invocation", invocation)["toolExecutionNotifications"]:
        assert fits("notification", told)["message"]["text"]
        assert told.get("associatedRule", {"index": 0})["index"] < len(rules)
    for result in run["results"]:
        fits("result", result)
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"].strip()
        (location,) = result["locations"]
        region = fits("region", location["physicalLocation"]["region"])
        assert all(isinstance(number, int) and number >= 1 for number in region.values())
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"(?:[\w.~-]|%[0-9A-F]{2})+(?:/(?:[\w.~-]|%[0-9A-F]{2})+)*", uri, re.ASCII), uri
        assert ".." not in uri.split("/")
    prints = [(r["ruleId"], r["partialFingerprints"]["primaryLocationLineHash"]) for r in run["results"]]
    assert len(set(prints)) == len(prints)
    assert len(run["results"]) <= RESULTS
    results: list[dict[str, Any]] = run["results"]
    return results


def test_every_finding_of_every_check_is_a_result() -> None:
    assert len(validated(render(everything()))) == len(everything().findings)


def test_each_check_names_a_file_of_its_repository() -> None:
    for check in every_check():
        for example in check.examples():
            validated(render(examine_facts(example.facts, [check])))


def test_hostile_names_stay_names() -> None:
    results = validated(render(hostile()))
    assert len(results) == len(NASTY)
    assert not any("](" in result["message"]["text"] for result in results)


def test_a_log_is_the_same_twice_and_its_fingerprints_outlive_other_lines_and_versions() -> None:
    assert render(everything()) == render(everything())

    def prints(version: str, line: int) -> dict[str, str]:
        finding = Finding(
            Severity.ERROR, "numba: numpy", f"numba {version} is broken",
            (Evidence("x", f"lib/python3.11/site-packages/numba-{version}.dist-info/METADATA"),
             Evidence("asked for", "requirements.txt", line)),
            code="DEP001", name="unmet-requirement",
        )  # fmt: skip
        outcome = Outcome(checks.load(["DEP001"])[0], "findings", (finding,))
        (result,) = body(conclude(environment(project=project()), [outcome], Policy(), {}))["runs"][0]["results"]
        found: dict[str, str] = result["partialFingerprints"]
        return found

    assert prints("0.60.0", 3) == prints("0.61.2", 30)


def placed(finding: Finding, **more: Any) -> tuple[str, int]:
    known = project(**more.pop("project", {}))
    place = place_of(finding, environment(project=known), more.pop("repository", Repository()))
    return place.path, place.line


def test_places_are_those_of_the_expectation_first() -> None:
    finding = Finding(
        Severity.ERROR, "numba", "x", (Evidence("x", "lib/x.so"), Evidence("asked", "requirements.txt", 9))
    )
    assert placed(finding) == ("requirements.txt", 9)
    assert placed(finding, repository=Repository("sub/folder")) == ("sub/folder/requirements.txt", 9)
    inside = Finding(Severity.ERROR, "numpy", "x", (Evidence("x", "lib/x.so"),))
    assert placed(inside) == ("requirements.txt", 3), "the line that asks for the package"
    other = Finding(Severity.ERROR, "rich", "x", (Evidence("x", "~/demo/.venv/lib/x.so", 4),))
    assert placed(other) == ("pyproject.toml", 0), "the policy's file"
    assert placed(other, project={"policy": Policy()}) == ("requirements.txt", 0), "what names the environment"
    cell = Finding(Severity.ERROR, "rich", "x", (Evidence("x", "a.ipynb#3", 4),))
    named = Project(present=True, root="~/demo", installs=())._replace(
        specifications=(Specification("a.ipynb", "script", asked=(Asked("rich", "rich"),)),)
    )
    assert place_of(cell, environment(project=named), Repository())[:2] == ("a.ipynb", 0), "a cell's line is none"
    nothing = place_of(other, environment(), Repository(file="environment.yml"))
    assert nothing == ("environment.yml", 0, False)
    assert place_of(other, environment(), Repository())[0] == "pyproject.toml"


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "~/.ssh/id", "$HOME", "C:/x", "a/../../b"])
def test_no_place_leads_out_of_the_repository(path: str) -> None:
    known = project(specifications=(Specification(path, "requirements", asked=(Asked("numpy", "numpy", line=1),)),))
    finding = Finding(Severity.ERROR, "numpy", "x", (Evidence("x", path, 1),))
    place = place_of(finding, environment(project=known._replace(policy=Policy())), Repository())
    assert place == ("pyproject.toml", 0, False)


def test_what_does_not_count_is_left_out_and_told() -> None:
    examination = everything()
    facts = examination.facts
    held = compare(examination, [known_of(finding, facts) for finding in examination.findings])
    assert validated(render(held)) == []
    waived = conclude(facts, list(examination.outcomes), Policy(ignore=(Ignored("MIX", "known"),)), {})
    assert not [r for r in validated(render(waived)) if r["ruleId"].startswith("MIX")]
    texts = [t["message"]["text"] for t in body(waived)["runs"][0]["invocations"][0]["toolExecutionNotifications"]]
    assert any("ignored by the policy" in text for text in texts)


def test_a_crash_is_no_success_and_more_than_is_shown_is_cut_by_gravity() -> None:
    (run,) = body(hostile())["runs"]
    assert run["invocations"][0]["executionSuccessful"] is False
    check = checks.load(["DEP001"])[0]
    found = tuple(
        Finding(Severity.NOTE if number % 2 else Severity.ERROR, f"p{number}", "x", code="DEP001", name=check.name)
        for number in range(2 * RESULTS)
    )
    many = Examination(environment(), (Outcome(check, "findings", found),))
    results = validated(render(many))
    assert {result["level"] for result in results} == {"error"}
    assert "left out" in render(many)


def test_an_odd_file_name_is_a_relative_address() -> None:
    name = "javascript:a b/é%20?#[x].txt"
    known = project(specifications=(Specification(name, "requirements", asked=(Asked("numpy", "numpy", line=1),)),))
    check = checks.load(["DEP001"])[0]
    finding = Finding(Severity.ERROR, "numpy", "x", (Evidence("x", name, 1),), code=check.code, name=check.name)
    examination = conclude(environment(project=known), [Outcome(check, "findings", (finding,))], Policy(), {})
    (result,) = validated(render(examination))
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.startswith("javascript%3Aa%20b/")
    assert unquote(uri) == name
