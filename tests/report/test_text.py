"""The report for people: verdict first, nothing too wide, every fact of a finding in it."""

from __future__ import annotations

import pytest

from doctor import checks
from doctor.examine import conclude, examine_facts, judge
from doctor.facts import Facts
from doctor.facts.build import distribution, environment
from doctor.facts.project import Ignored, Policy
from doctor.model import Check, Examination, Safety
from doctor.report.text import plain_text, render

HEALTHY = environment(distributions=[distribution("demo", "1.0", files=["demo.py"])])
SICK = environment(distributions=[distribution("demo", "1.0"), distribution("demo", "2.0")])


def examined(facts: Facts, *, policy: Policy | None = None) -> Examination:
    return examine_facts(facts, checks.load(["MIX003"]), policy)


def test_healthy_environment_gets_one_calm_sentence() -> None:
    text = plain_text(render(examined(HEALTHY)))
    assert "✓ No problem found in 1 check\n" in text
    assert len(text.splitlines()) <= 6


def test_verdict_stands_before_findings_and_the_next_step_last() -> None:
    text = plain_text(render(examined(SICK), command_line="demo"))
    verdict, finding = text.index("✗ 1 error in 1 check"), text.index("MIX003 duplicate-distribution")
    assert verdict < finding < text.index("envdoctor explain MIX003")
    assert text.rstrip().splitlines()[-1].strip().startswith("envdoctor fix demo")
    with_app = plain_text(render(examined(SICK), command_line="demo", app=True))
    assert with_app.rstrip().splitlines()[-1].strip().startswith("envdoctor demo")
    assert "envdoctor fix demo  choose a repair" in with_app
    assert "fix (careful): Keep demo" in text
    assert "install --force-reinstall --no-deps demo==" in text


def test_what_only_a_person_may_do_is_offered_no_repair() -> None:
    examination = examined(SICK)
    told = tuple(
        finding._replace(remedies=tuple(remedy._replace(safety=Safety.MANUAL) for remedy in finding.remedies))
        for finding in examination.findings
    )
    by_hand = examination._replace(outcomes=(examination.outcomes[0]._replace(findings=told),))
    assert "envdoctor fix" not in plain_text(render(by_hand, command_line="demo"))


@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_line_is_wider_than_asked_but_commands(width: int) -> None:
    for line in plain_text(render(examined(SICK), width=width)).splitlines():
        assert len(line) <= width or line.lstrip().startswith(("$", "Next")), line


def test_what_cannot_be_told_is_said_and_never_called_healthy() -> None:
    gap = SICK._replace(layers=("identity",), gaps={"files": "permission denied"})
    text = plain_text(render(examined(gap)))
    assert "Nothing could be judged" in text
    assert "Cannot tell here" in text
    assert "No problem found" not in text


def test_waived_findings_are_shown_with_their_reason() -> None:
    policy = Policy(path="pyproject.toml", ignore=(Ignored("MIX", "vendored twice on purpose"),))
    text = plain_text(render(examined(SICK, policy=policy)))
    assert "No problem found" in text
    assert "Ignored by the project's policy: 1 finding" in text
    assert "vendored twice on purpose" in text


def test_expired_waiver_counts_again() -> None:
    policy = Policy(path="pyproject.toml", ignore=(Ignored("MIX003", "until we upgrade", until="2026-11-21"),))
    assert len(examined(SICK, policy=policy).findings) == 1
    policy = policy._replace(ignore=(policy.ignore[0]._replace(until="2026-11-22"),))
    assert not examined(SICK, policy=policy).findings


def test_defect_of_a_check_is_told_and_stops_nothing() -> None:
    def broken(_facts: Facts) -> object:
        raise ZeroDivisionError("oops")

    check: Check = checks.load(["MIX003"])[0]._replace(find=broken)  # type: ignore[arg-type]
    outcome = judge(check, SICK)
    assert outcome.state == "crashed"
    text = plain_text(render(conclude(SICK, [outcome], Policy(), {})))
    assert "please report" in text
    assert "ZeroDivisionError: oops" in text
