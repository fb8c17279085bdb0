"""Draws the golden screens anew: python -m tests.tui.golden."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.tui.golden.stage import staged
from tests.tui.golden.walk import walk

FOLDER = Path(__file__).parent


def main() -> None:
    """Draw every screen into its file, and take files of screens away that are no more."""
    with tempfile.TemporaryDirectory(prefix="golden-") as folder, staged(Path(folder)) as stage:
        pictures = asyncio.run(walk(stage))
    kept = set()
    for picture in pictures:
        path = FOLDER / f"{picture.name}-{picture.size[0]}x{picture.size[1]}.txt"
        path.write_text(picture.text, encoding="utf-8")
        kept.add(path)
    for path in set(FOLDER.glob("*.txt")) - kept:
        path.unlink()
    sys.stdout.write(f"{len(kept)} screens in {FOLDER}\n")


if __name__ == "__main__":
    main()
