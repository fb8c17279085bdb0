"""Where a table of facts comes from, of what date it is, and how certain: what every module of tables says of itself.

A module of tables has a list SOURCES of these, one for each table or one for all; `explain` shows them, and a newer
table that a user brings takes the place of its own.
"""

from __future__ import annotations

from typing import NamedTuple


class Source(NamedTuple):
    """The origin of one table."""

    name: str  #: of the table, as a file of newer knowledge is called without .json
    about: str  #: what it says, in a few words
    as_of: str  #: the day on which it was collected: 2026-11-22
    source: str  #: who says so
    certainty: str  #: measured, documented, general, and of what
    brought: str = ""  #: the file of a user's newer copy, where that took its place
