"""Says by whom each locked package is needed, and when: uv.lock and older poetry.lock tell it by their graph alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import NamedTuple

#: ways that lead to one package and differ in their markers; one more would be left out, as if it led to nothing
_WAYS = 16
#: markers that are joined on one way; locks of real projects have a handful
_JOINED = 32
_MARKER_LIMIT = 8_000


class Edge(NamedTuple):
    """That a package is needed, with one of its extras or none, where a marker holds."""

    node: str
    extra: str = ""
    marker: str = ""


#: what a package needs: for each of its extras, and "" for any case
Needs = Mapping[str, Mapping[str, Iterable[Edge]]]
Way = frozenset[str]  #: markers that must hold together; empty: always


class Needed(NamedTuple):
    """By whom and when a package is needed."""

    groups: tuple[str, ...] = ()  #: empty where the project itself needs it
    marker: str = ""  #: PEP 508; empty where it is always needed


def needed_by(roots: Mapping[str, Iterable[Edge]], needs: Needs) -> dict[str, Needed]:
    """Package -> by whom it is needed; the root without a name ("") is the project itself."""
    always = _ways(roots.get("", ()), needs)
    found = {node: Needed((), _written(ways)) for node, ways in always.items()}
    groups: dict[str, list[str]] = {}
    others: dict[str, set[Way]] = {}
    for group, edges in roots.items():
        if group:
            for node, ways in _ways(edges, needs).items():
                if node not in found:
                    groups.setdefault(node, []).append(group)
                    others.setdefault(node, set()).update(ways)
    return found | {node: Needed(tuple(names), _written(others[node])) for node, names in groups.items()}


def _ways(roots: Iterable[Edge], needs: Needs) -> dict[str, set[Way]]:
    """Package -> the conditions under which roots lead to it."""
    known: dict[tuple[str, str], set[Way]] = {}
    pending: deque[tuple[Edge, Way]] = deque((edge, frozenset()) for edge in roots)
    while pending:
        edge, before = pending.popleft()  # the short ways first, which spare the long ones
        way = before | {edge.marker} if edge.marker and len(before) < _JOINED else before
        for extra in {"", edge.extra}:
            state = (edge.node, extra)
            ways = known.setdefault(state, set())
            if any(other <= way for other in ways):
                continue
            ways.difference_update([other for other in ways if way < other])
            if len(ways) >= _WAYS:
                continue
            ways.add(way)
            pending.extend((onward, way) for onward in needs.get(edge.node, {}).get(extra, ()))
    found: dict[str, set[Way]] = {}
    for (node, _), ways in known.items():
        found.setdefault(node, set()).update(ways)
    return found


def _written(ways: Iterable[Way]) -> str:
    """The conditions as one marker, as many of them as it may hold."""
    terms = []
    for way in sorted(ways, key=lambda way: (len(way), sorted(way))):
        if not way:
            return ""
        terms.append(" and ".join(f"({marker})" if " or " in marker else marker for marker in sorted(way)))
    if len(terms) == 1:
        return terms[0]
    while len(terms) > 1 and sum(len(term) + 6 for term in terms) > _MARKER_LIMIT:
        terms.pop()
    return " or ".join(f"({term})" for term in dict.fromkeys(terms))
