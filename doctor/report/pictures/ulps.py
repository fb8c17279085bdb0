"""How far numbers are apart, on a logarithmic scale of units in the last place; one row a computation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from doctor.compare.numbers import ROUNDING, NumberDifference
from doctor.report.text import Line, Span

#: columns below which a picture says less than words
NARROWEST = 60
#: computations that are shown; the furthest apart first
_MOST = 12
#: columns of a name, and of what stands behind a bar
_LONGEST, _SAID = 34, 16


class Row(NamedTuple):
    """One computation that differs, at the run where it differs most."""

    series: str
    ulps: int  #: 0 where the distance is no number: one side is not a number or infinite


def rows_of(numbers: Iterable[NumberDifference]) -> tuple[Row, ...]:
    """The computations whose values differ by a distance, the furthest apart first."""
    most: dict[str, int | float] = {}
    for number in numbers:
        if number.verdict in ("rounding", "beyond rounding"):
            most[number.series] = max(most.get(number.series, 0), number.ulps or math.inf)
    rows = sorted(most.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Row(name, 0 if ulps == math.inf else int(ulps)) for name, ulps in rows)


def scale(rows: Sequence[Row]) -> int:
    """The power of ten that the scale ends with: every row fits, and what is still rounding as well."""
    return max(3, *(math.ceil(math.log10(max(row.ulps, 1) + 1)) for row in rows), 3)


def picture(rows: Sequence[Row], width: int) -> Iterator[Line]:
    """A bar a row, below a scale; nothing where there is no row or no room."""
    shown = rows[:_MOST]
    if not shown or width < NARROWEST:
        return
    powers = scale(shown)
    names = min(max(len(row.series) for row in shown), _LONGEST)
    room = width - names - _SAID - 6
    step = max(room // powers, 1)
    room = step * powers + 1
    limit = round(math.log10(ROUNDING) * step)
    yield (Span(" " * (names + 5)), Span(_axis(powers, step), "dim"), Span("  ULP", "dim"))
    for row in shown:
        length = round(math.log10(row.ulps) * step) if row.ulps else room - 1
        bar = [*"━" * length, "●" if row.ulps else ">", *" " * (room - length - 1)]
        if bar[limit] == " ":
            bar[limit] = "┆"
        far = not row.ulps or row.ulps > ROUNDING
        yield (
            Span(f"    {_cut(row.series, names):<{names}} "),
            Span("".join(bar), "error" if far else "warning"),
            Span(f"  {row.ulps:,}" if row.ulps else "  not a number"),
        )
    if len(rows) > len(shown):
        yield (Span(f"    and {len(rows) - len(shown)} more that are nearer", "dim"),)
    said, at = f"{ROUNDING}: more is not rounding alone", names + 5 + limit
    beside = f"┆ {said}" if at + 2 + len(said) <= width else ""
    yield (Span(f"{'':<{at}}{beside}" if beside else f"{said:>{at - 1}} ┆", "dim"),)


def _axis(powers: int, step: int) -> str:
    every = max(1, -(-6 // step))  # labels take six columns
    axis = ""
    for power in range(0, powers + 1, every):
        axis = axis.ljust(power * step) + ("1" + "0" * power if power < 3 else f"1e{power}")
    return axis


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1]}…"
