"""How far the reading of an environment is: by layer, in files, packages or libraries; seconds where it takes long."""

from __future__ import annotations

import time
from collections.abc import Sequence

from doctor.report.words import count

#: layers that are told of at once, so that it stays one line
_TOLD = 2
#: seconds after which the time is told: by then a person wonders
_WONDERS = 1.0
#: layer -> what is counted of it
_COUNTED = {
    "files": "file",
    "distributions": "package",
    "conda": "record",
    "binaries": "library",
    "integrity": "hash",
}
_PLURALS = {"library": "libraries", "hash": "hashes"}


class HowFar:
    """Takes what collectors tell from their threads; a screen looks as often as it draws."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._at: dict[str, tuple[int, int]] = {}

    def tell(self, layer: str, done: int, of: int) -> None:
        """Note how far a layer is; of is 0 where nobody knows."""
        self._at[layer] = (done, of)

    def said(self, reading: Sequence[str], judged: int) -> str:
        """In one line: what is being read and how far, what is done, how long it takes."""
        parts = [self._layer(layer) for layer in reading[:_TOLD]]
        more = f" and {len(reading) - _TOLD} more" if len(reading) > _TOLD else ""
        seconds = time.monotonic() - self._began
        waited = f"{seconds:.0f} s, " if seconds >= _WONDERS else ""
        done = f"({waited}{count(judged, 'check')} done)"
        return f"reading {', '.join(parts)}{more} … {done}" if parts else f"judging … {done}"

    def _layer(self, layer: str) -> str:
        done, of = self._at.get(layer, (0, 0))
        noun = _COUNTED.get(layer)
        if noun is None or not (done or of):
            return layer
        plural = _PLURALS.get(noun, f"{noun}s")
        counted = f"{done:,} of {of:,}" if of else f"{done:,}"
        return f"{layer} {counted}" if plural == layer else f"{layer} {counted} {plural}"
