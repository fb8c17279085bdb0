"""Fingerprints that the state folder keeps of each environment: what its timeline and its differences are told from."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from doctor.compare.as_json import dump, load
from doctor.facts import Fingerprint, Identity, Numbers
from doctor.facts.serialise import NotFacts
from doctor.fix.folders import exports_folder
from doctor.fix.host.files import private_folder, remove_folder, write_new
from doctor.reading.files import Unfit, read_text

_FILE = "fingerprint.json"
#: fingerprints that are kept of one environment, and of all of them
_OF_ONE, _OF_ALL = 40, 400
#: bytes of one; what is larger is kept without its numbers, which a file of the user's own holds as well
_LARGEST = 1024 * 1024
_READ = 16 * 1024 * 1024


class Kept(NamedTuple):
    """One fingerprint of the past."""

    time: float  #: seconds since the epoch
    fingerprint: Fingerprint
    path: Path


def keep(state: Path, identity: Identity, fingerprint: Fingerprint) -> Path | None:
    """Keep a fingerprint and give up the oldest ones; None where the newest one kept says the same. Raises OSError."""
    folder = _folder(state, identity)
    newest = next(iter(kept(state, identity, most=1)), None)
    if newest is not None and _same(newest.fingerprint, fingerprint):
        return None
    text = dump(fingerprint)
    if len(text) > _LARGEST:
        text = dump(fingerprint._replace(numbers=Numbers()))
    private_folder(state / "fingerprints")
    here = private_folder(folder / f"{int(fingerprint.made * 1000):015d}")
    write_new(here / _FILE, text, mode=0o600)
    for old in list(_entries(folder))[_OF_ONE:]:
        remove_folder(old)
    every = [entry for other in _subfolders(state / "fingerprints") for entry in _entries(other)]
    for old in sorted(every, key=lambda entry: entry.name, reverse=True)[_OF_ALL:]:
        remove_folder(old)
    return here / _FILE


def kept(state: Path, identity: Identity, *, most: int = _OF_ONE) -> tuple[Kept, ...]:
    """What is kept of an environment, newest first; what cannot be read is passed over."""
    found: list[Kept] = []
    for entry in _entries(_folder(state, identity)):
        if len(found) >= most:
            break
        try:
            fingerprint = load(read_text(entry / _FILE, limit=_READ))
        except (Unfit, NotFacts):
            continue
        found.append(Kept(int(entry.name) / 1000, fingerprint, entry / _FILE))
    return tuple(found)


def _folder(state: Path, identity: Identity) -> Path:
    return state / "fingerprints" / exports_folder(state, identity).name


def _same(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether two fingerprints say the same of an environment; the time is not part of it."""
    if {name: part.hash for name, part in one.layers.items()} != {n: part.hash for n, part in other.layers.items()}:
        return False
    return not other.numbers.runs or _values(one.numbers) == _values(other.numbers)


def _values(numbers: Numbers) -> list[tuple[object, ...]]:
    """Everything that was computed, without how long it took."""
    return [(run.label, run.series, sorted(run.digests.items())) for run in numbers.runs]


def _entries(folder: Path) -> Iterator[Path]:
    """The folders of single fingerprints, newest first."""
    found = [entry for entry in _subfolders(folder) if entry.name.isdecimal() and len(entry.name) < 18]
    yield from sorted(found, key=lambda entry: int(entry.name), reverse=True)


def _subfolders(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.is_symlink())
    except OSError:
        return []


def stamp() -> float:
    """The moment now, to the second: a fingerprint needs no finer one."""
    return float(int(time.time()))
