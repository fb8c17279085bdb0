"""pylock.toml (PEP 751): the very archives that pip's packages came from, with addresses and hashes.

A package of which nobody tells an archive cannot stand in such a file, and a file without it would be no lock.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from doctor.facts import Distribution, Facts
from doctor.fix.export.archives import Archive, Archives, address, installed
from doctor.fix.export.editable import editable
from doctor.fix.export.gathering import shown_beside
from doctor.fix.export.installed import day, file_name, is_release, of_pip
from doctor.knowledge.reinstall import can_be_told
from doctor.reading.clean import clean
from doctor.reading.redact import REDACTED

_MARKERS = ("implementation_name", "platform_machine", "python_version", "sys_platform")

Value = str | int | bool | Mapping[str, str]


class Lockfile(NamedTuple):
    """The text, and the packages that stand in its way."""

    text: str
    refused: tuple[tuple[str, str], ...] = ()  #: (name version, why); where there are any, the text is no lock
    left_out: tuple[str, ...] = ()  #: with their reasons: what the lock's own project installs


class _Source(NamedTuple):
    """Where one package comes from, as PEP 751 has it."""

    table: str  #: wheels, sdist, archive, vcs, directory; empty where it cannot be told
    values: Mapping[str, Value] = {}
    why: str = ""


def pylock(facts: Facts, archives: Archives, folder: Path, root: str = "", remotes: Mapping[str, str] = {}) -> Lockfile:
    """The lock of what pip owns, for a file in folder; root is the project's own folder, as facts show it."""
    refused: list[tuple[str, str]] = []
    left_out: list[str] = []
    lines = list(_head(facts))
    for dist in of_pip(facts):
        if dist.key == "pip":
            continue
        if (one := editable(dist, root, remotes)) is not None:
            left_out.append(f"{dist.name} {dist.version}: {one.why}")
            lines.append(f"# left out: {dist.name} {dist.version}: {one.why}")
            continue
        source = _source(dist, archives.get(dist.key, ()), folder)
        if not source.table:
            refused.append((f"{dist.name} {dist.version}", source.why))
        else:
            lines += _package(dist, source)
    return Lockfile("".join(f"{clean(line)}\n" for line in lines), tuple(refused), tuple(left_out))


def _head(facts: Facts) -> Iterator[str]:
    identity = facts.identity
    yield f"# packages of {file_name(facts)}" + (f", {day(facts)}" if day(facts) else "")
    yield 'lock-version = "1.0"'
    told = [f"{name} == '{value}'" for name in _MARKERS if _is_plain(value := identity.markers.get(name, ""))]
    if told:
        yield f"environments = [{_text(' and '.join(told))}]"
    if identity.python_minor:
        yield f'requires-python = "=={identity.python_minor}.*"'
    yield 'created-by = "envdoctor"'
    if all(dist.key == "pip" for dist in of_pip(facts)):
        yield "packages = []"


def _package(dist: Distribution, source: _Source) -> Iterator[str]:
    yield ""
    yield "[[packages]]"
    yield f"name = {_text(dist.key)}"
    if source.table != "directory":
        yield f"version = {_text(dist.version)}"
    inline = ", ".join(f"{key} = {_value(value)}" for key, value in source.values.items())
    if source.table == "wheels":
        yield f"wheels = [{{{inline}}}]"
    else:
        yield f"{source.table} = {{{inline}}}"


def _source(dist: Distribution, archives: tuple[Archive, ...], folder: Path) -> _Source:
    if not is_release(dist):
        return _Source("", why="its metadata holds no version that could be asked for")
    origin = dist.direct_url
    if origin is not None and origin.vcs:
        url = address(origin.url)
        if not url or not origin.commit or not can_be_told(origin):
            why = "holds a password or token" if REDACTED in origin.url else "or commit cannot be told"
            return _Source("", why=f"its repository's address {why}")
        values: dict[str, Value] = {"type": origin.vcs, "url": url, "commit-id": origin.commit}
        return _Source("vcs", values | ({"subdirectory": origin.subdirectory} if origin.subdirectory else {}))
    archive = installed(archives, dist)
    if archive is None:
        if origin is None:
            known = "its hashes are known, and no address of a file" if archives else "nobody tells its file and hash"
            return _Source("", why=known)
        where = "holds a password or token" if REDACTED in origin.url else "leads to no archive with a hash"
        return _Source("", why=f"the address that it came from {where}")
    place = {"url": archive.url} if archive.url else {}
    if archive.path and not archive.url.startswith("http"):
        beside = shown_beside(archive.path, folder)
        place = {"path": beside} if beside else place
    if not place:
        why = (
            "its file lies neither beside nor below the lock" if archive.path else f"{archive.told_by} tells no address"
        )
        return _Source("", why=why)
    values = {"name": archive.name} if origin is None else {}
    values |= place
    values |= {"size": archive.size} if archive.size else {}
    values["hashes"] = {"sha256": archive.digest}
    if origin is not None:
        values |= {"subdirectory": origin.subdirectory} if origin.subdirectory and can_be_told(origin) else {}
        return _Source("archive", values)
    return _Source("wheels" if archive.is_wheel else "sdist", values)


def _is_plain(text: str) -> bool:
    return bool(text) and all(char.isalnum() or char in "._-" for char in text)


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _text(value)
    return f"{{{', '.join(f'{key} = {_text(text)}' for key, text in value.items())}}}"


def _text(text: str) -> str:
    """A text as TOML holds it, which for clean texts is as JSON does."""
    return json.dumps(text, ensure_ascii=False)
