"""Says what a project of Poetry or PDM itself asks for, by group, where its lock does not tell it of a package."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from doctor.reading.files import Unfit
from doctor.reading.repository.locks import told
from doctor.reading.repository.locks.reachable import Edge

_BOUND = re.compile(r"\s*(<=?|>=?|==|!=)\s*(\d+(?:\.\d+){0,2})\s*")
_LIMIT = 2_000


def poetry_roots(project: Path, path: str) -> dict[str, list[Edge]]:
    """Group -> what it asks for; "" for the project itself. Nothing where pyproject.toml says nothing."""
    values = _pyproject(project, path)
    own = told.mapping(told.mapping(values, "tool"), "poetry")
    roots: dict[str, list[Edge]] = {"": required(told.listing(told.mapping(values, "project"), "dependencies"))}
    roots[""] += _table(told.mapping(own, "dependencies"))
    roots["dev"] = _table(told.mapping(own, "dev-dependencies"))
    for group, content in told.mapping(own, "group").items():
        roots.setdefault(told.group(group), []).extend(_table(told.mapping(content, "dependencies")))
    for group in told.mapping(values, "dependency-groups"):
        listed = told.listing(told.mapping(values, "dependency-groups"), group)
        roots.setdefault(told.group(group), []).extend(required(listed))
    return {group: edges for group, edges in roots.items() if edges}


def _pyproject(project: Path, path: str) -> Mapping[str, Any]:
    from doctor.reading.toml_lines import read_toml

    folder = path.rpartition("/")[0]
    try:
        return read_toml(project / (f"{folder}/pyproject.toml" if folder else "pyproject.toml"), within=project).values
    except (Unfit, ValueError):
        return {}


def edges_of(name: str, value: object) -> list[Edge]:
    """The edges that one dependency stands for, one for each of its alternatives and extras."""
    found = []
    for variant in value if isinstance(value, list) else [value]:
        table: Mapping[str, Any] = variant if isinstance(variant, dict) else {}
        extras = [extra for extra in told.listing(table, "extras") if isinstance(extra, str)] or [""]
        found += [Edge(told.name(name), extra, _condition(table)) for extra in extras]
    return found


def _table(table: Mapping[str, Any]) -> list[Edge]:
    found: list[Edge] = []
    for name, value in list(table.items())[:_LIMIT]:
        is_optional = isinstance(value, dict) and value.get("optional") is True
        if name.lower() != "python" and not is_optional and told.name(name):
            found += edges_of(name, value)
    return found


def pdm_roots(project: Path, path: str) -> dict[str, list[Edge]]:
    """The same for a project of PDM; its extras are groups too."""
    values = _pyproject(project, path)
    asked = told.mapping(values, "project")
    roots = {"": required(told.listing(asked, "dependencies"))}
    own = told.mapping(told.mapping(told.mapping(values, "tool"), "pdm"), "dev-dependencies")
    for table in (told.mapping(asked, "optional-dependencies"), told.mapping(values, "dependency-groups"), own):
        for group in table:
            roots.setdefault(told.group(group), []).extend(required(told.listing(table, group)))
    return {group: edges for group, edges in roots.items() if edges}


def required(listed: list[Any]) -> list[Edge]:
    """The edges that requirements of PEP 508 stand for; what is none is left out."""
    from packaging.requirements import InvalidRequirement, Requirement

    found: list[Edge] = []
    for text in listed[:_LIMIT]:
        try:
            requirement = Requirement(text)
        except (InvalidRequirement, TypeError, RecursionError):
            continue
        marker = told.marker(str(requirement.marker)) if requirement.marker else ""
        found += (Edge(told.name(requirement.name), extra, marker) for extra in sorted(requirement.extras) or [""])
    return found


def _condition(table: Mapping[str, Any]) -> str:
    """When a dependency holds, as a marker; what Poetry writes in words of its own is taken to hold nowhere."""
    parts = [told.marker(table.get("markers"))]
    platform, python = table.get("platform"), table.get("python")
    if isinstance(platform, str):
        parts.append(f"sys_platform == '{platform}'" if platform.isalnum() else told.NEVER)
    if isinstance(python, str) and python.strip() != "*":
        for bound in python.split(","):
            said = _BOUND.fullmatch(bound)
            kind = "python_version" if said and said[2].count(".") < 2 else "python_full_version"
            parts.append(f"{kind} {said[1]} '{said[2]}'" if said else told.NEVER)
    return " and ".join(f"({part})" if " or " in part else part for part in parts if part)
