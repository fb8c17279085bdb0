"""From the lines that a computing process wrote to facts: hostile until cleaned, each series judged by itself."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from doctor.facts import Library, Series
from doctor.reading.clean import clean
from doctor.reading.redact import redact

#: bytes that one process may answer: two times what all groups together write
ANSWER = 512 * 1024
_MOST_SERIES = 250
_MOST_LIBRARIES = 16
_MOST_BYTES = 16 * 1024
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,60}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SIZES = {"float32": 4, "float64": 8, "int64": 8}
_WORD = re.compile(r"[\w.+-]{1,40}", re.ASCII)


class Answer(NamedTuple):
    """What one process computed."""

    series: Mapping[str, Series] = {}  #: empty where only digests were asked for
    digests: Mapping[str, str] = {}
    unsteady: tuple[str, ...] = ()
    libraries: tuple[Library, ...] = ()
    begun: tuple[str, ...] = ()  #: groups, in order; the last was not finished where ended is False
    failed: Mapping[str, str] = {}  #: group -> what it raised; empty for a package that is not there
    ended: bool = False
    seconds: float = 0.0


def read_answer(text: str) -> Answer:
    """Read the lines; those that are none of ours are left out."""
    series: dict[str, Series] = {}
    digests: dict[str, str] = {}
    unsteady: list[str] = []
    libraries: list[Library] = []
    begun: list[str] = []
    failed: dict[str, str] = {}
    ended, seconds = False, 0.0
    for row in text.split("\n")[: _MOST_SERIES * 2]:
        line = _line(row)
        if "begin" in line:
            begun.append(_plain(line["begin"], 20))
        elif "library" in line and len(libraries) < _MOST_LIBRARIES:
            libraries.append(_library(line))
        elif "failed" in line:
            said = f"{_plain(line.get('error'), 60)}: {_last_line(line.get('text'))}".removesuffix(": ")
            failed[_plain(line["failed"], 20)] = "" if line.get("missing") is True else said
        elif "end" in line:
            ended, seconds = True, _seconds(line["end"])
        elif "series" in line and len(digests) < _MOST_SERIES:
            name, digest = line["series"], line.get("digest")
            if not isinstance(name, str) or not _NAME.fullmatch(name):
                continue
            found = _series(name, line)
            if found is not None:
                series[name] = found
                digests[name] = digest_of(found)
            elif line.get("data") == "" and isinstance(digest, str) and _DIGEST.fullmatch(digest):
                digests[name] = digest
            if name in digests and line.get("steady") is False:
                unsteady.append(name)
    return Answer(series, digests, tuple(unsteady), tuple(libraries), tuple(begun), failed, ended, seconds)


def digest_of(series: Series) -> str:
    """The sha256 of its values."""
    return hashlib.sha256(base64.b64decode(series.data)).hexdigest()


def _line(row: str) -> dict[str, Any]:
    try:
        line = json.loads(row)
    except (ValueError, RecursionError):
        return {}
    return line if isinstance(line, dict) else {}


def _series(name: str, line: dict[str, Any]) -> Series | None:
    data, dtype, compared, scale = (line.get(key) for key in ("data", "dtype", "compared", "scale"))
    if not isinstance(data, str) or not data or not isinstance(dtype, str) or dtype not in _SIZES:
        return None
    if compared not in ("values", "order", "iterations") or not isinstance(scale, int | float):
        return None
    try:
        values = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(values) > _MOST_BYTES or len(values) % _SIZES[dtype] or not 0 <= scale < 1e300:
        return None
    return Series(name, compared, dtype, base64.b64encode(values).decode("ascii"), float(scale))


def _library(line: dict[str, Any]) -> Library:
    core = _plain(line.get("core"), 40)
    features = (*_words(line.get("features")), *((core,) if core else ()))
    threads = line.get("threads")
    about = _plain(line.get("about"), 1500)
    file = _plain(line.get("file"), 120)
    version = _plain(line.get("version"), 60) or _version_in(about)
    return Library(
        _plain(line["library"], 40),
        version,
        f"{about} ({file})" if file and about else about or file,
        threads if type(threads) is int and 0 <= threads < 100_000 else 0,
        features,
        _plain(line.get("of"), 40),
        _words(line.get("switchable")),
    )


def _version_in(about: str) -> str:
    found = re.search(r"\b\d+(?:\.\d+)+\b", about)
    return found[0] if found else ""


def _words(value: Any) -> tuple[str, ...]:
    words = value[:64] if isinstance(value, list) else []
    return tuple(word for word in words if isinstance(word, str) and _WORD.fullmatch(word))


def _plain(value: Any, limit: int) -> str:
    return " ".join(redact(clean(value[:4000], limit)).split()) if isinstance(value, str) else ""


def _last_line(value: Any) -> str:
    lines = [line for line in value[-4000:].splitlines() if line.strip()] if isinstance(value, str) else []
    return _plain(lines[-1], 200) if lines else ""


def _seconds(value: Any) -> float:
    return round(float(value), 3) if isinstance(value, int | float) and 0 <= value < 1e6 else 0.0
