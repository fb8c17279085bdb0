"""The identity layer: which environment this is, and which Python runs in it."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from doctor.facts.distributions import Unreadable

#: repository: the files of a project alone, with no environment to set them against
Kind = Literal["venv", "conda", "system", "pyenv", "standalone", "repository", "unknown"]
SiteKind = Literal["environment", "user", "base", "pythonpath"]


class SiteFolder(NamedTuple):
    """One folder of installed packages that the environment's Python puts on its import path."""

    path: str  #: relative to the prefix with forward slashes where it lies inside, else absolute with ~
    kind: SiteKind  #: user: ~/.local; base: of the base interpreter (include-system-site-packages)
    active: bool = True  #: False where a setting (PYTHONNOUSERSITE, a venv without system site) keeps it out
    names: tuple[str, ...] = ()  #: kind pythonpath only: modules and packages with __init__ that lie in it, bounded


class Interpreter(NamedTuple):
    """The environment's python file and where its links lead."""

    path: str  #: relative to the prefix: bin/python, Scripts/python.exe, python.exe
    resolved: str = ""  #: the last link's target as shown to people; empty where it is no link
    exists: bool = True  #: False where the link leads nowhere


class Base(NamedTuple):
    """The Python that a virtual environment was made from."""

    home: str  #: pyvenv.cfg's home, as shown to people
    exists: bool = True
    version: str = ""  #: the version found there now, X.Y or X.Y.Z; empty where it cannot be read


class Identity(NamedTuple):
    """What the environment is. Paths are as shown to people: the home folder is ~."""

    prefix: str = ""
    name: str = ""
    kind: Kind = "unknown"
    maker: str = "unknown"  #: venv, virtualenv, uv, conda, mamba, rattler, pixi, pyenv, system, ...
    system: Literal["linux", "macos", "windows"] = "linux"  #: the operating system it is laid out for
    architecture: str = ""  #: x86_64, aarch64, arm64, AMD64
    python: str = ""  #: 3.11.7; 3.11 where the patch level cannot be read; empty without a Python
    implementation: str = "cpython"
    abi: str = ""  #: cp311, cp313t, pp310
    interpreter: Interpreter | None = None
    base: Base | None = None
    system_site: bool = False  #: include-system-site-packages of pyvenv.cfg
    site_folders: tuple[SiteFolder, ...] = ()  #: in import order
    stdlib: str = ""  #: the standard library, relative to the prefix or absolute with ~
    prompt: str = ""  #: pyvenv.cfg's prompt
    frozen: str = ""  #: the text of conda-meta/frozen, or why it counts as frozen
    externally_managed: str = ""  #: where EXTERNALLY-MANAGED was found
    is_conda_base: bool = False
    active: bool = False  #: VIRTUAL_ENV or CONDA_PREFIX names it
    owner_is_me: bool = True  #: the prefix belongs to the user who runs envdoctor
    writable: bool = True
    markers: Mapping[str, str] = {}  #: PEP 508 variables of the target, not of ours
    problems: tuple[Unreadable, ...] = ()  #: pyvenv.cfg that cannot be read or names no base

    @property
    def python_minor(self) -> str:
        """The version as X.Y, or empty."""
        return ".".join(self.python.split(".")[:2])
