"""Takes out of a marker what it says of extras and groups, which facts tell apart."""

from __future__ import annotations

import re
from collections.abc import Collection

#: a name in quotes of either kind
QUOTED = r"(?:\"([^\"]{1,100})\"|'([^']{1,100})')"


def simplified(marker: str, member: re.Pattern[str], held: Collection[str]) -> str | bool:
    """A marker in which memberships of groups are judged: what is left of it, or whether it holds.

    member finds one membership and captures the group's name, in its first or second group.
    """
    for word, deciding in ((" or ", True), (" and ", False)):
        parts = _split(marker, word)
        if len(parts) == 1:
            continue
        kept: list[str] = []
        for part in parts:
            value = simplified(part, member, held)
            if value is deciding:
                return deciding
            if not isinstance(value, bool):
                kept.append(f"({value})" if not deciding and " or " in value else value)
        return word.join(kept) if kept else not deciding
    bare = marker.strip()
    if bare.startswith("(") and bare.endswith(")"):
        return simplified(bare[1:-1], member, held)
    found = member.fullmatch(bare)
    return (found[1] or found[2]) in held if found else bare


def _split(marker: str, word: str) -> list[str]:
    """The parts that a word joins outside of parentheses and quotes."""
    parts: list[str] = []
    depth, start, quote = 0, 0, ""
    for place, sign in enumerate(marker):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign in "()":
            depth += 1 if sign == "(" else -1
        elif not depth and place >= start and marker.startswith(word, place):
            parts.append(marker[start:place])
            start = place + len(word)
    return [*parts, marker[start:]]
