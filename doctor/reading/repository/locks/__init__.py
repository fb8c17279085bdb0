"""Reads the files in which a tool has written down exact versions, each package with its line.

Which files: those of the project's top folder and of a few folders where people keep them. Machine-written locks are
read by their lines, forty times as fast as a parser of the whole language does; what does not have that shape exactly
goes to the whole parser, within limits.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from doctor.facts.distributions import Unreadable
from doctor.facts.locks import Lock, LockKind, Locks
from doctor.reading.clean import clean, is_clean
from doctor.reading.files import Missing, Unfit, read_text
from doctor.reading.redact import redact
from doctor.reading.rooted import names_in

#: where people keep the locks of a project, relative to its top
_FOLDERS = ("", ".conda", "conda", "environments", "locks", "requirements")
_FILE_LIMIT = 40
#: bytes; the largest locks seen, of robot distributions on five platforms, have 12 million
_SIZE_LIMIT = 32 * 1024 * 1024
#: bytes; an explicit list of 1,000 packages has 120,000
_LIST_LIMIT = 2 * 1024 * 1024
#: files that might be explicit lists and are looked into; folders of data hold thousands of .txt
_LIST_FILES = 60
_PACKAGE_LIMIT = 50_000

Reader = Callable[[Path, str, str], Lock]


def read_locks(project: Path) -> Locks:
    """Read every lock file of a project, with what could not be read."""
    problems: list[Unreadable] = []
    found: list[Lock] = []
    for path, kind in _files(project):
        if len(found) >= _FILE_LIMIT:
            problems.append(Unreadable(path, f"not read: it is one of more than {_FILE_LIMIT} lock files"))
            break
        place = project / path
        try:
            text = read_text(place, limit=_LIST_LIMIT if kind == "explicit" else _SIZE_LIMIT, within=project)
            if kind == "explicit" and not _is_explicit(text):
                continue
            lock = _reader(kind)(project, path, text)
            lock = lock._replace(modified=_modified(place), stale=redact(clean(lock.stale, 300)))
        except Missing:
            continue
        except Unfit as error:
            if kind != "explicit":
                problems.append(Unreadable(path, error.reason, error.line))
            continue
        except RecursionError:
            problems.append(Unreadable(path, "nested too deeply"))
            continue
        except MemoryError:
            problems.append(Unreadable(path, "too large to be read here"))
            continue
        if len(lock.packages) > _PACKAGE_LIMIT:
            problems.append(Unreadable(path, f"holds {len(lock.packages):,} packages; {_PACKAGE_LIMIT:,} were read"))
            lock = lock._replace(packages=lock.packages[:_PACKAGE_LIMIT])
        found.append(lock)
    return Locks(tuple(sorted(found)), tuple(sorted(problems)))


def kind_of(name: str) -> LockKind | None:
    """Which lock a file is by its name; explicit where only a look into it can tell."""
    exact = _BY_NAME.get(name)
    if exact is not None:
        return exact
    if name.startswith("pylock.") and name.endswith(".toml") and name.count(".") == 2:
        return "pylock.toml"
    if name.endswith((".conda-lock.yml", ".conda-lock.yaml")):
        return "conda-lock"
    return "explicit" if name.endswith((".txt", ".lock")) else None


_BY_NAME: Mapping[str, LockKind] = {
    "uv.lock": "uv.lock",
    "pylock.toml": "pylock.toml",
    "poetry.lock": "poetry.lock",
    "pdm.lock": "pdm.lock",
    "Pipfile.lock": "Pipfile.lock",
    "pixi.lock": "pixi.lock",
    "conda-lock.yml": "conda-lock",
    "conda-lock.yaml": "conda-lock",
}


def _files(project: Path) -> list[tuple[str, LockKind]]:
    """The files to read: those with a lock's name first, then what may be explicit lists."""
    certain: list[tuple[str, LockKind]] = []
    possible: list[tuple[str, LockKind]] = []
    for folder in _FOLDERS:
        for name in names_in(project / folder, 5_000):
            kind = kind_of(name) if is_clean(name) else None
            if kind is not None:
                path = f"{folder}/{name}" if folder else name
                (possible if kind == "explicit" else certain).append((path, kind))
    return certain + possible[:_LIST_FILES]


def _is_explicit(text: str) -> bool:
    return "@EXPLICIT" in text and any(line.strip() == "@EXPLICIT" for line in text.splitlines()[:200])


def _modified(path: Path) -> float:
    try:
        return os.stat(path).st_mtime  # noqa: PTH116 - a plain call, as elsewhere where files are many
    except OSError:
        return 0.0


def _reader(kind: LockKind) -> Reader:
    """The reader of a kind; each is imported only where there is such a file."""
    import importlib

    module = "conda_lock" if kind == "conda-lock" else _MODULES[kind]
    read: Reader = importlib.import_module(f"doctor.reading.repository.locks.{module}").read
    return read


_MODULES: Mapping[str, str] = {
    "uv.lock": "uv_lock",
    "pylock.toml": "pylock",
    "poetry.lock": "poetry_lock",
    "pdm.lock": "pdm_lock",
    "Pipfile.lock": "pipfile_lock",
    "pixi.lock": "pixi_lock",
    "conda-lock": "conda_lock",
    "explicit": "explicit_list",
}
