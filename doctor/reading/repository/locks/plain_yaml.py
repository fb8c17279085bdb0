"""Reads the YAML that tools write, by its lines: one list of mappings that makes up nearly the whole file.

Only the fields that are asked for are taken out, as text. What has another shape (comments, anchors, texts of
several lines, flow style) goes to PyYAML, within a limit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from doctor.reading.clean import clean
from doctor.reading.files import Unfit

#: bytes that PyYAML is given: with libyaml it takes 0.3 s a million, without 5
WHOLE_LIMIT = 4 * 1024 * 1024
SLOW_LIMIT = 256 * 1024
_DEPTH_LIMIT = 30
_EVENT_LIMIT = 1_000_000

#: a value on one line: quoted, empty, or plain text without what YAML would read otherwise
VALUE = (
    r"(?:'(?:[^'\n]|'')*+'|\"[^\"\\\n]*+\"|\[\]|\{\}"
    r"|(?:[^\s'\"#&*!|>%@`{}\[\],?:\-]|[-:?](?=[^\s]))(?:[^\s:#]++|:(?=\S)|(?<=\S)#| ++(?=[^\s#]))*+)"
)
_KEY = r"(?:[A-Za-z0-9_.*/-]++|'[^'\n]++')"

Fields = dict[str, str]


class Item(NamedTuple):
    """One member of the list."""

    line: int
    fields: Fields  #: of its own level, those with a value on their line, unquoted
    text: str  #: all its lines


def items(text: str, start: int) -> Iterator[Item] | None:
    """The members of the list that begins at a place and goes on to the end; None where the shape is another."""
    text = text if text.endswith("\n") else text + "\n"
    indent = len(text) - start - len(text[start:].lstrip(" "))
    if indent not in (0, 2):
        return None
    shape, _ = _shapes(indent)
    place = start
    spans: list[tuple[int, int]] = []
    while place < len(text):
        found = shape.match(text, place)
        if found is None:
            return None
        spans.append((place, found.end()))
        place = found.end()
    return _items(text, spans, indent)


def _items(text: str, spans: list[tuple[int, int]], indent: int) -> Iterator[Item]:
    _, field = _shapes(indent)
    line, before = 1, 0
    for start, end in spans:
        line += text.count("\n", before, start)
        before = start
        body = text[start:end]
        yield Item(line, {key: unquoted(value) for key, value in field.findall(body)}, body)


def nested(item: Item, key: str, indent: int) -> Fields:
    """The values one level below a key of an item."""
    pad = " " * (indent + 2)
    _, opened, rest = item.text.partition(f"\n{pad}{key}:\n")
    found: Fields = {}
    if opened:
        for row in rest.split("\n"):
            if not row.startswith(pad + "  "):
                break
            name, _, value = row.strip().partition(": ")
            found[unquoted(name)] = unquoted(value)
    return found


def unquoted(value: str) -> str:
    """A value without its quotes."""
    if value[:1] == "'":
        return value[1:-1].replace("''", "'")
    return value[1:-1] if value[:1] == '"' else value


@lru_cache(maxsize=4)
def _shapes(indent: int) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What one member looks like, and one field of its own level."""
    pad = " " * indent
    body = _block(indent + 2, 4)
    first = rf"{pad}- {_KEY}:(?: {VALUE}\n|\n{_below(indent + 2, 4)})"
    shape = re.compile(rf"{first}{body}")
    field = re.compile(rf"^(?:{pad}- |{pad}  )([A-Za-z0-9_-]++): ({VALUE})$", re.MULTILINE)
    return shape, field


def _block(indent: int, depth: int) -> str:
    """Fields of a mapping at an indentation."""
    pad = " " * indent
    return rf"(?:{pad}{_KEY}:(?: {VALUE}\n|\n{_below(indent, depth)}))*+"


def _below(indent: int, depth: int) -> str:
    """What may stand below a key: a list, level with it or deeper, or a mapping, or nothing."""
    pad = " " * indent
    member = rf"- (?:{_KEY}: )?{VALUE}\n"
    if not depth:
        return rf"(?:{pad}{member})*+"
    return (
        rf"(?:(?:{pad}{member}(?:{pad}  {_KEY}: {VALUE}\n)*+)++|(?:{pad}  {member})++|{_block(indent + 2, depth - 1)})"
    )


def whole(text: str) -> Any:
    """Plain data of a YAML text, every scalar as its text; None for an empty one. Raises Unfit.

    Mappings that are members of a list carry their line under the key "".
    """
    import yaml

    parser: Any = getattr(yaml, "CBaseLoader", None)
    if len(text) > (WHOLE_LIMIT if parser else SLOW_LIMIT):
        raise Unfit(f"{len(text):,} bytes that are not in the form that the tool writes")
    try:
        loader = (parser or yaml.BaseLoader)(text)
        try:
            return _built(loader, yaml)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        why = clean(error.problem or error.context or "cannot be parsed", 120)
        raise Unfit(f"line {line}: not YAML: {why}" if line else f"not YAML: {why}", line) from None
    except yaml.YAMLError as error:
        raise Unfit(f"not YAML: {clean(str(error), 120)}") from None
    except ValueError as error:
        raise Unfit(f"cannot be parsed: {clean(str(error), 120)}") from None


class _Open(NamedTuple):
    """A list or mapping whose end has not come yet; in a mapping, the keys that wait for a value."""

    value: Any
    keys: list[str]


def _built(loader: Any, yaml: Any) -> Any:
    """The data of the first document, from the parser's events: libyaml's own building of nodes overflows the stack."""
    outermost: list[Any] = []
    stack = [_Open(outermost, [])]
    for _ in range(_EVENT_LIMIT):
        event = loader.get_event()
        if event is None or isinstance(event, (yaml.DocumentEndEvent, yaml.StreamEndEvent)):
            return outermost[0] if outermost else None
        if isinstance(event, yaml.ScalarEvent):
            _put(stack[-1], clean(event.value))
        elif isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            line = event.start_mark.line + 1
            if len(stack) > _DEPTH_LIMIT:
                raise Unfit(f"line {line}: nested more than {_DEPTH_LIMIT} levels deep", line)
            is_list = isinstance(event, yaml.SequenceStartEvent)
            stack.append(_Open([] if is_list else {"": line} if isinstance(stack[-1].value, list) else {}, []))
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            done = stack.pop()
            _put(stack[-1], done.value)
        elif isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1
            raise Unfit(f"line {line}: an alias, which no tool writes into a lock", line)
    raise Unfit(f"more than {_EVENT_LIMIT:,} values")


def _put(holder: _Open, value: Any) -> None:
    """Add a value to a list, or as the next key or value to a mapping."""
    if isinstance(holder.value, list):
        holder.value.append(value)
    elif holder.keys:
        holder.value[holder.keys.pop()] = value
    else:
        holder.keys.append(value if isinstance(value, str) else "?")
