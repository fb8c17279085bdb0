"""SARIF is what code scanning takes: by the standard's required fields, and by what GitHub refuses."""

from __future__ import annotations

import json
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
from tests.report.sarif_rules import faults


def validated(text: str) -> list[dict[str, Any]]:
    """The results of a log that is as it must be."""
    assert faults(text) == []
    results: list[dict[str, Any]] = json.loads(text)["runs"][0]["results"]
    return results


@pytest.fixture
def log() -> dict[str, Any]:
    return body(everything())


def _seed(change: str, log: dict[str, Any]) -> None:
    """One fault into a sound log."""
    run = log["runs"][0]
    result, rule = run["results"][0], run["tool"]["driver"]["rules"][0]
    physical = result["locations"][0]["physicalLocation"]
    match change:
        case "version":
            log["version"] = "2.1"
        case "a second run":
            log["runs"].append(run)
        case "an unknown field":
            result["rank"] = 50.0
        case "no location":
            result["locations"] = []
        case "an empty message":
            result["message"]["text"] = " "
        case "a long message":
            result["message"]["text"] = "x" * 4_001
        case "a link in a message":
            result["message"]["text"] = "[x](javascript:alert(1))"
        case "a level of its own":
            result["level"] = "critical"
        case "an absolute path":
            physical["artifactLocation"]["uri"] = "/etc/passwd"
        case "a path with a scheme":
            physical["artifactLocation"]["uri"] = "file:///x"
        case "a path that climbs out":
            physical["artifactLocation"]["uri"] = "a/../../b"
        case "a path that climbs out in code":
            physical["artifactLocation"]["uri"] = "a/%2E%2E/b"
        case "a base that is not told":
            physical["artifactLocation"]["uriBaseId"] = "ROOT"
        case "line 0":
            physical["region"]["startLine"] = 0
        case "a region that ends early":
            physical["region"] |= {"startLine": 9, "endLine": 8}
        case "another rule":
            result["ruleIndex"] += 1
        case "a rule that is not there":
            result["ruleIndex"] = 10_000
        case "a notification of no rule":
            run["invocations"][0]["toolExecutionNotifications"][0]["associatedRule"] = {"index": 10_000}
        case "a rule twice":
            run["tool"]["driver"]["rules"].append(rule | {"name": "Other"})
        case "one fingerprint twice":
            run["results"].append(result)
        case "21 tags":
            rule["properties"]["tags"] = [f"t{number}" for number in range(21)]
        case "a severity without its tag":
            rule["properties"]["security-severity"] = "5.0"
        case "a long description":
            rule["fullDescription"]["text"] = "x" * 1_025


@pytest.mark.parametrize(
    "change",
    [
        "version", "a second run", "an unknown field", "no location", "an empty message", "a long message",
        "a link in a message", "a level of its own", "an absolute path", "a path with a scheme",
        "a path that climbs out", "a path that climbs out in code", "a base that is not told", "line 0",
        "a region that ends early", "another rule", "a rule that is not there", "a notification of no rule",
        "a rule twice", "one fingerprint twice", "21 tags", "a severity without its tag", "a long description",
    ],
)  # fmt: skip
def test_a_seeded_fault_is_seen(change: str, log: dict[str, Any]) -> None:
    sound = json.dumps(log)
    assert faults(sound) == []
    _seed(change, log)
    assert json.dumps(log) != sound
    assert faults(json.dumps(log))


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
    assert placed(other) == ("requirements.txt", 3), "where the file begins that the environment is made from"
    apart = {"specifications": (Specification("script.py", "script", asked=(Asked("scipy", "scipy", line=2),)),)}
    assert placed(other, project=apart) == ("pyproject.toml", 0), "the policy's file, for a script speaks of itself"
    assert placed(other, project=apart | {"policy": Policy()}) == ("script.py", 0), "what is there to name at all"
    both = {
        "specifications": (
            Specification("requirements.txt", "requirements", asked=(Asked("scipy", "scipy", line=2),)),
            Specification("pyproject.toml", "pyproject", asked=(Asked("b", "b", line=9), Asked("a", "a", line=7))),
        )
    }
    assert placed(other, project=both) == ("pyproject.toml", 7)
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
