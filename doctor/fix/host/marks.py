"""Takes away the empty file by which an installer notes that somebody asked for a distribution."""

from __future__ import annotations

import csv
from pathlib import Path

from doctor.fix.host.files import sync_folder, write_new
from doctor.reading.files import Missing, Unfit, read_bytes

MARK = "REQUESTED"
#: bytes of a RECORD
_LIMIT = 64 * 1024 * 1024


def take_mark_away(folder: Path) -> None:
    """Delete REQUESTED from a dist-info folder, its row in RECORD first. Raises OSError."""
    try:
        text = read_bytes(folder / "RECORD", limit=_LIMIT, within=folder).decode("utf-8", "surrogateescape")
    except Missing:
        pass
    except Unfit as error:
        raise OSError(0, str(error), str(folder / "RECORD")) from None
    else:
        row = f"{folder.name}/{MARK}"
        kept = [line for line in text.splitlines(keepends=True) if next(csv.reader([line]), [""])[:1] != [row]]
        write_new(folder / "RECORD", "".join(kept))
    (folder / MARK).unlink(missing_ok=True)
    sync_folder(folder)
