"""Reads the files by which a project says what its environment should hold, each entry with its line.

environment.yml, requirements files with what they include, pyproject.toml (standard, Poetry, uv, pixi), pixi.toml,
Pipfile, setup.cfg and setup.py; setup.py is parsed and never run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from doctor.facts.distributions import Unreadable
from doctor.facts.project import Asked, Specification
from doctor.reading.clean import clean, clean_lines, decode, is_clean
from doctor.reading.files import Unfit, read_bytes, read_text
from doctor.reading.redact import redact
from doctor.reading.toml_lines import Toml, read_toml
from doctor.reading.yaml_lines import Node, read_yaml

FILE_LIMIT = 50
ENTRY_LIMIT = 2_000
#: bytes; a compiled requirements file with hashes reaches 300,000
_TEXT_LIMIT = 4 * 1024 * 1024

_NAME = re.compile(r"([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(?=$|[<>=!~;@(,])")
_CONDA_NAME = re.compile(r"(?:.*::)?([A-Za-z0-9_][\w.-]*)\s*(?=$|[<>=!~\s\[,])")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9][\w.-]*)")
_WHEEL = re.compile(r"(?:^|[/\\])([A-Za-z0-9_.]+)-[^/\\-]+(?:-[^/\\]+)?-[^/\\-]+-[^/\\-]+-[^/\\-]+\.whl")
_RUNS = re.compile(r"[-_.]+")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_INCLUDE = re.compile(r"(?:-r\s*|--requirement[\s=])\s*(.+)")
_EDITABLE = re.compile(r"(?:-e\s*|--editable[\s=])\s*(.+)")

Problems = list[Unreadable]


def read_specifications(project: Path) -> tuple[tuple[Specification, ...], tuple[Unreadable, ...]]:
    """Read every specification in a project's top folder (and requirements/), with what could not be read."""
    problems: Problems = []
    found: list[Specification] = []
    pending: list[str] = []
    for name in _names(project):
        lower = name.lower()
        try:
            if lower.startswith("environment") and lower.endswith((".yml", ".yaml")):
                found.append(_environment_file(project, name, pending))
            elif lower == "pyproject.toml":
                found += _pyproject(read_toml(project / name, within=project))
            elif lower == "pixi.toml":
                found.append(_pixi(name, read_toml(project / name, within=project)))
            elif lower == "pipfile":
                found.append(_pipfile(name, read_toml(project / name, within=project)))
            elif lower == "setup.cfg":
                found += _setup_cfg(name, read_text(project / name, limit=_TEXT_LIMIT, within=project))
            elif lower == "setup.py":
                found += _setup_py(name, read_text(project / name, limit=_TEXT_LIMIT, within=project))
            elif lower.startswith("requirements") and lower.endswith(".txt"):
                pending.append(name)
        except Unfit as error:
            problems.append(Unreadable(name, error.reason, error.line))
    pending += [f"requirements/{name}" for name in _names(project / "requirements") if name.endswith(".txt")]
    found += _requirements(project, pending, problems)
    return tuple(found[:FILE_LIMIT]), tuple(problems)


def _names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for _, entry in zip(range(5_000), entries, strict=False) if is_clean(entry.name))
    except OSError:
        return []


def _requirements(project: Path, pending: list[str], problems: Problems) -> Iterator[Specification]:
    """Requirements files and those that they include, each once and none outside the project."""
    seen: set[str] = set()
    while pending and len(seen) < FILE_LIMIT:
        path = pending.pop(0)
        if path in seen:
            continue
        seen.add(path)
        try:
            text = _decode(read_bytes(project / path, limit=_TEXT_LIMIT, within=project))
        except Unfit as error:
            problems.append(Unreadable(path, error.reason, error.line))
            continue
        asked, includes = _requirement_lines(text)
        for line, target in includes:
            inside = _inside(path, target)
            if inside is None:
                problems.append(Unreadable(path, f"line {line}: includes a file outside the project", line))
            else:
                pending.append(inside)
        yield Specification(path, "requirements", asked=asked)


def _decode(data: bytes) -> str:
    """PowerShell's > writes UTF-16, which pip reads too."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return clean_lines(data.decode("utf-16", "replace"))
    return decode(data.removeprefix(b"\xef\xbb\xbf"))


def _requirement_lines(text: str) -> tuple[tuple[Asked, ...], list[tuple[int, str]]]:
    asked: list[Asked] = []
    includes: list[tuple[int, str]] = []
    joined, start = "", 0
    for number, raw in enumerate(text.splitlines(), 1):
        start = start or number
        if raw.endswith("\\"):
            joined += raw[:-1] + " "
            continue
        line, first = _COMMENT.sub("", joined + raw).strip(), start
        joined, start = "", 0
        include = _INCLUDE.fullmatch(line)
        if include:
            includes.append((first, include[1].strip().strip("\"'")))
        elif line and len(asked) < ENTRY_LIMIT:
            entry = ask(line, first)
            asked += [entry] if entry else []
    return tuple(asked), includes


def _inside(path: str, target: str) -> str | None:
    if "://" in target or target.startswith(("/", "\\", "~")) or not is_clean(target):
        return None
    joined = os.path.normpath(f"{path.rpartition('/')[0] or '.'}/{target}").replace("\\", "/")
    return None if joined.startswith("../") or joined == ".." else joined


def ask(line: str, number: int, group: str = "") -> Asked | None:
    """Read one requirement as pip's files hold it; None for options and for what names no distribution."""
    editable = _EDITABLE.fullmatch(line)
    text = re.split(r"\s--?[a-z]", editable[1] if editable else line)[0].strip()
    if text.startswith("-"):
        return None
    found = _NAME.match(text) or _EGG.search(text) or _WHEEL.search(text)
    if not found:
        return None
    shown = clean(text, 500)
    shown = redact(shown) if "://" in shown or "@" in shown else shown
    return Asked(shown, _RUNS.sub("-", found[1]).lower(), "pip", number, group)


def ask_conda(text: str, number: int, group: str = "") -> Asked | None:
    """Read one match spec of conda; None where it names no package."""
    spec = clean(text.strip(), 500)
    found = _CONDA_NAME.match(spec) if "://" not in spec else re.search(r"/([a-z0-9_][\w.-]*)-[^-/]+-[^-/]+$", spec)
    return Asked(redact(spec) if "://" in spec else spec, found[1].lower(), "conda", number, group) if found else None


def _environment_file(project: Path, name: str, pending: list[str]) -> Specification:
    root = read_yaml(project / name, within=project)
    if not isinstance(root.value, dict):
        raise Unfit("holds no mapping with dependencies")
    channels = _listed(root.get("channels"))
    asked: list[Asked | None] = []
    for node in _listed(root.get("dependencies"))[:ENTRY_LIMIT]:
        if isinstance(node.value, dict):
            for line in _listed(node.get("pip"))[:ENTRY_LIMIT]:
                include = _INCLUDE.fullmatch(line.text.strip())
                inside = _inside(name, include[1].strip()) if include else None
                pending += [inside] if inside else []
                asked.append(None if include else ask(line.text.strip(), line.line))
        else:
            asked.append(ask_conda(node.text, node.line))
    title = root.get("name")
    return Specification(
        name,
        "environment.yml",
        clean(title.text, 200) if title else "",
        tuple(redact(clean(node.text, 300)) for node in channels),
        tuple(node.line for node in channels),
        _present(asked),
    )


def _listed(node: Node | None) -> tuple[Node, ...]:
    return node.items() if node else ()


def _present(asked: list[Asked | None]) -> tuple[Asked, ...]:
    return tuple(entry for entry in asked if entry)[:ENTRY_LIMIT]


def _pyproject(toml: Toml) -> Iterator[Specification]:
    """The parts of pyproject.toml that say what is needed; nothing for one that only configures tools."""
    project, tool = toml.table("project"), toml.table("tool")
    asked: list[Asked | None] = []
    asked += (ask(text, toml.line(text)) for text in toml.texts(project.get("dependencies")))
    for key, table in (
        ("optional-dependencies", project),
        ("dependency-groups", toml.values),
        ("dev-dependencies", toml.mapping(tool, "uv")),
        ("dev-dependencies", toml.mapping(tool, "pdm")),
    ):
        value = table.get(key)
        groups = value if isinstance(value, dict) else {"dev": value}
        for group, entries in groups.items():
            asked += (ask(text, toml.line(text), clean(str(group), 100)) for text in toml.texts(entries))
    poetry = toml.mapping(tool, "poetry")
    asked += _versions(toml, toml.mapping(poetry, "dependencies"), "")
    asked += _versions(toml, toml.mapping(poetry, "dev-dependencies"), "dev")
    for group, table in toml.mapping(poetry, "group").items():
        asked += _versions(toml, toml.mapping(table, "dependencies"), clean(str(group), 100))
    name = project.get("name") or poetry.get("name")
    if asked or project or poetry:
        title = clean(name, 200) if isinstance(name, str) else ""
        yield Specification("pyproject.toml", "pyproject", title, asked=_present(asked))
    pixi = toml.mapping(tool, "pixi")
    if pixi:
        yield _pixi("pyproject.toml", Toml(toml.text, pixi))


def _versions(toml: Toml, table: Mapping[str, Any], group: str) -> Iterator[Asked | None]:
    """Poetry's and Pipfile's name = version; ^ and ~ have no word in pip's language, so only the name is told."""
    for name, value in list(table.items())[:ENTRY_LIMIT]:
        if name.lower() != "python":
            several = value[0] if isinstance(value, list) and value else value
            told = several.get("version", "") if isinstance(several, dict) else several
            optional = isinstance(several, dict) and several.get("optional") is True
            version = told.strip() if isinstance(told, str) and re.match(r"\s*[<>=!~]=?=?\s*\d", told) else ""
            version = "" if re.match(r"~(?!=)", version) else re.sub(r"^=(?!=)", "==", version)
            yield ask(f"{name}{version}", toml.line(name, key=True), group or ("optional" if optional else ""))


def _pixi(path: str, toml: Toml) -> Specification:
    """The manifest of pixi: dependencies from conda and PyPI of the default environment, of features and platforms."""
    workspace = toml.table("workspace") or toml.table("project")
    asked: list[Asked | None] = [*_pixi_table(toml, toml.values, "")]
    for table in toml.table("target").values():
        asked += _pixi_table(toml, table, "target")
    for feature, table in toml.table("feature").items():
        asked += _pixi_table(toml, table, clean(str(feature), 100))
    listed = workspace.get("channels")
    channels = [item.get("channel") if isinstance(item, dict) else item for item in listed or ()]
    told = [text for text in channels if isinstance(text, str)][:100]
    name = workspace.get("name")
    return Specification(
        path,
        "pixi.toml",
        clean(name, 200) if isinstance(name, str) else "",
        tuple(redact(clean(text, 300)) for text in told),
        tuple(toml.line(text) for text in told),
        _present(asked),
    )


def _pixi_table(toml: Toml, table: object, group: str) -> Iterator[Asked | None]:
    for key in ("dependencies", "host-dependencies", "build-dependencies", "pypi-dependencies"):
        for name, value in list(toml.mapping(table, key).items())[:ENTRY_LIMIT]:
            told = value.get("version", "") if isinstance(value, dict) else value
            version = told.strip() if isinstance(told, str) and told.strip() != "*" else ""
            line = toml.line(name, key=True)
            if key == "pypi-dependencies":
                extras = value.get("extras") if isinstance(value, dict) else None
                wanted = f"[{','.join(toml.texts(extras))}]" if extras else ""
                yield ask(f"{name}{wanted}{version}", line, group)
            else:
                yield ask_conda(f"{name} {version}".strip(), line, group)


def _pipfile(path: str, toml: Toml) -> Specification:
    asked = [*_versions(toml, toml.table("packages"), ""), *_versions(toml, toml.table("dev-packages"), "dev")]
    return Specification(path, "Pipfile", asked=_present(asked))


def _setup_cfg(path: str, text: str) -> Iterator[Specification]:
    """Its name, install_requires and extras_require; nothing where none of them is there."""
    asked: list[Asked | None] = []
    section, key, name, seen = "", "", "", False
    for number, raw in enumerate(text.splitlines(), 1):
        line = _COMMENT.sub("", raw).rstrip()
        if line.startswith("["):
            section, key = line.strip("[] "), ""
        elif line[:1] not in ("", " ", "\t"):
            key, _, line = (part.strip() for part in line.partition("="))
            if section == "metadata" and key == "name":
                name = clean(line, 200)
        wanted = (section == "options" and key == "install_requires") or section == "options.extras_require"
        if wanted and key:
            seen = True
            if line.strip():
                asked.append(ask(line.strip(), number, "" if section == "options" else key))
    if seen or name:
        yield Specification(path, "setup.cfg", name, asked=_present(asked))


def _setup_py(path: str, text: str) -> Iterator[Specification]:
    """The name and install_requires that the call of setup is given as plain text and list."""
    if "install_requires" not in text and "name" not in text:
        return
    import ast

    from doctor.reading.repository.imports import parse_source

    try:
        tree = parse_source(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not _is_setup(call):
            continue
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        name, needed = given.get("name"), given.get("install_requires")
        title = name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else ""
        items = [item for item in needed.elts if isinstance(item, ast.Constant)] if isinstance(needed, ast.List) else []
        asked = [ask(item.value.strip(), item.lineno) for item in items if isinstance(item.value, str)]
        yield Specification(path, "setup.py", clean(title, 200), asked=_present(asked))
        return


def _is_setup(call: Any) -> bool:
    return getattr(call.func, "id", getattr(call.func, "attr", "")) == "setup"
