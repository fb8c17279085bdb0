"""Compares fingerprints: what differs by layer, whether it changes results, and how to make both sides alike."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from doctor.compare.alignment import align
from doctor.compare.causes import causes
from doctor.compare.comparison import (
    Alignment,
    Changes,
    Comparison,
    Difference,
    Group,
    ItemDifference,
    LayerDifference,
    Packages,
    Side,
)
from doctor.compare.groups import group_sides
from doctor.compare.layers import compare_layers, count_packages
from doctor.compare.numbers import compare_numbers
from doctor.facts import Numbers


def compare(sides: Sequence[Side], *, layers: Collection[str] = ()) -> Comparison:
    """Compare two sides with each other, or tell many apart in groups; layers keeps these alone, empty means all.

    numbers is one of the layers. Raises ValueError for less than two sides.
    """
    if len(sides) < 2:
        raise ValueError("a comparison needs two sides")
    kept = tuple(_only(side, layers) for side in sides) if layers else tuple(sides)
    if len(kept) == 2:
        return Comparison(kept, differences(kept[0], kept[1], layers=layers))
    return Comparison(kept, None, group_sides(kept, lambda one, other: differences(one, other, layers=layers)))


def differences(first: Side, second: Side, *, layers: Collection[str] = ()) -> Difference:
    """Everything between two sides."""
    one, other = first.fingerprint, second.fingerprint
    found = tuple(layer for layer in compare_layers(one, other) if not layers or layer.layer in layers)
    gap = _numbers_gap(one.numbers, other.numbers)
    numbers = () if gap else compare_numbers(one.numbers, other.numbers)
    packages = count_packages(one, other) if not layers or {"conda", "distributions"} & set(layers) else Packages()
    difference = Difference(found, numbers, gap, causes(numbers, one, other) if numbers else (), packages)
    if difference.changes_results == "no":
        return difference
    return difference._replace(alignment=align(difference, (first, second)))


def _only(side: Side, layers: Collection[str]) -> Side:
    """The side without the numbers, where those are not asked for."""
    return side if "numbers" in layers else side._replace(fingerprint=side.fingerprint._replace(numbers=Numbers()))


def _numbers_gap(one: Numbers, other: Numbers) -> str:
    """Why no numbers can be compared; empty where they can."""
    if not one.runs and not other.runs:
        problem = one.problem or other.problem
        return problem or "neither side has computed any"
    for side, numbers in (("the first", one), ("the second", other)):
        if not numbers.runs:
            return numbers.problem or f"{side} side has computed none"
    return ""


__all__ = [
    "Alignment",
    "Changes",
    "Comparison",
    "Difference",
    "Group",
    "ItemDifference",
    "LayerDifference",
    "Packages",
    "Side",
    "compare",
    "differences",
]
