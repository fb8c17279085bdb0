"""Reads TOML with a way back from a value to its line, which tomllib does not keep."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from doctor.reading.clean import clean
from doctor.reading.files import Unfit, read_text

#: bytes; the largest pyproject.toml in the wild have 100,000
TOML_LIMIT = 1024 * 1024
_TEXT_LIMIT = 2_000
#: parts of a dotted key; tomllib's time grows with their square, and people write five
_KEY_PARTS = 200
_QUOTED = re.compile(r"""\"(?:\\.|[^"\\\n])*"|'[^'\n]*'""")
_BLANKS = re.compile(r"[ \t]+")
_NO_KEY = re.compile(r"[^\w.-]+")


class Toml:
    """Values with the text that they came from."""

    def __init__(self, text: str, values: Mapping[str, Any]) -> None:
        self.text = text
        self.values = values
        self._from = 0

    def table(self, key: str) -> Mapping[str, Any]:
        """A table at the top; empty where there is none."""
        return self.mapping(self.values, key)

    @staticmethod
    def mapping(holder: object, key: str) -> Mapping[str, Any]:
        """A table in a table; empty where there is none."""
        value = holder.get(key) if isinstance(holder, Mapping) else None
        return value if isinstance(value, dict) else {}

    @staticmethod
    def texts(value: object) -> list[str]:
        """The texts of a list, at most 2,000; what is no text is left out."""
        return [item for item in value[:_TEXT_LIMIT] if isinstance(item, str)] if isinstance(value, list) else []

    def line(self, text: str, *, key: bool = False) -> int:
        """The line that quotes a text or sets a key, looked for from the last one found; 0 where none does."""
        for start in (self._from, 0):
            place = self._place(text, start, key)
            if place >= 0:
                self._from = place
                return self.text.count("\n", 0, place) + 1
        return 0

    def _place(self, text: str, start: int, key: bool) -> int:
        if key:
            found = re.compile(rf"""^\s*["']?{re.escape(text)}["']?\s*[=.]""", re.MULTILINE).search(self.text, start)
            return found.end() if found else -1
        places = (self.text.find(f"{quote}{text}", start) for quote in "\"'")
        return min((place for place in places if place >= 0), default=-1)


def read_toml(path: Path, *, within: Path | None = None) -> Toml:
    """Read a TOML file. Raises Missing and Unfit, the latter with the line where it does not parse."""
    return parse_toml(read_text(path, limit=TOML_LIMIT, within=within))


def parse_toml(text: str) -> Toml:
    """Parse a clean text. Raises Unfit as read_toml does."""
    import tomllib

    _refuse_long_keys(text)
    try:
        return Toml(text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"at line (\d+)", str(error))
        line = int(where[1]) if where else text.count("\n") + 1
        why = clean(re.sub(r"\s*\(at .*\)$", "", str(error)), 120)
        raise Unfit(f"line {line}: not TOML: {why}", line) from None
    except RecursionError:
        raise Unfit("nested too deeply") from None
    except (MemoryError, ValueError) as error:  # a number of thousands of digits
        raise Unfit(f"cannot be parsed: {clean(str(error), 120) or 'too large'}") from None


def _refuse_long_keys(text: str) -> None:
    for number, line in enumerate(text.splitlines(), 1):
        if line.count(".") > _KEY_PARTS:
            bare = _BLANKS.sub("", _QUOTED.sub("q", line))
            if any(part.count(".") > _KEY_PARTS for part in _NO_KEY.split(bare) if ".." not in part):
                raise Unfit(f"line {number}: a key of more than {_KEY_PARTS} parts", number)
