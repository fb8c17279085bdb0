"""What a plan is made for, in a few thousand short texts: it is refused when any of them has changed."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from doctor.fix.plan import State
from doctor.reading.clean import clean
from doctor.reading.rooted import names_in

_METADATA = (".dist-info", ".egg-info", ".egg-link", ".pth", ".dist-info.c~")
#: bytes of a settings file that are hashed
_LIMIT = 16 * 1024 * 1024
#: changes that are named; of more the number is said
_NAMED = 6


def read_state(prefix: Path, files: Iterable[Path] = ()) -> State:
    """Read what identifies the packages of a prefix, and the contents of files that a plan would write."""
    items = dict(sorted([*_packages(prefix), *((str(path), _hash(path)) for path in files)]))
    digest = hashlib.sha256("\0".join(f"{name}\0{value}" for name, value in items.items()).encode()).hexdigest()
    return State(digest, items)


def moved(then: State, now: State) -> tuple[str, ...]:
    """What has changed between two states, in words, the first few of it."""
    names = sorted(name for name in {*then.items, *now.items} if then.items.get(name) != now.items.get(name))
    said = [_said(name, name in then.items, name in now.items) for name in names]
    return (*said[:_NAMED], *([f"and {len(said) - _NAMED} more"] if len(said) > _NAMED else []))


def _said(name: str, before: bool, after: bool) -> str:
    short = clean(Path(name).name.removesuffix(".json"), 80)
    return f"{short} {'has changed' if before and after else 'is new' if after else 'is gone'}"


def _packages(prefix: Path) -> Iterator[tuple[str, str]]:
    for record in names_in(prefix / "conda-meta"):
        yield f"conda-meta/{record}", _stamp(prefix / "conda-meta" / record)
    for site in _site_folders(prefix):
        for name in names_in(prefix / site, 200_000):
            if name.endswith(_METADATA):
                folder = prefix / site / name
                yield f"{site}/{name}", _stamp(folder / "RECORD" if folder.is_dir() else folder)
            elif name.startswith("~"):
                yield f"{site}/{name}", "left over"
    yield "pyvenv.cfg", _stamp(prefix / "pyvenv.cfg")


def _site_folders(prefix: Path) -> Iterator[str]:
    if os.path.lexists(prefix / "Lib/site-packages"):
        yield "Lib/site-packages"
    for lib in ("lib", "lib64"):
        if not (prefix / lib).is_symlink():
            for name in names_in(prefix / lib):
                if re.fullmatch(r"(?:python|pypy)\d[\d.]*t?", name):
                    yield f"{lib}/{name}/site-packages"


def _stamp(path: Path) -> str:
    """Size and time: what changes with every installation."""
    try:
        status = path.lstat()
    except OSError:
        return "none"
    return f"{status.st_size} {status.st_mtime_ns}"


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as opened:
            return hashlib.sha256(opened.read(_LIMIT)).hexdigest()
    except OSError:
        return "none"
