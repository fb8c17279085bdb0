"""Reads tables of facts that are newer than this release: --knowledge DIR, one JSON file a table.

Nothing is half taken over: a file that does not fit is refused with its place, and then no table is replaced. A table
that is not newer than the one here is refused as well, so that an old folder cannot take knowledge away.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from doctor.facts.serialise import NotFacts, typed
from doctor.failure import Failure
from doctor.knowledge.sources import Source
from doctor.knowledge.tables import SCHEMA_VERSION, TABLES, Table, unfit
from doctor.reading.clean import clean
from doctor.reading.files import Unfit, read_json
from doctor.reading.redact import show
from doctor.reading.rooted import names_in

#: bytes; the largest table has 20,000
_LIMIT = 8 * 1024 * 1024
_ROWS = 20_000
_FIELDS = ("table", "schema_version", "as_of", "source", "certainty", "rows")


def use_newer_knowledge(folder: Path) -> tuple[Source, ...]:
    """Put the tables of a folder in the place of this release's. Raises Failure with file and place."""
    if not folder.is_dir():
        raise Failure(f"--knowledge {folder}: {'not a folder' if folder.exists() else 'no such folder'}")
    names = sorted(name for name in names_in(folder) if name.endswith(".json"))
    if not names:
        raise Failure(f"--knowledge {folder}: holds no table; known are {', '.join(_files())}")
    read = [(_table_of(folder / name), *_read(folder / name)) for name in names]
    for table, rows, source in read:
        table.replace(rows, source)
    return tuple(source for _, _, source in read)


def _files() -> list[str]:
    return [f"{table.name}.json" for table in TABLES]


def _table_of(path: Path) -> Table:
    for table in TABLES:
        if path.name == f"{table.name}.json":
            return table
    raise Failure(f"--knowledge: {path}: no table is called so; known are {', '.join(_files())}")


def _read(path: Path) -> tuple[list[Any], Source]:
    table = _table_of(path)
    try:
        body = read_json(path, limit=_LIMIT)
    except Unfit as error:
        raise Failure(f"--knowledge: {path}: {error.reason}") from None
    if not isinstance(body, dict):
        raise _no(path, "expected an object")
    for field in _FIELDS:
        if field not in body:
            raise _no(path, f"{field!r} is missing")
    if unknown := set(body) - set(_FIELDS):
        raise _no(path, f"unknown field {min(unknown)!r}")
    if body["table"] != table.name:
        raise _no(path, f"table: {body['table']!r} in a file that is called {path.name}")
    if body["schema_version"] != SCHEMA_VERSION:
        raise _no(path, f"schema_version: {body['schema_version']!r}; this envdoctor reads {SCHEMA_VERSION}")
    for field in ("source", "certainty"):
        if not isinstance(body[field], str) or not body[field].strip():
            raise _no(path, f"{field}: expected a text that says it")
    source = table.source()._replace(
        as_of=_day(path, body["as_of"], table.source().as_of),
        source=clean(body["source"], 300),
        certainty=clean(body["certainty"], 300),
        brought=clean(show(path), 300),
    )
    return _rows(path, body["rows"], table), source


def _day(path: Path, told: object, ours: str) -> str:
    try:
        day = datetime.date.fromisoformat(told if isinstance(told, str) else "").isoformat()
    except ValueError:
        raise _no(path, f"as_of: {told!r} is no date such as 2027-01-31") from None
    if day != told:
        raise _no(path, f"as_of: write {day}")
    if day <= ours:
        raise _no(path, f"as_of: {day} is not newer than this release's own table of {ours}")
    return day


def _rows(path: Path, value: Any, table: Table) -> list[Any]:
    if not isinstance(value, list) or not value or len(value) > _ROWS:
        raise _no(path, f"rows: expected a list of 1 to {_ROWS} rows")
    rows = []
    for number, item in enumerate(value):
        try:
            row = typed(table.record(), item, f"rows[{number}]")
        except (NotFacts, RecursionError) as error:
            raise _no(path, str(error)) from None
        if why := unfit(row):
            raise _no(path, f"rows[{number}].{why}")
        rows.append(row)
    return rows


def _no(path: Path, why: str) -> Failure:
    return Failure(f"--knowledge: {path}: {clean(why, 300)}")
