"""Turns the paths that variables and configuration files name into paths below a root that may be a recorded tree."""

from __future__ import annotations

from pathlib import Path

from doctor.reading.rooted import REAL_ROOT, is_absolute, place


def named_path(text: str, home: Path, root: Path = REAL_ROOT) -> Path | None:
    """An absolute path, or one that begins with ~; None for any other."""
    if "\0" in text:
        return None
    if text == "~" or text.startswith(("~/", "~\\")):
        return home / text[2:]
    return place(text, root) if is_absolute(text) else None
