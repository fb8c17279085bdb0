"""The report as one HTML page that loads nothing from anywhere and runs nothing; every text in it is escaped.

The verdict and findings come first, then pictures: room on disk, where packages came from, the machine.
"""

from __future__ import annotations

from doctor import __version__
from doctor.model import Examination
from doctor.report.as_html.findings import findings, head, told_besides
from doctor.report.as_html.machine import machine
from doctor.report.as_html.marks import text
from doctor.report.as_html.origins import origins
from doctor.report.as_html.sizes import sizes
from doctor.report.as_html.style import STYLE

#: no script, no frame, no form, no address but the empty icon, without which browsers would ask a server for one
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def render(examination: Examination) -> str:
    """The whole page; ends with a line feed."""
    identity = examination.facts.identity
    name = identity.name or identity.prefix or "environment"
    sections = (
        head(examination),
        findings(examination),
        told_besides(examination),
        sizes(examination.facts),
        origins(examination.facts, examination.findings),
        machine(examination.facts),
    )
    body = "\n".join(section for section in sections if section)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title>{text(name)} - envdoctor</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n"
        f"<footer>envdoctor {text(__version__)}. Secrets and home folders were left out when they were read.</footer>\n"
        "</body>\n</html>\n"
    )
