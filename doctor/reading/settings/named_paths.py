"""Turns the paths that variables and configuration files name into paths below a root that may be a recorded tree."""

from __future__ import annotations

import re
from pathlib import Path

_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


def named_path(text: str, home: Path, root: Path = Path("/")) -> Path | None:
    """An absolute path, or one that begins with ~; None for any other."""
    if "\0" in text:
        return None
    if text == "~" or text.startswith(("~/", "~\\")):
        return home / text[2:]
    return below(root, text) if text.startswith("/") or _DRIVE.match(text) else None


def below(root: Path, text: str) -> Path:
    """An absolute path below a root; one that lies there already stays."""
    if root == Path("/") or Path(text).is_relative_to(root):
        return Path(text)
    return root / _DRIVE.sub("", text).replace("\\", "/").lstrip("/")


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
