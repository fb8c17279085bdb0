"""A comparison as Markdown, to paste into an issue; every name in it is escaped, for names may be hostile."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.compare.comparison import Comparison
from doctor.report.comparison_content import Block, content
from doctor.report.markdown_text import escape
from doctor.report.pictures.ulps import picture
from doctor.report.text import plain_text

#: columns of a picture
_PICTURE = 76


def render(comparison: Comparison) -> str:
    """The whole report; ends with a line feed."""
    return "\n".join(line for block in content(comparison) for line in _block(block)) + "\n"


def _block(block: Block) -> Iterator[str]:
    match block.kind:
        case "verdict":
            yield from (f"**{escape(block.text)}**", "")
        case "heading":
            yield from ("", f"### {escape(block.text)}", "")
        case "item":
            yield f"- {escape(block.text)}"
        case "text":
            yield f"  {escape(block.text)}"
        case "commands":
            fence = "```"
            yield from ("", f"  {fence}", *(f"  {line.replace('`', ' ')}" for line in block.lines), f"  {fence}", "")
        case "ulps":
            fence = "```"
            shown = plain_text(picture(block.distances, _PICTURE)).replace("`", " ").splitlines()
            yield from ("", f"  {fence}text", *(f"  {line}" for line in shown), f"  {fence}", "")
        case "rows":
            yield from _rows(block)


def _rows(block: Block) -> Iterator[str]:
    if block.text:
        yield from ("", f"{escape(block.text)}:")
    head = ("", "", "") if block.style == "sides" else ("", "here", "there")
    yield from ("", f"| {' | '.join(head)} |", "|---|---|---|")
    for row in block.rows:
        yield f"| {' | '.join(escape(cell) for cell in row)} |"
    yield ""
