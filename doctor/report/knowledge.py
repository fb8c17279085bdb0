"""What envdoctor knows of the world outside: every table with its date, who says so, and what a user replaced."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Iterator

import doctor.knowledge
from doctor.knowledge.sources import Source
from doctor.report.sources import told_by
from doctor.report.text import Line, Span, wrapped
from doctor.report.words import count


def every_source() -> tuple[Source, ...]:
    """The origin of every table: those that a user brought first, then the newest."""
    found: dict[Source, None] = {}
    for module in pkgutil.iter_modules(doctor.knowledge.__path__, "doctor.knowledge."):
        if not module.ispkg:
            found |= dict.fromkeys(told_by(module.name))
    return tuple(sorted(found, key=lambda source: (not source.brought, _backwards(source.as_of), source.name)))


def lines(sources: Iterable[Source], width: int = 80) -> Iterator[Line]:
    """Yield what there is to say of the tables."""
    listed = tuple(sources)
    brought = [source for source in listed if source.brought]
    dates = sorted(source.as_of for source in listed)
    if dates:
        text = f"{count(len(listed), 'table')}, collected between {dates[0]} and {dates[-1]}"
        yield from wrapped(text, width, "", "strong")
    if brought:
        text = f"{count(len(brought), 'table')} replaced by newer ones that --knowledge named"
        yield from wrapped(text, width, "", "note")
    else:
        yield from wrapped("A folder of newer tables is taken by: envdoctor --knowledge DIR", width, "", "dim")
    for source in listed:
        yield ()
        yield (Span(source.as_of, "note" if source.brought else ""), Span("  "), Span(source.name, "strong"))
        yield from wrapped(source.about[:1].upper() + source.about[1:], width, "  ", "")
        if source.source:
            certain = f" ({source.certainty})" if source.certainty else ""
            yield from wrapped(f"{source.source}{certain}", width, "  ", "dim")
        if source.brought:
            yield from wrapped(f"replaced by {source.brought}", width, "  ", "note")


def _backwards(date: str) -> tuple[int, ...]:
    return tuple(-ord(character) for character in date)
