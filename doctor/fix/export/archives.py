"""Which wheel or source archive an installed distribution came from, as far as somebody has written it down.

Each answer names its witness: the installer's own note, a lock of the project, a folder of wheels, pip's cache.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from doctor.facts import Distribution, Facts
from doctor.judgement.requirements import normalise
from doctor.reading.redact import REDACTED

#: of one distribution that are kept; the largest projects publish some 100 for one version
_MOST = 200

_SHA256 = re.compile(r"[0-9a-f]{64}")
_WHEEL = re.compile(
    r"(?P<name>[^-]+)-(?P<version>[^-]+)(?:-\d[^-]*)?-(?P<python>[^-]+)-(?P<abi>[^-]+)-(?P<on>[^-]+)\.whl"
)
_SOURCES = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz")
_ADDRESS = re.compile(r"(?:https?|file)://[^\s'\"<>\\`$#]+")


class Archive(NamedTuple):
    """One file that holds a distribution at the version that is installed."""

    digest: str  #: sha256, 64 hexadecimal digits
    name: str = ""  #: of the file; empty where only its hash is known
    url: str = ""  #: where it can be fetched; empty where nobody says
    path: str = ""  #: of a file of this machine, as the file system has it; empty where it came from elsewhere
    size: int = 0  #: bytes; 0 where unknown
    told_by: str = ""  #: uv.lock, the folder of wheels, pip's cache
    proven: bool = False  #: its contents were compared with what is installed

    @property
    def is_wheel(self) -> bool:
        """Whether it needs no building."""
        return self.name.endswith(".whl")


#: distribution's key -> its archives, the one that is installed first where that can be told
Archives = Mapping[str, tuple[Archive, ...]]


def usable(archives: Iterable[Archive], dist: Distribution) -> tuple[Archive, ...]:
    """Those that fit a distribution, best first: proven ones, then by the tags that its own wheel has.

    Where the installed wheel has a name that none of them has and no source is among them that it could have been
    built from, they are of something else: none.
    """
    found: dict[str, Archive] = {}
    for archive in list(archives)[:_MOST]:
        if _SHA256.fullmatch(archive.digest):
            known = found.get(archive.digest)
            found[archive.digest] = archive if known is None else _merged(known, archive)
    fitting = [archive for archive in found.values() if archive.proven or not archive.name or _of(archive.name, dist)]
    proven = [archive for archive in fitting if archive.proven]
    wheels = [archive for archive in fitting if archive.is_wheel]
    rank = {archive.digest: agreement(archive.name, dist) for archive in wheels}
    if not proven and wheels and not any(rank.values()) and all(archive.is_wheel for archive in fitting):
        return ()
    return tuple(
        sorted(fitting, key=lambda archive: _order(archive, rank, built=bool(wheels) and not any(rank.values())))
    )


def installed(archives: Iterable[Archive], dist: Distribution) -> Archive | None:
    """The one among usable archives that an installer would take here and get the same; None where it is unclear."""
    for archive in archives:
        if archive.proven or (archive.is_wheel and agreement(archive.name, dist)):
            return archive
        if archive.name and not archive.is_wheel:
            return archive
    return None


def agreement(name: str, dist: Distribution) -> int:
    """How well a wheel's name fits the tags of what is installed: 2 exactly, 1 in part, 0 not at all."""
    found = _WHEEL.fullmatch(name)
    if found is None:
        return 0
    if not dist.tags:
        return 1
    named = {
        f"{python}-{abi}-{platform}".lower()
        for python in found["python"].split(".")[:20]
        for abi in found["abi"].split(".")[:20]
        for platform in found["on"].split(".")[:20]
    }
    tags = {tag.lower() for tag in dist.tags}
    return 2 if tags == named else 1 if tags & named else 0


def file_name_of(url: str) -> str:
    """The last part of an address, decoded; empty where it is no name of an archive."""
    from urllib.parse import unquote

    name = unquote(url.partition("#")[0].partition("?")[0].rpartition("/")[2])
    fits = re.fullmatch(r"[A-Za-z0-9][\w.+!-]*", name, re.ASCII) and name.endswith((".whl", *_SOURCES))
    return name if fits else ""


def address(url: str) -> str:
    """An address as a file may hold it, without its end; empty for one with a secret, a home or strange characters."""
    plain = url.partition("#")[0]
    if REDACTED in plain or not _ADDRESS.fullmatch(plain) or plain.startswith("file://~") or "?" in plain:
        return ""
    return plain


def of_direct_urls(facts: Facts) -> dict[str, list[Archive]]:
    """What installers noted of archives that they were given the address of."""
    found: dict[str, list[Archive]] = {}
    for dist in facts.distributions.installed:
        source = dist.direct_url
        if source is None or source.vcs or source.editable or not source.digest.startswith("sha256="):
            continue
        archive = Archive(
            source.digest.removeprefix("sha256="),
            file_name_of(source.url),
            address(source.url),
            told_by="its installer",
            proven=True,
        )
        found.setdefault(dist.key, []).append(archive)
    return found


def of_known_locks(facts: Facts) -> dict[str, list[Archive]]:
    """What locks and requirements of the project say in facts: hashes of single files, and hashes without a name."""
    versions = {dist.key: dist.version for dist in facts.distributions.installed}
    found: dict[str, list[Archive]] = {}
    for lock in facts.locks.files:
        for package in lock.packages:
            key = normalise(package.name)
            if package.manager != "pip" or versions.get(key) != package.version:
                continue
            name = file_name_of(package.url) or (package.wheels[0] if len(package.wheels) == 1 else "")
            if package.digest.startswith("sha256="):
                digest = package.digest.removeprefix("sha256=").lower()
                found.setdefault(key, []).append(Archive(digest, name, address(package.url), told_by=lock.path))
    for file in facts.project.specifications:
        for asked in file.asked:
            key = normalise(asked.name)
            if asked.manager == "pip" and asked.specifier.replace(" ", "") == f"=={versions.get(key)}":
                digests = [text[7:].lower() for text in asked.hashes if text[:7].lower() in ("sha256:", "sha256=")]
                found.setdefault(key, []).extend(Archive(digest, told_by=file.path) for digest in digests)
    return found


def _of(name: str, dist: Distribution) -> bool:
    """Whether a file's name says that it is this distribution at this version."""
    wheel = _WHEEL.fullmatch(name)
    if wheel is not None:
        return normalise(wheel["name"]) == dist.key and same_version(wheel["version"], dist.version)
    stem = next((name[: -len(end)] for end in _SOURCES if name.endswith(end)), "")
    base, _, version = stem.rpartition("-")
    return normalise(base) == dist.key and same_version(version, dist.version)


def same_version(one: str, other: str) -> bool:
    """Whether two texts are one version: file names write 1.0+cu121 as 1.0_cu121 or 1.0%2Bcu121."""
    from packaging.version import InvalidVersion, Version

    if one == other:
        return True
    try:
        return Version(one.replace("_", "+", 1) if "+" not in one else one) == Version(other)
    except InvalidVersion:
        return False


def _merged(one: Archive, other: Archive) -> Archive:
    """What two witnesses say of one file; the first one's words count where both know."""
    best = other if other.proven and not one.proven else one
    return best._replace(
        name=best.name or one.name or other.name,
        url=one.url or other.url,
        path=one.path or other.path,
        size=one.size or other.size,
    )


def _order(archive: Archive, rank: Mapping[str, int], *, built: bool) -> tuple[int, int, str, str]:
    """Proven ones first; then wheels by their tags, or sources where it was built from one; then by name."""
    is_source = bool(archive.name) and not archive.is_wheel
    fits = 3 if built and is_source else rank.get(archive.digest, 0)
    return (-int(archive.proven), -fits, archive.name, archive.digest)
