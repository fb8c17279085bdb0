"""Finds the very files that distributions were installed from: in a folder of wheels, and in pip's cache.

A wheel is taken for the one that was installed only when the list of files in it, with their hashes, is the list
that its installer left in the environment. Such files are as hostile as the environment itself.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO

from doctor.facts import Distribution, Facts
from doctor.fix.export.archives import Archive, same_version
from doctor.judgement.requirements import normalise
from doctor.reading.clean import decode, is_clean

#: files of one folder of wheels, and of pip's cache, that are looked at
_WHEELS, _BODIES = 5_000, 20_000
#: seconds for pip's cache as a whole; what is not found by then is unknown
_SECONDS = 20.0
_ENTRIES, _RECORD_LIMIT, _LARGEST = 200_000, 32 * 1024 * 1024, 16 * 1024**3

_INFO = re.compile(r"(?P<name>[^/-]+)-(?P<version>[^/]+)\.dist-info/RECORD")
_SOURCE = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)-(?P<version>[^-]+)\.(?:tar\.gz|zip|tar\.bz2|tgz)", re.ASCII)


def of_folder(folder: Path, facts: Facts) -> dict[str, list[Archive]]:
    """The wheels and source archives of a folder that installed distributions came from, or could have. Raises OSError.

    A wheel whose files are others than the installed ones is left out, whatever its name says.
    """
    found: dict[str, list[Archive]] = {}
    by_key = _by_key(facts)
    with os.scandir(folder) as entries:
        names = sorted(entry.name for _, entry in zip(range(_WHEELS), entries, strict=False))
    for name in names:
        path = folder / name
        if not is_clean(name):
            continue
        if name.endswith(".whl"):
            for dist, archive in _matching(path, by_key, name, "the folder of wheels"):
                found.setdefault(dist.key, []).append(archive)
        elif (source := _SOURCE.fullmatch(name)) and normalise(source["name"]) in by_key:
            dist = by_key[normalise(source["name"])]
            digest, size = _digest(path) if same_version(source["version"], dist.version) else ("", 0)
            if digest:
                archive = Archive(digest, name, path=str(path), size=size, told_by="the folder of wheels")
                found.setdefault(dist.key, []).append(archive)
    return found


def of_pip_cache(folder: Path, facts: Facts, missing: Iterable[str]) -> dict[str, list[Archive]]:
    """What pip has fetched and kept, for the distributions that are named by their keys."""
    wanted = {key: dist for key, dist in _by_key(facts).items() if key in set(missing)}
    found: dict[str, list[Archive]] = {}
    end = time.monotonic() + _SECONDS
    for path in _bodies(folder / "http-v2"):
        if not wanted or time.monotonic() > end:
            break
        for dist, archive in _matching(path, wanted, "", "pip's cache"):
            found.setdefault(dist.key, []).append(archive._replace(path=""))
            wanted.pop(dist.key, None)
    return found


def of_places(facts: Facts, real: Mapping[str, str]) -> dict[str, list[Archive]]:
    """The archives at the addresses of this machine that distributions were installed from, hashed where unknown.

    real: file: address as facts show it -> path of this machine.
    """
    found: dict[str, list[Archive]] = {}
    for dist in facts.distributions.installed:
        source = dist.direct_url
        if source is None or source.editable or source.vcs or source.url not in real:
            continue
        path = Path(real[source.url])
        if path.name.endswith(".whl"):
            told = [archive for _, archive in _matching(path, {dist.key: dist}, path.name, "the file it came from")]
            found.setdefault(dist.key, []).extend(told)
    return found


def _by_key(facts: Facts) -> dict[str, Distribution]:
    """The distributions that have a list of their files, by key; of several copies the newest."""
    dists = sorted(facts.distributions.installed, key=lambda dist: dist.modified)
    return {dist.key: dist for dist in dists if dist.paths and any(dist.digests)}


def _bodies(folder: Path) -> Iterator[Path]:
    """The bodies of pip's cache: five folders deep, by the first letters of their names."""
    seen = 0
    for where, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            seen += 1
            if seen > _BODIES:
                return
            if name.endswith(".body"):
                yield Path(where, name)


def _matching(
    path: Path, wanted: Mapping[str, Distribution], name: str, told_by: str
) -> Iterator[tuple[Distribution, Archive]]:
    """The distribution that a wheel was installed as, if it is one of the wanted; nothing for anything else."""
    opened = _open(path)
    if opened is None:
        return
    with opened:
        dist, given = _installed_from(opened, wanted)
        if dist is None:
            return
        digest, size = _sum(opened)
    yield dist, Archive(digest, name or given, path=str(path), size=size, told_by=told_by, proven=True)


def _installed_from(opened: IO[bytes], wanted: Mapping[str, Distribution]) -> tuple[Distribution | None, str]:
    """The distribution whose files are those of this wheel, and the name that such a wheel has."""
    try:
        with zipfile.ZipFile(opened) as archive:
            members = archive.infolist()[:_ENTRIES]
            lists = [(member, found) for member in members if (found := _INFO.fullmatch(member.filename))]
            if len(lists) != 1 or lists[0][0].file_size > _RECORD_LIMIT:
                return None, ""
            member, found = lists[0]
            dist = wanted.get(normalise(found["name"]))
            if dist is None or not same_version(found["version"], dist.version):
                return None, ""
            with archive.open(member) as record:
                rows = decode(record.read(_RECORD_LIMIT))
    except (OSError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile, EOFError, MemoryError):
        return None, ""
    except Exception as error:  # zlib.error, lzma's and others', which a hostile archive may bring about
        if type(error).__module__ in ("zlib", "_lzma", "lzma", "struct", "_struct"):
            return None, ""
        raise
    tags = _file_tags(dist)
    given = f"{found['name']}-{found['version']}-{tags}.whl" if tags else ""
    return (dist, given) if _same_files(rows, dist) else (None, "")


def _same_files(rows: str, dist: Distribution) -> bool:
    """Whether every file that a wheel lists was installed with the same hash, apart from what installers rewrite."""
    there = {
        path: digest.partition(",")[0] for path, digest in zip(dist.paths or (), dist.digests, strict=False) if digest
    }
    compared = 0
    for line in rows.splitlines():
        path, _, rest = line.partition(",")
        if line.startswith('"'):
            path, _, rest = line[1:].partition('",')
            path = path.replace('""', '"')
        digest = rest.partition(",")[0]
        if not digest or ".data/" in path or path.endswith((".dist-info/RECORD", ".dist-info/INSTALLER")):
            continue
        if there.get(f"{dist.site}/{path}") != digest:
            return False
        compared += 1
    return compared > 0


def _file_tags(dist: Distribution) -> str:
    """The tags of a wheel as its name holds them; empty where its own list cannot be told so."""
    parts = [tag.split("-") for tag in dist.tags]
    if not parts or any(len(part) != 3 for part in parts):
        return ""
    columns = [".".join(dict.fromkeys(column)) for column in zip(*parts, strict=True)]
    product = 1
    for column in columns:
        product *= column.count(".") + 1
    return "-".join(columns) if product == len(set(dist.tags)) else ""


def _open(path: Path) -> IO[bytes] | None:
    """Open a regular file that looks like a zip archive; None for anything else."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode) and status.st_size <= _LARGEST and os.read(descriptor, 4) == b"PK\x03\x04":
            os.lseek(descriptor, 0, os.SEEK_SET)
            return os.fdopen(descriptor, "rb")
    except OSError:
        pass
    os.close(descriptor)
    return None


def _sum(opened: IO[bytes]) -> tuple[str, int]:
    opened.seek(0)
    digest = hashlib.sha256()
    size = 0
    while part := opened.read(1024 * 1024):
        digest.update(part)
        size += len(part)
    return digest.hexdigest(), size


def _digest(path: Path) -> tuple[str, int]:
    """The sha256 and the size of a regular file; nothing where it cannot be read."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
        with os.fdopen(descriptor, "rb") as opened:
            status = os.fstat(opened.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
                return "", 0
            return _sum(opened)
    except OSError:
        return "", 0
