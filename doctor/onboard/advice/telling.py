"""Advice in words: lines for a terminal or screen, and plain data for JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from doctor.onboard.advice.one_package import Origin
from doctor.onboard.advice.packages import Package
from doctor.onboard.advice.weighing import PROBLEMS, Advice
from doctor.onboard.advice.writing import Draft
from doctor.report.text import Line, Span, wrapped

_NATURES = {"gpu": "GPU", "native": "native", "pure": "pure Python", "unknown": "not known"}
_SHOWN = 30


def lines_of(advice: Advice, draft: Draft, width: int) -> Iterator[Line]:
    """The recommendation, its reasons, what the project uses, the file as a difference, and the commands."""
    yield (Span(advice.title, "strong"),)
    yield (Span(f"for {PROBLEMS[advice.problem]}", "dim"),)
    yield ()
    for reason in advice.reasons:
        yield from wrapped(reason, width, "  · ", "")
    yield from wrapped(f"instead: {advice.instead}", width, "  ", "dim")
    if advice.lacking:
        yield from wrapped(advice.lacking, width, "! ", "warning")
    if advice.packages:
        yield ()
        yield (Span("What the project uses", "strong"),)
        yield from _table(advice, width)
    yield from difference_lines(draft)
    if draft.told:
        yield ()
        for told in draft.told:
            yield from wrapped(told, width, "  ", "")
    if draft.commands:
        yield ()
        yield (Span("Then" if draft.path else "To do", "strong"),)
        for command in draft.commands:
            yield (Span(f"  {command}", "command"),)


def _table(advice: Advice, width: int) -> Iterator[Line]:
    longest = max(len(package.name) for package in advice.packages[:_SHOWN])
    for package in advice.packages[:_SHOWN]:
        source = "pip" if advice.way in ("uv", "pip") or not package.conda else f"conda-forge ({package.conda})"
        why = "; ".join(filter(None, (package.how if package.nature != "unknown" else "", package.place)))
        room = width - longest - 19 - len(source)
        yield (
            Span(f"  {package.name:<{longest}}  "),
            Span(f"{_NATURES[package.nature]:<11}  ", "dim" if package.nature in ("pure", "unknown") else ""),
            Span(source),
            Span(f"  {why}" if len(why) <= room else f"  {package.place}" if len(package.place) <= room else "", "dim"),
        )
    if len(advice.packages) > _SHOWN:
        yield (Span(f"  and {len(advice.packages) - _SHOWN} more", "dim"),)


def difference_lines(draft: Draft) -> Iterator[Line]:
    """What would be written, as a unified diff."""
    if draft.path:
        yield ()
        for line in draft.difference:
            style = "fine" if line.startswith("+") else "error" if line.startswith("-") else "dim"
            yield (Span(f"  {line}", style),)


def lines_of_origin(origin: Origin, width: int) -> Iterator[Line]:
    """From where one package should come."""
    yield (Span(f"{origin.package.name}: from {origin.manager}", "strong"),)
    for reason in origin.reasons:
        yield from wrapped(reason, width, "  · ", "")
    if origin.installed:
        yield from wrapped(f"installed here by {origin.installed}", width, "  ", "dim")
    if origin.command:
        yield (Span(f"  {origin.command}", "command"),)


def as_data(advice: Advice, draft: Draft) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "problem": advice.problem,
        "way": advice.way,
        "hybrid": advice.hybrid,
        "title": advice.title,
        "reasons": list(advice.reasons),
        "instead": advice.instead,
        "lacking": advice.lacking,
        "packages": [package_data(package) for package in advice.packages],
        "file": {"path": draft.path, "before": draft.before, "after": draft.after} if draft.path else None,
        "commands": list(draft.commands),
        "told": list(draft.told),
    }


def package_data(package: Package) -> dict[str, Any]:
    """One package as plain data."""
    return package._asdict()


def origin_data(origin: Origin) -> dict[str, Any]:
    """The answer for one package as plain data."""
    return {
        "package": package_data(origin.package),
        "manager": origin.manager,
        "reasons": list(origin.reasons),
        "installed": origin.installed,
        "command": origin.command,
    }
