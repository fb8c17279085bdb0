"""Reads uv.lock: every package of the workspace for all platforms at once, and by whom each is needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from doctor.facts.locks import Lock, Locked
from doctor.reading.files import Unfit
from doctor.reading.repository.locks import told, uv_stale
from doctor.reading.repository.locks.plain_toml import parse
from doctor.reading.repository.locks.reachable import Wanted, needed_by

_LAST_VERSION = 1
Entry = Mapping[str, Any]


def read(project: Path, path: str, text: str) -> Lock:
    """Read one. Raises Unfit."""
    parsed = parse(text)
    number = parsed.values.get("version")
    if not isinstance(number, int):
        raise Unfit("says no version, so it is no uv.lock or no whole one")
    if number > _LAST_VERSION:
        raise Unfit(f"has version {number} of its format; {_LAST_VERSION} is the newest that is known", 1)
    entries = [(line, entry) for line, entry in parsed.tables("package") if told.name(entry.get("name"))]
    members = {told.name(member) for member in told.listing(parsed.table("manifest"), "members")}
    needed = _needed([entry for _, entry in entries], members, parsed.table("manifest"))
    packages = told.in_order(_locked(line, entry, needed) for line, entry in entries)
    revision = parsed.values.get("revision")
    return Lock(
        path,
        "uv.lock",
        packages,
        told.text(parsed.values.get("requires-python"), 200),
        environments=tuple(sorted({group for locked in packages for group in locked.groups})),
        written_by=f"uv (format {number}{f'.{revision}' if isinstance(revision, int) else ''})",
        stale=uv_stale.stale(project, path, parsed.values, [entry for _, entry in entries], members),
    )


def _locked(line: int, entry: Entry, needed: Mapping[str, tuple[str, ...]]) -> Locked:
    name = told.name(entry.get("name"))
    source = entry.get("source")
    base = Locked(
        name,
        told.version(entry.get("version")),
        "pip",
        line,
        marker=_marker(entry),
        groups=needed.get(_node(entry), ()),
    )
    sdist = told.mapping(entry, "sdist")
    archives = [
        (item.get("url") or item.get("path") or item.get("filename"), item.get("hash")) for item in _files(entry)
    ]
    files = told.files(archives)
    base = base._replace(wheels=files.wheels, sdist=bool(sdist), hashes=files.hashes, digest=files.digest)
    return _from(base, source) if isinstance(source, dict) else base


def _files(entry: Entry) -> Iterator[Entry]:
    sdist = told.mapping(entry, "sdist")
    if sdist:
        yield sdist
    yield from (wheel for wheel in told.listing(entry, "wheels") if isinstance(wheel, dict))


def _from(base: Locked, source: Entry) -> Locked:
    """The package with where it comes from."""
    if "registry" in source:
        return base
    for kind in ("virtual", "editable", "directory", "path"):
        place = source.get(kind)
        if isinstance(place, str):
            own = place == "." or kind == "virtual"
            if own:
                return base._replace(source="project", url=told.address(place))
            return base._replace(source="editable" if kind == "editable" else "path", url=told.address(place))
    git = source.get("git")
    if isinstance(git, str):
        return base._replace(
            source="vcs", url=told.address(git), commit=told.commit(git.rpartition("#")[2] if "#" in git else "")
        )
    return base._replace(source="url", url=told.address(source.get("url")))


def _marker(entry: Entry) -> str:
    """When this version of several holds."""
    markers = [told.marker(text) for text in told.listing(entry, "resolution-markers")[:50] if isinstance(text, str)]
    return markers[0] if len(markers) == 1 else " or ".join(f"({marker})" for marker in markers)


def _node(entry: Entry) -> str:
    """What tells a package from another of the same name."""
    return f"{told.name(entry.get('name'))}=={entry.get('version', '')}"


def _needed(entries: list[Entry], members: set[str], manifest: Entry) -> dict[str, tuple[str, ...]]:
    """Package -> the groups, extras and members that lead to it; none where the project itself does."""
    nodes: dict[str, list[str]] = {}
    for entry in entries:
        nodes.setdefault(told.name(entry.get("name")), []).append(_node(entry))
    needs: dict[str, dict[str, tuple[Wanted, ...]]] = {}
    for entry in entries:
        own = {"": tuple(_wanted(told.listing(entry, "dependencies"), nodes))}
        for extra, listed in told.mapping(entry, "optional-dependencies").items():
            own[told.group(extra)] = tuple(_wanted(listed if isinstance(listed, list) else [], nodes))
        needs[_node(entry)] = own
    top = [entry for entry in entries if _place(entry) == "."]
    others = [entry for entry in entries if _place(entry) != "." and told.name(entry.get("name")) in members]
    roots: dict[str, list[Wanted]] = {}
    for entry in top or others:
        roots.setdefault("", []).append((_node(entry), ""))
        for key in ("optional-dependencies", "dev-dependencies", "dependency-groups"):
            for group, listed in told.mapping(entry, key).items():
                roots.setdefault(told.group(group), []).extend(
                    _wanted(listed if isinstance(listed, list) else [], nodes)
                )
    for entry in others if top else []:
        roots.setdefault(told.name(entry.get("name")), []).append((_node(entry), ""))
        for key in ("optional-dependencies", "dev-dependencies", "dependency-groups"):
            for group, listed in told.mapping(entry, key).items():
                title = f"{told.name(entry.get('name'))} {told.group(group)}"
                roots.setdefault(title, []).extend(_wanted(listed if isinstance(listed, list) else [], nodes))
    for group, listed in told.mapping(manifest, "dependency-groups").items():
        roots.setdefault(told.group(group), []).extend(_wanted(listed if isinstance(listed, list) else [], nodes))
    return needed_by(roots, needs)


def _place(entry: Entry) -> str:
    source = told.mapping(entry, "source")
    place = source.get("virtual") or source.get("editable")
    return place if isinstance(place, str) else ""


def _wanted(listed: list[Any], nodes: Mapping[str, list[str]]) -> Iterator[Wanted]:
    for item in listed:
        if not isinstance(item, dict):
            continue
        name = told.name(item.get("name"))
        version = item.get("version")
        known = [f"{name}=={version}"] if isinstance(version, str) else nodes.get(name, [])
        for node in known:
            yield node, ""
            for extra in told.listing(item, "extra"):
                if isinstance(extra, str):
                    yield node, extra
