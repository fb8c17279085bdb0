"""Merges the settings of several condarc files as conda does, each value with the place that sets it.

After conda 26.7, common/configuration.py: sources come lowest first, the lowest that is #!final ends them, and
#!top and #!bottom place a list's members.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from doctor.knowledge.condarc_keys import LISTS, MAPS
from doctor.reading.yaml_lines import Scalar


class Entry(NamedTuple):
    """One scalar where it is set: a value, a list's member or a mapping's member."""

    key: str  #: conda's name for it, with dots below a mapping: channels, custom_channels.mine
    value: Scalar
    source: Path | str  #: the file, or $NAME for a variable
    line: int = 0
    flag: str = ""  #: final, top or bottom, of this member
    final: bool = False  #: of the whole key, in this source


def merge(sources: list[list[tuple[Entry, ...]]]) -> dict[str, tuple[Entry, ...]]:
    """Merge sources, lowest first: lists joined highest first, mappings by member, else the highest wins."""
    by_key: dict[str, list[tuple[Entry, ...]]] = {}
    for source in sources:
        for entries in source:
            by_key.setdefault(entries[0].key.partition(".")[0], []).append(entries)
    merged: dict[str, tuple[Entry, ...]] = {}
    for key, matches in by_key.items():
        last = next((n for n, entries in enumerate(matches) if entries[0].final), len(matches) - 1)
        counted = matches[: last + 1]
        if key in LISTS:
            merged[key] = _merge_lists(counted)
        elif key in MAPS:
            merged[key] = _merge_maps(counted)
        else:
            merged[key] = counted[-1][:1]
    return merged


def _merge_lists(matches: list[tuple[Entry, ...]]) -> tuple[Entry, ...]:
    top = [entry for entries in matches for entry in entries if entry.flag == "top"]
    bottom = [entry for entries in reversed(matches) for entry in entries if entry.flag == "bottom"]
    joined = _once((*top, *(entry for entries in reversed(matches) for entry in entries)))
    return tuple(reversed(_once((*reversed(bottom), *reversed(joined)))))


def _once(entries: Iterable[Entry]) -> list[Entry]:
    found: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        found.setdefault((entry.key, str(entry.value)), entry)
    return list(found.values())


def _merge_maps(matches: list[tuple[Entry, ...]]) -> tuple[Entry, ...]:
    """By member: the lowest that is final, else the highest; a member's list is joined, highest first."""
    found: dict[str, list[list[Entry]]] = {}
    for entries in matches:
        here: dict[str, list[Entry]] = {}
        for entry in entries:
            here.setdefault(entry.key, []).append(entry)
        for key, members in here.items():
            found.setdefault(key, []).append(members)
    merged: list[Entry] = []
    for layers in found.values():
        final = next((members for members in layers if members[0].flag == "final"), None)
        if final is not None or all(len(members) == 1 for members in layers):
            merged += final or layers[-1]
        else:
            merged += _once(entry for members in reversed(layers) for entry in members)
    return tuple(merged)
