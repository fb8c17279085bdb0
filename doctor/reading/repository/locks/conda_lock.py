"""Reads conda-lock.yml of version 1, and the first three formats of pixi.lock, which are shaped alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from doctor.facts.locks import Lock, Locked, LockKind
from doctor.reading.files import Unfit
from doctor.reading.repository.locks import listed, plain_yaml, told

_PACKAGES = re.compile(r"^package:(?: \[\])?\n", re.MULTILINE)
_HEAD_LIMIT = 200_000
_LAST_VERSION = 1
_SOURCES = 10


def read(project: Path, path: str, text: str) -> Lock:
    """Read one. Raises Unfit."""
    return read_as(project, path, text, "conda-lock")


def read_as(project: Path, path: str, text: str, kind: LockKind) -> Lock:
    """Read one of a kind. Raises Unfit."""
    text = text.replace("\r\n", "\n")
    split = _PACKAGES.search(text)
    entries = plain_yaml.items(text, split.end()) if split and split.end() < len(text) else None
    if split is None or entries is None or split.start() > _HEAD_LIMIT:
        root = plain_yaml.whole(text)
        if not isinstance(root, dict) or not isinstance(root.get("package"), list):
            raise Unfit("holds no list of packages")
        members = [entry for entry in root["package"] if isinstance(entry, dict)]
        packages = _merged(_package(entry.get("", 0), entry, told.mapping(entry, "hash")) for entry in members)
    else:
        root = plain_yaml.whole(text[: split.start()])
        indent = 2 if text.startswith("  ", split.end()) else 0
        packages = _merged(
            _package(item.line, item.fields, plain_yaml.nested(item, "hash", indent)) for item in entries
        )
    return _lock(project, path, kind, root, packages)


def _lock(project: Path, path: str, kind: LockKind, root: Any, packages: tuple[Locked, ...]) -> Lock:
    number = told.text(root.get("version"), 20) if isinstance(root, dict) else ""
    if kind == "conda-lock" and number not in ("", str(_LAST_VERSION)):
        raise Unfit(f"has version {number} of its format; {_LAST_VERSION} is the newest that is known")
    metadata = told.mapping(root, "metadata")
    platforms = {told.platform(platform) for platform in told.listing(metadata, "platforms")}
    platforms |= {locked.platform for locked in packages}
    hashes = told.mapping(metadata, "content_hash")
    digests = (f"{told.platform(where)}:{told.digest(value)}" for where, value in hashes.items() if told.digest(value))
    pythons = {locked.version for locked in packages if locked.name == "python" and locked.manager == "conda"}
    groups = dict.fromkeys(group for locked in packages for group in locked.groups)
    lock = Lock(
        path,
        kind,
        packages,
        f"=={pythons.pop()}" if len(pythons) == 1 else "",
        tuple(sorted(platforms - {""})),
        tuple(groups),
        "conda-lock" if kind == "conda-lock" else f"pixi (format {number})",
        " ".join(sorted(digests)[:20]),
    )
    if kind != "conda-lock":
        return lock
    sources = [source for source in told.listing(metadata, "sources") if isinstance(source, str)]
    inside = (listed.inside_of(path, source) for source in sources[:_SOURCES])
    return lock._replace(
        stale=listed.conda_lock(project, path, lock, sources), sources=tuple(source for source in inside if source)
    )


def _package(line: int, fields: Mapping[str, Any], hashes: Mapping[str, Any]) -> Locked | None:
    is_pip = fields.get("manager") == "pip"
    name = told.name(fields.get("name")) if is_pip else told.conda_name(fields.get("name"))
    if not name:
        return None
    category = told.group(fields.get("category"))
    digest = told.digest(hashes.get("sha256")) or told.digest(hashes.get("md5"), "md5")
    base = Locked(
        name,
        told.text(fields.get("version"), 100),
        "pip" if is_pip else "conda",
        line,
        platform=told.platform(fields.get("platform")),
        groups=() if category in ("", "main") else (category,),
        digest=digest,
        hashes=1 if digest else 0,
    )
    address = fields.get("url")
    if is_pip:
        files = told.files([(address, "")])
        if isinstance(address, str) and address.startswith("git+"):
            return base._replace(source="vcs", url=told.address(address), commit=told.commit(hashes.get("sha256")))
        return base._replace(wheels=files.wheels, sdist=files.sdist)
    file = told.conda_file(address)
    if file is None:
        return base._replace(url=told.address(address))
    return base._replace(build=told.text(fields.get("build"), 200) or file.build, channel=file.channel, url=file.url)


def _merged(packages: Iterable[Locked | None]) -> tuple[Locked, ...]:
    """Packages that stand once for each category told once, with all their categories."""
    found: dict[tuple[str, str, str, str, str], Locked] = {}
    for package in packages:
        if package is None:
            continue
        key = (package.manager, package.name, package.version, package.platform, package.url)
        before = found.get(key)
        if before is None:
            found[key] = package
        elif before.groups and package.groups:
            found[key] = before._replace(groups=tuple(dict.fromkeys(before.groups + package.groups)))
        else:
            found[key] = before._replace(groups=())
    return tuple(found.values())
