"""Reads conda's environment.yml: what comes from conda, its pip section, variables, and marks of an export."""

from __future__ import annotations

import re
from pathlib import Path

from doctor.facts.project import Asked, Specification
from doctor.facts.settings import Variable
from doctor.reading.clean import clean
from doctor.reading.files import Unfit, read_text
from doctor.reading.redact import redact
from doctor.reading.repository.specifications.entries import ENTRY_LIMIT, ask, ask_conda
from doctor.reading.repository.specifications.requirement_files import Pending, include_of, inside_of
from doctor.reading.repository.specifications.variables import VARIABLE_LIMIT, variable
from doctor.reading.yaml_lines import YAML_LIMIT, Node, parse_yaml

_HOMES = re.compile(r"^(?:/home|/Users|[A-Za-z]:[\\/]Users)[\\/][^\\/]+(?=$|[\\/])")
#: # [win], by which conda-lock and conda-build keep a line for some platforms
_SELECTOR = re.compile(r"#\s*\[\s*([a-z]+(?:-?[a-z0-9_]+)?)\s*\]\s*$")
_SELECTORS = {
    "linux64": "linux-64",
    "osx64": "osx-64",
    "win64": "win-64",
    "aarch64": "linux-aarch64",
    "arm64": "osx-arm64",
}
_PLATFORMS = re.compile(r"unix|linux|osx|win|(?:linux|osx|win)-[a-z0-9_]+")
#: first lines by which envdoctor's own exports are known
_OURS = re.compile(r"^#.*(?:\bby envdoctor\b|what was asked for, at its versions)", re.MULTILINE)


def is_environment(name: str) -> bool:
    """Whether a name in a project's top folder is one that people give to such files."""
    lower = name.lower()
    return lower.startswith("environment") and lower.endswith((".yml", ".yaml"))


def may_be_environment(name: str) -> bool:
    """Whether a name is one that such files and others have, so that the content decides."""
    lower = name.lower()
    return lower.endswith(
        ("environment.yml", "environment.yaml", "-env.yml", "_env.yml", "-env.yaml", "_env.yaml")
    ) or lower in ("env.yml", "env.yaml", "conda.yml", "conda.yaml")


def read_environment(project: Path, name: str, pending: Pending) -> Specification | None:
    """Read one; None where its name does not say what it is and it holds no dependencies. Raises Unfit."""
    text = read_text(project / name, limit=YAML_LIMIT, within=project)
    if not is_environment(name) and not re.search(r"^dependencies[ \t]*:", text, re.MULTILINE):
        return None
    root = parse_yaml(text)
    if not isinstance(root.value, dict):
        raise Unfit("holds no mapping with dependencies")
    channels = _listed(root.get("channels"))
    platforms = [node for node in _listed(root.get("platforms")) if node.text][:50]
    group = _category(root)
    lines = text.splitlines() if platforms else []
    asked: list[Asked | None] = []
    for node in _listed(root.get("dependencies"))[:ENTRY_LIMIT]:
        if isinstance(node.value, dict):
            asked += _pip(name, _listed(node.get("pip")), pending, group)
        else:
            asked.append(_with_selector(ask_conda(node.text, node.line, group), lines))
    title, prefix = root.get("name"), root.get("prefix")
    return Specification(
        name,
        "environment.yml",
        clean(title.text, 200) if title else "",
        tuple(redact(clean(node.text, 300)) for node in channels),
        tuple(node.line for node in channels),
        tuple(entry for entry in asked if entry)[:ENTRY_LIMIT],
        platforms=tuple(clean(node.text, 50) for node in platforms),
        platform_lines=tuple(node.line for node in platforms),
        variables=_variables(root.get("variables"), name),
        prefix=without_home(clean(prefix.text, 500)) if prefix else "",
        prefix_line=prefix.line if prefix and prefix.text else 0,
        compiled="envdoctor" if _OURS.search(text[:2_000]) else "",
    )


def without_home(path: str) -> str:
    """A path as people may see it, with ~ for whoever's home folder it names."""
    return _HOMES.sub("~", redact(path))


def _pip(name: str, nodes: tuple[Node, ...], pending: Pending, group: str) -> list[Asked | None]:
    asked: list[Asked | None] = []
    for node in nodes[:ENTRY_LIMIT]:
        include = include_of(node.text.strip(), node.line)
        inside = inside_of(name, include.target) if include else None
        pending += [(inside, include.kind)] if include and inside else []
        asked.append(None if include else ask(node.text.strip(), node.line, group))
    return asked


def _category(root: Node) -> str:
    """conda-lock's category: of a whole file; main is what is always needed."""
    node = root.get("category")
    return clean(node.text, 100) if node and node.text != "main" else ""


def _with_selector(asked: Asked | None, lines: list[str]) -> Asked | None:
    found = _SELECTOR.search(lines[asked.line - 1]) if asked and 0 < asked.line <= len(lines) else None
    platform = _SELECTORS.get(found[1], found[1]) if found else ""
    return asked._replace(marker=platform) if asked and _PLATFORMS.fullmatch(platform) else asked


def _variables(node: Node | None, path: str) -> tuple[Variable, ...]:
    members = node.value if node and isinstance(node.value, dict) else {}
    return tuple(variable(key, value.text, path, value.line) for key, value in list(members.items())[:VARIABLE_LIMIT])


def _listed(node: Node | None) -> tuple[Node, ...]:
    return node.items() if node else ()
