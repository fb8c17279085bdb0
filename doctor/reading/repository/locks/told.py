"""What locks say, made fit for facts: names, versions, markers, addresses, file names; cleaned, redacted, bounded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from doctor.facts.locks import Locked
from doctor.reading.clean import clean
from doctor.reading.conda.channel_names import canonical_channel
from doctor.reading.redact import redact

_WHEEL_LIMIT = 100
_GROUP_LIMIT = 100
_TEXT = 500
#: uv writes markers of 3,000 characters where groups exclude each other
_MARKER = 8_000

#: a marker that holds nowhere
NEVER = "python_version < '0'"

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,198}[A-Za-z0-9])?")
_CONDA_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,99}")
_GROUP = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._ -]{0,99}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,250}")
_DIGEST = re.compile(r"[0-9a-f]{32,128}")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_HARMLESS = re.compile(r"[A-Za-z0-9._+!-]*")
_RUNS = re.compile(r"[-_.]+")
_PACKAGE_FILE = re.compile(
    r"(?P<name>[A-Za-z0-9_][A-Za-z0-9._-]*)-(?P<version>[^-/]+)-(?P<build>[^-/]+?)\.(?:conda|tar\.bz2)"
)
_ENDINGS = (".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz")
_PLATFORM = re.compile(r"(?:noarch|(?:linux|osx|win|emscripten|wasi|freebsd|zos)-[a-z0-9_]+)")


def text(value: object, limit: int = _TEXT) -> str:
    """A text as facts hold it; empty for what is none."""
    if not isinstance(value, str) or not value:
        return ""
    return value if len(value) <= limit and _HARMLESS.fullmatch(value) else redact(clean(value, limit))


def name(value: object) -> str:
    """A distribution's name, normalised; empty for what is none."""
    return _RUNS.sub("-", value).lower() if isinstance(value, str) and _NAME.fullmatch(value) else ""


def conda_name(value: object) -> str:
    """A conda package's name; empty for what is none."""
    return value.lower() if isinstance(value, str) and _CONDA_NAME.fullmatch(value) else ""


def version(value: object) -> str:
    """A version; empty for what is none."""
    return value if isinstance(value, str) and _VERSION.fullmatch(value) else ""


def group(value: object) -> str:
    """The name of a group, extra or environment; empty for what is none."""
    return value if isinstance(value, str) and _GROUP.fullmatch(value) else ""


def groups(values: object) -> tuple[str, ...]:
    """Names of groups in order, each once."""
    found = (group(value) for value in values) if isinstance(values, Iterable) and not isinstance(values, str) else ()
    return tuple(dict.fromkeys(value for value in found if value))[:_GROUP_LIMIT]


def platform(value: object) -> str:
    """A platform as conda names it; empty for what is none."""
    return value if isinstance(value, str) and _PLATFORM.fullmatch(value) else ""


def commit(value: object) -> str:
    """A commit's hash; empty for what is none."""
    return value if isinstance(value, str) and _COMMIT.fullmatch(value) else ""


def marker(value: object) -> str:
    """A marker of PEP 508; one that is too long to be kept never holds, so that nobody is told of it."""
    if not isinstance(value, str) or not value:
        return ""
    return _marker(value) if len(value) <= _MARKER else NEVER


@lru_cache(maxsize=2_048)
def _marker(value: str) -> str:
    return redact(clean(value))


def address(value: object) -> str:
    """An address or path that a package comes from, without the fragment that tools append."""
    return text(value.partition("#")[0], 1_000) if isinstance(value, str) else ""


def digest(value: object, kind: str = "sha256") -> str:
    """A hash as sha256=1f...; empty for what is none. A value may name its kind itself: sha256:1f..."""
    if not isinstance(value, str):
        return ""
    told, colon, rest = value.partition(":")
    kind, value = (told, rest) if colon else (kind, value)
    fits = kind in ("md5", "sha1", "sha256", "sha384", "sha512", "blake2b") and _DIGEST.fullmatch(value)
    return f"{kind}={value}" if fits else ""


class Files(NamedTuple):
    """What the files of one package come to."""

    wheels: tuple[str, ...] = ()
    sdist: bool = False
    hashes: int = 0
    digest: str = ""  #: where there is one file alone


def files(entries: Iterable[tuple[object, object]]) -> Files:
    """Sum up files given as (name or address, hash)."""
    wheels: list[str] = []
    sdist, hashes, count, last = False, 0, 0, ""
    for entry, value in entries:
        count += 1
        if value:
            hashes += 1
            last = value if isinstance(value, str) else ""
        file = _file_name(entry)
        if file.endswith(".whl"):
            if len(wheels) < _WHEEL_LIMIT:
                wheels.append(file)
        elif file.endswith(_ENDINGS):
            sdist = True
    return Files(tuple(wheels), sdist, hashes, digest(last) if count == 1 else "")


def _file_name(value: object) -> str:
    """The file that an address or path ends in; empty where it ends in none."""
    if not isinstance(value, str):
        return ""
    last = value.rpartition("/")[2]
    if "%" in last or "?" in last or "#" in last:
        last = re.split(r"[?#]", last, maxsplit=1)[0].replace("%2B", "+").replace("%2b", "+")
    return last if _FILE.fullmatch(last) else ""


def file_name(value: object) -> str:
    """The wheel or archive that an address or path ends in; empty where it ends in none."""
    found = _file_name(value)
    return found if found.endswith((".whl", *_ENDINGS)) else ""


@lru_cache(maxsize=512)
def _folder(url: str) -> tuple[str, str, str]:
    """Of the folder that a conda package lies in: the redacted address, the channel, the platform."""
    return text(url, 800), canonical_channel(text(url, 800)), platform(url.rpartition("/")[2])


class CondaFile(NamedTuple):
    """What the address of a conda package says."""

    url: str
    name: str
    version: str
    build: str
    channel: str
    platform: str  #: noarch or one; empty where it names none


def conda_file(value: object) -> CondaFile | None:
    """Read the address of a conda package; None where it is none."""
    if not isinstance(value, str) or len(value) > 1_000:
        return None
    folder, _, file = value.rpartition("/")
    found = _PACKAGE_FILE.fullmatch(file)
    if found is None or not _FILE.fullmatch(file.lstrip("_")):
        return None
    url, channel, where = _folder(folder)
    return CondaFile(f"{url}/{file}", found["name"].lower(), found["version"], found["build"], channel, where)


_SDIST = re.compile(r"(?P<name>.+)-(?P<version>\d[^-]*)")


def by_file(value: object) -> tuple[str, str]:
    """Name and version of the distribution whose file an address ends in; empty where it ends in none."""
    file = file_name(value)
    if file.endswith(".whl"):
        parts = file.split("-")
        return (name(parts[0]), version(parts[1])) if len(parts) in (5, 6) else ("", "")
    stem = next((file.removesuffix(ending) for ending in _ENDINGS if file.endswith(ending)), "")
    found = _SDIST.fullmatch(stem)
    return (name(found["name"]), version(found["version"])) if found else ("", "")


def mapping(value: object, key: str) -> Mapping[str, Any]:
    """A table in a table; empty where there is none."""
    inner = value.get(key) if isinstance(value, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}


def listing(value: object, key: str) -> list[Any]:
    """A list in a table; empty where there is none."""
    inner = value.get(key) if isinstance(value, Mapping) else None
    return inner if isinstance(inner, list) else []


def in_order(packages: Iterable[Locked]) -> tuple[Locked, ...]:
    """Packages by their place in the file, and what stands in one place by platform."""
    return tuple(sorted(packages, key=lambda locked: (locked.line, locked.name, locked.platform, locked.version)))
