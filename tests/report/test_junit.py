"""JUnit's XML holds what the schema of Jenkins' plug-in allows, counts right, and keeps hostile names apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
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


#: what the schema takes for an element's text; the others hold elements alone
_TEXT = {"failure", "error", "skipped", "system-out"}
_STATES = ("skipped", "error", "failure")
_NUMBERS = {"tests", "failures", "errors", "skipped"}
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def faults(text: str) -> list[str]:
    """Everything that the schema, or a reader of such files, would take amiss."""
    if not text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n') or "<!DOCTYPE" in text or "<!ENTITY" in text:
        return ["no plain head"]
    try:
        root = ElementTree.fromstring(text.encode())
    except ElementTree.ParseError as error:
        return [str(error)]
    found = [] if root.tag == "testsuites" else ["another root"]
    found += [fault for element in root.iter() for fault in _of_element(element)]
    return found or [fault for suite in root for fault in _of_suite(suite, root)]


def _of_element(element: ElementTree.Element) -> Iterator[str]:
    if element.tag not in SHAPE:
        yield f"no element of the schema: {element.tag}"
        return
    attributes, below = SHAPE[element.tag]
    if missing := {name.rstrip("!") for name in attributes if name.endswith("!")} - set(element.attrib):
        yield f"{element.tag} lacks {missing}"
    if foreign := set(element.attrib) - {name.rstrip("!") for name in attributes}:
        yield f"{element.tag} has {foreign}"
    if foreign := {child.tag for child in element} - below:
        yield f"{element.tag} holds {foreign}"
    if (element.tag not in _TEXT and (element.text or "").strip()) or (element.tail or "").strip():
        yield f"text in or behind {element.tag}"
    yield from (f"{element.tag} {name} is no number: {value}" for name, value in element.attrib.items()
                if name in _NUMBERS and not value.isdecimal())  # fmt: skip
    if any(_ILLEGAL.search(part) for part in (element.text or "", *element.attrib.values())):
        yield f"{element.tag} holds what XML cannot"
    if element.tag == "testcase" and sum(child.tag in _STATES for child in element) > 1:
        yield "a case in two states"


def _of_suite(suite: ElementTree.Element, root: ElementTree.Element) -> Iterator[str]:
    cases = list(suite.iter("testcase"))
    told = {"tests": len(cases)} | {
        name: sum(case.find(tag) is not None for case in cases)
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
    }
    yield from (f"{name} is {suite.attrib[name]}, not {number}" for name, number in told.items()
                if int(suite.attrib[name]) != number)  # fmt: skip
    yield from (f"the sums differ in {name}" for name in _NUMBERS & set(root.attrib)
                if root.attrib[name] != suite.attrib[name])  # fmt: skip
    names = [(case.attrib.get("classname"), case.attrib["name"]) for case in cases]
    if len(set(names)) != len(names):
        yield "two cases of one name, of which readers keep one history"
    if not all(name.strip() and group for group, name in names):
        yield "a case without a name"


def validated(text: str) -> ElementTree.Element:
    assert faults(text) == []
    return ElementTree.fromstring(text.encode())


@pytest.mark.parametrize(
    ("sound", "seeded"),
    [
        ("<testsuites ", "<suites "),
        (' classname="', ' class="'),
        ("<failure ", "<fail "),
        ("</testcase>", "<failure/><error/></testcase>"),
        ('failures="', 'failures="9'),
        (' tests="', ' tests="x'),
        ("<testcase ", "text <testcase "),
        ("<property ", "<property other='' "),
        (' value="', ' value="\x0b'),
        ("&lt;", "<"),
        ('encoding="UTF-8"?>\n', 'encoding="UTF-8"?>\n<!DOCTYPE x>'),
        ("<properties>", "<testcase name='DEP001 unmet-requirement' classname='envdoctor.DEP'/><properties>"),
    ],
)
def test_a_seeded_fault_is_seen(sound: str, seeded: str) -> None:
    text = render(hostile())
    assert faults(text) == []
    assert sound in text
    changed = text.replace(sound, seeded, 1)
    if sound == "<testsuites ":
        changed = changed.replace("</testsuites>", "</suites>")
    assert faults(changed)


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
