"""Saves single files that lie outside the prefix, such as a condarc, and brings them back."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from doctor.fix.host.farm import copy_file, last
from doctor.fix.host.files import private_folder, sync_folder, write_new

FOLDER = "outside"
_INDEX = "index.json"


def save_outside(paths: Iterable[Path], folder: Path) -> None:
    """Copy each file, or note that there is none, before it is written."""
    saved = private_folder(folder / FOLDER)
    rows = []
    for number, path in enumerate(paths):
        real = Path(os.path.realpath(path))
        there = real.is_file()
        if there:
            copy_file(real, saved / str(number))
        rows.append([str(real), there])
    last(saved, [str(number) for number, row in enumerate(rows) if row[1]])
    write_new(saved / _INDEX, json.dumps(rows), mode=0o600)


def note_outside(folder: Path, created: Iterable[str] = ()) -> None:
    """Write down how these files, and those that were created, look after the operation."""
    rows = _rows(folder)
    rows += [[path, False] for path in created]
    after = [[path, there, _look(Path(path))] for path, there in rows]
    write_new(private_folder(folder / FOLDER) / _INDEX, json.dumps(after), mode=0o600)


def changed_outside(folder: Path) -> tuple[str, ...]:
    """Files that somebody has changed since the operation."""
    return tuple(str(row[0]) for row in _rows(folder) if len(row) > 2 and row[2] != _look(Path(row[0])))


def put_back_outside(folder: Path) -> tuple[str, ...]:
    """Bring every saved file back, and take away those that were not there; return what could not be done."""
    problems = []
    for number, (name, there, *_) in enumerate(_rows(folder)):
        path, saved = Path(name), folder / FOLDER / str(number)
        try:
            if not there:
                path.unlink(missing_ok=True)
            elif _look(path) != _look(saved):
                beside = path.with_name(f".{path.name[:100]}.envdoctor")
                with contextlib.suppress(FileNotFoundError):
                    beside.unlink()
                copy_file(saved, beside)
                beside.replace(path)
            sync_folder(path.parent)
        except OSError as error:
            problems.append(f"{path}: {(error.strerror or str(error)).lower()}")
    return tuple(problems)


def _rows(folder: Path) -> list[list[Any]]:
    try:
        found: list[list[Any]] = json.loads((folder / FOLDER / _INDEX).read_text())
    except FileNotFoundError:
        return []
    return found


def _look(path: Path) -> list[int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return [status.st_size, status.st_mtime_ns, status.st_mode]
