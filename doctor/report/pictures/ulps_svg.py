"""The picture of distances in ULP as an inline SVG that takes its colours from the page around it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

from doctor.compare.numbers import ROUNDING
from doctor.report.pictures.ulps import Row, scale

#: in units of the drawing: columns for names and for numbers, height of a row, room above the rows
_NAMES, _BARS, _SAID, _ROW, _ABOVE = 260, 420, 120, 24, 28
_MOST = 40
#: numbers from here on are told by their power of ten, for there is room for no more digits
_LONG = 10**10
_TONES = {"warning": "#b07400", "error": "#c5362b"}


def figure(rows: Sequence[Row]) -> str:
    """One svg element, with its content as text for those who cannot see it; empty for no rows."""
    return "\n".join(_elements(rows[:_MOST])) if rows else ""


def _elements(rows: Sequence[Row]) -> Iterator[str]:
    powers = scale(rows)
    width, height = _NAMES + _BARS + _SAID, _ABOVE + _ROW * len(rows) + 26
    told = "; ".join(f"{row.series}: {_said(row)}" for row in rows)
    yield (
        f'<svg viewBox="0 0 {width} {height}" role="img" xmlns="http://www.w3.org/2000/svg" '
        f'style="max-width:{width}px;width:100%;font:13px system-ui,sans-serif" fill="currentColor">'
    )
    yield f"<title>Distance in units in the last place, on a logarithmic scale</title><desc>{escape(told)}</desc>"
    for power in range(powers + 1):
        x = _NAMES + _BARS * power / powers
        label = f"{10**power:,}" if power < 4 else f"1e{power}"
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="22" y2="{height - 24}" stroke="currentColor" opacity=".15"/>'
        if powers <= 10 or power % 2 == 0:
            yield f'<text x="{x:.1f}" y="14" text-anchor="middle" opacity=".7">{label}</text>'
    for number, row in enumerate(rows):
        yield from _row(row, _ABOVE + _ROW * number, powers)
    x = _NAMES + _BARS * math.log10(ROUNDING) / powers
    yield (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="22" y2="{height - 22}" stroke="currentColor" stroke-dasharray="4 3"/>'
        f'<text x="{x:.1f}" y="{height - 6}" text-anchor="middle" opacity=".7">'
        f"{ROUNDING} ULP: more is not rounding alone</text>"
    )
    yield "</svg>"


def _row(row: Row, top: int, powers: int) -> Iterator[str]:
    far = not row.ulps or row.ulps > ROUNDING
    length = _BARS * (math.log10(row.ulps) / powers if row.ulps else 1.0)
    tone, middle = _TONES["error" if far else "warning"], top + _ROW / 2
    yield (
        f'<text x="{_NAMES - 8}" y="{middle + 4:.0f}" text-anchor="end">{escape(_short(row.series))}</text>'
        f'<rect x="{_NAMES}" y="{middle - 4:.0f}" width="{length:.1f}" height="8" fill="{tone}"/>'
        f'<circle cx="{_NAMES + length:.1f}" cy="{middle:.0f}" r="5" fill="{tone}"/>'
        f'<text x="{_NAMES + length + 12:.1f}" y="{middle + 4:.0f}">{escape(_said(row))}</text>'
    )


def _said(row: Row) -> str:
    if row.ulps >= _LONG:
        return f"{row.ulps:.1e} ULP".replace("e+", "e")
    return f"{row.ulps:,} ULP" if row.ulps else "not a number"


def _short(name: str) -> str:
    return name if len(name) <= 36 else f"{name[:35]}…"
