"""Reads the TOML that tools write, by its lines: tables, and keys with one-line values or lists of one-line items.

It gives what tomllib gives, ten times as fast, and leaves everything else to tomllib: multi-line texts, escapes other
than of quotes, dotted keys, comments behind values, tables that are said again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from doctor.reading.files import Unfit

#: bytes that the whole parser is given; it takes 0.3 s a million
WHOLE_LIMIT = 4 * 1024 * 1024
_DEPTH = 8

_HEADER = re.compile(r"(\[\[?)([A-Za-z0-9_-]+(?:\.(?:[A-Za-z0-9_-]+|\"[^\"\\]*\"))*)(\]\]?)")
_PART = re.compile(r'[A-Za-z0-9_-]+|"[^"\\]*"')
_PAIR_LINE = re.compile(r'([A-Za-z0-9_-]+|"[^"\\]*") ?= ?(\S.*)')
_FLAT = re.compile(r'\{ ?(?:[A-Za-z0-9_-]+ ?= ?(?:"[^"\\]*+"|[1-9]\d{0,17}+)(?:, ?(?=[A-Za-z0-9_-])| ?(?=\})))*+\}')
_FLAT_PAIR = re.compile(r'([A-Za-z0-9_-]+) ?= ?(?:"([^"]*)"|(\d+))')
_TEXT = re.compile(r'"(?:[^"\\]|\\["\\])*+"(?!")|\'[^\']*\'(?!\')')
_ESCAPED = re.compile(r"\\([\"\\])")
_KEY = re.compile(r' *+([A-Za-z0-9_-]+|"[^"\\]*") ?= ?')
_NUMBER = re.compile(r"(?:0|[1-9]\d{0,17})(?![\w.+:-])")
_FLAG = re.compile(r"(true|false)(?![\w-])")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?Z(?![\w.+:-])")


class Parsed(NamedTuple):
    """The values, and for each list of tables at the top the lines on which its members begin."""

    values: Mapping[str, Any]
    lines: Mapping[str, tuple[int, ...]]

    def tables(self, key: str) -> list[tuple[int, Mapping[str, Any]]]:
        """The members of a list of tables with their lines; what is no table is left out."""
        value = self.values.get(key)
        if not isinstance(value, list):
            return []
        lines = self.lines.get(key, ())
        known = lines if len(lines) == len(value) else (0,) * len(value)
        return [(line, item) for line, item in zip(known, value, strict=True) if isinstance(item, dict)]

    def table(self, key: str) -> Mapping[str, Any]:
        """A table at the top; empty where there is none."""
        value = self.values.get(key)
        return value if isinstance(value, dict) else {}


class _Unlike(Exception):
    """The text is not as tools write it."""


def parse(text: str) -> Parsed:
    """Parse a clean text. Raises Unfit with the line where it does not parse, or is too large for its shape."""
    plain = parse_plain(text)
    if plain is not None:
        return plain
    if len(text) > WHOLE_LIMIT:
        raise Unfit(f"{len(text):,} bytes that are not in the form that the tool writes")
    from doctor.reading.toml_lines import parse_toml

    lines: dict[str, list[int]] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("[[") and line.rstrip().endswith("]]"):
            lines.setdefault(line.strip()[2:-2].strip(), []).append(number)
    try:
        values = parse_toml(text).values
    except ValueError:  # a date that no calendar has
        raise Unfit("not TOML: a value that cannot be") from None
    return Parsed(values, {key: tuple(numbers) for key, numbers in lines.items()})


def parse_plain(text: str) -> Parsed | None:
    """Parse a text of the plain shape, exactly as tomllib would; None where it has another."""
    try:
        return _parse(text.replace("\r\n", "\n"))
    except _Unlike:
        return None


def _parse(text: str) -> Parsed:
    if "\r" in text:
        raise _Unlike
    root: dict[str, Any] = {}
    table = root
    headed: set[int] = {id(root)}
    starts: dict[str, list[int]] = {}
    lines = text.split("\n")
    place, end = 0, len(lines)
    while place < end:
        line = lines[place]
        place += 1
        if not line or line[0] == "#":
            continue
        if line[0] == "[":
            table = _open(line, root, headed, starts, place)
            continue
        pair = _PAIR_LINE.fullmatch(line)
        if pair is None:
            raise _Unlike
        key, value = pair[1].strip('"'), pair[2]
        if key in table:
            raise _Unlike
        if value == "[":
            table[key], place, _ = _listed(lines, place, end, ("]",))
        elif value == "[[":
            table[key], place = _twice_listed(lines, place, end)
        else:
            table[key] = _whole(value, comment=True)
    return Parsed(root, {key: tuple(numbers) for key, numbers in starts.items()})


def _open(
    line: str, root: dict[str, Any], headed: set[int], starts: dict[str, list[int]], number: int
) -> dict[str, Any]:
    """The table that a header begins."""
    header = _HEADER.fullmatch(line)
    if header is None or len(header[1]) != len(header[3]):
        raise _Unlike
    *above, last = (part.strip('"') for part in _PART.findall(header[2]))
    holder = root
    for part in above:
        inner = holder.get(part)
        if inner is None:
            inner = holder[part] = {}
            headed.add(id(inner))
        elif isinstance(inner, list) and id(inner) in headed:
            inner = inner[-1]
        if not isinstance(inner, dict) or id(inner) not in headed:
            raise _Unlike
        holder = inner
    new: dict[str, Any] = {}
    headed.add(id(new))
    if header[1] == "[":
        if last in holder:
            raise _Unlike
        holder[last] = new
        return new
    members = holder.get(last)
    if members is None:
        members = holder[last] = []
        headed.add(id(members))
    elif id(members) not in headed or not isinstance(members, list):
        raise _Unlike
    members.append(new)
    if not above:
        starts.setdefault(last, []).append(number)
    return new


def _listed(lines: list[str], place: int, end: int, ends: tuple[str, ...]) -> tuple[list[Any], int, str]:
    """The items of a list, each on its own line, the line after the list, and what ended it."""
    found: list[Any] = []
    closed = True  # whether the item before ended with a comma
    while place < end:
        item = lines[place].strip(" \t")
        place += 1
        if item in ends:
            return found, place, item
        if not closed or not item:
            raise _Unlike
        closed = item[-1] == ","
        if closed:
            item = item[:-1]
        if _FLAT.fullmatch(item):
            found.append(_flat(item))
        else:
            found.append(_whole(item))
    raise _Unlike


def _twice_listed(lines: list[str], place: int, end: int) -> tuple[list[Any], int]:
    """The lists of a list that opens with [[, as uv writes packages that exclude each other."""
    found: list[Any] = []
    ended = ""
    while ended != "]]":
        inner, place, ended = _listed(lines, place, end, ("], [", "]]"))
        found.append(inner)
    return found, place


def _flat(text: str) -> dict[str, Any]:
    pairs = _FLAT_PAIR.findall(text)
    table = {key: int(number) if number else value for key, value, number in pairs}
    if len(table) != len(pairs):
        raise _Unlike
    return table


def _whole(text: str, *, comment: bool = False) -> Any:
    """The one value that a text is, before a comment where there may be one."""
    if _FLAT.fullmatch(text):
        return _flat(text)
    value, place = _value(text, 0, 1)
    if place != len(text) and not (comment and text[place:].lstrip(" ").startswith("#")):
        raise _Unlike
    return value


def _value(text: str, place: int, depth: int) -> tuple[Any, int]:
    """The value that begins at a place, and the place after it."""
    first = text[place : place + 1]
    if depth > _DEPTH:
        raise _Unlike
    if first in ('"', "'"):
        found = _TEXT.match(text, place)
        if found is None:
            raise _Unlike
        inner = found[0][1:-1]
        if "\\" in inner and first == '"':
            inner = _ESCAPED.sub(r"\1", inner)
        return inner, found.end()
    if first == "{":
        return _inline_table(text, place + 1, depth)
    if first == "[":
        return _inline_list(text, place + 1, depth)
    return _other(text, place)


def _other(text: str, place: int) -> tuple[Any, int]:
    flag = _FLAG.match(text, place)
    if flag:
        return flag[1] == "true", flag.end()
    number = _NUMBER.match(text, place)
    if number:
        return int(number[0]), number.end()
    moment = _TIME.match(text, place)
    if moment is None:
        raise _Unlike
    from datetime import datetime

    try:
        return datetime.fromisoformat(moment[0]), moment.end()
    except ValueError:
        raise _Unlike from None


def _inline_table(text: str, place: int, depth: int) -> tuple[dict[str, Any], int]:
    table: dict[str, Any] = {}
    place = _spaces(text, place)
    if text[place : place + 1] == "}":
        return table, place + 1
    while True:
        key = _KEY.match(text, place)
        if key is None or key[1].strip('"') in table:
            raise _Unlike
        table[key[1].strip('"')], place = _value(text, key.end(), depth + 1)
        place = _spaces(text, place)
        mark = text[place : place + 1]
        if mark == "}":
            return table, place + 1
        if mark != ",":
            raise _Unlike
        place += 1


def _inline_list(text: str, place: int, depth: int) -> tuple[list[Any], int]:
    found: list[Any] = []
    while True:
        place = _spaces(text, place)
        if text[place : place + 1] == "]":
            return found, place + 1
        value, place = _value(text, place, depth + 1)
        found.append(value)
        place = _spaces(text, place)
        mark = text[place : place + 1]
        if mark == ",":
            place += 1
        elif mark != "]":
            raise _Unlike


def _spaces(text: str, place: int) -> int:
    while text[place : place + 1] == " ":
        place += 1
    return place
