"""Says where uv.lock no longer fits pyproject.toml, as far as that is certain.

uv writes down what the project asked for when it locked. Names and versions are compared; markers, which uv
rewrites, and what tool.uv.sources sends elsewhere are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from doctor.reading.files import Unfit
from doctor.reading.repository.locks import told

Entry = Mapping[str, Any]
_LOWER = re.compile(r"\s*>=\s*(\d+(?:\.\d+)*)\s*(?:,\s*<=?\s*\d+(?:\.\d+)*\s*)?")
_SIGN = re.compile(r"\s*(===|~=|[=!<>]=|[<>])\s*(\S{1,200})\s*")
_ENTRY_LIMIT = 2_000


def stale(project: Path, path: str, values: Mapping[str, Any], entries: list[Entry], members: set[str]) -> str:
    """Why the lock is out of date; empty where it is not, or nobody can tell."""
    from doctor.reading.toml_lines import read_toml

    folder = path.rpartition("/")[0]
    manifest = f"{folder}/pyproject.toml" if folder else "pyproject.toml"
    own = [entry for entry in entries if _is_own(entry)]
    if len(own) != 1:
        return ""
    try:
        written = read_toml(project / manifest, within=project).values
    except (Unfit, ValueError):
        return ""
    asked = told.mapping(written, "project")
    if told.name(asked.get("name")) != told.name(own[0].get("name")):
        return ""
    return (
        _of_python(manifest, asked, values, members)
        or _of_requirements(manifest, written, asked, own[0])
        or _of_groups(manifest, written, own[0])
    )


def _is_own(entry: Entry) -> bool:
    source = told.mapping(entry, "source")
    return source.get("virtual") == "." or source.get("editable") == "."


def _of_python(manifest: str, asked: Entry, values: Mapping[str, Any], members: set[str]) -> str:
    """Whether the lowest Python is another; for one project alone and plain bounds, which uv writes as they are."""
    now, then = asked.get("requires-python"), values.get("requires-python")
    if len(members) > 1 or not isinstance(now, str) or not isinstance(then, str):
        return ""
    lowest, before = _LOWER.fullmatch(now), _LOWER.fullmatch(then)
    if lowest is None or before is None or _numbers(lowest[1]) == _numbers(before[1]):
        return ""
    return f"{manifest} asks for Python {told.text(now, 60)}, it was made for {told.text(then, 60)}"


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(part[:9]) for part in version.split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _of_requirements(manifest: str, written: Entry, asked: Entry, own: Entry) -> str:
    metadata = own.get("metadata")
    dynamic = told.listing(asked, "dynamic")
    if not isinstance(metadata, dict) or "dependencies" in dynamic or "optional-dependencies" in dynamic:
        return ""
    now: list[str] = [text for text in told.listing(asked, "dependencies") if isinstance(text, str)]
    for extra in told.mapping(asked, "optional-dependencies").values():
        now += [text for text in extra if isinstance(text, str)] if isinstance(extra, list) else []
    return _difference(manifest, now, told.listing(metadata, "requires-dist"), written, told.name(own.get("name")), "")


def _of_groups(manifest: str, written: Entry, own: Entry) -> str:
    groups = told.mapping(written, "dependency-groups")
    then = told.mapping(told.mapping(own, "metadata"), "requires-dev")
    legacy = told.listing(told.mapping(told.mapping(written, "tool"), "uv"), "dev-dependencies")
    if not isinstance(own.get("metadata"), dict):
        return ""
    for group, listed in groups.items():
        items = listed if isinstance(listed, list) else []
        if not all(isinstance(item, str) for item in items):
            continue  # it includes another group
        now = items + (legacy if group == "dev" else [])
        before: object = next((then[name] for name in then if told.name(name) == told.name(group)), [])
        if not isinstance(before, list):
            continue
        title = f" in its group {told.group(group)}"
        found = _difference(manifest, now, before, written, told.name(own.get("name")), title)
        if found:
            return found
    return ""


def _difference(manifest: str, now: list[Any], then: list[Any], written: Entry, own: str, where: str) -> str:
    """The first requirement that one of both does not know, in words."""
    sources = {told.name(name) for name in told.mapping(told.mapping(told.mapping(written, "tool"), "uv"), "sources")}
    wanted = _requirements(now)
    if wanted is None or len(then) > _ENTRY_LIMIT:
        return ""
    known = {_of_entry(item) for item in then if isinstance(item, dict)}
    names, before = {name for name, _ in wanted}, {name for name, _ in known}
    for name in sorted(names - before - {own}):
        return f"{manifest} asks for {name}{where}, which was not asked for when it was made"
    for name in sorted(before - names - {own, ""}):
        return f"{manifest} does not ask for {name}{where}, which was asked for when it was made"
    for name, versions in sorted(wanted - known, key=str):
        other = sorted(specifier for known_name, specifier in known if known_name == name)
        if name not in sources and name != own and not any("@" in specifier for specifier in other):
            was = " and ".join(",".join(sorted(specifier)) or "any version" for specifier in other[:3])
            wish = ",".join(sorted(versions)) or "of any version"
            return f"{manifest} asks for {name} {wish}{where}, it was made for {was}"
    return ""


_Wish = tuple[str, frozenset[str]]


def _requirements(texts: Iterable[Any]) -> set[_Wish] | None:
    """Name and versions of each; None where one cannot be read."""
    from packaging.requirements import InvalidRequirement, Requirement

    found: set[_Wish] = set()
    for text in list(texts)[:_ENTRY_LIMIT]:
        try:
            requirement = Requirement(text)
        except (InvalidRequirement, TypeError, RecursionError):
            return None
        versions = frozenset({"@"}) if requirement.url else _specifiers(str(requirement.specifier))
        found.add((told.name(requirement.name), versions))
    return found


def _of_entry(item: Entry) -> _Wish:
    specifier = item.get("specifier")
    elsewhere = any(key in item for key in ("git", "url", "path", "directory", "editable", "virtual"))
    return told.name(item.get("name")), frozenset({"@"}) if elsewhere else _specifiers(specifier)


def _specifiers(text: object) -> frozenset[str]:
    """The parts of a specifier in one spelling: uv writes 3.08 as 3.8, and zeros at the end tell no versions apart."""
    from packaging.utils import canonicalize_version

    found = set()
    for part in text.split(",") if isinstance(text, str) else ():
        sign = _SIGN.match(part)
        if sign is None:
            found.update([part.strip()] if part.strip() else [])
        elif sign[1] == "===":
            found.add(f"==={sign[2]}")
        else:
            bare = sign[2].removesuffix(".*")
            version = canonicalize_version(bare, strip_trailing_zero=sign[1] != "~=" and bare == sign[2])
            found.add(f"{sign[1]}{version}{'' if bare == sign[2] else '.*'}")
    return frozenset(found)
