"""Reads the files' names, addresses and hashes out of a project's locks: uv, PEP 751, Poetry, PDM, Pipenv.

The facts of a project count a lock's hashes and do not keep them; an export needs them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from doctor.facts import Facts
from doctor.facts.distributions import Unreadable
from doctor.fix.export.archives import Archive, address, file_name_of
from doctor.judgement.requirements import normalise
from doctor.reading.clean import clean
from doctor.reading.files import Unfit, read_json, read_text
from doctor.reading.redact import redact

_NAMES = ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock")
#: bytes; the locks of the largest projects have some 3 MB
_LIMIT = 16 * 1024 * 1024
_FILES, _PACKAGES, _ENTRIES = 20, 20_000, 500


class Read(NamedTuple):
    """What locks say of what is installed, and which of them could not be read."""

    archives: Mapping[str, list[Archive]]  #: by distribution key
    problems: tuple[Unreadable, ...] = ()


def of_locks(project: Path, facts: Facts) -> Read:
    """Read every lock of the project for the distributions that are installed at the versions that it holds."""
    versions = {dist.key: dist.version for dist in facts.distributions.installed}
    found: dict[str, list[Archive]] = {}
    problems: list[Unreadable] = []
    for name in _lock_files(project, facts):
        try:
            packages = list(_packages(project / name, project))
        except Unfit as error:
            problems.append(Unreadable(name, error.reason, error.line))
            continue
        for key, version, entry in packages[:_PACKAGES]:
            if versions.get(key) == version:
                found.setdefault(key, []).extend(_archives(entry, name))
    return Read(found, tuple(problems))


def _lock_files(project: Path, facts: Facts) -> list[str]:
    kinds = ("uv.lock", "pylock.toml", "poetry.lock", "pdm.lock", "Pipfile.lock")
    told = [lock.path for lock in facts.locks.files if lock.kind in kinds]
    try:
        with os.scandir(project) as entries:
            there = [entry.name for _, entry in zip(range(5_000), entries, strict=False)]
    except OSError:
        there = []
    told += [name for name in there if name in _NAMES or (name.startswith("pylock.") and name.endswith(".toml"))]
    return sorted(dict.fromkeys(told))[:_FILES]


def _packages(path: Path, project: Path) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """(key, version, entry) of every package. Raises Unfit."""
    body = read_json(path, limit=_LIMIT, within=project) if path.name == "Pipfile.lock" else _toml(path, project)
    if not isinstance(body, dict):
        raise Unfit("not a table")
    if path.name == "Pipfile.lock":
        for section in ("default", "develop"):
            for name, entry in _table(body, section).items():
                if isinstance(entry, dict):
                    yield normalise(name), str(entry.get("version", "")).removeprefix("=="), entry
        return
    old = _table(_table(body, "metadata"), "files")  # where Poetry kept them before its version 1.3
    listed = body.get("package") or body.get("packages")
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("name"), str):
            key = normalise(clean(entry["name"], 200))
            more = {"files": old.get(entry["name"])} if "files" not in entry and entry["name"] in old else {}
            yield key, clean(str(entry.get("version", "")), 200), {**entry, **more}


def _toml(path: Path, project: Path) -> Any:
    import tomllib

    try:
        return tomllib.loads(read_text(path, limit=_LIMIT, within=project))
    except RecursionError:
        raise Unfit("nested too deeply") from None
    except (MemoryError, ValueError) as error:
        raise Unfit(f"not TOML: {clean(str(error), 200)}") from None


def _archives(entry: Mapping[str, Any], told_by: str) -> Iterator[Archive]:
    rows: list[Any] = []
    for key in ("wheels", "files", "hashes"):
        value = entry.get(key)
        rows += value[:_ENTRIES] if isinstance(value, list) else []
    rows += [entry[key] for key in ("sdist", "archive") if isinstance(entry.get(key), dict)]
    for row in rows:
        row = {"hash": row} if isinstance(row, str) else row
        digest = _sha256(row) if isinstance(row, dict) else ""
        if digest:
            url = address(redact(clean(str(row.get("url", "")), 2_000)))
            name = row.get("name") or row.get("file") or url or row.get("path") or ""
            size = row.get("size")
            yield Archive(
                digest,
                file_name_of(clean(str(name), 500)),
                url,
                size=size if isinstance(size, int) and not isinstance(size, bool) and size > 0 else 0,
                told_by=told_by,
            )


def _sha256(row: Mapping[str, Any]) -> str:
    told = _table(row, "hashes").get("sha256") or str(row.get("hash", "")).replace("=", ":").partition("sha256:")[2]
    return told.lower() if isinstance(told, str) else ""


def _table(holder: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = holder.get(key)
    return value if isinstance(value, dict) else {}
