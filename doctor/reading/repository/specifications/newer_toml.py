"""Reads TOML in which inline tables go over several lines, as TOML 1.1 and pixi allow and this Python may not."""

from __future__ import annotations

import re
from pathlib import Path

from doctor.reading.files import Unfit, read_text
from doctor.reading.repository.specifications.toml_places import TOKENS
from doctor.reading.toml_lines import TOML_LIMIT, Toml, parse_toml

_LAST_COMMA = re.compile(r",[ \t]*\Z")


def read_newer_toml(path: Path, *, within: Path) -> Toml:
    """Read a file, its text as it stands there. Raises as read_toml does."""
    return parse_newer_toml(read_text(path, limit=TOML_LIMIT, within=within))


def parse_newer_toml(text: str) -> Toml:
    """Parse a clean text. Raises Unfit as parse_toml does."""
    try:
        return parse_toml(text)
    except Unfit as error:
        if "{" not in text:
            raise
        try:
            return Toml(text, parse_toml(_on_one_line(text)).values)
        except Unfit:
            raise error from None


def _on_one_line(text: str) -> str:
    """The text without line ends, comments and last commas inside inline tables."""
    parts: list[str] = []
    open_brackets: list[str] = []
    position = 0
    for token in TOKENS.finditer(text):
        inside = open_brackets[-1:] == ["{"] or "{" in open_brackets
        parts.append(text[position : token.start()].replace("\r", "") if inside else text[position : token.start()])
        position = token.end()
        written = token[0]
        if written in "[{":
            open_brackets.append(written)
        elif written in "]}":
            if written == "}":
                _drop_comma(parts)
            open_brackets = open_brackets[:-1]
        elif inside and (written == "\n" or written.startswith("#")):
            written = " "
        parts.append(written)
    parts.append(text[position:])
    return "".join(parts)


def _drop_comma(parts: list[str]) -> None:
    """Take the last comma away where nothing but blanks comes after it."""
    for place in range(len(parts) - 1, -1, -1):
        if parts[place].strip(" \t\r"):
            parts[place] = _LAST_COMMA.sub(" ", parts[place])
            return
