"""Paths on a file system whose root may be a recorded tree: placed, shown and followed as its own Python would.

Links lead where they lead in that tree, and a Windows path that a file names is found in it without its drive.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from doctor.reading.clean import clean
from doctor.reading.redact import show

REAL_ROOT = Path("/")

#: links followed before a chain counts as endless; Linux gives up at 40
_LINKS = 40
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


def is_absolute(text: str) -> bool:
    """Whether a path that a file names is absolute on the system that wrote it."""
    return text.startswith(("/", "\\\\")) or _DRIVE.match(text) is not None


def place(text: str, root: Path = REAL_ROOT) -> Path:
    """Turn an absolute path that a file or variable names into a path of this machine."""
    if os.name != "nt" and _DRIVE.match(text):
        text = text[2:].replace("\\", "/")
    path = Path(text)
    if root == REAL_ROOT or path.is_relative_to(root):
        return path
    return root / text.lstrip("/\\")


def shown(path: Path, root: Path = REAL_ROOT, home: Path | None = None) -> str:
    """Say an absolute path as people may see it: as of its own root, with ~ for the home folder."""
    if home is not None and home != REAL_ROOT and path.is_relative_to(home):
        text = "~/" + path.relative_to(home).as_posix()
        return clean(text.removesuffix("/."))
    if root != REAL_ROOT and path.is_relative_to(root):
        text = "/" + path.relative_to(root).as_posix().removeprefix(".")
        return clean(text)
    return clean(show(path))


def follow(path: Path, root: Path = REAL_ROOT) -> Path | None:
    """The file that a chain of links leads to, or None where it leads nowhere or never ends."""
    last = chain(path, root)[-1]
    return last if exists(last) and not last.is_symlink() else None


def chain(path: Path, root: Path = REAL_ROOT) -> tuple[Path, ...]:
    """The path and each place that its links lead to, the last of which may not be there."""
    steps = [path]
    for _ in range(_LINKS):
        here = steps[-1]
        try:
            target = str(here.readlink())
        except (OSError, ValueError):
            break
        placed = place(target, root) if is_absolute(target) else real_folder(here.parent) / target
        steps.append(Path(os.path.normpath(placed)))  # the folder is real, so .. means what it says
    return tuple(steps)


def real_folder(folder: Path) -> Path:
    """The folder with its links resolved, or as it is where they cannot be."""
    try:
        return folder.resolve()
    except (OSError, RuntimeError, ValueError):
        return folder


def exists(path: Path) -> bool:
    """Whether a path leads to something; never raises."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """Whether a path leads to a folder; never raises."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def there(path: Path) -> bool:
    """Whether something lies at a path, if only a link that leads nowhere; never raises."""
    try:
        return os.path.lexists(path)
    except (OSError, ValueError):
        return False


def names_in(folder: Path, limit: int = 20_000) -> tuple[str, ...]:
    """The names in a folder, at most limit of them and in order; none where it cannot be listed."""
    found: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                found.append(entry.name)
                if len(found) >= limit:
                    break
    except (OSError, ValueError):
        pass
    return tuple(sorted(found))
