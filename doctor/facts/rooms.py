"""Room on disk folder by folder: what a picture of it is drawn from. No layer, for only who looks at it asks for it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Portion(NamedTuple):
    """What one owner has in one folder."""

    path: str  #: relative to the prefix; "" is the prefix itself
    names: Sequence[str]  #: of its files
    own: Sequence[int]  #: beside names, bytes that deleting the environment would give back
    shared: Sequence[int]  #: beside names, bytes that other hard links keep; empty where there are none
    folder: int = 0  #: bytes of the folder itself


class Rooms(NamedTuple):
    """Everything under a prefix, by owner."""

    by_owner: Mapping[str, Sequence[Portion]] = {}  #: distribution key or conda:NAME; "" for nobody's
    files: int = 0
    complete: bool = True  #: False where the walk hit its limits or something could not be listed
    sites: tuple[str, ...] = ()  #: folders that packages are installed into, relative to the prefix
