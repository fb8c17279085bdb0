"""Fingerprints to JSON and back: what one person sends and another's envdoctor reads; fingerprint.schema.json tells it.

A file of a colleague is hostile until it was read here: bounded, of the right shape, without characters that drive a
terminal, and with hashes that fit.
"""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from doctor.compare.fingerprint import hash_of
from doctor.compare.numbers import RUNS
from doctor.facts import FINGERPRINT_LAYERS, Fingerprint, Numbers
from doctor.facts.serialise import NotFacts, typed, whole

SCHEMA_VERSION = 1
#: characters of a whole file; one of 450 packages with numbers of several runs has a tenth of it
LIMIT = 16 * 1024 * 1024
#: of one layer, of one item, and characters of one text that is no series of numbers
_ITEMS, _FIELDS, _TEXT = 20_000, 64, 4_000
_RUNS, _SERIES, _LIBRARIES, _FEATURES, _DATA = 200, 1_000, 200, 500, 4 * 1024 * 1024
#: the year 5138, the last that every system's calendar takes
_LATEST = 1e11


def dump(fingerprint: Fingerprint) -> str:
    """Write a fingerprint as JSON that ends with a line feed; equal fingerprints give equal texts."""
    body = {"schema_version": SCHEMA_VERSION, "fingerprint": whole(fingerprint)}
    return json.dumps(body, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def load(text: str) -> Fingerprint:
    """Read what dump wrote. Raises NotFacts and names the place that does not fit."""
    if len(text) > LIMIT:
        raise NotFacts(f"{len(text):,} characters, more than the {LIMIT:,} that a fingerprint may have")
    try:
        body = json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise NotFacts(f"line {error.lineno}: not JSON: {error.msg}") from None
    except RecursionError:
        raise NotFacts("nested too deeply for a fingerprint") from None
    except (MemoryError, ValueError) as error:
        raise NotFacts(f"not usable JSON: {str(error)[:200] or 'too large'}") from None
    if isinstance(body, dict) and "facts" in body:
        raise NotFacts("holds facts as check --save writes them, and no fingerprint; envdoctor snapshot makes one")
    if not isinstance(body, dict) or not isinstance(body.get("fingerprint"), dict):
        raise NotFacts("no fingerprint in it; envdoctor snapshot makes one")
    _refuse_other_version(body.get("schema_version"))
    try:
        read = typed(Fingerprint, _readable(body["fingerprint"]), "fingerprint")
    except RecursionError:
        raise NotFacts("nested too deeply for a fingerprint") from None
    assert isinstance(read, Fingerprint)
    _refuse_excess(read)
    return read._replace(layers={name: _sound(name, read) for name in FINGERPRINT_LAYERS if name in read.layers})


def is_fingerprint(text: str) -> bool:
    """Whether a text was meant as a fingerprint, of whatever version: such a file may be written over."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError, MemoryError):
        return False
    return isinstance(body, dict) and isinstance(body.get("fingerprint"), dict)


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _refuse_other_version(version: Any) -> None:
    if version == SCHEMA_VERSION and type(version) is int:
        return
    if type(version) is int and version > SCHEMA_VERSION:
        raise NotFacts(
            f"schema_version {str(version)[:20]}: a newer envdoctor made it, and this one reads {SCHEMA_VERSION}; "
            "update envdoctor, or make the file again with this release"
        )
    raise NotFacts(f"schema_version {str(version)[:40]!r}; this envdoctor reads {SCHEMA_VERSION}")


def _readable(value: Any) -> Any:
    """The same with every character that could drive a terminal or hide replaced."""
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, list):
        return [_readable(item) for item in value]
    if isinstance(value, dict):
        return {readable(key): _readable(item) for key, item in value.items()}
    return value


def readable(text: str) -> str:
    """A text of one line that can be shown anywhere."""
    return text if text.isprintable() else "".join(char if char.isprintable() else "\ufffd" for char in text)


def _refuse_excess(read: Fingerprint) -> None:
    """Raise NotFacts for what is larger than anything that envdoctor writes, and for layers that nobody knows."""
    unknown = sorted(set(read.layers).difference(FINGERPRINT_LAYERS))
    if unknown:
        raise NotFacts(f"fingerprint.layers: unknown layer {unknown[0][:80]!r}; a newer envdoctor may have made it")
    if not math.isfinite(read.made) or not 0 <= read.made < _LATEST:
        raise NotFacts(f"fingerprint.made: {read.made!r} is no moment in seconds since the epoch")
    for place, text in (("envdoctor", read.envdoctor), ("name", read.name), ("kind", read.kind)):
        _refuse_long(f"fingerprint.{place}", text)
    for name, part in read.layers.items():
        where = f"fingerprint.layers.{name}"
        _refuse_long(f"{where}.gap", part.gap)
        _refuse_many(f"{where}.items", len(part.items), _ITEMS)
        for what, fields in part.items.items():
            _refuse_long(f"{where}.items", what)
            _refuse_many(f"{where}.items.{what}", len(fields), _FIELDS)
            for field, value in fields.items():
                _refuse_long(f"{where}.items.{what}", field)
                _refuse_long(f"{where}.items.{what}.{field[:80]}", value)
    _refuse_numbers(read.numbers)


def _refuse_numbers(numbers: Numbers) -> None:
    """Raise NotFacts for more than a probe writes, and for two runs of one label that is set side by side."""
    _refuse_long("fingerprint.numbers.problem", numbers.problem)
    _refuse_many("fingerprint.numbers.libraries", len(numbers.libraries), _LIBRARIES)
    _refuse_many("fingerprint.numbers.runs", len(numbers.runs), _RUNS)
    for number, library in enumerate(numbers.libraries):
        where = f"fingerprint.numbers.libraries[{number}]"
        _refuse_many(f"{where}.features", len(library.features), _FEATURES)
        _refuse_many(f"{where}.switchable", len(library.switchable), _FEATURES)
        for text in (*library[:3], library.of, *library.features, *library.switchable):
            _refuse_long(where, text)
    for number, run in enumerate(numbers.runs):
        where = f"fingerprint.numbers.runs[{number}]"
        if run.label in RUNS and any(other.label == run.label for other in numbers.runs[:number]):
            raise NotFacts(f"{where}.label: a second run that is {run.label}")
        for what in (run.series, run.digests, run.unsteady):
            _refuse_many(where, len(what), _SERIES)
        _refuse_many(f"{where}.variables", len(run.variables), _FIELDS)
        names = (*run.digests, *run.digests.values(), *run.unsteady, *run.variables, *run.variables.values())
        for text in (run.label, run.problem, *names, *(series.name for series in run.series)):
            _refuse_long(where, text)
        if not math.isfinite(run.seconds):
            raise NotFacts(f"{where}.seconds: no number")
        for index, series in enumerate(run.series):
            if len(series.data) > _DATA:
                raise NotFacts(f"{where}.series[{index}].data: too long")
            if not math.isfinite(series.scale):
                raise NotFacts(f"{where}.series[{index}].scale: no number")


def _refuse_long(where: str, text: str) -> None:
    if len(text) > _TEXT:
        raise NotFacts(f"{where}: {len(text):,} characters, more than the {_TEXT:,} that a text may have")


def _refuse_many(where: str, number: int, most: int) -> None:
    if number > most:
        raise NotFacts(f"{where[:200]}: {number:,} entries, more than the {most:,} that there may be")


def _sound(name: str, read: Fingerprint) -> Any:
    """A layer whose hash fits its items, and is made where there is none."""
    part = read.layers[name]
    told = hash_of(part.items)
    if part.hash not in ("", told):
        raise NotFacts(
            f"fingerprint.layers.{name}.hash: does not fit the items; the file was changed after it was made"
        )
    return part._replace(hash=told)
