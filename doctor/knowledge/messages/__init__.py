"""Messages that people paste: how to recognise them, what causes them, and which popular advice makes them worse.

Collected on 2026-11-22. One module a subject; `every` has all rows, the specific before the general. A pattern is
searched in a text of many lines and must stay within one: no dot-star, every repetition bounded, so that no text can
make it slow. Its named groups say what the message names: library, module, name, symbol, version, package, path.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple


class Advice(NamedTuple):
    """What is often recommended and does harm."""

    what: str  #: in the words in which it is met
    why: str  #: what it breaks


class Message(NamedTuple):
    """One kind of message. Codes are checks' codes or beginnings of them; those that no check has do not matter."""

    id: str
    patterns: tuple[str, ...]
    cause: str  #: in plain words, true wherever the message is met
    fix: str  #: in one sentence
    source: str  #: where the row comes from
    certain: bool  #: False where the cause is the usual one and others are known
    directly: tuple[str, ...] = ()  #: checks whose findings explain it whatever they are about
    related: tuple[str, ...] = ()  #: checks whose findings explain it if they are about what the message names
    harmful: tuple[Advice, ...] = ()
    collect: tuple[str, ...] = ()  #: what a bug report needs, beyond what every one needs
    deep: bool = False  #: files have to be hashed to tell
    general: bool = False  #: gives way to a specific row that recognises the same line
    harmless: bool = False  #: noise that can be ignored


@cache
def every() -> tuple[Message, ...]:
    """All rows, the specific before the general."""
    from doctor.knowledge.messages import arrays, gpu, importing, installing, loading, running

    rows = (*gpu.ROWS, *arrays.ROWS, *loading.ROWS, *running.ROWS, *importing.ROWS, *installing.ROWS)
    return tuple(sorted(rows, key=lambda row: row.general))
