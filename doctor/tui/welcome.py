"""The first start in a few lines: what envdoctor does, what it never does, and the keys that lead everywhere."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.report.text import Line, Span, wrapped

DOES = (
    "It says what is wrong with a Python environment, why that matters and how it knows, and repairs what you "
    "choose: you read the plan first, the result is examined again, and it can be undone."
)
NEVER = (
    "Examining reads files only: it never changes anything, never starts anything of the environment, never uses the "
    "network. Nothing is repaired before you say yes."
)
_KEYS = (
    ("Enter", "examines the chosen environment"),
    ("?", "explains the screen you are on"),
    ("Ctrl+P", "finds every action, package and finding by name"),
)


def promises(width: int) -> Iterator[Line]:
    """What it does and what it never does."""
    yield from wrapped(DOES, width, "", "")
    yield from wrapped(NEVER, width, "", "dim")


def lines(width: int) -> Iterator[Line]:
    """The whole of it; where there is little room, the keys alone."""
    if width < 60:
        yield from wrapped("Says what is wrong with an environment and repairs what you choose.", width, "", "strong")
        yield (Span("? explains", "dim"), Span(" · any key goes on", "dim"))
        return
    yield (Span("Welcome to envdoctor", "strong"),)
    yield from wrapped(DOES, width, "", "")
    yield from wrapped(NEVER, width, "", "")
    yield ()
    for key, what in _KEYS:
        yield (Span(f"{key:<8}", "command"), Span(what))
    yield (Span("Any key goes on. Esc always leads back, q leaves.", "dim"),)
