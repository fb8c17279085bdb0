"""How results leave: one line of JSON each, at once, so that a crash takes only what was being computed."""

from __future__ import annotations

import base64
import hashlib
import json
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

#: where results go: what is printed meanwhile goes to standard error
OUT = os.dup(1) if __name__ == "__main__" else 1
if __name__ == "__main__":
    os.dup2(2, 1)

_MASK = (1 << 64) - 1


def tell(what: dict[str, Any]) -> None:
    """One line."""
    data = (json.dumps(what) + "\n").encode("utf-8", "replace")
    while data:
        data = data[os.write(OUT, data) :]


def tell_series(name: str, compared: str, dtype: str, data: bytes, again: bytes, scale: float, digests: bool) -> None:
    """One series; again holds the same, computed once more."""
    tell(
        {
            "series": name,
            "compared": compared,
            "dtype": dtype,
            "data": "" if digests else base64.b64encode(data).decode("ascii"),
            "digest": hashlib.sha256(data).hexdigest(),
            "scale": scale,
            "steady": data == again,
        }
    )


def integers(start: int, count: int) -> Iterator[int]:
    """Random integers of 64 bits: SplitMix64."""
    for number in range(start, start + count):
        mixed = (number * 0x9E3779B97F4A7C15) & _MASK
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        yield mixed ^ (mixed >> 31)
