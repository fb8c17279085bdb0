"""Reads the conda layer. What reads its files is imported where there are some, for many environments have none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from doctor.collect import Gap
from doctor.facts import Facts
from doctor.facts.conda import Conda
from doctor.target.environment import Request

#: entries of conda-meta that are looked at; the largest environments seen have 2,000
_ENTRY_LIMIT = 80_000


def read(request: Request, facts: Facts) -> Conda:
    """Read all of conda-meta; an environment without one is told as not present."""
    try:
        names = sorted(_names(request.environment.prefix / "conda-meta"))
    except (FileNotFoundError, NotADirectoryError):
        return Conda()
    except OSError as error:
        raise Gap(f"conda-meta cannot be listed: {error.strerror or error}") from None
    if "history" not in names and not any(name.endswith(".json") and not name.startswith(".") for name in names):
        return Conda()
    from doctor.collect.conda_meta import read_meta

    return read_meta(request, facts, names)


def _names(folder: Path) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for number, entry in enumerate(entries):
            if number >= _ENTRY_LIMIT:
                return
            yield entry.name
