"""What pulls a package in, as a tree: who needs it, who needs those, up to what was asked for by name."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Facts
from doctor.judgement.needs import Graph, graph, name_of, reversed_graph
from doctor.report.text import Line, Span

#: levels, and lines, that are shown
_DEEPEST, _MOST = 6, 60


def pulled_in(facts: Facts, owner: str) -> Iterator[Line]:
    """A line for each package that needs an owner (numpy, conda:numpy), each indented below what it needs."""
    by = reversed_graph(graph(facts))
    asked = {dist.key for dist in facts.distributions.installed if dist.requested}
    asked |= {f"conda:{record.name}" for record in facts.conda.records if record.requested}
    if not by.get(owner):
        said = "asked for by name" if owner in asked else "nothing installed here needs it, and nobody asked for it"
        yield (Span(f"  {said}", "dim"),)
        return
    lines = list(_below(by, owner, asked, "  ", {owner}, 1))
    yield from lines[:_MOST]
    if len(lines) > _MOST:
        yield (Span(f"  and {len(lines) - _MOST} more", "dim"),)


def _below(by: Graph, owner: str, asked: set[str], lead: str, seen: set[str], depth: int) -> Iterator[Line]:
    every = sorted(by.get(owner, ()), key=lambda each: (each not in asked, name_of(each)))
    for place, each in enumerate(every):
        last = place == len(every) - 1
        again = each in seen
        said = "  asked for by name" if each in asked else ""
        more = "  (see above)" if again and by.get(each) else ""
        yield (
            Span(f"{lead}{'└' if last else '├'}─ ", "dim"),
            Span(name_of(each), "strong" if said else ""),
            Span(f"{said}{more}", "fine" if said else "dim"),
        )
        if again:
            continue
        seen.add(each)
        if depth < _DEEPEST and len(seen) < _MOST * 2:
            yield from _below(by, each, asked, lead + ("   " if last else "│  "), seen, depth + 1)
