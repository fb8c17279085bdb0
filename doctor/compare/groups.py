"""Puts many sides into groups of which nothing that changes results tells the members apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from doctor.compare.comparison import CHANGES, Difference, Group, ItemDifference, Side
from doctor.compare.layers import compare_layers, most_of
from doctor.compare.numbers import compare_numbers

#: layers that make an environment; machines differ from desk to desk, and are told beside
_OF_ENVIRONMENT = ("interpreter", "conda", "distributions", "native", "settings")
#: groups beyond which nearly equal ones are not joined: each would be set against each
_JOINED = 60
_ALIKE = frozenset(("identical", "not comparable"))


def group_sides(sides: Sequence[Side], differ: Callable[[Side, Side], Difference]) -> tuple[Group, ...]:
    """The groups, largest first; what sets each apart from the first comes from differ."""
    by_hash: dict[tuple[str, ...], list[int]] = {}
    for number, side in enumerate(sides):
        by_hash.setdefault(_hashes(side), []).append(number)
    buckets = list(by_hash.values())
    if len(buckets) <= _JOINED:
        buckets = _joined(buckets, sides)
    split = [part for bucket in buckets for part in _by_numbers(bucket, sides)]
    split.sort(key=lambda members: (-len(members), members[0]))
    first = split[0]
    return tuple(
        Group(
            tuple(members),
            None if members is first else differ(_speaker(first, sides), _speaker(members, sides)),
            _machines(members, sides),
        )
        for members in split
    )


def _hashes(side: Side) -> tuple[str, ...]:
    layers = side.fingerprint.layers
    return tuple(f"{layers[name].hash}{layers[name].gap}" if name in layers else "" for name in _OF_ENVIRONMENT)


def _joined(buckets: list[list[int]], sides: Sequence[Side]) -> list[list[int]]:
    """The same with those joined between which only harmless things differ."""
    found: list[list[int]] = []
    for bucket in sorted(buckets, key=lambda members: (-len(members), members[0])):
        side = sides[bucket[0]]
        home = next((other for other in found if _alike(sides[other[0]], side)), None)
        if home is None:
            found.append(list(bucket))
        else:
            home.extend(bucket)
    return [sorted(members) for members in found]


def _alike(one: Side, other: Side) -> bool:
    if one.fingerprint.kind != other.fingerprint.kind and "conda" in (one.fingerprint.kind, other.fingerprint.kind):
        return False
    layers = compare_layers(one.fingerprint, other.fingerprint)
    return all(layer.changes_results == "no" and not layer.gap for layer in layers if layer.layer in _OF_ENVIRONMENT)


def _by_numbers(members: list[int], sides: Sequence[Side]) -> list[list[int]]:
    """A group taken apart where its members computed other numbers; those without numbers stay with the most."""
    parts: list[list[int]] = []
    silent = [number for number in members if not sides[number].fingerprint.numbers.runs]
    for number in members:
        numbers = sides[number].fingerprint.numbers
        if not numbers.runs:
            continue
        home = next(
            (
                part
                for part in parts
                if all(d.verdict in _ALIKE for d in compare_numbers(sides[part[0]].fingerprint.numbers, numbers))
            ),
            None,
        )
        if home is None:
            parts.append([number])
        else:
            home.append(number)
    if not parts:
        return [members]
    parts.sort(key=lambda part: (-len(part), part[0]))
    parts[0] = sorted([*parts[0], *silent])
    return parts


def _speaker(members: Sequence[int], sides: Sequence[Side]) -> Side:
    """The member that stands for its group: the first with numbers."""
    return next((sides[number] for number in members if sides[number].fingerprint.numbers.runs), sides[members[0]])


def _machines(members: Sequence[int], sides: Sequence[Side]) -> tuple[str, ...]:
    """How the machines of a group differ: processor x86-64-v3 (2), x86-64-v4 (1)."""
    told = []
    for what, field in (("processor", "level"), ("cores", "usable"), ("GPU", "devices"), ("C library", "version")):
        values: dict[str, int] = {}
        for number in members:
            part = sides[number].fingerprint.layers.get("machine")
            fields = part.items.get(what, {}) if part else {}
            value = fields.get(field, "") or (most_of(fields) if fields else "none")
            values[value] = values.get(value, 0) + 1
        if len(values) > 1:
            most = sorted(values.items(), key=lambda row: (-row[1], row[0]))
            rest = f" and {len(most) - 4} more" if len(most) > 4 else ""
            told.append(f"{what} " + ", ".join(f"{value} ({number})" for value, number in most[:4]) + rest)
    return tuple(told)


def what_sets_apart(difference: Difference, most: int = 6) -> tuple[ItemDifference, ...]:
    """The few items that say most of what sets a group apart, what changes results first."""
    return tuple(sorted(difference.items, key=lambda item: CHANGES.index(item.changes_results)))[:most]
