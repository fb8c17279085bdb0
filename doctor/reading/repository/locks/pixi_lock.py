"""Reads pixi.lock, versions 1 to 7: which packages each environment holds on each platform.

A package stands once in the file, and environments name it by its address. One that an environment set holds on all
platforms of the file is told once, without a platform.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from doctor.facts.locks import Lock, Locked
from doctor.reading.files import Unfit
from doctor.reading.repository.locks import listed, plain_yaml, told

_LAST_VERSION = 7
_PACKAGES = re.compile(r"^packages:(?: \[\])?\n", re.MULTILINE)
_VERSION = re.compile(r"^version: (\d{1,3})$", re.MULTILINE)
_KINDS = ("conda", "pypi", "conda_source")
#: where each environment needs a package: address -> platform -> environments
Uses = dict[str, dict[str, list[str]]]


def read(project: Path, path: str, text: str) -> Lock:
    """Read one. Raises Unfit."""
    version = _VERSION.search(text, 0, 2_000)
    if version is None:
        raise Unfit("says no version, so it is no pixi.lock or no whole one")
    number = int(version[1])
    if number > _LAST_VERSION:
        raise Unfit(f"has version {number} of its format; {_LAST_VERSION} is the newest that is known", 1)
    if number < 4:
        from doctor.reading.repository.locks import conda_lock

        return conda_lock.read_as(project, path, text, "pixi.lock")
    lock = _plain(path, text) or _whole(path, text)
    return lock._replace(written_by=f"pixi (format {number})", stale=listed.pixi(project, path, lock, text))


def _plain(path: str, text: str) -> Lock | None:
    """Read by lines; None where it is not as pixi writes it."""
    text = text.replace("\r\n", "\n")
    split = _PACKAGES.search(text)
    if split is None or "\r" in text:
        return None
    entries = plain_yaml.items(text, split.end()) if split.end() < len(text) else iter(())
    if entries is None:
        return None
    environments = text.find("\nenvironments:\n")
    uses, names, platforms = (
        _environments(text[environments + 15 : split.start()]) if environments >= 0 else ({}, [], [])
    )
    if environments < 0 or uses is None:
        return None
    found = ((item.line, item.fields) for item in entries)
    return _lock(path, found, uses, names, platforms)


def _environments(text: str) -> tuple[Uses | None, list[str], list[str]]:
    """Who uses what; None where a line is of another shape."""
    uses: Uses = {}
    names: list[str] = []
    platforms: list[str] = []
    environment, platform, key = "", "", ""
    for line in text.split("\n"):
        stripped = line.lstrip(" ")
        depth = len(line) - len(stripped)
        if depth == 6 and stripped.startswith("- ") and platform:
            kind, colon, address = stripped[2:].partition(": ")
            if not colon or kind not in _KINDS or not _is_value(address):
                return None, [], []
            users = uses.setdefault(plain_yaml.unquoted(address), {}).setdefault(platform, [])
            if environment not in users:
                users.append(environment)
        elif not stripped:
            continue
        elif depth == 2 and stripped.endswith(":"):
            environment, platform, key = plain_yaml.unquoted(stripped[:-1]), "", ""
            names.append(environment)
        elif depth == 4 and not stripped.startswith("- "):
            key, platform = stripped.partition(":")[0], ""
        elif depth == 6 and key == "packages" and stripped.rstrip(" []{}").endswith(":"):
            platform = plain_yaml.unquoted(stripped.rstrip(" []{}")[:-1])
            platforms.append(platform)
        elif key == "packages" and (depth != 8 or stripped.partition(": ")[1]):  # eight spaces: extras of a package
            return None, [], []
    return uses, names, platforms


_VALUE = re.compile(plain_yaml.VALUE)


def _is_value(text: str) -> bool:
    return _VALUE.fullmatch(text) is not None


def _whole(path: str, text: str) -> Lock:
    """Read by PyYAML."""
    root = plain_yaml.whole(text)
    uses: Uses = {}
    names: list[str] = []
    platforms: list[str] = []
    for environment, content in told.mapping(root, "environments").items():
        names.append(environment)
        for platform, members in told.mapping(content, "packages").items():
            platforms.append(platform)
            for member in members if isinstance(members, list) else ():
                address = (
                    next((member[kind] for kind in _KINDS if kind in member), "") if isinstance(member, dict) else ""
                )
                if isinstance(address, str) and address:
                    users = uses.setdefault(address, {}).setdefault(platform, [])
                    if environment not in users:
                        users.append(environment)
    entries = [entry for entry in told.listing(root, "packages") if isinstance(entry, dict)]
    return _lock(path, ((entry.get("", 0), entry) for entry in entries), uses, names, platforms)


def _lock(
    path: str,
    entries: Iterable[tuple[int, Mapping[str, Any]]],
    uses: Uses,
    names: list[str],
    platforms: list[str],
) -> Lock:
    every = tuple(sorted({platform for platform in platforms if told.platform(platform)}))
    found: list[Locked] = []
    for line, fields in entries:
        package, address = _package(line, fields)
        if package is not None:
            found += _placed(package, uses.get(address, {}), every)
    return Lock(path, "pixi.lock", told.in_order(found), _python(found), every, told.groups(names), content_hash="")


def _package(line: int, fields: Mapping[str, Any]) -> tuple[Locked | None, str]:
    """One package without its uses, and the address that environments name it by."""
    kind = fields.get("kind") or next((key for key in _KINDS if key in fields), "")
    address = fields.get(kind) or fields.get("url") or fields.get("path") or ""
    if not isinstance(address, str):
        return None, ""
    digest = told.digest(fields.get("sha256")) or told.digest(fields.get("md5"), "md5")
    if kind == "pypi":
        return _pypi(line, fields, address, digest), address
    if kind == "conda_source":
        title = address.partition("[")[0]
        name, where = told.conda_name(fields.get("name") or title), told.address(address.partition(" @ ")[2])
        return _source(line, fields, name, where), address
    file = told.conda_file(address)
    if file is None:
        return _source(line, fields, told.conda_name(fields.get("name")), told.address(address)), address
    locked = Locked(
        told.conda_name(fields.get("name")) or file.name,
        told.text(fields.get("version"), 100) or file.version,
        "conda",
        line,
        told.text(fields.get("build"), 200) or file.build,
        file.channel,
        url=file.url,
        digest=digest,
        hashes=1 if digest else 0,
    )
    return locked, address


def _source(line: int, fields: Mapping[str, Any], name: str, where: str) -> Locked | None:
    """A conda package that is built from a folder or a repository."""
    if not name:
        return None
    kind = "vcs" if where.startswith("git+") else "path"
    return Locked(name, told.text(fields.get("version"), 100), "conda", line, url=where, source=kind)  # type: ignore[arg-type]


def _pypi(line: int, fields: Mapping[str, Any], address: str, digest: str) -> Locked | None:
    by_name, by_version = told.by_file(address)
    name, version = told.name(fields.get("name")) or by_name, told.version(fields.get("version")) or by_version
    if not name:
        return None
    base = Locked(name, version, "pip", line, digest=digest, hashes=1 if digest else 0)
    if address.startswith("git+"):
        return base._replace(source="vcs", url=told.address(address), commit=told.commit(address.rpartition("#")[2]))
    if "://" not in address or address.startswith("file:"):
        kind = "editable" if fields.get("editable") == "true" else "path"
        return base._replace(source=kind, url=told.address(address))  # type: ignore[arg-type]
    files = told.files([(address, fields.get("sha256"))])
    return base._replace(wheels=files.wheels, sdist=files.sdist)


def _placed(package: Locked, users: Mapping[str, list[str]], every: tuple[str, ...]) -> list[Locked]:
    """The package once for each platform, or once for all where the same environments hold it on all."""
    known = {platform: told.groups(names) for platform, names in users.items() if told.platform(platform)}
    if not known:
        return []
    sets = set(known.values())
    if len(sets) == 1 and len(known) == len(every):
        return [package._replace(groups=sets.pop(), platform="" if len(every) > 1 else every[0])]
    return [package._replace(platform=platform, groups=names) for platform, names in known.items()]


def _python(packages: list[Locked]) -> str:
    """The Python that all of them share, as a specifier; empty where environments differ."""
    versions = {locked.version for locked in packages if locked.name == "python" and locked.manager == "conda"}
    return f"=={versions.pop()}" if len(versions) == 1 else ""
