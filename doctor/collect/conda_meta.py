"""Reads conda-meta: its records, its history and what failed operations left behind."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

from doctor.facts import Facts
from doctor.facts.conda import Conda, CondaRecord, Transaction
from doctor.facts.distributions import Leftover, Unreadable
from doctor.reading import files
from doctor.reading.clean import clean, is_clean
from doctor.reading.conda.history import parse_history, remembered
from doctor.reading.conda.record import Layout, paths_of_cache, read_record
from doctor.reading.redact import REDACTED, redact, show
from doctor.target.environment import Request

#: records; the largest environments seen have 2,000
_RECORD_LIMIT = 20_000
#: bytes of all records together; 450 records with 90,000 paths have 40 MB
_BYTES_LIMIT = 2 * 1024**3
#: things left behind that are told; a killed update leaves up to 3,000
_DEBRIS_LIMIT = 5_000
#: entries looked at for them
_LOOK_LIMIT = 400_000

_SECRET_NAME = re.compile(r"token|secret|passw|api_?key|access_?key|credential|private", re.IGNORECASE)
_UNSET = "***unset***"  # what conda writes for a variable that activation takes away
#: conda renames what it cannot delete; rattler moves aside what two packages both bring
_TRASH = re.compile(r".\.c~$|\.conda_trash(?:_\d+)?$")
_TRASH_PATHS = {".trash", ".conda_trash", "__clobbers__", "conda-meta/mamba_trash.txt"}
#: other environments and the package cache, which lie in a base
_OTHERS = {"envs", "pkgs"}


def read_meta(request: Request, facts: Facts, names: list[str]) -> Conda:
    """Read the files of conda-meta, whose names are given."""
    prefix = request.environment.prefix
    record_names = [name for name in names if name.endswith(".json") and not name.startswith(".")]
    problems: list[Unreadable] = []
    records, folders = _records(request, facts, record_names, problems)
    history = _history(prefix, problems)
    return Conda(
        True,
        records=tuple(sorted(records, key=lambda record: (record.name, record.dist))),
        history=history,
        remembered=remembered(history),
        pinned=_pinned(prefix, problems),
        variables=_variables(prefix, problems),
        problems=tuple(problems),
        debris=tuple(_debris(prefix, facts)),
        caches=tuple(sorted({show(_parent(folder)) for folder in folders})),
    )


def _records(
    request: Request, facts: Facts, names: list[str], problems: list[Unreadable]
) -> tuple[list[CondaRecord], set[str]]:
    """Read the records that can be read; the others become problems. Also the cache folders they came from."""
    meta = request.environment.prefix / "conda-meta"
    layout = _layout(meta.parent, facts)
    records: list[CondaRecord] = []
    folders: set[str] = set()
    read_bytes = 0
    for name in names[:_RECORD_LIMIT]:
        request.tell("conda", len(records), len(names))
        path = f"conda-meta/{clean(name, 200)}"
        try:
            status = os.stat(meta / name)  # noqa: PTH116 - a Path costs more than the call, 450 times
            read_bytes += status.st_size
            if read_bytes > _BYTES_LIMIT:
                problems.append(Unreadable(path, f"all records together have more than {_BYTES_LIMIT:,} bytes"))
                break
            found = read_record(f"{meta}/{name}", within=meta.parent, layout=layout, checksums=request.deep)
        except OSError as error:
            problems.append(Unreadable(path, (error.strerror or type(error).__name__).lower()))
            continue
        except files.Unfit as error:
            problems.append(Unreadable(path, error.reason, error.line))
            continue
        if found.refused:
            example = f"such as {found.refused[0]}"
            problems.append(Unreadable(path, f"names {len(found.refused)} paths outside the environment, {example}"))
        folder = _on_this_machine(request, found.folder)
        cached = folder is not None and folder.is_dir()
        record = found.record._replace(installed=status.st_mtime, cached=cached)
        if folder is not None and cached and found.listed:
            dropped = paths_of_cache(folder, record, layout) - found.listed
            record = record._replace(dropped=tuple(sorted(dropped)))
        records.append(record)
        if found.folder:
            folders.add(found.folder)
    if len(names) > _RECORD_LIMIT:
        problems.append(Unreadable("conda-meta", f"{len(names):,} records; only {_RECORD_LIMIT:,} were read"))
    return records, folders


def _layout(prefix: Path, facts: Facts) -> Layout:
    own = [folder.path for folder in facts.identity.site_folders if folder.kind == "environment"]
    scripts = "Scripts" if facts.identity.system == "windows" else "bin"
    unpackers = (prefix / "bin/conda-unpack", prefix / "Scripts/conda-unpack.exe")
    return Layout(own[0] if own else "", scripts, any(unpacker.exists() for unpacker in unpackers))


def _on_this_machine(request: Request, folder: str) -> Path | None:
    """A record's cache folder where it is absolute and local; asking for another machine's share would log in there."""
    if not folder or not is_clean(folder) or folder.startswith(("//", "\\\\")) or not Path(folder).is_absolute():
        return None
    return request.root / folder.lstrip("/") if request.root != Path("/") else Path(folder)


def _parent(folder: str) -> str:
    if "\\" in folder:
        return str(PureWindowsPath(folder).parent)
    return folder.rstrip("/").rpartition("/")[0]


def _history(prefix: Path, problems: list[Unreadable]) -> tuple[Transaction, ...]:
    return parse_history(_text(prefix, "conda-meta/history", problems))


def _pinned(prefix: Path, problems: list[Unreadable]) -> tuple[str, ...]:
    lines = (line.partition("#")[0].strip() for line in _text(prefix, "conda-meta/pinned", problems).splitlines())
    return tuple(redact(clean(line, 500)) for line in lines if line)[:1000]


def _variables(prefix: Path, problems: list[Unreadable]) -> dict[str, str]:
    try:
        body = files.read_json(prefix / "conda-meta/state", limit=files.TEXT_LIMIT, within=prefix)
    except files.Missing:
        return {}
    except files.Unfit as error:
        problems.append(Unreadable("conda-meta/state", error.reason, error.line))
        return {}
    found = body.get("env_vars") if isinstance(body, dict) else None
    if not isinstance(found, dict):
        return {}
    values = [(clean(key, 200), str(value)) for key, value in list(found.items())[:1000] if value != _UNSET]
    return {key: REDACTED if _SECRET_NAME.search(key) else redact(clean(value, 2_000)) for key, value in values}


def _text(prefix: Path, path: str, problems: list[Unreadable]) -> str:
    try:
        return files.read_text(prefix / path, within=prefix)
    except files.Missing:
        return ""
    except files.Unfit as error:
        problems.append(Unreadable(path, error.reason, error.line))
        return ""


def _debris(prefix: Path, facts: Facts) -> Iterator[Leftover]:
    """What killed operations left: looked for where they show first, and everywhere once there is a first one."""
    sites = [folder.path for folder in facts.identity.site_folders if folder.kind == "environment"]
    shown = ["", "conda-meta", "bin", "lib", "include", "share", "Scripts", "Library/bin", "DLLs", "Lib", *sites]
    shown += [path for site in sites for path, is_folder in _listing(prefix, site) if is_folder]
    if not any(_is_trash(path) for folder in shown for path, _ in _listing(prefix, folder)):
        return
    pending, looked, told = [""], 0, 0
    while pending and looked < _LOOK_LIMIT and told < _DEBRIS_LIMIT:
        for path, is_folder in _listing(prefix, pending.pop()):
            looked += 1
            if _is_trash(path):
                told += 1
                yield Leftover(path, "conda-trash")
            elif is_folder and path not in _OTHERS:
                pending.append(path)


def _is_trash(path: str) -> bool:
    return path in _TRASH_PATHS or _TRASH.search(path.rpartition("/")[2]) is not None


def _listing(prefix: Path, folder: str) -> list[tuple[str, bool]]:
    """The paths in a folder of the prefix, and whether each is a folder; nothing for one that cannot be listed."""
    place = prefix / folder
    found = []
    try:
        if folder and place.is_symlink():
            return []
        with os.scandir(place) as entries:
            for entry in entries:
                if is_clean(entry.name):
                    path = f"{folder}/{entry.name}" if folder else entry.name
                    found.append((path, entry.is_dir(follow_symlinks=False)))
                if len(found) >= _LOOK_LIMIT:
                    break
    except OSError:
        return found
    return found
