"""Moves files and folders of a prefix aside, by renaming alone."""

from __future__ import annotations

import os
from pathlib import Path

from doctor.failure import Failure
from doctor.fix.host.files import private_folder, sync_folder


def inside(prefix: Path, path: str) -> Path:
    """The place of a relative path in a prefix. Raises Failure where it leads out of it, by dots or by links."""
    parts = Path(path).parts
    if not parts or Path(path).is_absolute() or ".." in parts:
        raise Failure(f"{path} does not lie in the environment")
    place = prefix / path
    if not Path(os.path.realpath(place.parent)).is_relative_to(os.path.realpath(prefix)):
        raise Failure(f"{path} leads out of the environment by a link")
    return place


def move_aside(prefix: Path, path: str, aside: Path) -> None:
    """Rename what lies at a path of the prefix to the same path below aside. Raises Failure where it cannot."""
    place = inside(prefix, path)
    target = aside / path
    if not os.path.lexists(place):
        raise Failure(f"{path} is not there any more")
    private_folder(target.parent)
    if os.path.lexists(target):
        raise Failure(f"{path} has been moved aside already")
    rename(place, target)


def rename(old: Path, new: Path) -> None:
    """Rename, to last through a loss of power. Raises Failure where it cannot."""
    try:
        old.rename(new)
    except OSError as error:
        raise Failure(f"{old} cannot be moved: {(error.strerror or str(error)).lower()}") from None
    sync_folder(old.parent)
    sync_folder(new.parent)
