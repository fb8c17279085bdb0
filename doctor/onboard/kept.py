"""What the state folder remembers of onboarding, by repository, so that it can be left and taken up again."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path

from doctor.facts.serialise import NotFacts, typed, whole
from doctor.fix.host.files import private_folder, write_new
from doctor.onboard.data import Kept, Taken
from doctor.reading.files import Missing, Unfit, read_text

SCHEMA_VERSION = 1
#: bytes of one file, and steps that are remembered
_LIMIT, _MOST = 256 * 1024, 200


def read_kept(state: Path, folder: Path) -> Kept:
    """What is remembered of a repository; nothing where there is nothing, or nothing usable."""
    try:
        data = json.loads(read_text(_file(state, folder), limit=_LIMIT))
        if not isinstance(data, dict) or data.get("schema_version") != SCHEMA_VERSION:
            return Kept()
        kept: Kept = typed(Kept, data.get("kept"), "kept")
    except (Missing, Unfit, ValueError, RecursionError, NotFacts):
        return Kept()
    return kept


def remember(state: Path, folder: Path, prefix: Path, taken: Taken) -> Kept:
    """Add what came of one step."""
    before = read_kept(state, folder)
    same = before.prefix == str(prefix)
    begins = taken.name == "create" and taken.operation  # what was done to an earlier one counts no more
    others = tuple(one for one in before.taken if one.name != taken.name) if same and not begins else ()
    kept = Kept(str(prefix), before.begun or round(time.time(), 1), (*others, taken)[-_MOST:])
    private_folder(state / "onboarding")
    body = {"schema_version": SCHEMA_VERSION, "folder": str(folder), "kept": whole(kept)}
    write_new(_file(state, folder), json.dumps(body, indent=2) + "\n", mode=0o600)
    return kept


def forget_kept(state: Path, folder: Path) -> None:
    """Begin anew: remember nothing."""
    if read_kept(state, folder) != Kept():
        body = {"schema_version": SCHEMA_VERSION, "folder": str(folder), "kept": whole(Kept())}
        write_new(_file(state, folder), json.dumps(body, indent=2) + "\n", mode=0o600)


def _file(state: Path, folder: Path) -> Path:
    name = hashlib.sha256(os.fsencode(os.path.realpath(folder))).hexdigest()[:24]
    return state / "onboarding" / f"{name}.json"
