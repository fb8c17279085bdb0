"""Which Python packages conda-forge has, and what it calls them.

The names stand in conda_forge.txt beside this file: one of PyPI a line, followed by conda-forge's own where the two
differ. Made from prefix-dev/parselmouth's map of conda-forge (snapshot 2026-08-19, BSD-3-Clause); packages that only
carry a copy of another one are left out. What is not in it may still be there: the map is read from packages' files.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from doctor.knowledge.sources import Source

SOURCES = [
    Source(
        "conda_forge",
        "the Python packages of conda-forge and their names on PyPI",
        "2026-08-19",
        "prefix-dev/parselmouth, read from the files of conda-forge's packages",
        "measured; a name that is missing here may still be there",
    ),
]

_RUNS = re.compile(r"[-_.]+")


def conda_name(name: str) -> str:
    """What conda-forge calls a distribution of PyPI; an empty text where it is not known to have it."""
    return _names().get(_RUNS.sub("-", name).lower(), "")


@functools.cache
def _names() -> Mapping[str, str]:
    import pkgutil

    data = pkgutil.get_data("doctor.knowledge", "conda_forge.txt")  # also out of an archive
    text = data.decode() if data else ""
    found: dict[str, str] = {}
    for line in text.splitlines():
        ours, _, theirs = line.partition(" ")
        found[ours] = theirs or ours
    return found
