"""Two files of the project ask for things that cannot both be had.

## Why it matters
Whoever follows the one file gets another environment than whoever follows the other, and both believe that they have
the project's. In the best case the installer refuses; in the worst, two people compute different results.

## How it is found
Only in an environment that belongs to the project. What its files ask for is compared in pairs: ranges of Python
versions and of packages that have no version in common, locks of two managers that hold other versions of what the
project asks for, channels in another order or forbidden by the policy, GPU and none, variables with two values, two
BLAS libraries, names of the environment, an editor that starts another environment of the project. Markers and
platforms are judged for this environment. Extras and groups may exclude each other, and files for a Python, platform
or purpose of their own are alternatives. A lock that does not fit its specification is told by stale-lock.

## What the fix does
Nothing by itself: only the project's people know which file is right. Both places are named.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import (
    Asked,
    EditorInterpreter,
    Facts,
    GpuWish,
    Lock,
    Locked,
    Locks,
    Policy,
    Project,
    PythonWish,
    Specification,
    Variable,
)
from doctor.facts.build import environment
from doctor.judgement.expectations import Conflict, expectations_of
from doctor.judgement.expectations.belonging import belongs
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, Severity, Tell

_SHOWN = 6


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each thing that places disagree about."""
    if not belongs(facts):
        return
    by_subject: dict[str, list[Conflict]] = {}
    for conflict in expectations_of(facts).conflicts:
        unfit = conflict.first.kind == "lock" and conflict.second.strength != "lock"
        if not unfit:
            by_subject.setdefault(conflict.subject, []).append(conflict)
    for subject, conflicts in by_subject.items():
        yield _finding(subject, conflicts)


def _finding(subject: str, conflicts: list[Conflict]) -> Finding:
    first = conflicts[0]
    sides = [side for conflict in conflicts[:_SHOWN] for side in (conflict.first, conflict.second)]
    evidence = [Evidence(side.text, side.path, side.line) for side in dict.fromkeys(sides)]
    if len(first.summary) > 100:
        evidence.insert(0, Evidence(first.summary))
    short = f"{first.first.path[-40:]} and {first.second.path[-40:]} disagree: {subject}"
    names = [side.name for side in (first.first, first.second) if side.kind == "package"]
    advice = f"Change {first.first.place} or {first.second.place} so that both ask for the same"
    if first.first.strength == first.second.strength == "lock":
        one, other = first.first.path, first.second.path
        short = f"{one[-40:]} and {other[-40:]} hold packages at other versions"
        advice = f"Keep the lock that your tool installs from, {one} or {other}; make the other anew, or delete it"
    return Finding(
        Severity.WARNING,
        subject,
        first.summary if len(first.summary) <= 100 else short[:100],
        tuple(evidence),
        tuple(dict.fromkeys(names)),
        (
            Remedy(
                "Decide which place is right",
                Safety.MANUAL,
                (Tell(advice),),
            ),
        ),
    )


def examples() -> Iterator[Example]:
    """Each kind of disagreement, and what looks like one: groups, markers, alternatives, overlapping ranges."""
    warning = Severity.WARNING

    def asked(text: str, specifier: str, line: int = 3, **more: str) -> Asked:
        return Asked(text, text.partition("=")[0].rstrip("<>"), line=line, specifier=specifier, **more)  # type: ignore[arg-type]

    def spec(path: str, *entries: Asked, kind: str = "requirements", **more: object) -> Specification:
        return Specification(path, kind, asked=entries, **more)  # type: ignore[arg-type]

    def case(*specs: Specification, locks: Locks = Locks(), **more: object) -> Facts:  # noqa: B008
        project = Project(True, "~/demo", specifications=specs, **more)  # type: ignore[arg-type]
        return environment(project=project, locks=locks)

    new, old = asked("numpy>=2", ">=2"), asked("numpy==1.26.4", "==1.26.4", 7)
    pyproject = spec("pyproject.toml", new, kind="pyproject")
    yield Example("a package in two ranges", case(pyproject, spec("requirements.txt", old)), ("numpy",), warning)
    pin = asked("numpy==2.1.0", "==2.1.0")
    yield Example("a pin within the range", case(pyproject, spec("requirements.txt", pin)))
    yield Example("a file of another Python", case(pyproject, spec("requirements-py38.txt", old)))
    yield Example(
        "extras that exclude each other",
        case(spec("pyproject.toml", old._replace(group="old"), new._replace(group="new"), kind="pyproject")),
    )
    marked = old._replace(marker='python_version < "3.10"')
    yield Example("a marker for another Python", case(pyproject, spec("requirements.txt", marked)))
    wrong = spec("requirements-dev.txt", old)
    yield Example("a development pin out of range", case(pyproject, wrong), ("numpy",))
    conda = Asked("numpy=1.26", "numpy", "conda", 5, specifier="=1.26")
    yml = spec("environment.yml", conda, old._replace(line=9), kind="environment.yml")
    yield Example("environment.yml with a pip section that agrees", case(yml))
    both = case(yml, spec("requirements.txt", new))
    yield Example("environment.yml and requirements", both, ("numpy",))
    torch = Asked("pytorch=2.4", "pytorch", "conda", 5, specifier="=2.4")
    renamed = case(
        spec("environment.yml", torch, kind="environment.yml"),
        spec("requirements.txt", asked("torch==2.6.0", "==2.6.0")),
    )
    yield Example("conda's name of the same package", renamed, ("torch",))
    three = PythonWish("==3.12.*", "3.12", ".python-version", 1)
    require = PythonWish(">=3.9,<3.12", ">=3.9,<3.12", "pyproject.toml", 4)
    yield Example("two Pythons", case(pythons=(three, require)), ("python",), warning)
    older = PythonWish("==3.11.*", "3.11", ".python-version", 2)
    yield Example("one of several Pythons fits", case(pythons=(three, older, require)))
    uv = Lock("uv.lock", "uv.lock", (Locked("numpy", "2.1.0", line=5),))
    poetry = Lock("poetry.lock", "poetry.lock", (Locked("numpy", "2.2.0", line=9),))
    two = case(pyproject, locks=Locks((poetry, uv)))
    yield Example("two managers' locks", two, ("lock",), warning)
    same = poetry._replace(packages=(Locked("numpy", "2.1.0"),))
    yield Example("two locks that agree", case(pyproject, locks=Locks((same, uv))))
    unfit = uv._replace(packages=(Locked("numpy", "1.26.4"),))
    yield Example("a lock that does not fit is told elsewhere", case(pyproject, locks=Locks((unfit,))))
    forge = spec("environment.yml", kind="environment.yml", channels=("conda-forge", "bioconda"), channel_lines=(2, 3))
    turned = spec("pixi.toml", kind="pixi.toml", channels=("bioconda", "conda-forge"), channel_lines=(4, 4))
    yield Example("channels in another order", case(forge, turned), ("channel",), warning)
    policy = Policy("pyproject.toml", forbidden_channels=("bioconda",))
    yield Example("a forbidden channel", case(forge, policy=policy), ("channel",))
    wish = GpuWish(True, "system-requirements ask for CUDA 12", "pixi.toml", 8)
    yield Example("a GPU and none", case(policy=Policy("pyproject.toml", gpu=False), gpu_wishes=(wish,)), ("gpu",))
    threads = Variable("OMP_NUM_THREADS", "4", "environment.yml", 12)
    set_ = spec("environment.yml", kind="environment.yml", variables=(threads,))
    one = Policy("pyproject.toml", variables={"OMP_NUM_THREADS": "1"})
    yield Example("a variable with two values", case(set_, policy=one), ("OMP_NUM_THREADS",))
    editor = EditorInterpreter("${workspaceFolder}/old-env/bin/python", ".vscode/settings.json", 3)
    yield Example("an editor that starts another environment", case(editors=(editor,)), ("environment",))
    right = editor._replace(text="${workspaceFolder}/.venv/Scripts/python.exe")
    yield Example("an editor that starts this one, also on Windows", case(editors=(right,)))
    yield Example("no project", environment())


CHECK = Check(
    "REP005",
    "conflicting-expectations",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("identity", "project", "locks"),
    records=False,
    repository=True,
)
