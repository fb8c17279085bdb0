"""Reads pyproject.toml: [project], dependency groups (PEP 735), and what uv, pdm, hatch and setuptools add to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from doctor.facts.project import Asked, Specification
from doctor.judgement.requirements import normalise
from doctor.reading.clean import clean
from doctor.reading.repository.specifications.entries import ENTRY_LIMIT, ask
from doctor.reading.repository.specifications.poetry import poetry
from doctor.reading.repository.specifications.requirement_files import Pending, inside_of, kind_of
from doctor.reading.repository.specifications.sources import source_address
from doctor.reading.repository.specifications.toml_places import Places
from doctor.reading.toml_lines import Toml

_GROUP_LIMIT = 200
_HATCH_ENVIRONMENTS = 50
#: links of include-group, each to another, that are followed
_INCLUDE_DEPTH = 20
_PATH = "pyproject.toml"

Entries = list[Asked | None]


class Pyproject:
    """The values with the lines that they came from."""

    def __init__(self, toml: Toml) -> None:
        self.toml = toml
        self.places = Places(toml.text)
        self.project = toml.table("project")
        self.tool = toml.table("tool")

    def texts(self, group: str, *path: str) -> Iterator[Asked | None]:
        """The requirements in the list of texts at a path."""
        value: Any = self.toml.values
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        for text in Toml.texts(value):
            yield ask(text.strip(), self.places.member(text, *path), group)

    def groups(self, *path: str) -> Iterator[Asked | None]:
        """The requirements of a table of lists, each a group."""
        for group in self._keys(*path):
            yield from self.texts(clean(group, 100), *path, group)

    def _keys(self, *path: str) -> list[str]:
        value: Any = self.toml.values
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        return [str(key) for key in list(value)[:_GROUP_LIMIT]] if isinstance(value, Mapping) else []

    def included(self) -> Iterator[Asked | None]:
        """The dependency groups, each with what it includes of others at the line where it stands."""
        table = self.toml.table("dependency-groups")
        named = {normalise(str(key)): str(key) for key in list(table)[:_GROUP_LIMIT]}
        for group in named.values():
            known: set[str] = set()
            for source in self._sources(group, table, named, {group}):
                for asked in self.texts(clean(group, 100), "dependency-groups", source):
                    if asked and asked.text not in known:
                        known.add(asked.text)
                        yield asked

    def _sources(
        self, group: str, table: Mapping[str, Any], named: dict[str, str], seen: set[str], depth: int = 0
    ) -> Iterator[str]:
        yield group
        value = table.get(group)
        for item in value[:ENTRY_LIMIT] if isinstance(value, list) and depth < _INCLUDE_DEPTH else ():
            target = item.get("include-group") if isinstance(item, dict) else None
            other = named.get(normalise(target)) if isinstance(target, str) else None
            if other and other not in seen:
                seen.add(other)
                yield from self._sources(other, table, named, seen, depth + 1)


def read_pyproject(toml: Toml, pending: Pending) -> Iterator[Specification]:
    """The parts of pyproject.toml that say what is needed; nothing for one that only configures tools."""
    from doctor.reading.repository.specifications.pixi import read_pixi

    if not any(toml.table(key) for key in ("project", "dependency-groups")) and not _tools(toml):
        return
    file = Pyproject(toml)
    asked: Entries = [*file.texts("", "project", "dependencies")]
    asked += file.groups("project", "optional-dependencies")
    asked += file.included()
    asked += file.texts("dev", "tool", "uv", "dev-dependencies")
    asked += file.groups("tool", "pdm", "dev-dependencies")
    by_poetry = poetry(toml, file.places, asked)
    asked += by_poetry.asked
    told = file.project.get("name") or by_poetry.name
    title = clean(told, 200) if isinstance(told, str) else ""
    python, python_line = _python(file)
    pending += _dynamic(toml)
    if asked or file.project or by_poetry.present:
        hatch: Entries = [*_hatch(file)]
        yield Specification(
            _PATH,
            "pyproject",
            title,
            asked=_present(_with_sources([*asked, *hatch], file)),
            requires_python=python or by_poetry.requires_python,
            python_line=python_line if python else by_poetry.python_line,
            default_groups=_default_groups(file) or by_poetry.default_groups,
        )
    limits = [
        entry
        for key in ("constraint-dependencies", "override-dependencies")
        for entry in file.texts("", "tool", "uv", key)
    ]
    if limits:
        yield Specification(_PATH, "constraints", asked=_present(limits))
    pixi = Toml.mapping(file.tool, "pixi")
    if pixi:
        yield read_pixi(_PATH, pixi, file.places, ("tool", "pixi"))


def _tools(toml: Toml) -> bool:
    tool = toml.table("tool")
    return any(Toml.mapping(tool, key) for key in ("uv", "pdm", "poetry", "pixi", "hatch"))


def _present(asked: Entries) -> tuple[Asked, ...]:
    return tuple(entry for entry in asked if entry)[:ENTRY_LIMIT]


def _python(file: Pyproject) -> tuple[str, int]:
    told = file.project.get("requires-python")
    if not isinstance(told, str) or not told.strip():
        return "", 0
    return clean(told.replace(" ", ""), 200), file.places.line("project", "requires-python")


def _default_groups(file: Pyproject) -> tuple[str, ...]:
    """The groups that uv and pdm install without being asked: dev, unless the file says otherwise."""
    told = Toml.mapping(file.tool, "uv").get("default-groups")
    if told == "all":
        return tuple(clean(str(key), 100) for key in list(file.toml.table("dependency-groups"))[:_GROUP_LIMIT])
    if isinstance(told, list):
        return tuple(clean(text, 100) for text in Toml.texts(told))
    groups = [str(key) for key in list(Toml.mapping(Toml.mapping(file.tool, "pdm"), "dev-dependencies"))[:_GROUP_LIMIT]]
    if "dev" in file.toml.table("dependency-groups") or Toml.mapping(file.tool, "uv").get("dev-dependencies"):
        groups.append("dev")
    return tuple(clean(group, 100) for group in dict.fromkeys(groups))


def _dynamic(toml: Toml) -> Pending:
    """The requirements files that setuptools is told to take dependencies from."""
    dynamic = Toml.mapping(Toml.mapping(toml.table("tool"), "setuptools"), "dynamic")
    found: Pending = []
    optional = Toml.mapping(dynamic, "optional-dependencies")
    for table in (dynamic.get("dependencies"), *list(optional.values())[:_GROUP_LIMIT]):
        files = table.get("file") if isinstance(table, Mapping) else None
        for name in [files] if isinstance(files, str) else Toml.texts(files):
            inside = inside_of("", name)
            found += [(inside, kind_of(inside))] if inside else []
    return found


def _hatch(file: Pyproject) -> Iterator[Asked | None]:
    """What hatch's environments add: groups of their own, called hatch:NAME."""
    for name, table in list(Toml.mapping(Toml.mapping(file.tool, "hatch"), "envs").items())[:_HATCH_ENVIRONMENTS]:
        if isinstance(table, Mapping):
            for key in ("dependencies", "extra-dependencies"):
                yield from file.texts(f"hatch:{clean(str(name), 90)}", "tool", "hatch", "envs", str(name), key)


def _with_sources(asked: Entries, file: Pyproject) -> Entries:
    """The entries with the address, repository or path that [tool.uv.sources] gives them in place of an index."""
    table = Toml.mapping(Toml.mapping(file.tool, "uv"), "sources")
    sources = {normalise(str(name)): source for name, source in list(table.items())[:ENTRY_LIMIT]}
    if not sources:
        return asked
    return [_with_source(entry, sources.get(entry.name)) if entry else None for entry in asked]


def _with_source(asked: Asked, source: object) -> Asked:
    if isinstance(source, list):  # one for each marker: those that limit nothing count for all
        source = next((each for each in source if isinstance(each, dict) and "marker" not in each), None)
    if not isinstance(source, Mapping):
        return asked
    extra = source.get("extra") or source.get("group")
    if extra and extra != asked.group:
        return asked
    url = source_address(source)
    if source.get("workspace") is True:
        return asked._replace(url=asked.url or "workspace", editable=True)
    return asked._replace(url=url or asked.url, editable=asked.editable or source.get("editable") is True)
