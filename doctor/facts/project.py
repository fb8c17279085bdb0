"""The project layer: what the repository around the environment says and imports."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from doctor.facts.distributions import Unreadable
from doctor.facts.fingerprint import Fingerprint
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
    python: str = ""  #: a PEP 440 specifier that the interpreter's version must meet: >=3.11,<3.13
    platforms: tuple[str, ...] = ()  #: as conda names them, on which the project must run: linux-64, osx-arm64
    packages: tuple[str, ...] = ()  #: requirements, as pip writes them, that any environment of the project must meet
    blas: str = ""  #: the BLAS family that numbers are to be computed with: openblas, mkl, blis, accelerate, netlib
    variables: Mapping[str, str] = {}  #: variables and the values that they must have in the environment
    kernel: str = ""  #: name of the kernel spec that notebooks are to use
    baseline: str = ""  #: path of the fingerprint to be equal to, relative to the project; empty for the usual place
    environment: str = ""  #: folder of the project, or conda name, where onboarding creates the environment


class Asked(NamedTuple):
    """One package that a specification asks for."""

    text: str  #: as written
    name: str  #: normalised
    manager: str = "pip"  #: pip or conda; of a container also apt
    line: int = 0
    #: the extra, dependency group or feature that it belongs to; empty for what is always needed. Of a script "script",
    #: of a container "image", of hatch's environments "hatch:NAME", of an optional one of Poetry in no extra "optional"
    group: str = ""
    specifier: str = ""  #: its versions: PEP 440 for pip (==1.26.4), a conda version spec for conda; empty for any
    build: str = ""  #: the build string that a conda spec names
    channel: str = ""  #: the channel that a conda spec names
    marker: str = ""  #: PEP 508 marker; a platform for conda's files: linux-64, or unix, linux, osx, win
    extras: tuple[str, ...] = ()
    url: str = ""  #: redacted address, path or VCS source that it comes from instead of an index
    editable: bool = False
    hashes: tuple[str, ...] = ()  #: sha256:1f..., where the file holds any


class Specification(NamedTuple):
    """A file that says what an environment should hold."""

    path: str  #: relative to the project
    #: environment.yml, requirements, constraints, pyproject, pixi.toml, setup.cfg, setup.py, Pipfile, script (PEP 723),
    #: Dockerfile, devcontainer.json
    kind: str
    name: str = ""  #: the environment's name that it gives
    channels: tuple[str, ...] = ()  #: in order
    channel_lines: tuple[int, ...] = ()
    asked: tuple[Asked, ...] = ()
    requires_python: str = ""  #: PEP 440 specifier, as it says of itself; a conda file's python stands in asked
    python_line: int = 0
    platforms: tuple[str, ...] = ()  #: as conda names them, where it names any
    platform_lines: tuple[int, ...] = ()
    variables: tuple[Variable, ...] = ()  #: that the environment is to set, redacted; source is path
    prefix: str = ""  #: the prefix: line of an exported environment.yml, home as ~
    prefix_line: int = 0
    modified: float = 0.0  #: when the file was last written, seconds since the epoch
    compiled: str = ""  #: the tool that wrote it, as its head says: pip-compile, uv, pdm, conda, envdoctor
    default_groups: tuple[str, ...] = ()  #: the groups that its tool installs unless told otherwise: dev


class PythonWish(NamedTuple):
    """One place that says which Python a project wants."""

    specifier: str  #: PEP 440: ==3.11.*, >=3.11; empty where it is no version: pypy, system
    text: str  #: as written
    path: str  #: relative to the project
    line: int = 0


class NotebookKernel(NamedTuple):
    """The kernel that a notebook names."""

    path: str  #: of the notebook, relative to the project
    name: str  #: metadata.kernelspec.name; empty where the notebook names none
    display: str = ""
    language: str = ""
    version: str = ""  #: metadata.language_info.version: of the Python that ran it last


class ShellInstall(NamedTuple):
    """A notebook cell that installs packages."""

    path: str  #: notebook.ipynb#3: the third cell
    line: int  #: within the cell
    text: str  #: as written: !pip install umap-learn
    shell: bool = True  #: False for %pip and %conda, which reach the kernel's environment
    packages: tuple[str, ...] = ()  #: normalised names


class HostWish(NamedTuple):
    """What a dev container or a policy asks of the machine."""

    what: Literal["cpus", "memory", "storage", "image"]
    text: str  #: as written: 8gb; an image's name
    amount: float = 0.0  #: cores or bytes; 0 for an image
    path: str = ""
    line: int = 0


class EditorInterpreter(NamedTuple):
    """The interpreter that an editor's settings of the project name."""

    text: str  #: as written, redacted: ${workspaceFolder}/.venv/bin/python
    path: str  #: .vscode/settings.json
    line: int = 0
    exists: bool | None = None  #: None where it cannot be told


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
    later: bool = False  #: inside a function or a condition, so that it need not come to it


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
    pythons: tuple[PythonWish, ...] = ()  #: .python-version, .tool-versions, mise.toml, requires-python, scripts
    kernels: tuple[NotebookKernel, ...] = ()  #: by notebook
    notebooks: int = 0  #: how many there are
    installs: tuple[ShellInstall, ...] = ()
    host: tuple[HostWish, ...] = ()
    editors: tuple[EditorInterpreter, ...] = ()
    #: of the imports, those that the environment's Python finds outside the project, .pth files and editable installs
    #: followed; None where that cannot be told
    importable: tuple[str, ...] | None = None
    given: bool = False  #: whether the user named the project for this environment
    baseline: Fingerprint | None = None  #: the team's, from .envdoctor/baseline.json or where the policy says
    baseline_path: str = ""  #: relative to the project; empty where there is none
    nested: tuple[str, ...] = ()  #: folders below the root that say for themselves what they need, as monorepos have
    repository: str = ""  #: the folder that git keeps, around the root or the root itself; empty where none was found
