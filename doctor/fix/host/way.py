"""The folders above an environment that is created: made where they are missing, and gone again with it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from doctor.fix.host.files import make_folder, write_new

_MADE = "made.json"


def make_way(prefix: Path, operation: Path) -> None:
    """Make the folders above a prefix, and note in the operation's folder which of them were not there."""
    missing = [str(folder) for folder in prefix.parents if not os.path.lexists(folder)]
    if missing:
        write_new(operation / _MADE, json.dumps(missing), mode=0o600)
    make_folder(prefix.parent)


def remove_way(operation: Path) -> None:
    """Take away the folders that an operation made above its prefix, as far as nothing lies in them."""
    note = operation / _MADE
    if not note.exists():
        return
    for folder in json.loads(note.read_text()):  # the innermost first
        try:
            Path(folder).rmdir()
        except FileNotFoundError:
            continue  # it was cut short before it was made
        except OSError:
            return
    note.unlink()
