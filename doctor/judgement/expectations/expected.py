"""What a repository asks of an environment, as data: expectations, conflicts between them, and how far one meets them.

Nothing here judges; see the neighbours.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal[
    "python",
    "manager",
    "package",
    "channel",
    "variable",
    "gpu",
    "kernel",
    "platform",
    "host",
    "blas",
    "environment",
    "lock",
]
Strength = Literal["policy", "lock", "specification", "hint"]
ManagerName = Literal["uv", "pip", "conda", "mamba", "pixi", "poetry", "pdm", "pipenv"]

#: the more binding, the higher
STRENGTHS = {"hint": 0, "specification": 1, "lock": 2, "policy": 3}


class Expectation(NamedTuple):
    """One thing that one place of the repository asks for."""

    kind: Kind
    name: str  #: what it is about: numpy, OMP_NUM_THREADS, conda-forge, cpus, uv.lock; empty where the kind says it
    text: str  #: in plain words: Python >=3.11; numpy ==2.1.0 from conda
    value: str = ""  #: of python and package the versions, of a variable its value, of gpu yes or no
    path: str = ""  #: relative to the project
    line: int = 0
    strength: Strength = "specification"
    group: str = ""  #: of a package: extra, dependency group or feature; empty for what is always needed
    manager: Literal["", "pip", "conda"] = ""  #: of a package: whose names and versions these are
    marker: str = ""  #: of a package: PEP 508 marker, or a platform such as linux-64

    @property
    def place(self) -> str:
        """Where it stands: pyproject.toml:7."""
        return f"{self.path}:{self.line}" if self.line else self.path


class Conflict(NamedTuple):
    """Two places that cannot both be met."""

    summary: str  #: in one line: numpy is >=2 in pyproject.toml and ==1.26.4 in requirements.txt
    first: Expectation  #: the stronger
    second: Expectation
    about: str = ""  #: the name that pip has for a package that conda calls otherwise

    @property
    def subject(self) -> str:
        """What they disagree about: numpy, python, channel."""
        if self.about:
            return self.about
        return self.first.name if self.first.kind in ("package", "variable") else self.first.kind


class ManagerWish(NamedTuple):
    """A manager that the project's files ask for."""

    name: ManagerName
    reason: str  #: in plain words: uv.lock was written by uv
    path: str = ""
    line: int = 0
    strength: Strength = "specification"


class Expectations(NamedTuple):
    """All that a repository asks for, the most binding first within each kind."""

    items: tuple[Expectation, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    managers: tuple[ManagerWish, ...] = ()  #: each once, the most binding first
    python: str = ""  #: PEP 440 specifier that all of its places agree on; of those that do not, the most binding

    @property
    def manager(self) -> ManagerWish | None:
        """The one that the project's files ask for; None where they ask for none."""
        return self.managers[0] if self.managers else None

    def of(self, kind: Kind) -> tuple[Expectation, ...]:
        """Those of one kind."""
        return tuple(item for item in self.items if item.kind == kind)


class Unlike(NamedTuple):
    """An expectation that an environment meets otherwise."""

    expectation: Expectation
    found: str  #: what there is instead: 1.26.4


class Met(NamedTuple):
    """How much of the expectations an environment meets."""

    met: tuple[Expectation, ...] = ()
    missing: tuple[Expectation, ...] = ()
    different: tuple[Unlike, ...] = ()

    @property
    def asked(self) -> int:
        """How many could be judged."""
        return len(self.met) + len(self.missing) + len(self.different)

    @property
    def share(self) -> float:
        """How much is met, from 0 to 1; 1 where nothing is asked for."""
        return len(self.met) / self.asked if self.asked else 1.0
