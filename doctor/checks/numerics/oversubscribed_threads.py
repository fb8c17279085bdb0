"""Numeric libraries would start more threads than this process has processors.

## Why it matters
BLAS and OpenMP start as many threads as they believe there are processors. In a container or a batch job with a
quota they still see the whole machine: 64 threads then share 4 processors, wait for each other and are stopped by
the kernel every few milliseconds. The same code runs several times slower than with 4, and timings jump.

## How it is found
Variables such as OMP_NUM_THREADS as they hold when this environment is active, against the processors that this
process may use and the quota of its control group. Only where a library or package that reads the variable is
installed. And where the quota is half of the visible processors or less: libraries that are loaded here and for
which no variable, also none of the project's own files, says how many threads to start.

## What the fix does
Sets the variable for this environment to the processors that there are; other environments keep theirs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from doctor.facts import Binaries, Binary, Facts, Machine, Project, Settings, Variable
from doctor.facts.build import distribution, environment, site_packages
from doctor.judgement.numerics import numerics_of
from doctor.knowledge.numeric_libraries import PACKAGE_VARIABLES, THREAD_VARIABLES
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, SetVariable, Severity, Tell

_FOR_ALL = "OMP_NUM_THREADS"


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each variable that asks for too many, else one where nothing sets any under a quota."""
    cores, quota = facts.machine.cores, facts.machine.quota
    readers = _readers(facts)
    if not cores or not readers:
        return
    limit = min(cores, max(1, math.ceil(quota))) if quota else cores
    names = list(dict.fromkeys(name for wanted in readers.values() for name in wanted))
    asked = {name: variable for name in names if (variable := facts.settings.variable(name))}
    for name, variable in asked.items():
        threads = _number(variable.value)
        if threads > limit:
            yield _too_many(variable, threads, limit, [who for who, wanted in readers.items() if name in wanted], facts)
    by_project = {variable.name for variable in facts.project.sets}
    free = [who for who, wanted in readers.items() if not any(name in asked or name in by_project for name in wanted)]
    if quota and cores >= 2 * quota and free:
        yield _unlimited(free, limit, facts)


def _readers(facts: Facts) -> dict[str, tuple[str, ...]]:
    """Who starts threads here -> the variables that tell it how many, the strongest first."""
    numerics = numerics_of(facts)
    used = [runtime for kind in ("openmp", "blas") for runtime in numerics.runtimes if runtime.kind == kind]
    found = {
        f"{runtime.vendor} of {', '.join(sorted(runtime.packages)[:3])}": THREAD_VARIABLES[runtime.family]
        for runtime in used
        if runtime.users and runtime.threading != "none" and runtime.family in THREAD_VARIABLES
    }
    installed = {dist.key for dist in facts.distributions.installed}
    return found | {package: names for package, names in PACKAGE_VARIABLES.items() if package in installed}


def _number(value: str) -> int:
    """How many threads a value asks for on the outermost level; 0 where it says nothing usable."""
    first = value.partition(",")[0].strip()
    return int(first) if first.isascii() and first.isdecimal() and len(first) < 7 else 0


def _available(facts: Facts) -> Evidence:
    machine = facts.machine
    text = f"this process may use {machine.cores} processor{'s' * (machine.cores != 1)}"
    if machine.quota:
        text += f"; the quota of its control group is {machine.quota:g}"
    return Evidence(text)


def _too_many(variable: Variable, threads: int, limit: int, who: list[str], facts: Facts) -> Finding:
    name = variable.name
    source = variable if variable in facts.settings.activation else facts.settings.shell_source(name)
    source = source if source is not None and source.value == variable.value else None
    place = (source.source, source.line) if source is not None else ("", 0)
    seen = Evidence(f"{name}={variable.value}" + ("" if source else " in the running process"), *place)
    return Finding(
        Severity.WARNING,
        name,
        f"{name}={threads} asks for more threads than the {limit} processor{'s' * (limit != 1)} here",
        (seen, _available(facts), Evidence(f"read by {'; '.join(who[:4])}")),
        (),
        tuple(_lowered(name, limit, source)),
    )


def _lowered(name: str, limit: int, source: Variable | None) -> Iterator[Remedy]:
    if source is not None and source.source.startswith("etc/conda/"):
        where = f"{source.source}, line {source.line}" if source.line else source.source
        told = Tell(f"Change {name} to {limit} in {where}: the environment's own activation sets it.")
        yield Remedy(f"Change {name} where it is set", Safety.MANUAL, (told,))
        return
    yield Remedy(
        f"Set {name} to {limit} for this environment",
        Safety.CAREFUL,
        (SetVariable(name, str(limit)),),
        "holds on other machines too, if the environment moves there",
    )


def _unlimited(free: list[str], limit: int, facts: Facts) -> Finding:
    readers = _readers(facts)
    lacking = [readers[who] for who in free]
    names = [_FOR_ALL] if any(_FOR_ALL in wanted for wanted in lacking) else []
    names += [wanted[0] for wanted in lacking if _FOR_ALL not in wanted]
    return Finding(
        Severity.WARNING,
        "threads",
        f"Nothing limits threads to the quota: {facts.machine.cores} would share {limit} processor{'s' * (limit != 1)}",
        (_available(facts), *(Evidence(f"starts one thread for each visible processor: {who}") for who in free[:6])),
        (),
        (
            Remedy(
                f"Set {' and '.join(dict.fromkeys(names))} to {limit} for this environment",
                Safety.CAREFUL,
                tuple(SetVariable(name, str(limit)) for name in dict.fromkeys(names)),
                "holds on other machines too, if the environment moves there",
            ),
        ),
    )


def examples() -> Iterator[Example]:
    """Too many by variable, none under a quota, and all that fits."""
    site = site_packages()
    blas = Binary(f"{site}/numpy.libs/libscipy_openblas64_-32a4b2a6.so", machine="x86_64")
    umath = Binary(
        f"{site}/numpy/_umath.so",
        machine="x86_64",
        needed=(blas.name,),
        runpath=("$ORIGIN/../numpy.libs",),
        is_extension=True,
    )
    numpy = distribution("numpy", "2.3.5", files=("numpy/_umath.so", f"numpy.libs/{blas.name}"), pure=False)
    omp = "OMP_NUM_THREADS"

    def facts(machine: Machine, *variables: Variable, project: Project = Project()) -> Facts:  # noqa: B008 - frozen
        return environment(
            distributions=(numpy,),
            binaries=Binaries((blas, umath)),
            machine=machine,
            settings=Settings(variables=variables),
            project=project,
        )

    laptop, container, tight = Machine(cores=8), Machine(cores=64, quota=4.0), Machine(cores=4, quota=2.5)
    yield Example("more than there are processors", facts(laptop, Variable(omp, "64")), (omp,), Severity.WARNING)
    yield Example("more than the quota", facts(container, Variable(omp, "16")), (omp,), Severity.WARNING)
    yield Example("none under a quota", facts(container), ("threads",), Severity.WARNING)
    yield Example("as many as the quota", facts(container, Variable(omp, "4")))
    yield Example("as many as there are", facts(laptop, Variable(omp, "8")))
    yield Example("nested levels", facts(laptop, Variable(omp, "4,2")))
    yield Example("no quota and none set", facts(laptop))
    yield Example("a quota near what is seen", facts(tight))
    yield Example("a value that says nothing", facts(laptop, Variable(omp, "auto")))
    yield Example("one that nothing here reads", facts(laptop, Variable("MKL_NUM_THREADS", "64")))
    sets = Project(present=True, root="~/demo", sets=(Variable("OPENBLAS_NUM_THREADS", "4", "train.py", 3),))
    yield Example("the project sets it itself", facts(container, project=sets))
    pure = environment(
        distributions=(distribution("demo-lib", "1.0"),),
        machine=container,
        settings=Settings(variables=(Variable(omp, "99"),)),
    )
    yield Example("nothing that computes", pure)


CHECK = Check(
    "NUM004",
    "oversubscribed-threads",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("binaries", "files", "distributions", "machine", "settings"),
    optional=("conda", "project"),
)
