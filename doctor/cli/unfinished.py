"""Says in passing that an operation was left unfinished; no more than a look into one folder where there is none."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from doctor.cli.aside import tell


def note_unfinished(prefix: Path) -> None:
    """Print a line on standard error if an operation on this prefix has not come to its end."""
    folder = _operations()
    try:
        names = os.listdir(folder)  # noqa: PTH208 - the least that can be done at every start
    except OSError:
        return
    begun = json.dumps(str(prefix)).encode()
    for name in names:
        try:
            lines = (folder / name / "journal.jsonl").read_bytes().splitlines()
        except OSError:
            continue
        if lines and begun in lines[0] and not lines[-1].startswith(b'{"event": "end"'):
            text = f"operation {name} on this environment was cut short or is under way; see: envdoctor recover"
            tell(f"envdoctor: {text}")
            return


def _operations() -> Path:
    """Where operations are kept; on Linux worked out here, for platformdirs takes as long as reading a layer."""
    if sys.platform == "linux" and not os.environ.get("ENVDOCTOR_STATE"):
        told = os.environ.get("XDG_STATE_HOME", "").strip()
        return (Path(told) if told else Path(os.path.expanduser("~/.local/state"))) / "envdoctor/operations"  # noqa: PTH111
    from doctor.fix.folders import state_folder

    return state_folder() / "operations"
