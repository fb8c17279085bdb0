"""What is said beside a report: on standard error, and at a terminal without a word cut at its edge."""

from __future__ import annotations

import sys

#: lines that begin so hold a command to copy, which stays whole
_COMMANDS = ("next:", "or:", "then:")


def tell(text: str) -> None:
    """Print a text; at a terminal its lines are wrapped, the rest of each indented below its beginning."""
    if sys.stderr.isatty():
        text = "\n".join(map(_fitted, text.split("\n")))
    print(text, file=sys.stderr, flush=True)


def _fitted(line: str) -> str:
    import shutil

    columns = max(shutil.get_terminal_size((80, 24)).columns, 40)
    if len(line) <= columns or line.startswith(_COMMANDS):
        return line
    import textwrap

    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.fill(line, columns, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
