"""Parses files that any start of Python reads: .pth, .start and sitecustomize.

Bytes in, data out, by the rules of Python's own site module; no file is opened and nothing is run.
"""

from __future__ import annotations

from itertools import islice
from typing import NamedTuple

from doctor.reading.clean import clean, decode
from doctor.reading.redact import redact

#: characters of a line of code that are kept
CODE_LIMIT = 200
#: lines of one file that are kept
LINE_LIMIT = 500


class Lines(NamedTuple):
    """What a start-up file makes Python do."""

    code: tuple[tuple[int, str], ...] = ()  #: (line, text) of what is run, cut
    folders: tuple[tuple[int, str], ...] = ()  #: (line, folder as written)
    whole: str = ""  #: all that is run, uncut
    undecodable: int = 0  #: the first line that is not UTF-8; 0 where all are


def parse_pth(data: bytes) -> Lines:
    """Parse a .pth file: lines that begin with import are run, the others name folders."""
    code: list[tuple[int, str]] = []
    folders: list[tuple[int, str]] = []
    for number, line in enumerate(_text(data).splitlines(), 1):
        if line.startswith("#") or not line.strip():
            continue
        if line.startswith(("import ", "import\t")):
            code.append((number, line))
        else:
            folders.append((number, line.rstrip()))
    return Lines(_cut(code), tuple(folders[:LINE_LIMIT]), _whole(code), _undecodable(data))


def parse_start(data: bytes) -> Lines:
    """Parse a .start file (PEP 829): each line names a function that is called."""
    lines = [(n, line.strip()) for n, line in enumerate(_text(data).splitlines(), 1) if _is_said(line)]
    return Lines(_cut(lines), (), _whole(lines), _undecodable(data))


def parse_module(data: bytes) -> Lines:
    """Parse sitecustomize.py or usercustomize.py: all lines but comments are run."""
    lines = [(n, line.rstrip()) for n, line in enumerate(_text(data).splitlines(), 1) if _is_said(line)]
    return Lines(_cut(lines), (), _whole(lines))


def _text(data: bytes) -> str:
    return decode(data.removeprefix(b"\xef\xbb\xbf"))


def _is_said(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _cut(lines: list[tuple[int, str]]) -> tuple[tuple[int, str], ...]:
    """Runs of blanks shrink first: they are a way to push code out of sight."""
    return tuple(
        (n, clean(redact(_shrunk(text[: 50 * CODE_LIMIT])).rstrip(), CODE_LIMIT))
        for n, text in islice(lines, LINE_LIMIT)
    )


def _shrunk(text: str) -> str:
    indent = text[: len(text) - len(text.lstrip())][:20]
    return indent + " ".join(text.split()) if "   " in text.strip() or "\t" in text else text


def _whole(lines: list[tuple[int, str]]) -> str:
    return "\n".join([text for _, text in lines])


def _undecodable(data: bytes) -> int:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return data.count(b"\n", 0, error.start) + 1
    return 0
