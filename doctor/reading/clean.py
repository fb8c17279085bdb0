"""Takes out of a text what could drive a terminal or deceive an eye. The one place that cleans.

Removed characters leave U+FFFD behind, so that a reader sees that something was there and two names that
differ only by invisible characters do not become equal.
"""

from __future__ import annotations

import re

#: bytes that need no further look: printable ASCII, tab, line feed, carriage return
_PLAIN = bytes([9, 10, 13, *range(32, 127)])

_UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # C0 without tab and line ends, DEL, C1
    "\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # zero width, bidirectional
    "\ud800-\udfff\U000e0000-\U000e007f]"  # lone surrogates, tags
)
_LINE_ENDS = re.compile("[\t\n\r]+")


def decode(data: bytes) -> str:
    """Turn bytes into clean text that keeps its lines; undecodable bytes become U+FFFD."""
    if not data.translate(None, _PLAIN):
        return data.decode("ascii")
    return _UNSAFE.sub("\ufffd", data.decode("utf-8", "replace"))


def clean_lines(text: str) -> str:
    """Clean a text and keep its line ends and tabs."""
    return text if text.isascii() and text.isprintable() else _UNSAFE.sub("\ufffd", text)


def clean(text: str, limit: int = 0) -> str:
    """Clean a text and make it one line, cut with an ellipsis after limit characters if limit is not 0."""
    if not text.isprintable():
        text = _LINE_ENDS.sub(" ", _UNSAFE.sub("\ufffd", text))
    return text if not limit or len(text) <= limit else text[: limit - 1] + "…"


def is_clean(text: str) -> bool:
    """Whether cleaning would leave a one-line text as it is."""
    return text.isprintable() or (_UNSAFE.search(text) is None and _LINE_ENDS.search(text) is None)
