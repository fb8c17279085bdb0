"""The journal of an operation: one JSON line for each thing that is about to happen, on disk before it happens."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from doctor.fix.host.files import private_folder, sync_folder

NAME = "journal.jsonl"

Entry = Mapping[str, Any]


class Journal:
    """Appends to one operation's journal; every entry is on disk when write returns."""

    def __init__(self, folder: Path) -> None:
        new = not (folder / NAME).exists()
        private_folder(folder)
        self._descriptor = os.open(folder / NAME, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        if new:
            sync_folder(folder)
            sync_folder(folder.parent)
        else:
            self._end_line(folder / NAME)

    def write(self, event: str, **fields: Any) -> None:
        """Write one entry down, and wait until it is on disk."""
        line = json.dumps({"event": event, "time": round(time.time(), 3), **fields}) + "\n"
        os.write(self._descriptor, line.encode())
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _end_line(self, path: Path) -> None:
        """End a line that a crash cut short, so that the next one stands alone."""
        if path.stat().st_size and not path.read_bytes().endswith(b"\n"):
            os.write(self._descriptor, b"\n")


def read_journal(folder: Path) -> tuple[Entry, ...]:
    """All whole entries, oldest first; a line that a crash cut short does not count."""
    try:
        lines = (folder / NAME).read_bytes().splitlines()
    except FileNotFoundError:
        return ()
    entries = []
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and isinstance(entry.get("event"), str):
            entries.append(entry)
    return tuple(entries)


def newest(entries: tuple[Entry, ...], event: str) -> Entry | None:
    """The newest entry of a kind."""
    return next((entry for entry in reversed(entries) if entry["event"] == event), None)
