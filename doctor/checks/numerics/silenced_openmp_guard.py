"""KMP_DUPLICATE_LIB_OK silences the guard that stops a process with two OpenMP runtimes.

## Why it matters
`OMP: Error #15` says that two copies of Intel's or LLVM's OpenMP came into one process. Forums answer with
`KMP_DUPLICATE_LIB_OK=TRUE`. The message itself calls that unsafe: the program may crash, or go on and compute wrong
results, and nobody sees it any more.

## How it is found
The variable as it holds when this environment is active: from its own activation, the running process, the start
files of shells, and the project's own Python files, notebooks and .env files, with file and line. A warning where
the environment holds one of the runtimes that ask for it, a note where none does. Values that mean no are silent.

## What the fix does
Nothing is run for you: every place that sets it is named, so that the guard is back. Then repair the clash that it
hid (NUM001).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from doctor.facts import Binaries, Binary, Facts, Project, Settings, Variable
from doctor.facts.build import distribution, environment, site_packages
from doctor.judgement.numerics import numerics_of
from doctor.knowledge.numeric_libraries import KMP
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, Severity, Step, Tell

NAME = "KMP_DUPLICATE_LIB_OK"
#: what the runtime reads as yes
_YES = frozenset(("1", "true", ".true.", "t", ".t.", "yes", "y", "on", "enabled"))
_SHOWN = 5


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for the environment, and one for the project's own files."""
    of_settings = [variable for variable in _in_settings(facts) if _means_yes(variable)]
    of_project = [variable for variable in facts.project.sets if variable.name == NAME and _means_yes(variable)]
    heard = _heard(facts)
    severity = Severity.NOTE if heard is None else Severity.WARNING
    if of_settings:
        yield _finding(NAME, "is set for this environment", of_settings, severity, heard)
    if of_project:
        first = of_project[0].source
        yield _finding(first, "is set by the project", of_project, severity, heard)


def _in_settings(facts: Facts) -> Iterator[Variable]:
    """Every place that sets it; the running process only where no file explains it."""
    settings = facts.settings
    files = [variable for variable in (*settings.activation, *settings.shell) if variable.name == NAME]
    process = next((variable for variable in settings.variables if variable.name == NAME), None)
    yield from files
    if process is not None and process.value not in {variable.value for variable in files}:
        yield process


def _means_yes(variable: Variable) -> bool:
    return variable.value.strip().lower() in _YES


def _heard(facts: Facts) -> str | None:
    """The runtime here that asks for the variable: its path; empty where that cannot be told; None where none does."""
    if "binaries" not in facts.layers:
        return ""
    return next((runtime.path for runtime in numerics_of(facts).runtimes if runtime.family in KMP), None)


def _finding(subject: str, how: str, places: list[Variable], severity: Severity, heard: str | None) -> Finding:
    evidence = [
        Evidence(f"{NAME}={place.value}" + (" in the running process" if place.source == "$" else ""), *_place(place))
        for place in places[:_SHOWN]
    ]
    if heard:
        evidence.append(Evidence("this OpenMP runtime asks for it", heard))
    elif heard is None:
        evidence.append(Evidence("no OpenMP runtime of this environment asks for it"))
    steps: list[Step] = [_undone(place) for place in places[:_SHOWN]]
    steps.append(Tell("In the shell that is open now, take it away.", ("unset", NAME)))
    steps.append(Tell("If OMP: Error #15 comes back, two runtimes clash: repair that, as NUM001 says."))
    return Finding(
        severity,
        subject,
        f"{NAME} {how}: clashing OpenMP runtimes go unnoticed",
        tuple(evidence),
        (),
        (Remedy(f"Stop setting {NAME}", Safety.MANUAL, tuple(steps), "A clash that it hid stops programs again."),),
    )


def _place(variable: Variable) -> tuple[str, int]:
    return ("", 0) if variable.source == "$" else (variable.source, variable.line)


def _undone(variable: Variable) -> Step:
    if variable.source == "conda-meta/state":
        return Tell("Take it out of this environment.", ("conda", "env", "config", "vars", "unset", NAME))
    if variable.source == "$":
        return Tell(f"Find what sets {NAME} (a job script, an IDE's settings, a container) and remove it.")
    line = f", line {variable.line}" if variable.line else ""
    return Tell(f"Remove what sets {NAME}: {variable.source}{line}.")


def examples() -> Iterator[Example]:
    """By activation, shell, process and project, with and without a runtime that asks for it."""
    path = f"{site_packages()}/torch/lib/libomp.dylib"
    omp = Binaries((Binary(path, "macho", "arm64", "@rpath/libomp.dylib"),))
    gomp = Binaries((Binary(f"{site_packages()}/torch/lib/libgomp.so.1", soname="libgomp.so.1"),))
    torch = distribution("torch", "2.9.1", files=("torch/lib/libomp.dylib",), pure=False)
    warning, note = Severity.WARNING, Severity.NOTE

    def said(value: str, source: str = "~/.zshrc", line: int = 7) -> Variable:
        return Variable(NAME, value, source, line)

    def facts(binaries: Binaries = omp, **more: Any) -> Facts:
        return environment(distributions=(torch,), binaries=binaries, **more)

    shell = Settings(variables=(said("TRUE", "$", 0),), shell=(said("TRUE"),))  # noqa: S604 - a field, no command
    yield Example("in a shell's start file", facts(settings=shell), (NAME,), warning)
    state = Settings(activation=(said("True", "conda-meta/state", 1),))
    yield Example("by the environment's activation", facts(settings=state), (NAME,), warning)
    process = Settings(variables=(said("1", "$", 0),))
    yield Example("in the running process", facts(settings=process), (NAME,), warning)
    project = Project(present=True, root="~/demo", sets=(said("TRUE", "train.ipynb#1", 3),))
    yield Example("by a notebook", facts(project=project), ("train.ipynb#1",), warning)
    yield Example("nothing here asks for it", facts(gomp, settings=process), (NAME,), note)
    yield Example("a value that means no", facts(settings=Settings(variables=(said("FALSE", "$", 0),))))
    refused = Project(present=True, root="~/demo", sets=(said("False", "train.py", 3),))
    yield Example("the project says no", facts(project=refused))
    other = Project(present=True, root="~/demo", sets=(Variable("OMP_NUM_THREADS", "4", "train.py", 2),))
    yield Example("another variable", facts(project=other))
    yield Example("not set", facts())


CHECK = Check(
    "NUM003",
    "silenced-openmp-guard",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("settings", "project"),
    optional=("binaries", "files", "distributions", "conda"),
)
