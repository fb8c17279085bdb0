"""What onboarding knows and offers, as frozen data that the command line and the app show alike."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from doctor.compare.comparison import Comparison
from doctor.facts import Facts
from doctor.fix.creating.bench import Bench
from doctor.fix.creating.recipe import CannotCreate, Recipe
from doctor.fix.options import Options
from doctor.fix.plan import Plan, PlannedStep
from doctor.judgement.expectations import Expectations, Met
from doctor.model import Examination
from doctor.target.environment import Environment, Request


class Wishes(NamedTuple):
    """What the user asked of onboarding."""

    environment: str = ""  #: name or path of the environment to take, whatever else there is; empty for the best
    again: bool = False  #: forget what an earlier onboarding of this repository noted
    options: Options = Options()


class FoundManager(NamedTuple):
    """A package manager of this machine."""

    name: str  #: uv, pip, conda, mamba, micromamba, pixi, poetry, pdm, pipenv
    path: str  #: absolute, as it is run
    version: str = ""
    asked: bool = False  #: whether the repository asks for it


class FoundPython(NamedTuple):
    """A Python of this machine that virtual environments can be made from."""

    version: str
    path: str
    source: str = ""  #: pyenv, uv, system, ...
    fits: bool = True  #: whether it is of a version that the repository allows
    seeds: bool = True  #: whether it brings venv and ensurepip


class Candidate(NamedTuple):
    """An environment of this machine, and how much of the expectations it meets."""

    environment: Environment
    met: Met
    python_fits: bool
    belongs: bool  #: in the project, or of the name that the project gives it
    note: str = ""  #: what is to know of it: active; belongs to another project
    brought: bool = False  #: whether the repository itself brings it, so that its programs are those of strangers

    @property
    def share(self) -> float:
        """How much is met, from 0 to 1; of a wrong Python nothing counts."""
        return self.met.share if self.python_fits else 0.0


StepKey = Literal["recover", "create", "packages", "project", "repair", "variables", "kernel", "examine", "by-hand"]
StepState = Literal["done", "todo", "later", "not-needed", "cannot", "by-hand", "declined"]


class OnboardStep(NamedTuple):
    """One step of the path."""

    key: StepKey
    name: str  #: unique among the steps of one onboarding: create, repair NBK001, kernel
    title: str
    why: str
    state: StepState  #: later: it can be planned once the steps before it are done; declined: answered no earlier
    reason: str = ""  #: why it cannot be done, is not needed, or is left to the user
    does: tuple[PlannedStep, ...] = ()  #: exact commands and edits, as far as they are known now
    beware: tuple[str, ...] = ()  #: what to know before saying yes: code that is run, indexes that are used
    plan: Plan | None = None  #: what take carries out, once prepare has made it
    seconds: float = 0.0  #: a rough guess
    download: int | None = 0  #: bytes; None where unknown
    disk: int | None = 0  #: bytes that it takes; None where unknown
    undo: str = ""  #: the way back, in words or as a command
    operation: str = ""  #: of a done one: the operation that did it, for envdoctor undo

    @property
    def open(self) -> bool:
        """Whether it can be taken now."""
        return self.state in ("todo", "declined")


class Taken(NamedTuple):
    """What the state folder remembers of one step."""

    name: str
    operation: str = ""
    ending: str = ""  #: of its last event: done, fixed, put-back, ...; declined where the user said no
    time: float = 0.0


class Kept(NamedTuple):
    """What the state folder remembers of one repository's onboarding."""

    prefix: str = ""  #: the environment that it was about
    begun: float = 0.0
    taken: tuple[Taken, ...] = ()

    def of(self, name: str) -> Taken | None:
        """What is remembered of a step."""
        return next((taken for taken in reversed(self.taken) if taken.name == name), None)


class Onboarding(NamedTuple):
    """One repository on this machine, as it is now."""

    folder: Path  #: of the repository
    name: str
    wishes: Wishes
    state: Path  #: the state folder
    expectations: Expectations
    managers: tuple[FoundManager, ...]  #: the one that the repository asks for first
    pythons: tuple[FoundPython, ...]  #: those that fit first, newest first
    candidates: tuple[Candidate, ...]  #: the best first
    chosen: Candidate | None  #: the environment that is taken; None where one is to be created
    request: Request  #: for the chosen environment, or the place of the one to be created
    facts: Facts  #: of the repository and machine; of the chosen environment as well, where there is one
    bench: Bench  #: what recipes and plans are made from
    recipe: Recipe | None  #: how an environment is created from the repository's files; None where nobody here can
    missed: tuple[CannotCreate, ...] = ()  #: more binding files that cannot be used here, and why
    limits: tuple[str, ...] = ()  #: what cannot be done here, and who could
    notes: tuple[str, ...] = ()  #: what else is worth knowing
    steps: tuple[OnboardStep, ...] = ()
    kept: Kept = Kept()
    examination: Examination | None = None  #: of the chosen environment

    @property
    def prefix(self) -> Path:
        """Where the environment is, or will be."""
        return self.request.environment.prefix

    @property
    def next(self) -> OnboardStep | None:
        """The first step that can be taken now and was not declined."""
        return next((step for step in self.steps if step.state == "todo" and step.key != "examine"), None)

    @property
    def ahead(self) -> OnboardStep | None:
        """The one step that comes now: the next one; the examination where nothing else is to be taken."""
        examination = (step for step in self.steps if step.state == "todo" and step.key == "examine")
        return self.next or next(examination, None)


class Verdict(NamedTuple):
    """What examining the environment at the end of the path has shown."""

    examination: Examination
    comparison: Comparison | None = None  #: the baseline first, this environment second; None where there is none
    baseline: str = ""  #: path of the baseline
    differs: bool = False  #: whether something that can change results differs from the baseline
    numbers: str = ""  #: what came of comparing numbers, in one line; empty where nobody asked
    problem: str = ""  #: why no comparison was possible
    marks: Mapping[str, str] = {}  #: layer of the fingerprint -> equal, or how many items differ

    @property
    def sound(self) -> bool:
        """Whether no error was found and nothing that changes results differs."""
        return not self.differs and not any(f.severity.value == "error" for f in self.examination.findings)
