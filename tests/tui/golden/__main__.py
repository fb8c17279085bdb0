"""Draws the golden screens anew: python -m tests.tui.golden."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.tui.golden.stage import staged
from tests.tui.golden.walk import walk

FOLDER = Path(__file__).parent


def main() -> None:
    """Draw every screen into its file, and take files of screens away that are no more."""
    with staged() as stage:
        pictures = asyncio.run(walk(stage))
    kept = set()
    for picture in pictures:
        path = FOLDER / picture.file
        path.write_text(picture.text, encoding="utf-8")
        kept.add(path)
    for path in set(FOLDER.glob("*.txt")) - kept:
        path.unlink()
    sys.stdout.write(f"{len(kept)} screens in {FOLDER}\n")


if __name__ == "__main__":
    main()
