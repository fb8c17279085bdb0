"""Replaces what a terminal cannot show by ASCII, each character by one as wide, so that nothing moves."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from doctor.report.words import PLAIN_GLYPHS

#: what Python sets by itself where it finds the locale C
_SET_BY_PYTHON = ("C.UTF-8", "C.utf8", "UTF-8")
_NONE = ("C", "POSIX")
_OWN = {"…": ".", "→": ">", "←": "<", "↑": "^", "↓": "v", "≥": ">", "≤": "<", "•": "*", "\u00d7": "x", "\u2019": "'"}


def only_ascii(variables: Mapping[str, str]) -> bool:
    """Whether the terminal was set up for ASCII or for an encoding of one byte; a console of the kernel is, too."""
    if variables.get("TERM") == "linux":  # its fonts lack most marks
        return True
    told = variables.get("LC_ALL", "")
    if not told:
        told, language = variables.get("LC_CTYPE", ""), variables.get("LANG", "")
        if not told or (told in _SET_BY_PYTHON and language in _NONE):
            told = language
    encoding = told.partition(".")[2].partition("@")[0].lower().replace("-", "")
    return told in _NONE or encoding not in ("", "utf8")


class PlainCharacters(LineFilter):
    """Shows ASCII only."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - textual's
        """Replace texts and leave styles."""
        return [
            segment if segment.text.isascii() else Segment(_in_ascii(segment.text), segment.style, segment.control)
            for segment in segments
        ]


@lru_cache(4096)
def _in_ascii(text: str) -> str:
    return "".join(character if character.isascii() else _one(character) for character in text)


def _one(character: str) -> str:
    known = _OWN.get(character) or PLAIN_GLYPHS.get(character, "")
    if known:
        return known[0]
    code = ord(character)
    if 0x2500 <= code <= 0x257F:
        return "-" if character in "━═╌╍╴╶╸╺╼╾" else "|" if character in "┃║╎╏╵╷╹╻╽╿" else "+"
    if 0x2580 <= code <= 0x259F:
        return " " if character in "▔▁▂▏▕" else "#"
    if unicodedata.combining(character):
        return ""
    base = unicodedata.normalize("NFKD", character)[:1]
    if base.isascii() and base:
        return base
    return "??" if unicodedata.east_asian_width(character) in "WF" else "?"
