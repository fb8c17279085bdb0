"""Computes the hashes by which poetry, pdm and pipenv know whether a lock still fits its specification.

Each tool has changed over time what it hashes: a lock that fits by any of these ways is not stale.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from doctor.reading.files import Unfit, read_text
from doctor.reading.repository.locks import told

_SPEC_LIMIT = 1024 * 1024
Table = Mapping[str, Any]


def poetry(project: Path, path: str, recorded: object, lock_version: str) -> str:
    """Why a poetry.lock does not fit pyproject.toml; empty where it does or nobody can tell."""
    values, manifest = _values(project, path, "pyproject.toml")
    if values is None:
        return ""
    asked = told.mapping(values, "project")
    own = told.mapping(told.mapping(values, "tool"), "poetry")
    legacy_keys = ("dependencies", "source", "extras", "dev-dependencies")
    legacy = {key: own.get(key) for key in legacy_keys}
    candidates: list[Any] = [legacy | _given(own, ("group",))]
    relevant = _given(asked, ("requires-python", "dependencies", "optional-dependencies"))
    groups = told.mapping(values, "dependency-groups")
    for with_groups in ({"dependency-groups": groups}, {}):
        content = ({"project": relevant} if relevant else {}) | (with_groups if groups else {})
        if content:
            candidates.append(content | {"tool": {"poetry": _given(own, (*legacy_keys, "group"))}})
    if lock_version.startswith("1."):
        candidates.append(legacy)
    return _judged(manifest, recorded, candidates)


def pdm(project: Path, path: str, recorded: object) -> str:
    """Why a pdm.lock does not fit pyproject.toml; empty where it does or nobody can tell."""
    values, manifest = _values(project, path, "pyproject.toml")
    algorithm, colon, digest = recorded.partition(":") if isinstance(recorded, str) else ("", "", "")
    if values is None or not colon or algorithm != "sha256":
        return ""
    asked = told.mapping(values, "project")
    own = told.mapping(told.mapping(values, "tool"), "pdm")
    if "workspace" in own:
        return ""
    base = {
        "sources": own.get("source", []),
        "dependencies": asked.get("dependencies", []),
        "optional-dependencies": asked.get("optional-dependencies", {}),
        "requires-python": asked.get("requires-python", ""),
    }
    resolution = told.mapping(own, "resolution")
    overrides = [{"resolution": resolution}, {"overrides": resolution.get("overrides", {})}, {}]
    merged = _pdm_groups(values, own)
    plain = own.get("dev-dependencies", {})
    candidates = [base | last | {"dev-dependencies": dev} for dev in (merged, plain) for last in overrides]
    return _judged(manifest, digest, candidates)


def _pdm_groups(values: Table, own: Table) -> dict[str, list[Any]]:
    groups = {told.name(name): list(listed) for name, listed in _lists(values, "dependency-groups")}
    for name, listed in _lists(own, "dev-dependencies"):
        groups.setdefault(told.name(name), []).extend(listed)
    return groups


def _lists(holder: Table, key: str) -> list[tuple[str, list[Any]]]:
    return [(name, value) for name, value in told.mapping(holder, key).items() if isinstance(value, list)]


def pipfile(project: Path, path: str, recorded: object) -> str:
    """Why a Pipfile.lock does not fit its Pipfile; empty where it does or nobody can tell."""
    values, manifest = _values(project, path, "Pipfile")
    if values is None:
        return ""
    default_source = [{"url": "https://pypi.org/simple", "verify_ssl": True, "name": "pypi"}]
    candidates: list[Any] = []
    named = {"source", "packages", "dev-packages", "requires", "scripts", "pipfile", "pipenv", "default", "develop"}
    categories = {key: value for key, value in values.items() if key not in named}
    for sources in (values.get("source", default_source), values.get("source", {})):
        meta = {"sources": sources, "requires": values.get("requires", {})}
        for others in (categories, {}):
            for spelled in (_as_written, _normalised):
                sections = {"default": values.get("packages", {}), "develop": values.get("dev-packages", {}), **others}
                candidates.append({"_meta": meta, **{key: spelled(value) for key, value in sections.items()}})
    return _judged(manifest, recorded, candidates, (",", ":"))


def _as_written(section: Any) -> Any:
    return section


def _normalised(section: Any) -> Any:
    if not isinstance(section, dict):
        return section
    return {told.name(key) or key: value for key, value in section.items()}


def _given(table: Table, keys: Iterable[str]) -> dict[str, Any]:
    return {key: table[key] for key in keys if table.get(key) is not None}


def _values(project: Path, path: str, name: str) -> tuple[Table | None, str]:
    """The specification beside a lock; None where it is not there or not as it was written."""
    from doctor.reading.toml_lines import parse_toml

    folder = path.rpartition("/")[0]
    manifest = f"{folder}/{name}" if folder else name
    try:
        text = read_text(project / manifest, limit=_SPEC_LIMIT, within=project)
        return (None if "\ufffd" in text else parse_toml(text).values), manifest
    except (Unfit, ValueError):
        return None, manifest


def _judged(manifest: str, recorded: object, candidates: list[Any], separators: tuple[str, str] = (", ", ": ")) -> str:
    import hashlib

    if not isinstance(recorded, str) or len(recorded) != 64:
        return ""
    for content in candidates:
        try:
            text = json.dumps(content, sort_keys=True, separators=separators)
        except (TypeError, ValueError, RecursionError):  # dates, which no tool can hash either
            return ""
        if hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() == recorded:
            return ""
    return f"{manifest} asks for something else than when it was made: their hashes differ"
