"""What speaks against creating an environment at a place."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from doctor.fix.options import Options
from doctor.reading.redact import show


def against(prefix: Path, state: Path, options: Options) -> tuple[str, ...]:
    """Why an environment is not created there now; empty where nothing speaks against it."""
    return tuple(_reasons(prefix, state, options))


def _reasons(prefix: Path, state: Path, options: Options) -> Iterator[str]:
    if os.path.lexists(prefix):
        yield f"{show(prefix)} is there already, and nothing is written over it: move it away, or name another place"
    for folder, what in ((state, "the way back is kept"), (prefix.parent, "the environment is to be created")):
        there = next((place for place in (folder, *folder.parents) if place.exists()), Path("/"))
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            yield f"{show(there)} cannot be written, where {what}"
        elif folder == prefix.parent and "root" not in options.allow and _of_another(there):
            yield f"you are root, and {show(there)} belongs to another user; to go on all the same: --allow-root"


def _of_another(folder: Path) -> bool:
    """Whether root would leave files in another user's folder, who could not change them."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and folder.stat().st_uid != 0
