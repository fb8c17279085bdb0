"""Prints styled lines: plain into a pipe or file, coloured at a terminal that wants it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from doctor.report.text import Line, plain_text
from doctor.report.words import plain

_STYLES = {
    "error": "bold red",
    "warning": "bold yellow",
    "note": "blue",
    "fine": "bold green",
    "strong": "bold",
    "dim": "dim",
    "command": "cyan",
}


def show(lines: Iterable[Line]) -> None:
    """Print lines to standard output in the way it can show."""
    if colourful():
        from rich.console import Console
        from rich.text import Text

        console = Console(highlight=False, soft_wrap=True, emoji=False, markup=False)
        for line in lines:
            console.print(Text.assemble(*((span.text, _STYLES.get(span.style, "")) for span in line)))
        return
    write(plain_text(lines))


def write(text: str) -> None:
    """Write text to standard output; glyphs that its encoding lacks become ASCII."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        text = plain(text).encode(sys.stdout.encoding or "ascii", "replace").decode(sys.stdout.encoding or "ascii")
    sys.stdout.write(text)


def colourful() -> bool:
    """Whether standard output is a terminal that may be sent colours."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "") not in ("", "dumb")


def width() -> int:
    """Columns to fill: the terminal's, between 40 and 100; 80 where it is none."""
    if not sys.stdout.isatty():
        return 80
    import shutil

    return min(max(shutil.get_terminal_size((80, 24)).columns, 40), 100)
