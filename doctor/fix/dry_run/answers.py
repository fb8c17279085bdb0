"""Reads what package managers answer when they are asked what they would do. All of it is hostile until cleaned."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from doctor.reading.clean import clean, clean_lines
from doctor.reading.redact import redact

#: packages of one answer
_LIMIT = 20_000
_LARGEST = 1 << 44
_UV_LINE = re.compile(r"\s*([-+~])\s+([A-Za-z0-9][\w.-]*)==([\w.!+*-]+)(?:\s.*)?", re.ASCII)
_PIP_SIZE = re.compile(r"\s*(?:Downloading|Using cached)\s+(\S+\.(?:whl|tar\.gz|zip))\s+\(([\d.]+)\s*(bytes|[kMG]B)\)")
_UNITS = {"bytes": 1, "kB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}


class Answer(NamedTuple):
    """What would go and what would come: names with versions, for conda with builds."""

    gone: Mapping[str, str] = {}
    come: Mapping[str, str] = {}
    sizes: Mapping[str, int] = {}  #: bytes to download, by name; only where they are told
    records: Mapping[str, Mapping[str, Any]] = {}  #: conda's records of what would come
    failure: str = ""


def of_uv(lines: Iterable[str]) -> Answer:
    """What `uv pip install --dry-run` printed."""
    gone: dict[str, str] = {}
    come: dict[str, str] = {}
    for line in lines:
        found = _UV_LINE.fullmatch(line)
        if found and len(gone) + len(come) < _LIMIT:
            sign, name, version = found.groups()
            if sign in "-~":
                gone[key_of(name)] = version
            if sign in "+~":
                come[key_of(name)] = version
    return Answer(gone, come)


def sizes_of_lock(text: str) -> dict[str, int]:
    """What the packages of a pylock.toml weigh that uv made for one Python; those that no index tells are left out."""
    import tomllib

    try:
        packages = tomllib.loads(text).get("packages")
    except (ValueError, RecursionError):
        return {}
    sizes: dict[str, int] = {}
    for package in (packages if isinstance(packages, list) else [])[:_LIMIT]:
        name = _word(package.get("name")) if isinstance(package, dict) else ""
        wheels = package.get("wheels") if name else None
        files = wheels if isinstance(wheels, list) and wheels else [_mapping(package, "sdist")]
        size = _size(files[0])
        if name and size is not None:
            sizes[key_of(name)] = size
    return sizes


def _size(file: Any) -> int | None:
    """The bytes of one file to download; none for one that lies on this machine."""
    if not isinstance(file, dict):
        return None
    if str(file.get("url", "")).startswith("file://") or "path" in file:
        return 0
    size = file.get("size")
    return size if isinstance(size, int) and 0 <= size < _LARGEST else None


def of_pip(report: Any, lines: Iterable[str]) -> Answer:
    """What `pip install --dry-run --report` wrote, and what it printed of sizes."""
    listed = report.get("install") if isinstance(report, dict) else None
    if not isinstance(listed, list):
        return Answer(failure="pip wrote no report that can be read")
    files = {found[1]: _bytes(found[2], found[3]) for line in lines if (found := _PIP_SIZE.match(line))}
    come: dict[str, str] = {}
    sizes: dict[str, int] = {}
    for item in listed[:_LIMIT]:
        metadata = _mapping(item, "metadata")
        name, version = _word(metadata.get("name")), _word(metadata.get("version"))
        if name and version:
            come[key_of(name)] = version
            url = str(_mapping(item, "download_info").get("url", ""))
            size = 0 if url.startswith("file://") else files.get(url.rpartition("/")[2])
            if size is not None:
                sizes[key_of(name)] = size
    return Answer(come=come, sizes=sizes)


def of_conda(text: str) -> Answer:
    """What `conda|mamba|micromamba ... --dry-run --json` printed."""
    try:
        told = json.loads(clean_lines(text[text.index("{") :]))
    except (ValueError, RecursionError, MemoryError):
        return Answer(failure="it printed no JSON that can be read")
    if not isinstance(told, dict):
        return Answer(failure="it printed no JSON that can be read")
    if told.get("success") is False or told.get("error") or told.get("exception_name"):
        return Answer(failure=_complaint(told))
    actions = told.get("actions")
    groups = actions if isinstance(actions, list) else [actions]
    gone: dict[str, str] = {}
    come: dict[str, str] = {}
    sizes: dict[str, int] = {}
    records: dict[str, Mapping[str, Any]] = {}
    for group in groups[:100]:
        for record in _records(group, "UNLINK"):
            gone[record["name"]] = _build(record)
        for record in _records(group, "LINK"):
            come[record["name"]] = _build(record)
            records[record["name"]] = record
            sizes[record["name"]] = 0
        for record in _records(group, "FETCH"):
            size = record.get("size")
            if isinstance(size, int) and 0 <= size < _LARGEST:
                sizes[record["name"]] = size
    return Answer(gone, come, sizes, records)


def key_of(name: str) -> str:
    """A distribution's name, normalised."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _records(group: Any, what: str) -> Iterable[Mapping[str, Any]]:
    listed = _mapping({"group": group}, "group").get(what)
    for record in (listed if isinstance(listed, list) else [])[:_LIMIT]:
        if isinstance(record, dict) and _word(record.get("name")) and _word(record.get("version")):
            yield {"build": record.get("build_string") or "", **record}


def _build(record: Mapping[str, Any]) -> str:
    return " ".join(part for part in (_word(record["version"]), _word(record.get("build"))) if part)


def _complaint(told: Mapping[str, Any]) -> str:
    problems = told.get("solver_problems")
    said = " ".join(map(str, problems[:20])) if isinstance(problems, list) else ""
    said = said or str(told.get("message") or told.get("error") or told.get("exception_name") or "no reason given")
    return redact(clean(" ".join(said.split()), 400))


def _mapping(item: Any, name: str) -> Mapping[str, Any]:
    value = item.get(name) if isinstance(item, dict) else None
    return value if isinstance(value, dict) else {}


def _word(value: Any) -> str:
    return value if isinstance(value, str) and re.fullmatch(r"[\w.!+~-]{1,200}", value, re.ASCII) else ""


def _bytes(number: str, unit: str) -> int:
    try:
        return int(float(number) * _UNITS[unit])
    except ValueError:
        return 0
