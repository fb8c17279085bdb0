"""python -m tests.bench: makes the subjects, runs both sides of each row in turn, prints the table."""

from __future__ import annotations

import argparse
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from doctor import __version__
from tests.bench.contest import Failed, Result, contest
from tests.bench.rows import ROOT, Row, rows

_FORMAT = "{:<32} {:<26} {:>9} {:>9} {:>7} {:>6} {:>6} {:>9}  {}"
#: bytes that a run may take at its peak: this and so much for each file
_FIXED, _EACH = 20 * 1024**2, 0.8 * 1024


def main() -> None:
    """Measure every row, or those whose text holds a word."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=7, help="times that each side runs (7)")
    parser.add_argument("--only", default="", help="rows whose text holds this")
    parser.add_argument("--small", action="store_true", help="leave out the subjects of 100,000 files")
    parser.add_argument("--subjects", type=Path, help="where to make subjects and find them again")
    asked = parser.parse_args()
    print("\n".join(_versions()), flush=True)
    print(_FORMAT.format("what", "against", "ours", "theirs", "ratio", "must", "aim", "peak", ""))
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.subjects or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for row in rows(folder, asked.small):
            if asked.only in f"{row.what} {row.against}":
                print(_line(row, asked.runs), flush=True)


def _line(row: Row, runs: int) -> str:
    if row.skipped:
        return _FORMAT.format(row.what, row.against, "-", "-", "-", row.must, row.aim, "-", f"skipped: {row.skipped}")
    try:
        result = contest(row.ours, row.theirs, runs, ROOT)
    except (Failed, OSError) as error:
        return _FORMAT.format(row.what, row.against, "-", "-", "-", row.must, row.aim, "-", f"failed: {error}")
    return _FORMAT.format(
        row.what,
        row.against,
        f"{result.ours * 1000:.0f} ms",
        f"{result.theirs * 1000:.0f} ms",
        f"{result.ratio:.2f}",
        row.must or "-",
        row.aim or "-",
        f"{result.peak / 1024**2:.0f} MiB",
        _verdict(row, result),
    )


def _verdict(row: Row, result: Result) -> str:
    said = "" if not row.must else "aim" if result.ratio <= row.aim else "must" if result.ratio <= row.must else "OVER"
    if row.files:
        each = (result.peak - _FIXED) / row.files
        said += f", {each / 1024:.2f} KiB a file beyond 20 MiB" + (" OVER" if each > _EACH else "")
    return said.removeprefix(", ")


def _versions() -> list[str]:
    said = [f"envdoctor {__version__}, Python {platform.python_version()}, {platform.platform()}"]
    for tool in (["uv"], ["openssl", "version"], ["du"], ["conda"]):
        path = shutil.which(tool[0]) or shutil.which(tool[0], path=str(Path(sys.executable).parent))
        if path:
            command = [path, *(tool[1:] or ["--version"])]
            answer = subprocess.run(command, capture_output=True, text=True, check=False).stdout
            said.append(answer.partition("\n")[0])
    return said


if __name__ == "__main__":
    main()
