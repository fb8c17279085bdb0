"""Where envdoctor keeps what it needs to go back: journals, saved copies, locks and exports."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from doctor.facts import Identity

#: the folder in a prefix that holds saved copies where the state folder is on another file system
INSIDE = ".envdoctor"


def state_folder(variables: Mapping[str, str] = os.environ) -> Path:
    """$ENVDOCTOR_STATE, else where the system keeps the state of a program."""
    told = variables.get("ENVDOCTOR_STATE", "")
    if told:
        return Path(told).expanduser().absolute()
    from platformdirs import user_state_path

    return user_state_path("envdoctor", appauthor=False)


def operation_folder(state: Path, operation: str) -> Path:
    """Everything about one operation."""
    return state / "operations" / operation


def exports_folder(state: Path, identity: Identity) -> Path:
    """What was written down of one environment that belongs to no project: no other's folder, whatever its name."""
    import hashlib

    word = re.sub(r"[^\w.-]+", "-", identity.name, flags=re.ASCII).strip("-.")[:40] or "environment"
    return state / "exports" / f"{word}-{hashlib.sha256(identity.prefix.encode()).hexdigest()[:8]}"
