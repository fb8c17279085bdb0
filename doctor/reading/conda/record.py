"""Reads one conda-meta/NAME-VERSION-BUILD.json, whoever wrote it: conda, mamba, rattler or pixi."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any, Literal, NamedTuple

from doctor.facts.conda import CondaRecord
from doctor.reading import files
from doctor.reading.clean import clean, decode, is_clean
from doctor.reading.conda.channel_names import canonical_channel
from doctor.reading.redact import redact, show

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
_VERSION = re.compile(r"""[^\s\[\]=,|<>/\\'"();:$&`*-][^\s\[\]=,|<>/\\'"();:$&`*]*""")
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]{32,64}")
_HARMLESS = re.compile(r"(?:https://[\w.-]+/[\w.+!~/-]*)?[^/@:]*")
_LINKS: dict[object, Literal["hard", "soft", "copy"]] = {1: "hard", 2: "soft", 3: "copy"}


class Layout(NamedTuple):
    """Where a noarch package's Python files go in this prefix, and what became of the prefix."""

    site: str = ""  #: lib/python3.11/site-packages
    scripts: str = "bin"
    moved: bool = False  #: unpacked elsewhere, so that files with the prefix in them differ from what was recorded


class Read(NamedTuple):
    """A record, and the paths in it that lead out of the prefix or cannot be shown."""

    record: CondaRecord
    refused: tuple[str, ...]
    folder: str  #: of the package cache, as written; may be anything
    listed: frozenset[str]  #: real paths with an entry of their own; empty where the entries were not read


def read_record(path: Path | str, *, within: Path, layout: Layout, checksums: bool) -> Read:
    """Read a record; with checksums its digests too, which takes four times as long. Raises Missing and Unfit."""
    body = _body(path, within, checksums)
    name, version = _required(body, "name", _NAME), _required(body, "version", _VERSION)
    build = _text(body, "build")
    if build and not _VERSION.fullmatch(build):
        raise files.Unfit("its build is no build string")
    if not isinstance(body.get("files", []), list):
        raise files.Unfit("its list of files is no list")
    entries = _entries(body)
    paths, refused = _inside(body.get("files") or [])
    if "\\" in "".join(paths[:1000]):
        paths = [item.replace("\\", "/") for item in paths]
    noarch = _noarch(body)
    digests = _digests(entries, noarch, _layout(paths, layout)) if entries else {}
    if not paths and digests:
        paths, refused = _inside(list(digests))
    folder = _text(body, "extracted_package_dir") or _text(_object(body, "link"), "source")
    record = CondaRecord(
        name,
        version,
        build,
        build_number=_number(body, "build_number"),
        channel=_channel(body),
        subdir=_text(body, "subdir"),
        url=_redacted(_text(body, "url")),
        fn=_text(body, "fn"),
        md5=_checksum(body, "md5"),
        sha256=_checksum(body, "sha256"),
        size=_number(body, "size"),
        depends=_texts(body, "depends"),
        constrains=_texts(body, "constrains"),
        noarch=noarch,
        requested=_requested(body),
        files=tuple(paths),
        digests=tuple(digests.get(path, "") for path in paths) if checksums else (),
        link=_LINKS.get(_object(body, "link").get("type"), ""),
        extracted=_shown(folder),
        timestamp=_timestamp(body),
    )
    return Read(record, refused, folder, frozenset(digests))


def paths_of_cache(folder: Path, record: CondaRecord, layout: Layout) -> frozenset[str]:
    """The real paths that the package cache says the package has; empty where it does not say."""
    try:
        body = files.read_json(folder / "info/paths.json", within=folder)
    except files.Unfit:
        return frozenset()
    digests = _digests(_entries({"paths_data": body}), record.noarch, _layout(list(record.files), layout))
    return frozenset(_inside(list(digests))[0])


def _body(path: Path | str, within: Path, checksums: bool) -> dict[str, Any]:
    body: Any = None
    if not checksums:
        body = _without_checksums(files.read_bytes(path, limit=files.JSON_LIMIT, within=within))
    if body is None:
        body = files.read_json(path, within=within)
    if not isinstance(body, dict):
        raise files.Unfit("not a JSON object")
    return body


def _without_checksums(data: bytes) -> dict[str, Any] | None:
    """Parse a record without its paths_data, nine tenths of its text; None where that cannot be cut out.

    A path with a bracket in it, or damage, leaves a text that is no JSON. Fewer entries than files mean that the
    entries are worth reading.
    """
    start = data.find(b'"paths_data"')
    end = data.find(b"}", data.find(b"]", start)) if start >= 0 else -1
    if start < 0 or end < 0 or data.find(b"\0", start, end) >= 0:
        return None
    try:
        body = json.loads(decode(data[:start] + b'"paths_data":null' + data[end + 1 :]))
    except (ValueError, RecursionError, MemoryError):
        return None
    listed = body.get("files") if isinstance(body, dict) else None
    return body if isinstance(listed, list) and listed and data.count(b"{", start, end) > len(listed) else None


def _required(body: dict[str, Any], key: str, form: re.Pattern[str]) -> str:
    text = _text(body, key)
    if not text:
        raise files.Unfit(f"no {key} in it")
    if not form.fullmatch(text):
        raise files.Unfit(f"its {key} cannot be one: {text[:40]}")
    return text


def _text(body: dict[str, Any], key: str) -> str:
    value = body.get(key)
    return clean(value, 2_000) if isinstance(value, str) else ""


def _texts(body: dict[str, Any], key: str) -> tuple[str, ...]:
    value = body.get(key)
    found = value if isinstance(value, list) else ()
    return tuple(_redacted(clean(item, 500)) for item in found if isinstance(item, str))


def _redacted(text: str) -> str:
    """Redact a spec or an address; nearly all show at a glance that they hold nothing secret."""
    return text if _HARMLESS.fullmatch(text) and "/t/" not in text else redact(text)


def _shown(folder: str) -> str:
    parent, separator, name = folder.rpartition("/")
    return f"{_shown_parent(parent)}/{name}" if separator else folder


@functools.lru_cache(maxsize=64)
def _shown_parent(folder: str) -> str:
    return show(folder)


def _number(body: dict[str, Any], key: str) -> int:
    value = body.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else 0


def _object(body: dict[str, Any], key: str) -> dict[str, Any]:
    value = body.get(key)
    return value if isinstance(value, dict) else {}


def _checksum(body: dict[str, Any], key: str) -> str:
    text = _text(body, key)
    return text.lower() if _HEXADECIMAL.fullmatch(text) else ""


def _timestamp(body: dict[str, Any]) -> float:
    """Seconds since the epoch; most records have milliseconds, the oldest have seconds."""
    value = body.get("timestamp")
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value < 1e14:
        return 0.0
    return value / 1000 if value > 1e11 else float(value)


def _noarch(body: dict[str, Any]) -> Literal["", "python", "generic"]:
    value = body.get("noarch")
    if value == "python" or body.get("package_type") == "noarch_python":
        return "python"
    return "generic" if value in ("generic", True) or body.get("package_type") == "noarch_generic" else ""


def _requested(body: dict[str, Any]) -> tuple[str, ...]:
    several = _texts(body, "requested_specs")
    one = _redacted(_text(body, "requested_spec"))
    return several or ((one,) if one not in ("", "None") else ())


def _channel(body: dict[str, Any]) -> str:
    """The channel's canonical name; from the package's address where the record has only a collective name."""
    channel, url = _text(body, "channel"), _text(body, "url")
    if (channel in ("", "defaults", "<unknown>", "@") or channel.startswith("defaults/")) and "://" in url:
        channel = url.rpartition("/")[0]
    return canonical_channel(channel)


def _entries(body: dict[str, Any]) -> list[dict[str, Any]]:
    paths = _object(body, "paths_data").get("paths")
    return [entry for entry in paths if isinstance(entry, dict)] if isinstance(paths, list) else []


def _inside(paths: list[Any]) -> tuple[list[str], tuple[str, ...]]:
    """Split paths into those inside the prefix and those that are refused."""
    try:
        joined = "|".join(paths)
    except TypeError:
        joined = ".."
    doubtful = any(sign in joined for sign in ("..", "|/", "||", "\\", ":", "\ufffd"))
    if joined.isprintable() and not doubtful and not joined.startswith("/"):
        return paths, ()
    good = [path for path in paths if isinstance(path, str) and _is_inside(path)]
    wrong = [clean(str(path), 120) for path in paths if not isinstance(path, str) or not _is_inside(path)]
    return good, tuple(wrong)


def _is_inside(path: str) -> bool:
    plain = path.replace("\\", "/")
    if not is_clean(path) or "\ufffd" in path:
        return False
    return bool(plain) and plain[0] != "/" and plain[1:2] != ":" and ".." not in plain.split("/")


def _layout(paths: list[str], layout: Layout) -> Layout:
    """Take the site-packages folder from the files themselves where they show one."""
    for path in paths:
        folder, found, _ = path.partition("/site-packages/")
        if found:
            return layout._replace(site=f"{folder}/site-packages")
    return layout


def _real(path: str, noarch: str, layout: Layout) -> str:
    """The real path of an entry; conda names noarch Python files by where they lie in the package."""
    if noarch == "python":
        if path.startswith("site-packages/") and layout.site:
            return layout.site + path.removeprefix("site-packages")
        if path.startswith("python-scripts/"):
            return layout.scripts + path.removeprefix("python-scripts")
    return path.replace("\\", "/") if "\\" in path else path


def _digests(entries: list[dict[str, Any]], noarch: str, layout: Layout) -> dict[str, str]:
    """Real path -> the SHA-256 that the file must have here, or empty where nothing comparable was recorded."""
    found: dict[str, str] = {}
    for entry in entries:
        path = entry.get("_path")
        if isinstance(path, str):
            found[_real(path, noarch, layout)] = "" if path.endswith(".pyc") else _digest(entry, layout.moved)
    return found


def _digest(entry: dict[str, Any], moved: bool) -> str:
    patched = bool(entry.get("prefix_placeholder"))
    if entry.get("path_type", "hardlink") != "hardlink" or (patched and moved):
        return ""
    value = entry.get("sha256_in_prefix") or ("" if patched else entry.get("sha256"))
    return value.lower() if isinstance(value, str) and _HEXADECIMAL.fullmatch(value) and len(value) == 64 else ""
