"""The distributions layer: what pip, uv, conda and others left in the site-packages folders."""

from collections.abc import Mapping
from typing import Literal, NamedTuple


class DirectUrl(NamedTuple):
    """PEP 610: where a distribution came from when it came from no index."""

    url: str  #: redacted, without digest and subdirectory
    editable: bool = False
    vcs: str = ""
    commit: str = ""
    target_exists: bool = True  #: False where a file: URL names a folder that is gone
    digest: str = ""  #: of the archive, as addresses end with it: sha256=1f...; empty where none was noted
    subdirectory: str = ""  #: of the repository or archive, where the project does not lie at its top


class Distribution(NamedTuple):
    """One dist-info, egg-info or egg-link."""

    name: str  #: as its metadata spells it
    key: str  #: normalised (PEP 503): lower case, runs of -_. become one -
    version: str
    site: str  #: the SiteFolder.path that holds it
    folder: str  #: numpy-1.26.4.dist-info
    kind: Literal["dist-info", "egg-info", "egg-link"] = "dist-info"
    installer: str = ""  #: pip, uv, conda, ...; empty where INSTALLER is missing
    requested: bool = False
    requires: tuple[str, ...] = ()  #: Requires-Dist lines
    requires_python: str = ""
    summary: str = ""
    direct_url: DirectUrl | None = None
    tags: tuple[str, ...] = ()  #: WHEEL's Tag lines
    pure: bool | None = None  #: Root-Is-Purelib; None where WHEEL says nothing
    top_level: tuple[str, ...] = ()  #: import names that it provides
    paths: tuple[str, ...] | None = None  #: RECORD's, relative to the prefix (absolute outside); None without one
    digests: tuple[str, ...] = ()  #: RECORD's "sha256=...,size", beside paths
    modified: float = 0.0  #: when its folder was last changed, seconds since the epoch
    build: str = ""  #: of torch and its companions, from version.py: cpu, cu126, rocm6.2, xpu; empty where unknown

    @property
    def native(self) -> bool:
        """Whether it holds compiled code: extension modules or shared libraries."""
        if self.paths:
            return any(path.endswith((".so", ".pyd", ".dll", ".dylib")) or ".so." in path for path in self.paths)
        return self.pure is False


class Unreadable(NamedTuple):
    """A file that should have told something and could not be read."""

    path: str
    reason: str  #: not a regular file, larger than ..., line 3: ...
    line: int = 0


class Leftover(NamedTuple):
    """What an interrupted or failed operation left behind."""

    path: str  #: relative to the prefix
    what: Literal["renamed", "no-metadata", "no-record", "conda-trash"]


class StartupFile(NamedTuple):
    """A file that any start of the environment's Python reads: .pth, .start, sitecustomize, usercustomize."""

    path: str  #: relative to the prefix, or absolute with ~
    kind: Literal["pth", "start", "sitecustomize", "usercustomize"]
    code: tuple[tuple[int, str], ...] = ()  #: (line, text) of what is run, cut at 200 characters
    folders: tuple[tuple[int, str, bool], ...] = ()  #: (line, folder, exists) that a .pth adds to the path
    size: int = 0
    suspicious: tuple[str, ...] = ()  #: words in the uncut code that start-up code rarely needs: base64, subprocess
    written: Mapping[
        str, str
    ] = {}  #: line -> its text, of folders that are gone and hold no secret; ~ for the home folder


class Script(NamedTuple):
    """A script whose first line names an interpreter."""

    path: str  #: bin/pip, relative to the prefix
    interpreter: str  #: as shown to people
    inside: bool = True  #: whether that interpreter lies in this prefix
    exists: bool = True


class Distributions(NamedTuple):
    """All distributions of all folders on the path, in import order of their folders, then by key."""

    installed: tuple[Distribution, ...] = ()
    problems: tuple[Unreadable, ...] = ()
    leftovers: tuple[Leftover, ...] = ()
    startup: tuple[StartupFile, ...] = ()
    scripts: tuple[Script, ...] = ()
    other_pythons: tuple[tuple[str, tuple[str, ...]], ...] = ()  #: (lib/python3.10/site-packages, names left in it)
    left_versions: Mapping[str, Mapping[str, str]] = {}  #: such a folder -> name -> version, as folder names tell
