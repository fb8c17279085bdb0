"""Finds the line of a key or of a list's member in a TOML file, by its tables, which tomllib does not keep.

It looks at the shape of lines alone and trusts that tomllib has parsed the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right

#: a key, perhaps dotted, and what follows it
_PART = r"""(?:[\w-]+|"(?:\\.|[^"\\\n]){0,500}"|'[^'\n]{0,500}')"""
_KEYS = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART}){{0,30}}"
_KEY = re.compile(rf"[ \t]*({_KEYS})[ \t]*=")
_HEADER = re.compile(rf"[ \t]*\[{{1,2}}[ \t]*({_KEYS})[ \t]*\]")
_EACH = re.compile(_PART)
#: strings, comments and brackets: what decides whether the next line goes on with this value
TOKENS = re.compile(
    r'''"""(?:[^"\\]|\\.|"(?!""))*(?:"""+|\Z)|\'\'\'(?:[^']|'(?!''))*(?:\'\'\'+|\Z)'''
    r"""|"(?:\\.|[^"\\\n])*"?|'[^'\n]*'?|\#[^\n]*|[\[\]{}]|\n""",
    re.DOTALL,
)

Path = tuple[str, ...]


class Places:
    """The lines of one text; a place that cannot be told is that of what holds it, else 0."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts: dict[Path, int] = {}  #: of keys and tables: where their line begins
        self._last: dict[Path, int] = {}
        self._scan()
        self._every = sorted(self.starts.values())

    def line(self, *path: str) -> int:
        """The line of a key, or of the nearest table around it."""
        for length in range(len(path), 0, -1):
            start = self.starts.get(path[:length])
            if start is not None:
                return self._line(start)
        return 0

    def member(self, text: str, *path: str) -> int:
        """The line that quotes a text in the list at a path; asked for members in order, equal ones are told apart."""
        start = next((self.starts[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.starts), 0)
        end = self._end(start)
        for written in (text, text.replace("\\", "\\\\").replace('"', '\\"')):
            for begin in (max(start, self._last.get(path, 0)), start):
                places = (self.text.find(f"{quote}{written}{quote}", begin, end) for quote in "\"'")
                place = min((place for place in places if place >= 0), default=-1)
                if place >= 0:
                    self._last[path] = place + 1
                    return self._line(place)
        return self.line(*path)

    def _end(self, start: int) -> int:
        place = bisect_right(self._every, start)
        return self._every[place] if place < len(self._every) else len(self.text)

    def _line(self, place: int) -> int:
        return self.text.count("\n", 0, place) + 1

    def _scan(self) -> None:
        table: Path = ()
        depth, fresh = 0, 0
        position, end = 0, len(self.text)
        while position < end:
            if depth == 0 and position == fresh:
                header = _HEADER.match(self.text, position)
                if header:
                    table = _split(header[1])
                    self.starts.setdefault(table, position)
                    position = header.end()
                    continue
                key = _KEY.match(self.text, position)
                if key:
                    names = (*table, *_split(key[1]))
                    for length in range(len(table) + 1, len(names) + 1):
                        self.starts.setdefault(names[:length], position)
                    position = key.end()
                    continue
            token = TOKENS.search(self.text, position)
            if token is None:
                return
            if token[0] == "\n":
                fresh = token.end()
            elif token[0] in "[{":
                depth += 1
            elif token[0] in "]}":
                depth = max(0, depth - 1)
            position = token.end()


def _split(dotted: str) -> Path:
    return tuple(part[1:-1] if part[0] in "\"'" else part for part in _EACH.findall(dotted))
