"""A comparison for people at a terminal: verdict first, what changes results before what does not."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.compare.comparison import Comparison
from doctor.report.comparison_content import Block, content
from doctor.report.pictures.ulps import picture
from doctor.report.text import Line, Span, wrapped
from doctor.report.words import FINE

_MARKS = {"error": "✗", "warning": "!", "fine": FINE, "dim": "-"}


def render(comparison: Comparison, *, width: int = 80) -> Iterator[Line]:
    """Yield the lines of a report, none longer than width (long words and commands apart)."""
    for number, block in enumerate(content(comparison)):
        yield from _block(block, width, first=number == 0)


def _block(block: Block, width: int, *, first: bool) -> Iterator[Line]:
    match block.kind:
        case "verdict":
            if not first:
                yield ()
            yield from wrapped(block.text, width, f"{_MARKS[block.style]} ", block.style)
        case "heading":
            yield ()
            for line in wrapped(block.text, width, "", "strong"):
                yield (Span(line[0].text.strip(), "strong"),)
        case "item":
            yield from wrapped(block.text, width, f"  {_MARKS.get(block.style, '·')} ", block.style)
        case "text":
            yield from wrapped(block.text, width, "    ", block.style)
        case "commands":
            for command in block.lines:
                yield (Span(f"      {command}", "command"),)
        case "ulps":
            yield from picture(block.distances, width)
        case "rows":
            yield from _sides(block, width) if block.style == "sides" else _rows(block, width)


def _sides(block: Block, width: int) -> Iterator[Line]:
    for word, title, told in block.rows:
        lead = f"{word:<7}"
        yield (Span(lead, "dim"), Span(title, "strong"))
        yield from wrapped(told, width, " " * len(lead), "dim")


def _rows(block: Block, width: int) -> Iterator[Line]:
    """A table under its reason; where it is too wide, each row on lines of its own."""
    yield from wrapped(block.text, width, "  ", "dim")
    first, second, third = (max(len(row[column]) for row in block.rows) for column in range(3))
    if 4 + first + 2 + max(second, 4) + 2 + max(third, 5) <= width:
        second = max(second, 4)
        yield (Span(f"    {'':<{first}}  {'here':<{second}}  there", "dim"),)
        for name, here, there in block.rows:
            yield (Span(f"    {name:<{first}}", "strong"), Span(f"  {here:<{second}}  {there}"))
        return
    for name, here, there in block.rows:
        yield from wrapped(name, width, "    ", "strong")
        yield from wrapped(here, width, "      here   ", "")
        yield from wrapped(there, width, "      there  ", "")
