"""Reads JSON with comments and commas before a closing bracket, as editors and dev containers have it, with lines."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from doctor.reading.clean import clean, clean_lines
from doctor.reading.files import Unfit

#: texts as they are, and comments; unclosed ones end with the file, so that nothing is read twice
_PARTS = re.compile(r'"(?:\\.|[^"\\\n])*"?|//[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)', re.DOTALL)
_COMMAS = re.compile(r'"(?:\\.|[^"\\\n])*"?|,(?=[ \t\r\n]{0,2000}[}\]])')
_SEEN = re.compile(r"[^\n]")


class RelaxedJson:
    """The values of a text, and the lines of its keys."""

    def __init__(self, text: str) -> None:
        """Raises Unfit with the line where it does not parse."""
        self.text = _PARTS.sub(lambda found: found[0] if found[0][0] == '"' else _SEEN.sub(" ", found[0]), text)
        bare = _COMMAS.sub(lambda found: found[0] if found[0][0] == '"' else " ", self.text)
        try:
            value = json.loads(bare)
        except json.JSONDecodeError as error:
            raise Unfit(f"line {error.lineno}: not JSON: {clean(error.msg, 100)}", error.lineno) from None
        except RecursionError:
            raise Unfit("nested too deeply") from None
        except (MemoryError, ValueError) as error:
            raise Unfit(f"cannot be parsed: {clean(str(error), 100) or 'too large'}") from None
        self.values: Mapping[str, Any] = value if isinstance(value, dict) else {}

    def line(self, *keys: str) -> int:
        """The line of the last of some keys, each looked for below the one before; 0 where one is not there."""
        place = 0
        for key in keys:
            found = re.compile(rf'"{re.escape(key)}"\s{{0,100}}:').search(self.text, place)
            if found is None:
                return 0
            place = found.end()
        return self.text.count("\n", 0, place) + 1 if keys else 0


def text_of(value: object, limit: int) -> str:
    """A value's text as it may be shown: clean although JSON's escapes can bring anything in; empty for no text."""
    return clean(clean_lines(value).strip(), limit) if isinstance(value, str) else ""
