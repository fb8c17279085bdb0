"""A comparison as one HTML page that loads nothing from anywhere; every name in it is escaped."""

from __future__ import annotations

from doctor.compare.comparison import Comparison
from doctor.report.as_html.compared import marked
from doctor.report.as_html.marks import text
from doctor.report.as_html.page import page
from doctor.report.comparison_content import content
from doctor.report.words import count


def render(comparison: Comparison) -> str:
    """The whole page; ends with a line feed."""
    titles = [side.title for side in comparison.sides]
    name = " and ".join(titles) if len(titles) == 2 else count(len(titles), "environment")
    head = f"<header>\n<h1>{text(name)}</h1>\n</header>"
    return page(f"{name} - envdoctor compare", "\n".join((head, *marked(content(comparison)))))
