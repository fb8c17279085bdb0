"""Prints styled lines: plain into a pipe or file, coloured at a terminal that wants it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from doctor.report.text import Line, Span, plain_text
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
#: the same for a terminal that is written to without rich
_CODES = {"error": "1;31", "warning": "1;33", "note": "34", "fine": "1;32", "strong": "1", "dim": "2", "command": "36"}


def show(lines: Iterable[Line]) -> None:
    """Print lines to standard output in the way it can show."""
    if program() != "envdoctor":
        lines = (tuple(map(_called, line)) for line in lines)
    if colourful():
        try:
            from rich.console import Console
            from rich.text import Text
        except ModuleNotFoundError:  # envdoctor runs out of one file, which carries no rich
            write("".join("".join(_painted(span) for span in line) + "\n" for line in lines))
            return

        console = Console(highlight=False, soft_wrap=True, emoji=False, markup=False)
        for line in lines:
            console.print(Text.assemble(*((span.text, _STYLES.get(span.style, "")) for span in line)))
        return
    write(plain_text(lines))
    sys.stdout.flush()  # a job's log joins both streams: a plan stands there before the lines of its being carried out


def program() -> str:
    """What envdoctor is started by: its name, or a Python and the one file that it runs out of."""
    if os.path.isdir(os.path.dirname(__file__)):  # noqa: PTH112, PTH120 - pathlib costs more than all of this module
        return "envdoctor"
    from doctor.report.steps import shell_word

    return f"{os.path.basename(sys.executable) or 'python3'} {shell_word(sys.argv[0])}"  # noqa: PTH119


def _called(span: Span) -> Span:
    """A command to copy as it can be run here."""
    if span.style != "command" or not span.text.startswith("envdoctor "):
        return span
    return span._replace(text=span.text.replace("envdoctor", program(), 1))


def _painted(span: Span) -> str:
    code = _CODES.get(span.style)
    return f"\x1b[{code}m{span.text}\x1b[0m" if code and span.text else span.text


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
