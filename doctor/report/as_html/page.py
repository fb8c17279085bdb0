"""The frame of every page: its policy, its looks, and nothing that loads or runs."""

from __future__ import annotations

from doctor import __version__
from doctor.report.as_html.marks import text
from doctor.report.as_html.style import STYLE

#: no script, no frame, no form, no address but the empty icon, without which browsers would ask a server for one
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def page(title: str, body: str) -> str:
    """The whole page around what is marked up already; ends with a line feed."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title>{text(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n"
        f"<footer>envdoctor {text(__version__)}. Secrets and home folders were left out when they were read.</footer>\n"
        "</body>\n</html>\n"
    )
