"""Parses a project's Python, and of a large file only the statements in which an import can stand.

Most of a source has none, and to parse it all takes four times as long. Nothing is run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast

#: names by which this file asks the warnings filter to be silent about what it parses
_PARSED = "<a file of the project>"
_MAYBE_IMPORTS = re.compile(r"^[^#\n]*\bimport\b", re.MULTILINE)
#: where a statement of the file itself begins, and not a part of the one before
_STATEMENT = re.compile(r"""^(?![\s#)\]}"']|(?:except|finally|else|elif)\b)""", re.MULTILINE)
#: what reads like Python 2, a template or a conflict: such a file is parsed whole, for its imports are guesses then
_UNLIKELY = re.compile(
    r"""^[ \t]*(?:print[ \t]+["'\w]|exec[ \t]+["']|raise[ \t]+\w+,|except[ \t]+[\w.]+,|\{[{%]|<{7})""", re.MULTILINE
)


def parse_source(text: str) -> ast.Module:
    """Parse Python without a word on our stderr about its invalid escape sequences. Raises as ast.parse does."""
    import ast
    import warnings

    # Silences only what bears our file name, and for good: taking a filter back is not safe while threads run.
    warnings.filterwarnings("ignore", module=re.escape(_PARSED))
    return ast.parse(text, _PARSED)


def may_import(text: str) -> bool:
    """Whether the word import stands anywhere but in comments."""
    return _MAYBE_IMPORTS.search(text) is not None


def parsed_imports(text: str) -> list[tuple[ast.Module, int]]:
    """The parts of a source that may import, parsed, each with the lines before it. Raises as ast.parse does."""
    if not _UNLIKELY.search(text):
        try:
            return [(parse_source(part), lines) for part, lines in _parts(text) if may_import(part)]
        except SyntaxError:  # a part was none: it began on a line that goes on after a backslash or in a bracket
            pass
    return [(parse_source(text), 0)]


def _parts(text: str) -> Iterator[tuple[str, int]]:
    """The statements of a file with the number of lines before each; texts of several lines are not cut."""
    start = seen = lines = 0
    within = [False, False]
    for match in _STATEMENT.finditer(text):
        for number, quotes in enumerate(('"""', "'''")):
            within[number] ^= text.count(quotes, seen, match.start()) % 2 == 1
        seen = match.start()
        if seen > start and not any(within):
            yield text[start:seen], lines
            lines += text.count("\n", start, seen)
            start = seen
    yield text[start:], lines
