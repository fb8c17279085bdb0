"""A comparison as one HTML page that loads nothing from anywhere; every name in it is escaped."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from doctor.compare.comparison import Comparison
from doctor.report.comparison_content import Block, content
from doctor.report.pictures.ulps_svg import figure

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
h2 { font-size: 1.1rem; margin: 1.6rem 0 .4rem; }
table { border-collapse: collapse; margin: .4rem 0 .8rem; }
caption { text-align: left; opacity: .75; padding: .2rem 0; }
td, th { text-align: left; padding: .15rem .9rem .15rem 0; vertical-align: top; overflow-wrap: anywhere; }
pre { background: color-mix(in srgb, currentColor 8%, transparent); padding: .5rem .8rem; overflow-x: auto; }
figure { margin: .8rem 0; }
.verdict { font-size: 1.3rem; font-weight: 600; }
.error { color: #b3261e; } .warning { color: #8a5a00; } .fine { color: #1b6e3c; } .dim { opacity: .75; }
@media (prefers-color-scheme: dark) {
  .error { color: #ff8a80; } .warning { color: #ffcf70; } .fine { color: #81d8a0; }
}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def render(comparison: Comparison) -> str:
    """The whole page; ends with a line feed."""
    body = "\n".join(_body(comparison))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>envdoctor compare</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _body(comparison: Comparison) -> Iterator[str]:
    listed = False
    for block in content(comparison):
        if listed and block.kind != "item":
            yield "</ul>"
            listed = False
        if not listed and block.kind == "item":
            yield "<ul>"
            listed = True
        yield from _block(block)
    if listed:
        yield "</ul>"


def _block(block: Block) -> Iterator[str]:
    style = f' class="{escape(block.style)}"' if block.style else ""
    match block.kind:
        case "verdict":
            yield f'<h1 class="verdict {escape(block.style)}">{escape(block.text)}</h1>'
        case "heading":
            yield f"<h2{style}>{escape(block.text)}</h2>"
        case "item":
            yield f"<li{style}>{escape(block.text)}</li>"
        case "text":
            yield f"<p{style}>{escape(block.text)}</p>"
        case "commands":
            yield f"<pre>{escape(chr(10).join(block.lines))}</pre>"
        case "ulps":
            yield f"<figure>{figure(block.distances)}</figure>"
        case "rows":
            yield "<table>"
            if block.text:
                yield f"<caption>{escape(block.text)}</caption>"
            if block.style != "sides":
                yield "<tr><th></th><th>here</th><th>there</th></tr>"
            for row in block.rows:
                yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
            yield "</table>"
