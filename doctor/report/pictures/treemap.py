"""Lays out areas as a squarified treemap, and draws it in characters with a name in each tile.

After Bruls, Huizing and van Wijk, Squarified Treemaps (2000): rows of tiles along the shorter side, each row as long
as adding to it makes its tiles squarer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from doctor.facts.units import size
from doctor.report.text import Line, Span

#: how much higher than wide a character is
_ASPECT = 2.0
#: columns and rows below which a tile can hold no name
_NARROWEST, _LOWEST = 5, 2
#: lines between tiles, by the sides that they go to: left, right, up, down
_LINES = {
    (1, 1, 0, 0): "─",
    (0, 0, 1, 1): "│",
    (0, 1, 0, 1): "┌",
    (1, 0, 0, 1): "┐",
    (0, 1, 1, 0): "└",
    (1, 0, 1, 0): "┘",
    (1, 1, 0, 1): "┬",
    (1, 1, 1, 0): "┴",
    (0, 1, 1, 1): "├",
    (1, 0, 1, 1): "┤",
    (1, 1, 1, 1): "┼",
}


class Rectangle(NamedTuple):
    """A place on a plane."""

    x: float
    y: float
    width: float
    height: float


class Tile(NamedTuple):
    """One thing to be shown with its area."""

    name: str
    weight: int  #: bytes
    said: str = ""  #: what stands below the name: 4.2 GB
    fill: str = " "  #: a character that says what kind it is
    style: str = ""
    key: str = ""  #: tells apart tiles of one name


class Placed(NamedTuple):
    """A tile with its place in columns and rows; its left and upper edges are lines, shared with its neighbours."""

    tile: Tile
    left: int
    top: int
    right: int
    bottom: int


def squarified(weights: Sequence[float], place: Rectangle) -> list[Rectangle]:
    """Rectangles beside weights, which are positive and in falling order, that fill a place."""
    total = sum(weights)
    if not weights or total <= 0:
        return []
    scale = place.width * place.height / total
    areas = [weight * scale for weight in weights]
    found: list[Rectangle] = []
    start = 0
    while start < len(areas):
        side = min(place.width, place.height)
        end = start + 1
        while end < len(areas) and _worst(areas[start : end + 1], side) <= _worst(areas[start:end], side):
            end += 1
        row = areas[start:end]
        thick = sum(row) / side if side > 0 else 0.0
        along = 0.0
        for area in row:
            length = area / thick if thick > 0 else 0.0
            if place.width >= place.height:
                found.append(Rectangle(place.x, place.y + along, thick, length))
            else:
                found.append(Rectangle(place.x + along, place.y, length, thick))
            along += length
        if place.width >= place.height:
            place = Rectangle(place.x + thick, place.y, max(place.width - thick, 0.0), place.height)
        else:
            place = Rectangle(place.x, place.y + thick, place.width, max(place.height - thick, 0.0))
        start = end
    return found


def _worst(row: Sequence[float], side: float) -> float:
    """How far the least square tile of a row is from a square; 1 is a square."""
    total = sum(row)
    if not (total > 0 and side > 0 and row[-1] > 0):
        return float("inf")
    return max(side * side * row[0] / (total * total), total * total / (side * side * row[-1]))


def placed(tiles: Sequence[Tile], width: int, height: int, rest: str = "{} smaller") -> list[Placed]:
    """Tiles in columns and rows, the largest first; those too small for a name are joined to one."""
    every = sorted((tile for tile in tiles if tile.weight > 0), key=lambda tile: (-tile.weight, tile.name))
    if width < _NARROWEST or height < _LOWEST + 1 or not every:
        return []
    most = max(width * height // 24, 1)
    shown = min(len(every), most)
    while shown > 1:
        kept = every[:shown]
        if small := every[shown:]:
            weight = sum(tile.weight for tile in small)
            joined = Tile(rest.format(f"{len(small):,}"), weight, size(weight), style="dim")
            kept = sorted([*kept, joined], key=lambda tile: -tile.weight)
        found = _in_cells(kept, width, height)
        too_small = [place.tile for place in found if not _is_large(place)]
        if not too_small:
            return found
        if small and too_small == [joined]:  # nobody could see it, and its room is next to nothing
            return _in_cells(every[:shown], width, height)
        shown = shown - 1 if shown < 12 else shown * 9 // 10
    return _in_cells(every[:1], width, height)


def _is_large(tile: Placed) -> bool:
    return tile.right - tile.left >= _NARROWEST and tile.bottom - tile.top >= _LOWEST


def _in_cells(tiles: Sequence[Tile], width: int, height: int) -> list[Placed]:
    places = squarified([tile.weight for tile in tiles], Rectangle(0, 0, width - 1, (height - 1) * _ASPECT))
    return [
        Placed(
            tile,
            round(place.x),
            round(place.y / _ASPECT),
            round(place.x + place.width),
            round((place.y + place.height) / _ASPECT),
        )
        for tile, place in zip(tiles, places, strict=True)
    ]


def treemap(tiles: Sequence[Tile], width: int, height: int, chosen: str = "") -> list[Line]:
    """Draw tiles into so many columns and rows; the one of that key is marked."""
    places = placed(tiles, width, height)
    if not places:
        return []
    cells = [[" "] * width for _ in range(height)]
    styles = [[""] * width for _ in range(height)]
    _draw_lines(cells, places, width, height)
    for place in places:
        _draw_tile(cells, styles, place, is_chosen=bool(chosen) and place.tile.key == chosen)
    return [_line(cells[row], styles[row]) for row in range(height)]


def _draw_lines(cells: list[list[str]], places: Sequence[Placed], width: int, height: int) -> None:
    across, down = set(), set()  # (row, column) of a piece of line that goes right from there, or down from there
    for place in places:
        for column in range(place.left, place.right):
            across |= {(place.top, column), (place.bottom, column)}
        for row in range(place.top, place.bottom):
            down |= {(row, place.left), (row, place.right)}
    for row in range(height):
        for column in range(width):
            left, right = (row, column - 1) in across, (row, column) in across
            up, below = (row - 1, column) in down, (row, column) in down
            if left or right or up or below:
                cells[row][column] = _LINES.get((left, right, up, below), " ")


def _draw_tile(cells: list[list[str]], styles: list[list[str]], place: Placed, *, is_chosen: bool) -> None:
    tile = place.tile
    inner = place.right - place.left - 1
    name = f"> {tile.name}" if is_chosen else tile.name
    said = tile.said if len(tile.said) <= inner else ""
    texts = [name, said] if place.bottom - place.top > _LOWEST else [_both(name, said, inner)]
    for offset, text in enumerate(texts):
        for column, letter in enumerate(_cut(text, inner), place.left + 1):
            cells[place.top + 1 + offset][column] = letter
            styles[place.top + 1 + offset][column] = "strong" if is_chosen or not offset else ""
    for row in range(place.top + 1 + len(texts), place.bottom):
        for column in range(place.left + 1, place.right):
            cells[row][column] = tile.fill
            styles[row][column] = tile.style
    if is_chosen:
        for column in range(place.left, place.right + 1):
            styles[place.top][column] = styles[place.bottom][column] = "strong"
        for row in range(place.top, place.bottom + 1):
            styles[row][place.left] = styles[row][place.right] = "strong"


def _both(name: str, said: str, room: int) -> str:
    both = f"{name} {said}"
    return both if said and len(both) <= room else name


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: max(room - 1, 0)]}…"


def _line(cells: Sequence[str], styles: Sequence[str]) -> Line:
    spans: list[Span] = []
    for cell, style in zip(cells, styles, strict=True):
        if spans and spans[-1].style == style:
            spans[-1] = Span(spans[-1].text + cell, style)
        else:
            spans.append(Span(cell, style))
    return tuple(spans)
