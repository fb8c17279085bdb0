"""Facts to JSON and back: a bug report, a regression test and a fleet's answer are all facts files.

typed and whole serve every other kind of frozen data that is written and read back as well.
"""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from doctor.facts import Facts

SCHEMA_VERSION = 1
#: the year 5138, the last that every system's calendar takes
_LATEST = 1e11


class NotFacts(Exception):
    """A text that does not hold what it should: facts, or a plan; the message says where and why."""


def dump(what: Facts) -> str:
    """Write facts as JSON, keys in stable order."""
    body = {"schema_version": SCHEMA_VERSION, "facts": _plain(what)}
    return json.dumps(body, indent=1, sort_keys=True, ensure_ascii=False)


def load(text: str, clean: Callable[[str], str] = str) -> Facts:
    """Read what dump wrote, each text through clean. Raises NotFacts and names the place that does not fit."""
    try:
        body = _each_text(json.loads(text), clean) if clean is not str else json.loads(text)
    except json.JSONDecodeError as error:
        raise NotFacts(f"line {error.lineno}: not JSON: {error.msg}") from None
    except (RecursionError, ValueError) as error:
        raise NotFacts(f"not usable JSON: {error}") from None
    if not isinstance(body, dict) or not isinstance(body.get("facts"), dict):
        raise NotFacts('no facts in it: expected {"schema_version": 1, "facts": {...}}, as --save writes it')
    if body.get("schema_version") != SCHEMA_VERSION:
        raise NotFacts(f"schema_version {body.get('schema_version')!r}; this envdoctor reads {SCHEMA_VERSION}")
    read = typed(Facts, body["facts"], "facts")
    assert isinstance(read, Facts)
    if not 0 <= read.now < _LATEST:
        raise NotFacts(f"facts.now: {read.now!r} is no time that a calendar has")
    return read


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    """Plain data with every text changed, those that name things too."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_each_text(item, change) for item in value]
    if isinstance(value, dict):
        return {change(key): _each_text(item, change) for key, item in value.items()}
    return value


def whole(value: Any) -> Any:
    """Frozen data as plain data, with every field that it has."""
    if hasattr(value, "_fields"):
        return {name: whole(item) for name, item in zip(value._fields, value, strict=True)}
    if isinstance(value, (tuple, list)):
        return [whole(item) for item in value]
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return {key: whole(item) for key, item in value.items()}
    return value


def _plain(value: Any) -> Any:
    if hasattr(value, "_fields"):
        return {
            name: _plain(item)
            for name, item in zip(value._fields, value, strict=True)
            if item != value._field_defaults.get(name, _NOTHING)
        }
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value


_NOTHING = object()
_HINTS: dict[type, dict[str, Any]] = {}


def typed(hint: Any, value: Any, where: str) -> Any:
    """Plain data as the frozen data of a hint; of several records the one whose kind it names.

    Raises NotFacts and names the place that does not fit.
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _one_of(arguments, value, where)
    if origin is tuple:
        if not isinstance(value, list):
            raise NotFacts(f"{where}: expected a list")
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return tuple(typed(arguments[0], item, f"{where}[{n}]") for n, item in enumerate(value))
        if len(arguments) != len(value):
            raise NotFacts(f"{where}: expected {len(arguments)} items")
        return tuple(typed(h, item, f"{where}[{n}]") for n, (h, item) in enumerate(zip(arguments, value, strict=True)))
    if origin is frozenset:
        if not isinstance(value, list):
            raise NotFacts(f"{where}: expected a list")
        return frozenset(typed(arguments[0], item, where) for item in value)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        if not isinstance(value, dict):
            raise NotFacts(f"{where}: expected an object")
        return {key: typed(arguments[1], item, f"{where}.{key}") for key, item in value.items()}
    if origin is Literal:
        if value not in arguments:
            raise NotFacts(f"{where}: {value!r} is none of {', '.join(map(str, arguments))}")
        return value
    if hasattr(hint, "_fields"):
        return _record(hint, value, where)
    return _scalar(hint, value, where)


def _record(hint: Any, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise NotFacts(f"{where}: expected an object")
    hints = _HINTS.get(hint)
    if hints is None:
        hints = _HINTS[hint] = get_type_hints(hint, vars(sys.modules[hint.__module__]))
    unknown = set(value) - set(hint._fields)
    if unknown:
        raise NotFacts(f"{where}: unknown field {min(unknown)!r}")
    lacking = [name for name in hint._fields if name not in value and name not in hint._field_defaults]
    if lacking:
        raise NotFacts(f"{where}: {lacking[0]!r} is missing")
    return hint(**{name: typed(hints[name], item, f"{where}.{name}") for name, item in value.items()})


def _one_of(arguments: tuple[Any, ...], value: Any, where: str) -> Any:
    if value is None and type(None) in arguments:
        return None
    records = _by_kind(arguments)
    if len(records) > 1:
        kind = value.get("kind") if isinstance(value, dict) else None
        if not isinstance(kind, str) or kind not in records:
            raise NotFacts(f"{where}.kind: {kind!r} is none of {', '.join(map(str, records))}")
        return _record(records[kind], value, where)
    for hint in arguments:
        if hint is type(None):
            continue
        if get_origin(hint) is None and isinstance(hint, type) and not hasattr(hint, "_fields"):
            if type(value) is hint:
                return value
        else:
            return typed(hint, value, where)
    raise NotFacts(f"{where}: unexpected {type(value).__name__}")


@cache
def _by_kind(hints: tuple[Any, ...]) -> dict[Any, Any]:
    """The records among the members of a union, by the kind that tells them apart."""
    return {hint._field_defaults.get("kind"): hint for hint in hints if hasattr(hint, "_fields")}


def _scalar(hint: Any, value: Any, where: str) -> Any:
    if hint is float and type(value) is int:
        try:
            return float(value)
        except OverflowError:
            raise NotFacts(f"{where}: a number of {len(str(value)):,} digits, more than any that is kept") from None
    if type(value) is not hint:
        raise NotFacts(f"{where}: expected {hint.__name__}, found {type(value).__name__}")
    return value
