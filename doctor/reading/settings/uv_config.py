"""Reads uv's configuration: uv.toml of project, user and system, [tool.uv] of pyproject.toml, and UV_* variables.

After uv's documentation, "Configuration files" (2026-11): the strongest source of a key wins, lists are joined.
Values are clean but not redacted. tomllib is imported only where there is a file to parse.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from doctor.reading.clean import clean
from doctor.reading.conda.condarc_merge import Entry
from doctor.reading.files import Missing, Unfit, read_text
from doctor.reading.settings.named_paths import named_path
from doctor.reading.toml_lines import TOML_LIMIT, Toml, parse_toml

#: values read from one file
_VALUES = 2_000
_DEPTH = 8
#: variables of several members, and what separates them
_SEVERAL = {"UV_EXTRA_INDEX_URL": " ", "UV_INDEX": " ", "UV_FIND_LINKS": ",", "UV_INSECURE_HOST": " "}
#: variables that set no option; uv takes --no-index and the key of files, and no variable for it
_NO_SETTINGS = {"UV_CONFIG_FILE", "UV_NO_CONFIG", "UV_NO_INDEX"}


class UvConfig(NamedTuple):
    """Every value of every source, strongest first; keys with dots: pip.index-url, index.0.url."""

    entries: tuple[Entry, ...] = ()
    problems: tuple[tuple[Path, str, int], ...] = ()


def read_uv_config(
    *,
    project: Path | None,
    variables: Mapping[str, str],
    home: Path,
    root: Path = Path("/"),
    system: str = "linux",
) -> UvConfig:
    """Read all that configures uv for a project, or for the user alone where there is none."""
    entries = list(_from_variables(variables))
    problems: list[tuple[Path, str, int]] = []
    for path in _places(project, variables, home, root, system):
        try:
            text = read_text(path, limit=TOML_LIMIT)
            if path.name == "pyproject.toml" and "tool.uv" not in text:
                continue
            toml = parse_toml(text)
        except Missing:
            continue
        except Unfit as error:
            if path.name != "pyproject.toml":  # the project layer tells that
                problems.append((path, error.reason, error.line))
            continue
        table = toml.mapping(toml.table("tool"), "uv") if path.name == "pyproject.toml" else toml.values
        entries += [entry for _, entry in zip(range(_VALUES), _flat(toml, table, path, ""), strict=False)]
    return UvConfig(tuple(entries), tuple(problems))


def _flat(toml: Toml, value: Any, path: Path, key: str, depth: int = 0) -> Iterator[Entry]:
    if depth > _DEPTH:
        return
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _flat(toml, member, path, f"{key}.{name}" if key else str(name), depth + 1)
    elif isinstance(value, list):
        tables = any(isinstance(member, dict) for member in value)
        for number, member in enumerate(value):
            yield from _flat(toml, member, path, f"{key}.{number}" if tables else key, depth + 1)
    elif isinstance(value, str):
        yield Entry(clean(key, 200), clean(value, 2000), path, toml.line(value))
    elif isinstance(value, (bool, int, float)):
        yield Entry(clean(key, 200), value, path, toml.line(key.rpartition(".")[2], key=True))


def _from_variables(variables: Mapping[str, str]) -> Iterator[Entry]:
    for name in sorted(variables):
        if name.startswith("UV_") and name not in _NO_SETTINGS and variables[name]:
            key = {"UV_INSECURE_HOST": "allow-insecure-host"}.get(name, name[3:].lower().replace("_", "-"))
            separator = _SEVERAL.get(name)
            members = variables[name].split(separator) if separator else [variables[name]]
            yield from (Entry(key, clean(member.strip(), 2000), f"${name}") for member in members if member.strip())


def _places(project: Path | None, variables: Mapping[str, str], home: Path, root: Path, system: str) -> Iterator[Path]:
    """Files, strongest first; a project's uv.toml hides the [tool.uv] beside it."""
    named = variables.get("UV_CONFIG_FILE")
    if named:
        path = named_path(named, home, root)
        if path is not None:
            yield path
        return
    if variables.get("UV_NO_CONFIG"):
        return
    if project is not None:
        own = project / "uv.toml"
        yield own if own.is_file() else project / "pyproject.toml"
    if system == "windows":
        roaming = named_path(variables.get("APPDATA", ""), home, root) or home / "AppData/Roaming"
        yield roaming / "uv/uv.toml"
        yield root / "ProgramData/uv/uv.toml"
        return
    yield (named_path(variables.get("XDG_CONFIG_HOME", ""), home, root) or home / ".config") / "uv/uv.toml"
    for folder in (variables.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")[:20]:
        system_wide = named_path(folder, home, root)
        if system_wide is not None:
            yield system_wide / "uv/uv.toml"
    yield root / "etc/uv/uv.toml"
