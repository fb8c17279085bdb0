"""The project layer: what the repository around the environment says and imports."""

from collections.abc import Mapping
from typing import NamedTuple

from doctor.facts.distributions import Unreadable
from doctor.facts.settings import Variable


class Ignored(NamedTuple):
    """One finding that the project has decided to live with."""

    code: str  #: a code or a prefix of codes
    reason: str
    subject: str = ""  #: empty for every subject
    until: str = ""  #: ISO date after which it counts again
    line: int = 0


class Policy(NamedTuple):
    """[tool.envdoctor] of pyproject.toml."""

    path: str = ""  #: empty where there is none
    select: tuple[str, ...] = ()
    ignore: tuple[Ignored, ...] = ()
    fail_on: str = ""
    gpu: bool | None = None  #: whether the project expects a GPU
    max_size: int = 0  #: bytes an environment may take; 0 for the default
    channels: tuple[str, ...] = ()  #: the only channels allowed; empty allows all
    forbidden_channels: tuple[str, ...] = ()


class Asked(NamedTuple):
    """One package that a specification asks for."""

    text: str  #: as written
    name: str  #: normalised
    manager: str = "pip"  #: pip or conda
    line: int = 0
    group: str = ""  #: the extra, dependency group or feature that it belongs to; empty for what is always needed


class Specification(NamedTuple):
    """A file that says what an environment should hold."""

    path: str  #: relative to the project
    kind: str  #: environment.yml, requirements, pyproject, pixi.toml, setup.cfg, setup.py, Pipfile
    name: str = ""  #: the environment's name that it gives
    channels: tuple[str, ...] = ()  #: in order
    channel_lines: tuple[int, ...] = ()
    asked: tuple[Asked, ...] = ()


class GpuWish(NamedTuple):
    """One place, beside the policy, that says whether this project's environment needs a GPU."""

    wanted: bool
    text: str  #: in our words: system-requirements ask for CUDA 12.0
    path: str  #: relative to the project
    line: int = 0


class Imported(NamedTuple):
    """One place that imports a module."""

    path: str  #: relative to the project; cell numbers as notebook.ipynb#3
    line: int
    optional: bool = False  #: inside try/except ImportError or TYPE_CHECKING


class Project(NamedTuple):
    """The project: present is False where the environment belongs to none."""

    present: bool = False
    root: str = ""
    policy: Policy = Policy()
    specifications: tuple[Specification, ...] = ()
    imports: Mapping[str, tuple[Imported, ...]] = {}  #: top-level module -> first places
    modules: tuple[str, ...] = ()  #: .py files and packages of the project's root and of src: a.py, b, src/c
    packages: tuple[str, ...] = ()  #: folders of the root with an __init__.py: they hide what is installed
    name: str = ""  #: normalised name of the distribution that the project itself is; empty where it is none
    problems: tuple[Unreadable, ...] = ()
    complete: bool = True  #: False where too many files kept the search for imports from ending
    gpu_wishes: tuple[GpuWish, ...] = ()  #: of pixi's system requirements and dev containers
    sets: tuple[Variable, ...] = ()  #: variables that its Python, notebooks and .env files set for themselves
