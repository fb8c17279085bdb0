"""The conda layer: what conda-meta says of a prefix, whoever made it (conda, mamba, rattler, pixi)."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from doctor.facts.distributions import Leftover, Unreadable


class CondaRecord(NamedTuple):
    """One conda-meta/NAME-VERSION-BUILD.json."""

    name: str
    version: str
    build: str
    build_number: int = 0
    channel: str = ""  #: canonical name: conda-forge, pkgs/main, nvidia, or a redacted URL
    subdir: str = ""
    url: str = ""  #: redacted
    fn: str = ""  #: file name: conda-meta/FN without suffix .json
    md5: str = ""
    sha256: str = ""
    size: int = 0  #: bytes of the package file
    depends: tuple[str, ...] = ()
    constrains: tuple[str, ...] = ()
    noarch: Literal["", "python", "generic"] = ""
    requested: tuple[str, ...] = ()  #: specs the user asked for; empty where it was pulled in
    files: tuple[str, ...] = ()  #: real paths relative to the prefix
    digests: tuple[str, ...] = ()  #: sha256 beside files, "" where none can be compared; read with --deep only
    dropped: tuple[str, ...] = ()  #: paths of the cache's paths.json that the record lacks
    link: Literal["", "hard", "soft", "copy"] = ""
    extracted: str = ""  #: the package cache's folder, as shown to people
    cached: bool = False  #: whether that folder is still there
    timestamp: float = 0.0  #: when it was built, seconds since the epoch
    installed: float = 0.0  #: when the record was written, seconds since the epoch

    @property
    def dist(self) -> str:
        """NAME-VERSION-BUILD."""
        return f"{self.name}-{self.version}-{self.build}"

    @property
    def spec(self) -> str:
        """The spec that names exactly this build for conda: channel::name=version=build."""
        where = f"{self.channel}::" if self.channel else ""
        return f"{where}{self.name}={self.version}={self.build}"

    @property
    def distributor(self) -> str:
        """Who builds for this channel: defaults for pkgs/main, pkgs/r, ..., else the channel's name without a label."""
        name = self.channel.partition("/label/")[0]
        return "defaults" if name.startswith("pkgs/") or name == "anaconda" else name


class Transaction(NamedTuple):
    """One revision of conda-meta/history."""

    date: str  #: as written: 2026-01-02 03:04:05
    time: float = 0.0  #: the same as seconds since the epoch, local time; 0 where it does not parse
    command: str = ""  #: redacted
    conda_version: str = ""
    added: tuple[str, ...] = ()  #: channel/subdir::name-version-build
    removed: tuple[str, ...] = ()
    update_specs: tuple[str, ...] = ()
    remove_specs: tuple[str, ...] = ()
    line: int = 0


class Conda(NamedTuple):
    """What conda-meta holds; present is False for an environment that conda knows nothing of."""

    present: bool = False
    records: tuple[CondaRecord, ...] = ()  #: by name
    history: tuple[Transaction, ...] = ()  #: oldest first
    remembered: Mapping[str, str] = {}  #: name -> dist that history says is installed now
    pinned: tuple[str, ...] = ()
    variables: Mapping[str, str] = {}  #: conda-meta/state env_vars, values redacted
    problems: tuple[Unreadable, ...] = ()
    debris: tuple[Leftover, ...] = ()
    caches: tuple[str, ...] = ()  #: package caches the records link from, as shown to people

    def record(self, name: str) -> CondaRecord | None:
        """The record of a conda package name."""
        return next((record for record in self.records if record.name == name), None)
