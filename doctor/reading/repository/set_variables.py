"""Finds the environment variables that a project sets for itself: in Python, in notebook magics, in .env files.

By lines, for what matters stands on one line wherever people write it; what stands in a text of the program, such as
one that it writes elsewhere, sets nothing. Only variables that change how an
environment behaves are kept, without their secrets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from doctor.facts.settings import Variable
from doctor.reading.clean import clean
from doctor.reading.files import Missing, Unfit, read_text
from doctor.reading.redact import REDACTED, redact
from doctor.reading.settings.shell_lines import holds_secret, is_allowed

#: os.environ["NAME"] = "1", os.environ.setdefault("NAME", "1"), os.putenv("NAME", "1")
_PYTHON = re.compile(
    r"""^[^#\n]*?\b(?P<call>environ\s*\[\s*|environ\.setdefault\(\s*|putenv\(\s*)(["'])(?P<name>[A-Z][A-Z0-9_]{2,60})\2\s*"""
    r"""(?:\]\s*=(?!=)\s*|,\s*)(?:str\(\s*)?(["']?)(?P<value>[\w.,:/+-]{0,200})\4""",
    re.MULTILINE,
)
#: %env NAME=1, %env NAME 1, %set_env NAME 1
_MAGIC = re.compile(
    r"^[ \t]*%(?:env|set_env)[ \t]+(?P<name>[A-Z][A-Z0-9_]{2,60})(?:=|[ \t]+)(?P<value>\S{0,200})[ \t]*$", re.MULTILINE
)
_DOTENV = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?(?P<name>[A-Z][A-Z0-9_]{2,60})=(["']?)(?P<value>[^"'\n#]{0,200}?)\2[ \t]*(?:#.*)?$""",
    re.MULTILINE,
)
#: files whose lines are put into the environment by tools, editors and shells
_FILES = (".env", ".envrc", ".flaskenv")
_LIMIT = 128 * 1024
#: variables of one project that are kept
MOST = 200


def variables_in_code(text: str, path: str, *, notebook: bool) -> Iterator[Variable]:
    """The variables that a source or a notebook's cell sets."""
    if "environ" in text or "putenv" in text:
        yield from _matches(_PYTHON, text, path, _text_lines(text) if _PYTHON.search(text) else ())
    if notebook and "%" in text:
        yield from _matches(_MAGIC, text, path)


def variables_in_files(project: Path) -> Iterator[Variable]:
    """The variables of the files that tools read at a project's top."""
    for name in _FILES:
        try:
            text = read_text(project / name, limit=_LIMIT, within=project)
        except (Missing, Unfit):
            continue
        yield from _matches(_DOTENV, text, name)


def _text_lines(text: str) -> tuple[tuple[int, int], ...]:
    """Where the texts of a program begin and end, as places in it; none where it is no whole program."""
    import io
    import tokenize

    starts = [0]
    for row in text.split("\n"):
        starts.append(starts[-1] + len(row) + 1)
    kinds = {tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
    try:
        return tuple(
            (starts[token.start[0] - 1] + token.start[1], starts[token.end[0] - 1] + token.end[1])
            for token in tokenize.generate_tokens(io.StringIO(text).readline)
            if token.type in kinds
        )
    except (tokenize.TokenError, SyntaxError, ValueError, IndexError, RecursionError, MemoryError):
        return ()


def _matches(
    pattern: re.Pattern[str], text: str, path: str, texts: tuple[tuple[int, int], ...] = ()
) -> Iterator[Variable]:
    for match in pattern.finditer(text):
        name, value = match["name"], match["value"].strip()
        place = match.start("call") if texts else -1
        if is_allowed(name) and not any(first <= place < last for first, last in texts):
            line = text.count("\n", 0, match.start("name")) + 1
            shown = REDACTED if holds_secret(name, value) else redact(clean(value, 200))
            yield Variable(name, shown, path, line)
