"""Parses what installers write about a distribution: METADATA, PKG-INFO, WHEEL, requires.txt, direct_url.json.

Bytes in, clean data out; no file is opened here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from doctor.facts.distributions import DirectUrl
from doctor.reading.clean import clean, decode
from doctor.reading.redact import redact

NAME_LIMIT = 200
SUMMARY_LIMIT = 300


class Header(NamedTuple):
    """What the header block of METADATA or PKG-INFO says."""

    name: str = ""
    version: str = ""
    summary: str = ""
    requires: tuple[str, ...] = ()
    requires_python: str = ""


#: by the field's name in lower case; the rest of the block is of no interest
_WANTED = {"name", "version", "summary", "requires-dist", "requires-python"}
_BEGINNINGS = frozenset("nvsrNVSR \t")


def parse_header(data: bytes) -> Header:
    """Parse the header block: up to the first empty line, folded lines joined, a field's first value counts."""
    requires: list[str] = []
    first: dict[str, str] = {}
    field = ""
    for line in decode(_block(data)).split("\n"):
        beginning = line[:1]
        if beginning not in _BEGINNINGS:
            field = ""
        elif beginning in " \t":
            if field == "requires-dist":
                requires[-1] += " " + line.strip()
            elif field:
                first[field] += " " + line.strip()
        else:
            key, _, value = line.partition(":")
            field = key.lower()
            if field == "requires-dist":
                requires.append(value.strip())
            elif field in _WANTED and field not in first:
                first[field] = value.strip()
            else:
                field = ""
    return Header(
        clean(first.get("name", ""), NAME_LIMIT),
        clean(first.get("version", ""), NAME_LIMIT),
        clean(first.get("summary", ""), SUMMARY_LIMIT),
        tuple([_requirement(text) for text in requires]),
        clean(first.get("requires-python", ""), NAME_LIMIT),
    )


def _block(data: bytes) -> bytes:
    data = data.removeprefix(b"\xef\xbb\xbf")
    end = data.find(b"\n\n")
    if b"\r\n" in data[: 1000 if end == -1 else min(end, 1000)]:
        windows = data.find(b"\n\r\n")
        end = windows if end == -1 else min(end, windows) if windows != -1 else end
    return data if end == -1 else data[:end]


def _requirement(text: str) -> str:
    return redact(clean(text)) if "://" in text else clean(text)


class Wheel(NamedTuple):
    """What WHEEL says of the wheel that was installed."""

    tags: tuple[str, ...] = ()
    pure: bool | None = None


def parse_wheel(data: bytes) -> Wheel:
    """Parse WHEEL: its tags, and whether the wheel calls itself pure."""
    tags: list[str] = []
    pure: bool | None = None
    for line in decode(data).splitlines():
        key, _, value = line.partition(":")
        if key == "Tag":
            tags.append(clean(value.strip(), NAME_LIMIT))
        elif key == "Root-Is-Purelib":
            pure = {"true": True, "false": False}.get(value.strip().lower())
    return Wheel(tuple(tags), pure)


def parse_requires_txt(data: bytes) -> Iterator[str]:
    """Turn requires.txt of an egg-info into Requires-Dist lines: its sections become markers."""
    extra, marker = "", ""
    for raw in decode(data).splitlines():
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            extra, _, marker = line[1:-1].partition(":")
            continue
        asked = f'extra == "{extra.strip()}"' if extra else ""
        condition = f"({marker}) and {asked}" if marker and asked else marker or asked
        gap = " " if "://" in line else ""  # a URL would swallow the semicolon
        yield _requirement(f"{line}{gap}; {condition}" if condition else line)


def name_and_version(folder: str) -> tuple[str, str]:
    """Tell name and version from the name of a metadata folder or file; the version may be empty."""
    stem, _, suffix = folder.rpartition(".")
    if suffix == "dist-info":
        name, _, version = stem.rpartition("-")
        return (clean(name, NAME_LIMIT), clean(version, NAME_LIMIT)) if name else (clean(stem, NAME_LIMIT), "")
    if suffix == "egg-link":
        return clean(stem, NAME_LIMIT), ""
    name, _, rest = stem.partition("-")  # eggs: name-version-py3.11-platform
    return clean(name, NAME_LIMIT), clean(rest.partition("-")[0], NAME_LIMIT)


_RUNS = re.compile(r"[-_.]+")


def normalise(name: str) -> str:
    """Normalise a distribution's name (PEP 503)."""
    return _RUNS.sub("-", name).lower()


#: a user that is no secret: git over ssh, and PEP 610's variables in place of name and password
_HARMLESS_USER = re.compile(r"://(?:git|\$\{[\w-]+\}(?::\$\{[\w-]+\})?)@")

#: where conda's build machines unpack sources; nobody installs from there by hand
_BUILD_FOLDERS = (
    r"(?i)file:/+(?:[a-z]:/(?:bld|(?:b|ci|ci_\d+)/(?:abs_\w+/)?croot)/|croot/|home/conda/feedstock_root/|feedstock_root/"
    r"|home/task_\d|home/builder/|[^?#]*/conda-bld/|Users/builder/|Users/ktietz/|Users/runner/miniforge3/|opt/concourse/)"
)


class ParsedUrl(NamedTuple):
    """PEP 610's answer as it may be shown, and the local folder that it names."""

    shown: DirectUrl  #: target_exists is left True: only the file system knows
    folder: str = ""  #: as the file system has it, unredacted; empty where it names none on this machine


def parse_direct_url(data: bytes, installer: str) -> ParsedUrl | None:
    """Parse direct_url.json; None where it is no such thing, or names a folder of conda's build machine."""
    try:
        body = json.loads(decode(data))
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict) or not isinstance(body.get("url"), str):
        return None
    info = body.get("dir_info")
    editable = isinstance(info, dict) and info.get("editable") is True
    url, fragment = _without_fragment(body["url"])
    if not editable and (installer == "conda" or re.match(_BUILD_FOLDERS, url)):
        return None
    source = body.get("vcs_info")
    source = source if isinstance(source, dict) else {}
    archive = body.get("archive_info")
    archive = archive if isinstance(archive, dict) else {}
    shown = DirectUrl(
        redact(clean(_HARMLESS_USER.sub("://", url), 2000)),
        editable,
        _text(source.get("vcs")),
        _text(source.get("commit_id")),
        digest=_digest(archive) or fragment.get("digest", ""),
        subdirectory=_text(body.get("subdirectory")) or fragment.get("subdirectory", ""),
    )
    return ParsedUrl(shown, _local_folder(url) if isinstance(info, dict) else "")


#: what a digest is told with, the one that is preferred first; weaker ones prove nothing
_DIGEST = re.compile(r"(sha256=[0-9a-f]{64}|sha384=[0-9a-f]{96}|sha512=[0-9a-f]{128})", re.IGNORECASE)


def _without_fragment(url: str) -> tuple[str, dict[str, str]]:
    """An address without what its end tells of the archive, and that: uv leaves it in the address."""
    plain, _, end = url.partition("#")
    told, rest = {}, []
    for part in end.split("&"):
        if _DIGEST.fullmatch(part):
            told["digest"] = part.lower()
        elif part.startswith("subdirectory="):
            told["subdirectory"] = _text(part.partition("=")[2])
        elif not part.startswith("egg="):
            rest.append(part)
    return f"{plain}#{'&'.join(rest)}" if any(rest) else plain, told


def _digest(archive: Mapping[str, Any]) -> str:
    """The digest of archive_info, in its present form or its first one."""
    hashes = archive.get("hashes")
    listed = [f"{name}={value}" for name, value in sorted(hashes.items())] if isinstance(hashes, dict) else []
    usable = [text.lower() for text in (*listed, str(archive.get("hash", ""))) if _DIGEST.fullmatch(text)]
    return usable[0] if usable else ""


def _local_folder(url: str) -> str:
    """The folder of a file: URL; empty where it names another machine."""
    if not url.lower().startswith(("file:///", "file://localhost/")):
        return ""
    path = "/" + url[7:].partition("/")[2]
    if "%" in path:
        from urllib.parse import unquote

        path = unquote(path)
    return path[1:] if path[2:3] == ":" else path  # /C:/sources


def _text(value: object) -> str:
    return clean(value, NAME_LIMIT) if isinstance(value, str) else ""
