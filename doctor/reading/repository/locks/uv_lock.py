"""Reads uv.lock: every package of the workspace for all platforms at once, and by whom each is needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from doctor.facts.locks import Lock, Locked
from doctor.reading.files import Unfit
from doctor.reading.repository.locks import told, uv_stale
from doctor.reading.repository.locks.plain_toml import parse
from doctor.reading.repository.locks.reachable import Edge, Needed, needed_by

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


def _locked(line: int, entry: Entry, needed: Mapping[str, Needed]) -> Locked:
    name = told.name(entry.get("name"))
    source = entry.get("source")
    by = needed.get(_node(entry), Needed())
    base = Locked(
        name,
        told.version(entry.get("version")),
        "pip",
        line,
        marker=by.marker or _marker(entry),
        groups=by.groups,
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


def _needed(entries: list[Entry], members: set[str], manifest: Entry) -> dict[str, Needed]:
    """Package -> the groups, extras and members that lead to it, and when."""
    nodes: dict[str, list[str]] = {}
    for entry in entries:
        nodes.setdefault(told.name(entry.get("name")), []).append(_node(entry))
    needs: dict[str, dict[str, list[Edge]]] = {}
    for entry in entries:
        needs[_node(entry)] = {
            "": _edges(told.listing(entry, "dependencies"), nodes),
            **_grouped(told.mapping(entry, "optional-dependencies"), nodes),
        }
    top = [entry for entry in entries if _place(entry) == "."]
    others = [entry for entry in entries if _place(entry) != "." and told.name(entry.get("name")) in members]
    roots: dict[str, list[Edge]] = {}
    for entry in top or others:
        roots.setdefault("", []).append(Edge(_node(entry)))
        _add_groups(roots, entry, nodes, "")
    for entry in others if top else []:
        name = told.name(entry.get("name"))
        roots.setdefault(name, []).append(Edge(_node(entry)))
        _add_groups(roots, entry, nodes, f"{name} ")
    for group, edges in _grouped(told.mapping(manifest, "dependency-groups"), nodes).items():
        roots.setdefault(group, []).extend(edges)
    return needed_by(roots, needs)


def _add_groups(roots: dict[str, list[Edge]], entry: Entry, nodes: Mapping[str, list[str]], prefix: str) -> None:
    for key in ("optional-dependencies", "dev-dependencies", "dependency-groups"):
        for group, edges in _grouped(told.mapping(entry, key), nodes).items():
            roots.setdefault(prefix + group, []).extend(edges)


def _grouped(table: Entry, nodes: Mapping[str, list[str]]) -> dict[str, list[Edge]]:
    named = ((told.group(group), listed) for group, listed in table.items() if isinstance(listed, list))
    return {group: _edges(listed, nodes) for group, listed in named if group}


def _place(entry: Entry) -> str:
    source = told.mapping(entry, "source")
    place = source.get("virtual") or source.get("editable")
    return place if isinstance(place, str) else ""


def _edges(listed: list[Any], nodes: Mapping[str, list[str]]) -> list[Edge]:
    found = []
    for item in listed:
        if not isinstance(item, dict):
            continue
        name, version, marker = told.name(item.get("name")), item.get("version"), told.marker(item.get("marker"))
        known = [f"{name}=={version}"] if isinstance(version, str) else nodes.get(name, [])
        extras = [extra for extra in told.listing(item, "extra") if isinstance(extra, str)] or [""]
        found += [Edge(node, extra, marker) for node in known for extra in extras]
    return found
