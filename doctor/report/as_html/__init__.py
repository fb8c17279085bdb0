"""The report as one HTML page that loads nothing from anywhere and runs nothing; every text in it is escaped.

The verdict and findings come first, then pictures: room on disk, where packages came from; what differs from the
baseline or a colleague's file, where there is one; the machine.
"""

from __future__ import annotations

from doctor.compare.comparison import Comparison
from doctor.model import Examination
from doctor.report.as_html.compared import compared, compared_line
from doctor.report.as_html.findings import findings, head, told_besides
from doctor.report.as_html.machine import machine
from doctor.report.as_html.origins import origins
from doctor.report.as_html.page import page
from doctor.report.as_html.sizes import sizes


def render(examination: Examination, comparison: Comparison | None = None) -> str:
    """The whole page; ends with a line feed."""
    identity = examination.facts.identity
    sections = (
        head(examination, compared_line(comparison)),
        findings(examination),
        told_besides(examination),
        sizes(examination.facts),
        origins(examination.facts, examination.findings),
        compared(comparison),
        machine(examination.facts),
    )
    name = identity.name or identity.prefix or "environment"
    return page(f"{name} - envdoctor", "\n".join(part for part in sections if part))
