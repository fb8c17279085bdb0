"""The locks layer: files of the project in which a tool has written down exact versions."""

from typing import Literal, NamedTuple

from doctor.facts.distributions import Unreadable

LockKind = Literal[
    "uv.lock",
    "pylock.toml",  #: PEP 751, also pylock.NAME.toml
    "poetry.lock",
    "pdm.lock",
    "Pipfile.lock",
    "pixi.lock",
    "conda-lock",  #: conda-lock.yml, *.conda-lock.yml
    "explicit",  #: conda's explicit list: @EXPLICIT
]


class Locked(NamedTuple):
    """One package at one version."""

    name: str  #: normalised for pip, as conda writes it for conda
    version: str
    manager: Literal["pip", "conda"] = "pip"
    line: int = 0
    build: str = ""  #: conda's build string
    channel: str = ""  #: canonical name
    platform: str = ""  #: linux-64, ... for what holds on one platform alone; empty for all
    marker: str = ""  #: PEP 508
    groups: tuple[str, ...] = ()  #: extra, group, category or pixi environment; empty for always
    url: str = ""  #: redacted; of conda packages, and of what comes from no index
    digest: str = ""  #: sha256=... or md5=... of the package file, where there is one file
    hashes: int = 0  #: how many files it holds a hash of
    wheels: tuple[str, ...] = ()  #: file names of the wheels that it names, at most 100
    sdist: bool = False  #: whether it names a source archive
    source: Literal["index", "url", "vcs", "path", "editable", "project"] = "index"
    commit: str = ""  #: of a VCS source


class Lock(NamedTuple):
    """One lock file."""

    path: str  #: relative to the project
    kind: LockKind
    packages: tuple[Locked, ...] = ()
    requires_python: str = ""
    platforms: tuple[str, ...] = ()  #: as conda names them, where it names any
    environments: tuple[str, ...] = ()  #: of pixi; groups and extras of others
    written_by: str = ""  #: tool and version, as the file says
    content_hash: str = ""  #: what the file says of the specification that it was made from
    stale: str = ""  #: why it no longer fits its specification, where that can be computed exactly
    sources: tuple[str, ...] = ()  #: specifications that it says it was made from, relative to the project
    modified: float = 0.0  #: when the file was last written, seconds since the epoch


class Locks(NamedTuple):
    """All lock files of the project."""

    files: tuple[Lock, ...] = ()  #: by path
    problems: tuple[Unreadable, ...] = ()
