"""The catalogue of checks and the documentation of one, from the checks' own files."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from doctor.model import Check
from doctor.report.sources import sources_of
from doctor.report.text import Line, Span, wrapped


def render(listed: Iterable[Check], headings: Mapping[str, str]) -> Iterator[Line]:
    """Yield a line a check, under a heading a family."""
    family = ""
    for check in listed:
        if check.family != family:
            if family:
                yield ()
            family = check.family
            yield (Span(f"{family}  {headings[family]}", "strong"),)
        deep = "  (--deep)" if check.deep else ""
        yield (
            Span(f"  {check.code}  "),
            Span(f"{check.severity.value:<8}", check.severity.value),
            Span(f"{check.name}{deep}"),
        )


def as_data(listed: Iterable[Check]) -> list[dict[str, Any]]:
    """Build the catalogue as plain data."""
    return [
        {
            "code": check.code,
            "name": check.name,
            "family": check.family,
            "severity": check.severity.value,
            "title": check.title,
            "layers": list(check.needs),
            "deep": check.deep,
            "documentation": inspect.cleandoc(check.documentation),
            "sources": [source._asdict() for source in sources_of(check)],
        }
        for check in listed
    ]


def explain(check: Check, *, width: int = 80) -> Iterator[Line]:
    """Yield one check's documentation: what it finds, why it matters, how it knows, what the fix does."""
    yield (Span(f"{check.code} {check.name}", "strong"), Span("  "), Span(check.severity.value, check.severity.value))
    yield ()
    for paragraph in inspect.cleandoc(check.documentation).split("\n\n"):
        heading, _, rest = paragraph.partition("\n") if paragraph.startswith("## ") else ("", "", paragraph)
        if heading:
            yield (Span(heading.removeprefix("## "), "strong"),)
        if rest:
            yield from _paragraph(rest, width)
            yield ()
    yield from _origin(check, width)
    layers = ", ".join(check.needs)
    yield from wrapped(f"Read for it: {layers}. {'Runs with --deep only.' if check.deep else ''}", width, "", "dim")
    yield from wrapped(
        f"To live with it: ignore it in [tool.envdoctor] with a reason, or --ignore {check.code}", width, "", "dim"
    )


def _origin(check: Check, width: int) -> Iterator[Line]:
    """Where its facts about the world outside come from, and of what date they are."""
    yield (Span("Where its facts come from", "strong"),)
    yield from wrapped(
        "This environment's own files, and the machine's, as they are read each time.", width, "  · ", ""
    )
    for source in sources_of(check):
        certainty = f" Certainty: {source.certainty}." if source.certainty else ""
        text = f"{source.name}, {source.as_of}: {source.about}. {source.source}.{certainty}"
        yield from wrapped(text, width, "  · ", "")
    yield ()


def _paragraph(text: str, width: int) -> Iterator[Line]:
    item: list[str] = []
    for line in text.splitlines():
        if line.lstrip().startswith(("- ", "* ")) and item:
            yield from _item(item, width)
            item = []
        item.append(line.strip())
    yield from _item(item, width)


def _item(lines: list[str], width: int) -> Iterator[Line]:
    text = " ".join(lines)
    if text.startswith(("- ", "* ")):
        yield from wrapped(text[2:], width, "  · ", "")
    else:
        yield from wrapped(text, width, "", "")
