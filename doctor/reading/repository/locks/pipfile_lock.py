"""Reads Pipfile.lock: JSON that pipenv writes with one key a line."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from doctor.facts.locks import Lock, Locked
from doctor.reading.files import Unfit
from doctor.reading.repository.locks import hashes, told

_SECTION = re.compile(r'^ {4}"([^"\\]+)": \{', re.MULTILINE)
_PACKAGE = re.compile(r'^ {8}"([^"\\]+)": \{', re.MULTILINE)


def read(project: Path, path: str, text: str) -> Lock:
    """Read one. Raises Unfit."""
    try:
        root = json.loads(text)
    except json.JSONDecodeError as error:
        raise Unfit(f"line {error.lineno}: not JSON: {error.msg}", error.lineno) from None
    except ValueError:
        raise Unfit("cannot be parsed: a number of too many digits") from None
    meta = told.mapping(root, "_meta")
    if not isinstance(root, dict) or not meta:
        raise Unfit("holds no _meta, so it is no Pipfile.lock or no whole one")
    lines = _lines(text)
    packages: dict[tuple[str, str, str], Locked] = {}
    sections = [section for section in root if section != "_meta" and isinstance(root[section], dict)]
    for section in sections:
        group = () if section == "default" else told.groups([section])
        for name, entry in root[section].items():
            if not told.name(name) or not isinstance(entry, dict):
                continue
            locked = _locked(told.name(name), lines.get((section, name), 0), entry, group)
            key = (locked.name, locked.version, locked.url)
            before = packages.get(key)
            if before is None:
                packages[key] = locked
            elif before.groups and group:
                packages[key] = before._replace(groups=before.groups + group)
            else:
                packages[key] = (before if not before.groups else locked)._replace(groups=())
    requires = told.mapping(meta, "requires")
    exact, short = told.version(requires.get("python_full_version")), told.version(requires.get("python_version"))
    recorded = told.mapping(meta, "hash").get("sha256")
    return Lock(
        path,
        "Pipfile.lock",
        told.in_order(packages.values()),
        f"=={exact}" if exact else (f"=={short}.*" if short else ""),
        environments=told.groups(sections),
        written_by="Pipenv",
        content_hash=told.digest(recorded),
        stale=hashes.pipfile(project, path, recorded),
    )


def _lines(text: str) -> dict[tuple[str, str], int]:
    """Where each package of each section stands, as pipenv indents it."""
    found: dict[tuple[str, str], int] = {}
    sections = [(match.start(), match[1]) for match in _SECTION.finditer(text)] + [(len(text), "")]
    line, before = 1, 0
    for (start, section), (end, _) in itertools.pairwise(sections):
        for match in _PACKAGE.finditer(text, start, end):
            line += text.count("\n", before, match.start())
            before = match.start()
            found[section, match[1]] = line
    return found


def _locked(name: str, line: int, entry: Mapping[str, Any], groups: tuple[str, ...]) -> Locked:
    digests = [value for value in told.listing(entry, "hashes") if isinstance(value, str)]
    version = entry.get("version")
    base = Locked(
        name,
        told.version(version.removeprefix("==")) if isinstance(version, str) else "",
        "pip",
        line,
        marker=told.marker(entry.get("markers")),
        groups=groups,
        digest=told.digest(digests[0]) if len(digests) == 1 else "",
        hashes=len(digests),
    )
    if isinstance(entry.get("git"), str):
        return base._replace(source="vcs", url=told.address(entry["git"]), commit=told.commit(entry.get("ref")))
    if isinstance(entry.get("path"), str):
        return base._replace(
            source="editable" if entry.get("editable") is True else "path", url=told.address(entry["path"])
        )
    if isinstance(entry.get("file"), str):
        return base._replace(source="url", url=told.address(entry["file"]))
    return base
