"""Saves and brings back a prefix as an operation does: python -m tests.bench.saving WHAT PREFIX FOLDER.

save is what is measured; spoil and change prepare what put-back and undo then measure: a saved prefix of which one
file in thirty was replaced by a package manager.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from doctor.fix.host import snapshot
from doctor.fix.host.snapshot import Places


def main() -> None:
    """Do one of the five."""
    what, prefix, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    places = Places(prefix, folder / "operation", folder / "operation", "links")
    match what:
        case "clear":
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        case "save":
            snapshot.save(places, folder, lambda done: None)
        case "spoil" | "change":
            shutil.rmtree(folder, ignore_errors=True)
            snapshot.save(places, folder, lambda done: None)
            _replace(prefix)
            if what == "change":
                snapshot.note_changes(places, folder)
                snapshot.reduce(places)
        case "put-back":
            if snapshot.bring_back(places, folder)[1]:
                raise SystemExit("not all came back")
        case "undo":
            if snapshot.changed_since(places) or snapshot.take_back(places)[1]:
                raise SystemExit("not all came back")
            snapshot.forget(places)


def _replace(prefix: Path) -> None:
    files = sorted(path for path in (prefix / "lib").rglob("*.py"))
    for path in files[::30]:
        data = path.read_bytes()
        path.unlink()
        path.write_bytes(data + b"#")


if __name__ == "__main__":
    main()
