"""What differs from the team's baseline or from a colleague's file, as a part of a page or as the whole of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from doctor.compare.comparison import Comparison
from doctor.report.as_html.marks import listed, section, table, text
from doctor.report.comparison_content import Block, content
from doctor.report.comparison_words import verdict
from doctor.report.pictures.ulps_svg import figure


def compared(comparison: Comparison | None) -> str:
    """The section; empty where there is nothing to compare with."""
    if comparison is None:
        return ""
    return section("compared", f"Compared with {comparison.sides[-1].title}", marked(content(comparison), "h3"))


def compared_line(comparison: Comparison | None) -> str:
    """The section's verdict in a sentence, for the page's head; empty where there is nothing to compare with."""
    if comparison is None:
        return ""
    said, style = verdict(comparison)
    return f'<p>Compared with {text(comparison.sides[-1].title)}: <span class="{text(style)}">{text(said)}</span></p>'


def marked(blocks: Iterable[Block], heading: str = "h2") -> Iterator[str]:
    """The blocks of a comparison as elements, under headings of one level."""
    for kind, found in groupby(blocks, key=lambda block: block.kind):
        if kind == "item":
            yield listed(f"<span{_class(block)}>{text(block.text)}</span>" for block in found)
        else:
            yield from (_block(block, heading) for block in found)


def _block(block: Block, heading: str) -> str:
    match block.kind:
        case "verdict":
            return f'<div class="verdict {text(block.style)}">{text(block.text)}</div>'
        case "heading":
            return f"<{heading}{_class(block)}>{text(block.text)}</{heading}>"
        case "commands":
            return f"<pre>{text(chr(10).join(block.lines))}</pre>"
        case "ulps":
            return f'<figure class="wide">{figure(block.distances)}</figure>'
        case "rows":
            above = f'<p class="soft">{text(block.text)}</p>\n' if block.text else ""
            return above + table(() if block.style == "sides" else ("what", "here", "there"), block.rows)
        case _:
            return f"<p{_class(block)}>{text(block.text)}</p>"


def _class(block: Block) -> str:
    style = "soft" if block.style == "dim" else block.style
    return f' class="{text(style)}"' if style else ""
