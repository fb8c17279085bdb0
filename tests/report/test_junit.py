"""JUnit's XML holds what the schema of Jenkins' plug-in allows, counts right, and keeps hostile names apart."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from doctor.examine import conclude, examine_facts
from doctor.facts.build import environment
from doctor.facts.live import Live, Tried
from doctor.facts.project import Policy
from doctor.model import Severity
from doctor.report.junit import render
from tests.report.examined import NASTY, every_check, everything, hostile

#: element -> attributes (those with ! required) and the elements below, as junit-10.xsd has them
SHAPE = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": ({"name!", "tests!", "failures!", "errors!", "skipped"}, {"properties", "testcase"}),
    "properties": (set(), {"property"}),
    "property": ({"name!", "value!"}, set()),
    "testcase": ({"name!", "classname"}, {"skipped", "error", "failure", "system-out"}),
    "failure": ({"type", "message"}, set()),
    "error": ({"type", "message"}, set()),
    "skipped": ({"type", "message"}, set()),
    "system-out": (set(), set()),
}  # fmt: skip


def validated(text: str) -> ElementTree.Element:
    root = ElementTree.fromstring(text.encode())
    assert root.tag == "testsuites"
    for element in root.iter():
        attributes, below = SHAPE[element.tag]
        assert {name.rstrip("!") for name in attributes if name.endswith("!")} <= set(element.attrib), element.tag
        assert set(element.attrib) <= {name.rstrip("!") for name in attributes}, element.tag
        assert {child.tag for child in element} <= below, element.tag
        assert element.tag in ("failure", "error", "skipped", "system-out") or not (element.text or "").strip()
    suite = root[0]
    for counted, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(suite.attrib[counted]) == sum(case.find(tag) is not None for case in suite.iter("testcase")), tag
    assert int(suite.attrib["tests"]) == len(list(suite.iter("testcase")))
    return root


def states(root: ElementTree.Element) -> dict[str, str]:
    return {case.attrib["name"][:6]: case[0].tag if len(case) else "" for case in root.iter("testcase")}


def test_every_check_is_one_case() -> None:
    root = validated(render(everything()))
    assert len(states(root)) == len(every_check())


@pytest.mark.parametrize(
    ("least", "expected"), [(Severity.ERROR, "system-out"), (Severity.WARNING, "failure"), (Severity.NOTE, "failure")]
)
def test_what_fails_follows_fail_on(least: Severity, expected: str) -> None:
    check = next(check for check in every_check() if check.code == "MIX002")
    example = next(example for example in check.examples() if example.finds)
    examination = examine_facts(example.facts, [check])
    assert {finding.severity for finding in examination.findings} == {Severity.WARNING}
    root = validated(render(examination, least))
    assert states(root) == {"MIX002": expected}
    assert examination.findings[0].summary in "".join(root.itertext())


def test_skipped_and_crashed_say_why_and_hostile_names_read_back_as_they_are() -> None:
    root = validated(render(hostile()))
    assert states(root) == {"DEP001": "failure", "MIX001": "skipped", "MIX003": "error"}
    skipped = root.find(".//skipped")
    assert skipped is not None
    assert skipped.attrib["message"] == NASTY[0]
    body = "".join(root.itertext())
    for text in NASTY:
        if "\ufffe" not in text and "\r" not in text:  # which XML cannot hold, or reads as a line feed
            assert text in body
    errors = root.find(".//error")
    assert errors is not None
    assert "\r\n" in errors.attrib["message"]


def test_what_was_tried_is_a_case_as_well() -> None:
    tried = (Tried("numpy", "error", needed=True, error="ImportError", text="no"), Tried("rich"), Tried("x", "missing"))
    facts = environment(live=Live(asked=True, imports=tried))
    root = validated(render(conclude(facts, [], Policy(), {})))
    found = {case.attrib["name"]: case[0].tag if len(case) else "" for case in root.iter("testcase")}
    assert found == {"import numpy": "failure", "import rich": "", "import x": "skipped"}
