"""Compares fingerprints: what differs by layer, whether it changes results, and how to make both sides alike."""

from __future__ import annotations

from collections.abc import Sequence

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


def compare(sides: Sequence[Side]) -> Comparison:
    """Compare two sides with each other, or tell many apart in groups."""
    return Comparison(tuple(sides))


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
]
