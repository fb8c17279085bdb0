"""Long lines of a list's entries: they go on below their own text, at whatever width the list has."""

from __future__ import annotations

import asyncio

import pytest
from textual.app import App, ComposeResult
from textual.content import Content
from textual.style import Style
from textual.visual import RenderOptions, Visual
from textual.widgets import OptionList

from doctor.tui.choices import Choices, entry, hanging

FINDING = "✗ error   DEP001 unmet-requirement\n  seasons 2.0 needs tidal>=3, which is not installed"


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        (FINDING, 80, FINDING.split("\n")),
        (
            FINDING,
            26,
            [
                "✗ error   DEP001",
                "  unmet-requirement",
                "  seasons 2.0 needs",
                "  tidal>=3, which is not",
                "  installed",
            ],
        ),
        ("1  the list of environments", 20, ["1  the list of", "   environments"]),
        ("no mark at its beginning", 14, ["no mark at its", "  beginning"]),
        ("  /a/path/of/one/long/word", 12, ["  /a/path/of", "  /one/long/", "  word"]),
        ("  日本語の名前です", 12, ["  日本語の名", "  前です"]),
        ("日本語の名前です", 12, ["日本語の名前", "  です"]),
        ("", 10, [""]),
    ],
)
def test_what_goes_on_stands_below_the_text(text: str, width: int, lines: list[str]) -> None:
    assert [line.rstrip() for line in hanging(Content(text), width).plain.split("\n")] == lines


@pytest.mark.parametrize("width", range(-1, 4))
def test_no_width_is_too_narrow(width: int) -> None:
    assert "".join(hanging(Content(FINDING), width).plain.split()) == "".join(FINDING.split())


@pytest.mark.parametrize("text", [FINDING, "日本語の名前です", " " * 30, "a\u0301" * 30, "two\n\nlines\n", "/a/b" * 20])
def test_the_height_is_that_of_what_is_drawn(text: str) -> None:
    drawn = entry(Content(text), "one").prompt
    assert isinstance(drawn, Visual)
    for width in range(60):
        strips = drawn.render_strips(max(width, 1), None, Style(), RenderOptions(lambda _: Style(), {}))
        assert drawn.get_height({}, width) == len(strips), width


def test_styles_stay_with_their_words() -> None:
    found = hanging(Content.assemble("one two ", ("three four", "bold")), 9)
    assert [found.plain[span.start : span.end].split() for span in found.spans] == [["three"], ["four"]]


class _Listing(App[None]):
    def compose(self) -> ComposeResult:
        yield Choices(entry(Content(FINDING), "one"), entry(Content("  two"), "two"), id="list", markup=False)


def test_a_list_is_right_again_after_each_resize() -> None:
    async def walk() -> None:
        app = _Listing()
        async with app.run_test(size=(60, 12)) as pilot:
            listing = app.query_one("#list", OptionList)
            for width, below in ((60, 2), (24, 5), (60, 2)):
                await pilot.resize_terminal(width, 12)
                await pilot.pause(0.05)
                rows = ["".join(segment.text for segment in listing.render_line(y)).rstrip() for y in range(12)]
                assert rows[below] == "  two", (width, rows)
                assert all(row.startswith("  ") for row in rows[1:] if row), (width, rows)

    asyncio.run(walk())
