"""The integrity layer (--deep): which files are not what was recorded when they were installed."""

from typing import NamedTuple


class Altered(NamedTuple):
    """A file whose SHA-256 is not the recorded one."""

    path: str  #: relative to the prefix
    owner: str  #: distribution key, or conda:NAME
    expected: str  #: hexadecimal
    found: str


class Integrity(NamedTuple):
    """What hashing found."""

    altered: tuple[Altered, ...] = ()
    hashed: int = 0  #: files
    read: int = 0  #: bytes
    unreadable: tuple[str, ...] = ()
