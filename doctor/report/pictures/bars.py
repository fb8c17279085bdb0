"""Bars of characters: one divided into parts, and one of many that are compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from doctor.report.text import Line, Span

#: from the densest to nothing: neighbours of a divided bar differ also without colour
SHADES = ("█", "▒", "▓", "░")
#: parts that get a shade of their own; what is smaller shares the last
MOST = 4


class Part(NamedTuple):
    """A piece of a divided bar."""

    name: str
    value: int
    said: str  #: the value as people read it
    shade: str = ""
    style: str = ""


def divided(parts: Sequence[Part], width: int) -> Line:
    """One bar over the whole width; whatever is there at all gets at least one column."""
    shown = [part for part in parts if part.value > 0]
    columns = shared_out([part.value for part in shown], width)
    return tuple(Span(part.shade * number, part.style) for part, number in zip(shown, columns, strict=True) if number)


def shared_out(values: Sequence[int], width: int) -> list[int]:
    """Columns beside positive values: in proportion, at least one each, together width; zeros where all cannot fit."""
    total = sum(values)
    if not values or total <= 0 or width < len(values):
        return [0] * len(values)
    exact = [value / total * width for value in values]
    columns = [max(int(each), 1) for each in exact]
    while (over := sum(columns) - width) != 0:
        by_need = [each - have for each, have in zip(exact, columns, strict=True)]
        if over > 0:
            candidates = [place for place, have in enumerate(columns) if have > 1]
            columns[min(candidates, key=lambda place: by_need[place])] -= 1
        else:
            columns[max(range(len(columns)), key=lambda place: by_need[place])] += 1
    return columns


def legend(parts: Sequence[Part], width: int, indent: str = "") -> Iterator[Line]:
    """Say which shade is what; as many on a line as fit, none broken."""
    line: list[Span] = []
    used = len(indent)
    for part in parts:
        if part.value <= 0:
            continue
        text = f" {part.name} {part.said}"
        if line and used + 2 + len(text) + 1 > width:
            yield (Span(indent), *line)
            line, used = [], len(indent)
        if line:
            line.append(Span("  "))
            used += 2
        line += [Span(part.shade, part.style), Span(text)]
        used += len(text) + 1
    if line:
        yield (Span(indent), *line)


def bar(value: int, largest: int, width: int, shade: str = "█") -> str:
    """A bar of up to width columns, filled with spaces; solid ones end on half a column where that is nearer."""
    if value <= 0 or largest <= 0 or width <= 0:
        return " " * max(width, 0)
    if shade != "█":
        return (shade * min(max(round(value / largest * width), 1), width)).ljust(width)
    full, half = divmod(min(max(round(value / largest * width * 2), 1), width * 2), 2)
    return (shade * full + ("▌" if half else "")).ljust(width)
