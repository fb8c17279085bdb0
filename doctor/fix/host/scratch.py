"""Writes throw-away folders, which stand in for an environment while a package manager is asked a question."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

#: the file of exact versions in a throw-away folder
PINS = "pins.txt"


@contextmanager
def scratch_folder(work: Path, texts: Mapping[str, str], links: Mapping[str, Path] = {}) -> Iterator[Path]:
    """A new folder below work with these files and links, by their relative paths; it goes when it was used."""
    work.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="shadow-", dir=work.resolve()))
    try:
        for name, text in texts.items():
            path = _below(folder, name)
            path.write_bytes(text.encode("utf-8", "replace"))
        for name, target in links.items():
            _below(folder, name).symlink_to(target)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_pins(folder: Path, pins: Iterable[str]) -> None:
    """Write exact versions into a throw-away folder, one a line."""
    _below(folder, PINS).write_text("".join(f"{pin}\n" for pin in pins), encoding="utf-8")


def _below(folder: Path, name: str) -> Path:
    path = folder / name
    if ".." in path.parts or not path.is_relative_to(folder):
        raise ValueError(f"{name!r} leads out of the folder")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
