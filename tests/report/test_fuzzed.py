"""No random hostile text breaks a format, deceives an eye, or becomes a mark, a link, a mention or a command."""

from __future__ import annotations

import json
import re

import pytest

from doctor.report import as_html, cell, github, jsonl, junit, markdown, sarif
from tests.report.fuzzed import fuzzed
from tests.report.sarif_rules import faults as faults_of_sarif
from tests.report.test_as_html import Read
from tests.report.test_github import read
from tests.report.test_junit import faults as faults_of_junit
from tests.report.test_markdown import LINKED, OURS, shown, tokens

#: beside the space of no width by which our own Markdown keeps mentions away
DECEIVING = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200c-\u200f\u2028\u2029\u2060\ufeff\u00ad"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
SEEDS = range(25)
FINDINGS = 8


@pytest.mark.parametrize("seed", SEEDS)
def test_formats_of_programs(seed: int) -> None:
    examination = fuzzed(seed, FINDINGS)
    assert faults_of_sarif(sarif.render(examination)) == []
    assert faults_of_junit(junit.render(examination)) == []
    told = github.render(examination)
    assert {read(line)[0] for line in told.splitlines()} <= {"error", "warning", "notice"}
    for text in (sarif.render(examination), junit.render(examination), told):
        assert not DECEIVING.search(text)
    kinds = [json.loads(line)["kind"] for line in jsonl.render(examination).split("\n")[:-1]]
    assert kinds.count("finding") == FINDINGS
    assert kinds[-1] == "summary"


@pytest.mark.parametrize("seed", SEEDS)
def test_formats_of_people(seed: int) -> None:
    examination = fuzzed(seed, FINDINGS)
    text = markdown.render(examination)
    assert not DECEIVING.search(text)
    assert len(text.encode()) <= markdown.ISSUE
    assert max(map(len, text.splitlines())) < 4_000
    found = tokens(text)
    assert not {"link_open", "image", "table_open", "hr", "code_block"} & {token.type for token in found}
    assert [token.tag for token in found if token.type == "heading_open"] == ["h3"]
    marks = "".join(token.content for token in found if token.type in ("html_block", "html_inline"))
    assert "<" not in OURS.sub("", marks)
    assert not LINKED.search(OURS.sub("", marks))
    assert not LINKED.search(shown(text))
    assert marks.count("<details>") == marks.count("</details>")
    for page in (as_html.render(examination), cell.render(examination)):
        assert not DECEIVING.search(page)
        seen = Read(page)
        assert not seen.tags & {"script", "img", "iframe", "a", "base", "use", "object", "form"}
        assert not [name for _, name, value in seen.attributes if name.startswith("on") or "url(" in value]
