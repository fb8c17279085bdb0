"""The few marks that pages are made of; whatever comes in as a text is escaped here."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from doctor.reading.clean import clean_lines


def text(said: str) -> str:
    """A text between tags or in an attribute's quotes."""
    return escape(clean_lines(said), quote=True)


def section(name: str, title: str, content: Iterable[str], note: str = "") -> str:
    """A part of the page under its heading; empty where it has no content."""
    parts = [part for part in content if part]
    if not parts:
        return ""
    below = f'<p class="note">{text(note)}</p>\n' if note else ""
    return f'<section id="{name}">\n<h2>{text(title)}</h2>\n{below}' + "\n".join(parts) + "\n</section>"


def folded(title: str, content: Iterable[str]) -> str:
    """What is shown when it is asked for, and on paper."""
    return f"<details><summary>{text(title)}</summary>\n" + "\n".join(content) + "\n</details>"


def listed(items: Iterable[str]) -> str:
    """A list of what is marked up already."""
    return "<ul>\n" + "\n".join(f"<li>{item}</li>" for item in items) + "\n</ul>"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of texts; the first column names the row, and the others are numbers or words."""
    heads = "".join(f'<th scope="col">{text(cell)}</th>' for cell in head)
    above = f"<thead><tr>{heads}</tr></thead>\n" if heads else ""
    body = "\n".join(_row(list(row)) for row in rows)
    return f'<div class="wide"><table>\n{above}<tbody>\n{body}\n</tbody></table></div>'


def _row(cells: list[str]) -> str:
    first, *others = cells
    return f'<tr><th scope="row">{text(first)}</th>' + "".join(f"<td>{text(cell)}</td>" for cell in others) + "</tr>"


def bar(parts: Iterable[tuple[str, int, str]]) -> str:
    """A bar divided by (title, amount, class); for the eye alone, since the words stand beside it."""
    every = [part for part in parts if part[1] > 0]
    whole = sum(amount for _, amount, _ in every)
    pieces = "".join(
        f'<span class="{text(style)}" style="flex:{amount / whole:.5f} 1 0" title="{text(title)}"></span>'
        for title, amount, style in every
    )
    return f'<div class="bar" aria-hidden="true">{pieces}</div>' if pieces else ""
