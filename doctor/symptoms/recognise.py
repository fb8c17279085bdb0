"""Finds the messages that envdoctor knows in what was pasted, and what they name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from doctor.knowledge.messages import Message, every
from doctor.reading.clean import clean
from doctor.symptoms.answer import Recognised
from doctor.symptoms.paste import Paste, shown

#: matches of one pattern that are looked at; the last ones of many tell as much
_MATCHES = 30
#: rows told at most
_TOLD = 6

_LIBRARY = re.compile(r"(?<![\w.+-])lib[\w.+-]{1,80}\.(?:so|dylib)[\w.]{0,16}")
_PATH = re.compile(r"(?<![\w.+/~@-])[~/][\w.+/~@-]{1,300}\.(?:so|dylib|pyd|dll|py|pth)[\w.]{0,16}")


@cache
def _patterns() -> tuple[tuple[Message, tuple[re.Pattern[str], ...]], ...]:
    return tuple((row, tuple(re.compile(text, re.MULTILINE) for text in row.patterns)) for row in every())


def recognise(paste: Paste) -> tuple[Recognised, ...]:
    """The known messages, the most telling first: what the last exception says, then what led to it, then the rest."""
    text = "\n".join(paste.lines)
    starts = _starts(paste.lines)
    places = {index: rank for rank, index in enumerate(paste.telling)}
    found: dict[tuple[str, int], Recognised] = {}
    for match, row in _matches(text):
        index = _line_at(starts, match.start())
        line = paste.lines[index]
        named = {name: clean(value, 300) for name, value in match.groupdict().items() if value}
        kept = found.get((row.id, index))
        if kept is None or len(kept.named) < len(named):
            found[(row.id, index)] = Recognised(row, shown(line), index + 1, _also_named(line, named), index in places)
    special = {index for (_, index), item in found.items() if not item.message.general}
    kept_rows = [item for (_, index), item in found.items() if not (item.message.general and index in special)]
    kept_rows.sort(key=lambda item: (item.message.harmless, places.get(item.number - 1, 99), item.message.general))
    once: dict[str, Recognised] = {}
    for item in kept_rows:
        once.setdefault(item.message.id + "".join(item.named.values()) * item.message.general, item)
    rows = list(once.values())
    telling = [item for item in rows if item.telling]
    return tuple((telling or rows)[:_TOLD] + ([item for item in rows if not item.telling][:2] if telling else []))


def _matches(text: str) -> Iterator[tuple[re.Match[str], Message]]:
    for row, patterns in _patterns():
        for pattern in patterns:
            for count, match in enumerate(pattern.finditer(text)):
                if count >= _MATCHES:
                    break
                yield match, row


def _also_named(line: str, named: dict[str, str]) -> dict[str, str]:
    """Add the file and the library that the line names besides."""
    if "path" not in named:
        path = _PATH.search(line)
        if path:
            named["path"] = path[0]
    if "library" not in named:
        library = _LIBRARY.search(line)
        if library:
            named["library"] = library[0]
    return named


def _starts(lines: tuple[str, ...]) -> list[int]:
    starts, at = [], 0
    for line in lines:
        starts.append(at)
        at += len(line) + 1
    return starts


def _line_at(starts: list[int], offset: int) -> int:
    from bisect import bisect_right

    return bisect_right(starts, offset) - 1
