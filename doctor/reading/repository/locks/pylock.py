"""Reads pylock.toml (PEP 751), as pip, uv, pdm, poetry and pipenv write it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from doctor.facts.locks import Lock, Locked
from doctor.reading.files import Unfit
from doctor.reading.repository.locks import told
from doctor.reading.repository.locks.memberships import QUOTED, simplified
from doctor.reading.repository.locks.plain_toml import parse

Entry = Mapping[str, Any]
_MEMBER = re.compile(rf"{QUOTED}\s+in\s+(?:extras|dependency_groups)")
#: the groups that PDM and pipenv call what is always installed
_ALWAYS = ("default",)


def read(project: Path, path: str, text: str) -> Lock:  # noqa: ARG001 - as every reader of locks is called
    """Read one. Raises Unfit."""
    parsed = parse(text)
    number = told.version(parsed.values.get("lock-version"))
    if not number:
        raise Unfit("says no lock-version, so it is no pylock.toml or no whole one")
    if number.partition(".")[0] != "1":
        raise Unfit(f"has version {number} of its format; 1 is the newest that is known")
    packages = told.in_order(
        _locked(line, entry) for line, entry in parsed.tables("packages") if told.name(entry.get("name"))
    )
    values = parsed.values
    groups = told.groups([*told.listing(values, "extras"), *told.listing(values, "dependency-groups")])
    return Lock(
        path,
        "pylock.toml",
        packages,
        told.text(values.get("requires-python"), 200),
        environments=groups,
        written_by=told.text(values.get("created-by"), 60),
    )


def _locked(line: int, entry: Entry) -> Locked:
    archive = told.mapping(entry, "archive")
    entries = [entry for entry in (told.mapping(entry, "sdist"), archive) if entry]
    entries += [wheel for wheel in told.listing(entry, "wheels") if isinstance(wheel, dict)]
    files = told.files((_file(item), _hash(item)) for item in entries)
    marker, groups = _marker(told.marker(entry.get("marker")))
    base = Locked(
        told.name(entry.get("name")),
        told.version(entry.get("version")),
        "pip",
        line,
        marker=marker,
        groups=groups,
        digest=files.digest,
        hashes=files.hashes,
        wheels=files.wheels,
        sdist=files.sdist,
    )
    vcs, folder = told.mapping(entry, "vcs"), told.mapping(entry, "directory")
    if vcs:
        place = told.address(vcs.get("url") or vcs.get("path"))
        return base._replace(source="vcs", url=place, commit=told.commit(vcs.get("commit-id")))
    if folder:
        kind = "editable" if folder.get("editable") is True else "path"
        return base._replace(source=kind, url=told.address(folder.get("path")))  # type: ignore[arg-type]
    if archive:
        url = archive.get("url")
        place = told.address(url or archive.get("path"))
        return base._replace(source="url" if isinstance(url, str) else "path", url=place)
    return base


def _file(item: Entry) -> object:
    return item.get("name") or item.get("url") or item.get("path")


def _hash(item: Entry) -> object:
    digests = told.mapping(item, "hashes")
    kind = "sha256" if "sha256" in digests else next(iter(digests), "")
    value = digests.get(kind)
    return f"{kind}:{value}" if isinstance(value, str) else ""


def _marker(marker: str) -> tuple[str, tuple[str, ...]]:
    """When a package is installed, and for which extras and groups; their memberships are taken out of the marker."""
    if " in extras" not in marker and " in dependency_groups" not in marker:
        return marker, ()
    named = told.groups([double or single for double, single in _MEMBER.findall(marker)])
    if not set(named).isdisjoint(_ALWAYS):
        always = simplified(marker, _MEMBER, _ALWAYS)
        if always is not False:
            return ("" if always is True else always), ()
    some = simplified(marker, _MEMBER, named)
    return ("" if isinstance(some, bool) else some), named
