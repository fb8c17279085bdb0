"""Makes the fingerprint of an environment out of its facts.

No path, no user's name and no private host enters it, so that it can be sent to a colleague, and nothing that differs
between two clones of one environment, so that they are equal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from doctor import __version__
from doctor.facts import FINGERPRINT_LAYERS, Facts, Fingerprint, Part

Items = Mapping[str, Mapping[str, str]]


def fingerprint_of(facts: Facts, *, made: float = 0.0) -> Fingerprint:
    """Everything of an environment that decides results; made is its time, 0 where none is wanted."""
    identity = facts.identity
    return Fingerprint(
        envdoctor=__version__,
        name=identity.name,
        kind=identity.kind,
        made=made,
        layers={name: Part(hash_of({}), {}) for name in FINGERPRINT_LAYERS},
        numbers=facts.live.numbers,
    )


def hash_of(items: Items) -> str:
    """The sha256 of a layer's items, whatever their order."""
    import hashlib

    text = json.dumps(items, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
