"""Says where a lock of conda packages lacks what its specification asks for by name: only then is it surely stale."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from doctor.facts.locks import Lock
from doctor.reading.clean import is_clean
from doctor.reading.files import Unfit, read_text
from doctor.reading.repository.locks import told

_SPEC_LIMIT = 1024 * 1024
_SPEC = re.compile(r"(?:[^\s:=<>]+::)?([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?=$|[=<>!~\s\[])")


def conda_lock(project: Path, path: str, lock: Lock, sources: list[str]) -> str:
    """Why a conda-lock.yml does not fit the environment files that it names; empty where it does or nobody can tell."""
    held = {locked.name for locked in lock.packages}
    if not held:
        return ""
    for source in sources[:10]:
        inside = inside_of(path, source)
        if not inside.endswith((".yml", ".yaml")):
            continue
        for name in _asked_by_environment_file(project, inside):
            if name not in held:
                return f"{inside} asks for {name}, which it does not hold"
    return ""


def inside_of(path: str, source: str) -> str:
    """The file that a lock names, relative to the project; empty where it lies outside."""
    if source.startswith(("/", "~")) or "://" in source or not is_clean(source):
        return ""
    inside = os.path.normpath(f"{path.rpartition('/')[0] or '.'}/{source}").replace("\\", "/")
    return "" if inside.startswith("..") else inside


def _asked_by_environment_file(project: Path, path: str) -> list[str]:
    """Names of the conda packages that an environment file asks for on every platform."""
    from doctor.reading.yaml_lines import parse_yaml

    try:
        text = read_text(project / path, limit=_SPEC_LIMIT, within=project)
        if "{%" in text or "{{" in text:  # a template
            return []
        root = parse_yaml(text)
    except Unfit:
        return []
    rows = text.split("\n")
    found = []
    node = root.get("dependencies")
    for entry in node.items() if node else ():
        row = rows[entry.line - 1] if 0 < entry.line <= len(rows) else "#"
        spec = _SPEC.match(entry.text.strip()) if entry.text else None
        if spec and "#" not in row and not spec[1].startswith("_"):  # a comment may be a selector: # [linux]
            found.append(spec[1].lower())
    return found


def pixi(project: Path, path: str, lock: Lock, text: str) -> str:
    """Why a pixi.lock does not fit its manifest; empty where it does or nobody can tell."""
    manifest, table = _manifest(project, path)
    if not table or not lock.packages:
        return ""
    workspace = told.mapping(table, "workspace") or told.mapping(table, "project")
    wanted = [platform for platform in told.listing(workspace, "platforms") if told.platform(platform)]
    for platform in wanted:
        if lock.platforms and platform not in lock.platforms:
            return f"{manifest} asks for the platform {platform}, which it does not hold"
    held = {locked.name for locked in lock.packages if locked.manager == "conda"}
    pip = {locked.name for locked in lock.packages if locked.manager == "pip"}
    for feature in _used_features(table):
        for key in ("dependencies", "host-dependencies", "build-dependencies"):
            for name in _unconditional(feature, key):
                if told.conda_name(name) and name.lower() not in held:
                    return f"{manifest} asks for {name.lower()}, which it does not hold"
        for name in _unconditional(feature, "pypi-dependencies"):
            normal = told.name(name)
            if "purls:" in text and normal and normal not in pip | held and f"pkg:pypi/{normal}" not in text:
                return f"{manifest} asks for {normal}, which it does not hold"
    return ""


def _unconditional(feature: Any, key: str) -> list[str]:
    """Names that are asked for whatever the platform: with a version alone, or a table that sets no condition."""
    plain = {"version", "build", "channel", "extras", "editable", "path", "git", "url"}
    asked = list(told.mapping(feature, key).items())[:2_000]
    return [
        name for name, value in asked if isinstance(value, str) or (isinstance(value, dict) and plain >= set(value))
    ]


def _manifest(project: Path, path: str) -> tuple[str, Any]:
    from doctor.reading.toml_lines import read_toml

    folder = path.rpartition("/")[0]
    for name in ("pixi.toml", "pyproject.toml"):
        inside = f"{folder}/{name}" if folder else name
        try:
            values = read_toml(project / inside, within=project).values
        except (Unfit, ValueError):
            continue
        return inside, values if name == "pixi.toml" else told.mapping(told.mapping(values, "tool"), "pixi")
    return "", None


def _used_features(table: Any) -> list[Any]:
    """The parts of a manifest that some environment surely takes in: the default one and the features named."""
    environments = told.mapping(table, "environments")
    default = environments.get("default")
    left_out = isinstance(default, dict) and default.get("no-default-feature") is True
    used = [] if left_out else [table]
    names: set[str] = set()
    for content in environments.values():
        features = content if isinstance(content, list) else told.listing(content, "features")
        names.update(name for name in features if isinstance(name, str))
    return used + [feature for name, feature in told.mapping(table, "feature").items() if name in names]
