"""envdoctor check in every format, with baselines, and as a step of a GitHub job, as processes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from doctor.cli.check import _with_layers_to_compare
from doctor.cli.grammar.examining import REPORTS
from doctor.cli.reporting import without_commands
from doctor.compare.fingerprint import fingerprint_of
from doctor.facts import Facts
from doctor.onboard import ranking
from doctor.report.text import plain_text, render
from doctor.target.environment import Environment, Request
from tests.cli.test_check import project, run
from tests.report.examined import hostile
from tests.test_startup import loaded

__all__ = ["project"]


@pytest.mark.parametrize("kind", REPORTS)
def test_every_format_goes_to_stdout_and_to_a_file(project: Path, tmp_path: Path, kind: str) -> None:
    written = tmp_path / "report"
    done = run(project, "check", "--select", "DEP,MIX", "--format", kind, "--output", f"{kind}={written}")
    assert (done.returncode, done.stderr) == (1, "")
    assert written.read_text(encoding="utf-8") == done.stdout
    assert "absent" in done.stdout
    assert str(project.parent) not in done.stdout.replace(str(project), "") or kind in ("text", "json", "jsonl")


def test_formats_are_what_they_say(project: Path, tmp_path: Path) -> None:
    outputs = [part for kind in REPORTS for part in ("--output", f"{kind}={tmp_path / kind}")]
    assert run(project, "check", "--select", "DEP,MIX", *outputs).returncode == 1
    text = {kind: (tmp_path / kind).read_text(encoding="utf-8") for kind in REPORTS}
    assert json.loads(text["sarif"])["version"] == "2.1.0"
    assert {json.loads(line)["kind"] for line in text["jsonl"].splitlines()} >= {"finding", "summary"}
    assert ElementTree.fromstring(text["junit"]).attrib["failures"] == "2"
    assert text["html"].startswith("<!doctype html>")
    assert text["markdown"].startswith("### ✗ 2 errors in")
    assert text["github"].startswith("::error ")


def test_the_page_compares_with_the_baseline_or_a_file(project: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "a b.json"
    assert run(project, "snapshot", "-o", str(theirs)).returncode == 0
    body = json.loads(theirs.read_text())
    layer = body["fingerprint"]["layers"]["distributions"]
    layer["items"]["numpy"] = {"version": "2.1.0"}
    layer["hash"] = ""
    theirs.write_text(json.dumps(body))
    plain = run(project, "check", "--select", "DEP", "--format", "html")
    assert 'id="compared"' not in plain.stdout
    done = run(project, "check", "--select", "DEP", "--format", "html", "--compare", str(theirs))
    assert (done.returncode, done.stderr) == (plain.returncode, "")
    told = done.stdout.partition('<section id="compared">')[2].partition("</section>")[0]
    assert "a b.json" in told
    assert "numpy" in told
    assert "was not read" not in told
    clone = tmp_path / "clone"
    clone.mkdir()
    (clone / "pyproject.toml").write_text("")
    (clone / ".envdoctor").mkdir()
    (clone / ".envdoctor" / "baseline.json").write_text(theirs.read_text())
    named = run(project, "check", "--project", str(clone), "--format", "html")
    assert '<section id="compared">\n<h2>Compared with .envdoctor/baseline.json</h2>' in named.stdout
    wrong = run(project, "check", "--compare", str(theirs))
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert f"envdoctor compare '{theirs}'" in wrong.stderr
    missing = run(project, "check", "--format", "html", "--compare", "nothing.json")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "nothing.json" in missing.stderr


def test_a_layer_that_cannot_be_read_for_a_comparison_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    examination = hostile()
    few = examination._replace(facts=examination.facts._replace(layers=("identity",), gaps={}))
    told = Facts(layers=("machine",), gaps={"files": "took too long"})
    monkeypatch.setattr(ranking, "cheap_facts", lambda *_: told)
    request = Request(environment=Environment(Path("/envs/demo"), "venv"))
    facts = _with_layers_to_compare(request, few).facts
    assert fingerprint_of(facts).layers["native"].gap == "took too long"
    assert facts.layers == ("identity", "machine")


def test_places_are_relative_to_the_repository(project: Path, tmp_path: Path) -> None:
    inner = tmp_path / "repository" / "sub"
    inner.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(inner.parent)], check=True)
    (inner / "requirements.txt").write_text("rich\nneedy\n")
    done = run(project, "check", "--project", str(inner), "--select", "DEP001,REP001", "--format", "sarif")
    results = json.loads(done.stdout)["runs"][0]["results"]
    (place,) = {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in results}
    assert place == "sub/requirements.txt"
    assert {r["locations"][0]["physicalLocation"]["region"]["startLine"] for r in results} == {2}


def test_an_old_project_fails_for_what_is_new_alone(project: Path, tmp_path: Path) -> None:
    baseline = tmp_path / "known.json"
    first = run(project, "check", "--select", "DEP001", "--write-baseline", str(baseline))
    assert first.returncode == 0
    assert f"--baseline {baseline}" in first.stderr
    assert "DEP001" in first.stdout
    same = run(project, "check", "--select", "DEP001", "--baseline", str(baseline))
    assert same.returncode == 0
    assert "No new problem found in 1 check, 1 known before" in same.stdout
    more = run(project, "check", "--select", "DEP001,MIX006", "--baseline", str(baseline))
    assert more.returncode == 1
    assert "1 error in 2 checks, 1 known before" in more.stdout
    again = tmp_path / "again.json"
    arguments = ("--baseline", str(baseline), "--write-baseline", str(again))
    assert run(project, "check", "--select", "DEP001", *arguments).returncode == 0
    assert again.read_text() == baseline.read_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "no such file; --write-baseline"),
        ("{", "not JSON"),
        ('{"findings": 3}', "no baseline of findings"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_broken_baseline_is_named(project: Path, tmp_path: Path, text: str | None, said: str) -> None:
    baseline = tmp_path / "known.json"
    if text is not None:
        baseline.write_text(text)
    done = run(project, "check", "--select", "DEP001", "--baseline", str(baseline))
    assert (done.returncode, done.stdout) == (2, "")
    assert str(baseline) in done.stderr
    assert said in done.stderr


def test_a_step_of_a_github_job_gets_annotations_and_a_summary(project: Path, tmp_path: Path) -> None:
    summary = tmp_path / "summary"
    summary.write_text("before\n")
    done = run(project, "check", "--format", "github", GITHUB_STEP_SUMMARY=str(summary))
    assert all(line.startswith("::") for line in done.stdout.splitlines())
    assert summary.read_text(encoding="utf-8").startswith("before\n### ✗ 2 errors")
    nowhere = run(project, "check", "--format", "github", GITHUB_STEP_SUMMARY="/nonexistent/summary")
    assert nowhere.returncode == 1
    assert "summary cannot be written" in nowhere.stderr
    assert run(project, "check", GITHUB_STEP_SUMMARY=str(tmp_path / "none")).returncode == 1
    assert not (tmp_path / "none").exists()


def test_text_in_a_job_s_log_holds_no_command_of_a_runner() -> None:
    for width in (40, 80):
        text = plain_text(without_commands(render(hostile(), width=width)))
        assert not [line for line in text.splitlines() if line.lstrip().startswith("::") or "##[" in line]
        assert "taken over" in text


@pytest.mark.parametrize("kind", ["text", "json"])
def test_what_other_readers_need_is_not_loaded_for_text_and_json(project: Path, kind: str) -> None:
    found = loaded("check", str(project / ".venv"), "--project", str(project), "--select", "DEP001", "--format", kind)
    others = {"sarif", "junit", "github", "markdown", "as_html", "jsonl", "baseline", "places", "pictures"}
    assert not {f"doctor.report.{name}" for name in others} & found
    assert "doctor.cli.reporting" not in found
