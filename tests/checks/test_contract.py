"""What holds for every check, so that nobody has to write it again for a new one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from doctor import checks
from doctor.examine import judge
from doctor.facts import LAYERS, serialise
from doctor.model import Check, Edit, Example, Export, Move, Protect, Run, Safety, Severity, Step, Tell

CHECKS = checks.load()
HEADINGS = ("## Why it matters", "## How it is found", "## What the fix does")
OURS = ("facts", "judgement", "knowledge", "compare", "model", "checks")
ALLOWED = {
    "__future__", "ast", "bisect", "collections", "datetime", "doctor", "functools", "itertools", "json", "math",
    "operator", "packaging", "posixpath", "re", "shlex", "sys", "time", "typing", "urllib",
}  # fmt: skip


CASES = [pytest.param(c, example, id=f"{c.code} {example.title}") for c in CHECKS for example in c.examples()]


def source(check: Check) -> Path:
    return checks.folder_of(check.family) / f"{check.name.replace('-', '_')}.py"


def _is_new_kernel(step: Step) -> bool:
    """A new kernel spec in the environment: offered to notebooks, it changes nothing of what imports or computes."""
    is_spec = isinstance(step, Edit) and re.fullmatch(r"share/jupyter/kernels/[\w.-]+/kernel\.json", step.path)
    return bool(is_spec) and isinstance(step, Edit) and not step.before


@pytest.mark.parametrize(("check", "example"), CASES)
def test_example_holds(check: Check, example: Example) -> None:
    outcome = judge(check, example.facts)
    assert outcome.state != "crashed", outcome.reason
    assert (outcome.state == "skipped") == example.cannot_tell, outcome.reason
    assert tuple(finding.subject for finding in outcome.findings) == example.finds
    if example.severity:
        assert {finding.severity for finding in outcome.findings} == {example.severity}


@pytest.mark.parametrize(("check", "example"), CASES)
def test_findings_are_well_formed(check: Check, example: Example) -> None:
    for finding in judge(check, example.facts).findings:
        assert finding.code == check.code
        assert finding.severity.rank <= check.severity.rank
        assert 0 < len(finding.summary) <= 100
        assert "\n" not in finding.summary
        assert not finding.summary.endswith(".")
        assert finding.evidence, "a finding says what was seen"
        if finding.severity is not Severity.NOTE:
            assert finding.remedies, "every error and warning has a remedy, if only a manual one"
        for remedy in finding.remedies:
            told = all(isinstance(step, Tell) for step in remedy.steps)
            assert remedy.steps
            assert remedy.safety is Safety.MANUAL or not told, "what is only told is by hand"
            if remedy.safety is Safety.SAFE:
                assert all(
                    isinstance(step, Export | Move | Run | Tell) or _is_new_kernel(step) for step in remedy.steps
                )
            for step in remedy.steps:
                if isinstance(step, Move | Protect):
                    assert not any(path.startswith(("/", "~")) or ".." in path for path in step.paths)
                if isinstance(step, Edit):
                    assert step.before or step.after


@pytest.mark.parametrize(("check", "example"), CASES)
def test_facts_and_findings_survive_json(check: Check, example: Example) -> None:
    back = serialise.load(serialise.dump(example.facts))
    assert back == example.facts
    assert judge(check, back).findings == judge(check, example.facts).findings


@pytest.mark.parametrize(("check", "example"), CASES)
def test_check_of_conda_only_finds_nothing_elsewhere(check: Check, example: Example) -> None:
    if check.conda_only and not example.facts.conda.present:
        assert not example.finds


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_check_has_sick_and_healthy_examples(check: Check) -> None:
    examples = tuple(check.examples())
    assert any(example.finds for example in examples)
    assert any(not example.finds and not example.cannot_tell for example in examples)
    assert len({example.title for example in examples}) == len(examples)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_documentation_has_its_headings(check: Check) -> None:
    assert re.fullmatch(r"[^\n]{10,100}\.", check.documentation.strip().partition("\n")[0])
    positions = [check.documentation.find(heading) for heading in HEADINGS]
    assert -1 not in positions
    assert positions == sorted(positions)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_code_name_and_layers_fit(check: Check) -> None:
    assert source(check).is_file(), "the file's name is the check's name"
    assert re.fullmatch(r"[A-Z]{3}\d{3}", check.code)
    assert check.family in checks.FAMILIES
    assert set(check.needs) | set(check.optional) <= set(LAYERS)


@pytest.mark.parametrize("check", [check for check in CHECKS if not check.records], ids=lambda check: check.code)
def test_check_without_records_looks_at_nothing_of_theirs(check: Check) -> None:
    rule = source(check).read_text(encoding="utf-8").partition("def examples()")[0]
    assert not re.search(r"\.(paths|digests|top_level|tags|pure|native)\b", rule)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_imports_are_within_bounds(check: Check) -> None:
    for node in ast.walk(ast.parse(source(check).read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            assert name.partition(".")[0] in ALLOWED, name
            assert not name.startswith("doctor.") or name.split(".")[1] in OURS, name


def test_codes_and_names_are_unique() -> None:
    assert len({check.code for check in CHECKS}) == len(CHECKS)
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    for folder in checks.FAMILIES.values():
        on_disk = {p.stem for p in (Path(checks.__file__).parent / folder).glob("*.py")} - {"__init__"}
        assert on_disk == {c.name.replace("-", "_") for c in CHECKS if checks.FAMILIES[c.family] == folder}
