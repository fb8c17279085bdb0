"""Markdown to paste into an issue: read back by a parser, nothing hostile becomes markup, a link or a mention."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from doctor.report.markdown import ISSUE, render
from doctor.report.markdown_text import code, escape, in_html
from tests.report.examined import NASTY, everything, hostile, large

#: what GitHub's filters look for in text that is no code, after rendering
LINKED = re.compile(r"(?<!\w)@\w|#\d|\bGH-\d|!\d|://\w|\bwww\.\w", re.IGNORECASE)
OURS = re.compile(r"</?(?:details|summary|b|sub)>")


def tokens(text: str) -> list[Token]:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return [inner for token in parser.parse(text) for inner in (token, *(token.children or ()))]


def shown(text: str) -> str:
    """The text outside code, as it is seen."""
    return "\n".join(token.content for token in tokens(text) if token.type == "text")


@pytest.mark.parametrize("text", NASTY)
def test_a_text_is_shown_as_it_is_and_leads_nowhere(text: str) -> None:
    for prefix in ("", "- ", "**", "word "):
        found = tokens(f"{prefix}{escape(text)}{'**' if prefix == '**' else ''}")
        kinds = {token.type for token in found} - {
            "paragraph_open",
            "paragraph_close",
            "inline",
            "text",
            "text_special",
        }
        assert kinds <= {"bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"} | (
            {"strong_open", "strong_close"} if prefix == "**" else set()
        ), kinds
    found = tokens(escape(text))
    seen = "".join(token.content for token in found if token.type in ("text", "text_special"))
    assert seen.replace("\u200b", "") == " ".join(text.split())
    assert not LINKED.search(seen)


@pytest.mark.parametrize("text", NASTY)
def test_code_stays_in_its_fence(text: str) -> None:
    (inline,) = [token for token in tokens(f"- x {code(text)} y") if token.type == "inline"]
    assert [child.type for child in inline.children or ()] == ["text", "code_inline", "text"]
    assert "<" not in in_html(text)


@pytest.mark.parametrize("examination", [everything, hostile, large], ids=lambda make: str(make.__name__))
def test_a_report_holds_no_markup_but_its_own(examination) -> None:  # type: ignore[no-untyped-def]
    text = render(examination())
    assert len(text.encode()) <= ISSUE < 65_536
    for token in tokens(text):
        assert token.type not in ("link_open", "image", "table_open", "hr")
        if token.type in ("html_block", "html_inline"):
            rest = OURS.sub("", token.content)
            assert "<" not in rest
            assert not LINKED.search(rest)
    assert not LINKED.search(shown(text))
    assert text.count("<details>") == text.count("</details>")
    assert max(len(line) for line in text.splitlines()) < 2_500


def test_what_has_no_room_is_counted() -> None:
    text = render(everything())
    left = re.search(r"(\d+) more findings left out", text)
    assert left
    assert text.count("<details>") + int(left[1]) == len(everything().findings)
    assert "left out, for there is no room" not in render(everything(), limit=1_000_000)


def test_verdict_comes_first_and_details_are_folded() -> None:
    lines = render(large()).splitlines()
    assert lines[0].startswith("### ✗ 3 errors, 2 warnings, 1 note in")
    assert lines[2].startswith("`analysis`: conda environment")
    assert lines[4].startswith("<details><summary>")
