"""Reads pdm.lock of the formats 2 to 4."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from doctor.facts.locks import Lock, Locked
from doctor.reading.files import Unfit
from doctor.reading.repository.locks import hashes, told
from doctor.reading.repository.locks.plain_toml import Parsed, parse
from doctor.reading.repository.locks.reachable import Edge, Needed, needed_by
from doctor.reading.repository.locks.roots import pdm_roots, required

Entry = Mapping[str, Any]
_LAST_MAJOR = 4


def read(project: Path, path: str, text: str) -> Lock:
    """Read one. Raises Unfit."""
    parsed = parse(text)
    metadata = parsed.table("metadata")
    number = told.version(metadata.get("lock_version"))
    if not number:
        raise Unfit("says no lock_version, so it is no pdm.lock or no whole one")
    if number.partition(".")[0].isdecimal() and int(number.partition(".")[0][:6]) > _LAST_MAJOR:
        raise Unfit(f"has version {number} of its format; {_LAST_MAJOR} is the newest that is known")
    recorded = metadata.get("content_hash")
    needed = {} if _says_groups(parsed) else _needed(parsed, pdm_roots(project, path))
    packages = told.in_order(
        _locked(line, entry, metadata, needed)
        for line, entry in parsed.tables("package")
        if told.name(entry.get("name"))
    )
    targets = [target for target in told.listing(metadata, "targets") if isinstance(target, dict)]
    pythons = {told.text(target.get("requires_python"), 200) for target in targets}
    return Lock(
        path,
        "pdm.lock",
        _merged(packages),
        pythons.pop() if len(pythons) == 1 else "",
        environments=told.groups(told.listing(metadata, "groups")),
        written_by=f"PDM (format {number})",
        content_hash=told.digest(recorded),
        stale=hashes.pdm(project, path, recorded),
    )


def _locked(line: int, entry: Entry, metadata: Entry, needed: Mapping[str, Needed]) -> Locked:
    listed = told.listing(entry, "files")
    if not listed:  # until format 4.2 all files stood in one table
        key = f"{entry.get('name')} {entry.get('version')}"
        listed = told.listing(told.mapping(metadata, "files"), key)
    files = told.files(
        (item.get("url") or item.get("file"), item.get("hash")) for item in listed if isinstance(item, dict)
    )
    groups = told.groups(told.listing(entry, "groups"))
    by = needed.get(told.name(entry.get("name")), Needed())
    base = Locked(
        told.name(entry.get("name")),
        told.version(entry.get("version")),
        "pip",
        line,
        marker=told.marker(entry.get("marker")) or by.marker,
        groups=() if "default" in groups else groups or by.groups,
        digest=files.digest,
        hashes=files.hashes,
        wheels=files.wheels,
        sdist=files.sdist,
    )
    if isinstance(entry.get("git"), str):
        return base._replace(source="vcs", url=told.address(entry["git"]), commit=told.commit(entry.get("revision")))
    if isinstance(entry.get("url"), str):
        return base._replace(source="url", url=told.address(entry["url"]))
    if isinstance(entry.get("path"), str):
        return base._replace(
            source="editable" if entry.get("editable") is True else "path", url=told.address(entry["path"])
        )
    return base


def _says_groups(parsed: Parsed) -> bool:
    """Whether the lock was made with what PDM calls inherit_metadata: each package has its groups and marker."""
    return any("groups" in entry for _, entry in parsed.tables("package"))


def _needed(parsed: Parsed, roots: Mapping[str, list[Edge]]) -> dict[str, Needed]:
    """Package -> the groups that lead to it, and when."""
    needs: dict[str, dict[str, list[Edge]]] = {}
    for _, entry in parsed.tables("package"):
        own = needs.setdefault(told.name(entry.get("name")), {})
        extras = [extra for extra in told.listing(entry, "extras") if isinstance(extra, str)] or [""]
        for extra in extras:
            own.setdefault(extra, []).extend(required(told.listing(entry, "dependencies")))
    return needed_by(roots, needs)


def _merged(packages: tuple[Locked, ...]) -> tuple[Locked, ...]:
    """A package with extras stands twice, once for each set of extras; it is told once."""
    found: dict[tuple[str, str, str], Locked] = {}
    for locked in packages:
        key = (locked.name, locked.version, locked.url)
        before = found.get(key)
        if before is None:
            found[key] = locked
        else:
            groups = () if not before.groups or not locked.groups else before.groups + locked.groups
            marker = before.marker if before.marker == locked.marker else ""
            fuller = before if before.hashes >= locked.hashes else locked._replace(line=before.line)
            found[key] = fuller._replace(groups=tuple(dict.fromkeys(groups)), marker=marker)
    return tuple(found.values())
