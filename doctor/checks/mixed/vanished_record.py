"""A package that conda installed is there, and conda's record of it is gone.

## Why it matters
When pip replaces a conda package, conda's record stays until somebody runs `conda list` or `conda env export`: these
delete it. From then on conda believes that the package is missing. The next install puts conda's build over pip's
files, and packages that were compiled against the recorded build run against another one today.

## How it is found
conda's history says that the package is installed, or other records depend on it, while conda-meta holds no record of
it; and a distribution of that name is in the environment. A record that is there and cannot be read is another
finding. It is a warning where conda's history knows the packages that depend on it and never knew it itself: then
pip filled a gap that was left on purpose.

## What the fix does
Uninstalls the copy that conda does not know, and installs the build again that history remembers, or one that the
depending packages accept.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Facts, Transaction
from doctor.facts.build import NOW, distribution, environment, record
from doctor.judgement.overlap import Vanished, depend_name, vanished
from doctor.knowledge.conda_names import pypi_key
from doctor.knowledge.reinstall import spec_of, taken_away
from doctor.model import (
    Check,
    Evidence,
    Example,
    Export,
    Finding,
    Install,
    Rebuild,
    Remedy,
    Safety,
    Severity,
    Step,
)

_SHOWN = 5


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each package without its record."""
    for found in vanished(facts, pypi_key):
        dist, name = found.dist, found.name
        if not found.once:
            summary = f"{dist.name} {dist.version} from {dist.installer or 'another tool'} stands in for conda's {name}"
        elif dist.installer == "conda":
            summary = f"conda's record of {name} is gone, its files are there"
        else:
            who = dist.installer or "another tool"
            summary = f"conda's record of {name} is gone; {dist.name} {dist.version} from {who} is in its place"
        certain = found.once and bool(found.remembered or found.required)
        yield Finding(
            Severity.ERROR if certain else Severity.WARNING,
            name,
            summary if len(summary) <= 100 else f"conda's record of {name} is gone"[:100],
            tuple(_evidence(found, facts)),
            tuple(dict.fromkeys((name, dist.key))),
            tuple(_remedies(found)),
        )


def _evidence(found: Vanished, facts: Facts) -> Iterator[Evidence]:
    dist = found.dist
    if found.remembered:
        lines = [change.line for change in facts.conda.history if found.remembered in change.added]
        text = f"history says that {found.remembered} is installed"
        yield Evidence(text, "conda-meta/history", lines[-1] if lines else 0)
    for name, depend in found.required[:_SHOWN]:
        needing = facts.conda.record(name)
        where = f"conda-meta/{needing.dist}.json" if needing else ""
        yield Evidence(f"conda's {name} depends on {depend}", where)
    yield Evidence(f"conda-meta holds no record of {found.name}", "conda-meta")
    yield Evidence(
        f"{dist.name} {dist.version} is there, INSTALLER says {dist.installer or 'nothing'}",
        f"{dist.site}/{dist.folder}",
    )


def _remedies(found: Vanished) -> Iterator[Remedy]:
    steps: tuple[Step, ...]
    dist = found.dist
    spec, exact = _spec(found)
    steps = (Install("conda", (spec,), force=True, dependencies=not exact),)
    if dist.installer != "conda":
        steps = (*taken_away(dist), *steps)
    yield Remedy(
        f"Install {spec} with conda again" + ("" if dist.installer == "conda" else ", after the other copy has gone"),
        Safety.CAREFUL,
        steps,
        "" if exact else "the build that was there is not remembered; conda chooses one that fits the other packages",
    )
    yield Remedy(
        "Build the environment anew beside this one, each package from one installer only",
        Safety.CAREFUL,
        (Export(("explicit", "environment.yml", "requirements")), Rebuild()),
        "takes the longest and leaves nothing mixed",
    )


def _spec(found: Vanished) -> tuple[str, bool]:
    """What to ask conda for, and whether that names one build."""
    if found.remembered:
        return spec_of(found.remembered), True
    if found.dist.installer == "conda":
        return f"{found.name}={found.dist.version}", False
    bounds = [depend.partition(" ")[2].strip() for _, depend in found.required if depend_name(depend) == found.name]
    plain = sorted({bound for bound in bounds if bound and " " not in bound and bound[0] in "<>=!~"})
    return found.name + ",".join(plain), False


def examples() -> Iterator[Example]:
    """Remembered by history, required by others, never conda's; and records that are there."""
    numpy = distribution("numpy", "2.0.2", files=("numpy/__init__.py",))
    scipy = record("scipy", "1.14.0", depends=("numpy >=1.23,<3", "libblas >=3.9.0,<4.0a0", "__glibc >=2.17"))
    dist = "conda-forge/linux-64::numpy-1.26.3-py311h64a7726_0"
    made = Transaction("2026-11-01 12:00:00", NOW - 2e6, "conda create", added=(dist, "a/b::scipy-1.14.0-h0_0"), line=1)
    history = {"history": (made,), "remembered": {"numpy": dist, "scipy": "a/b::scipy-1.14.0-h0_0"}}
    sick = environment(kind="conda", records=(scipy,), distributions=(numpy,), conda=history)
    yield Example("pip over conda, then conda list", sick, ("numpy",), Severity.ERROR)

    sick = environment(kind="conda", records=(scipy,), distributions=(numpy,))
    yield Example("no history, and another package requires it", sick, ("numpy",), Severity.ERROR)

    only = made._replace(added=("a/b::scipy-1.14.0-h0_0",))
    known = {"history": (only,), "remembered": {"scipy": "a/b::scipy-1.14.0-h0_0"}}
    gap = environment(kind="conda", records=(scipy,), distributions=(numpy,), conda=known)
    yield Example("a history that never knew it", gap, ("numpy",), Severity.WARNING)

    torch = distribution("torch", "2.4.0", files=("torch/__init__.py",))
    renamed = {"remembered": {"pytorch": "conda-forge/linux-64::pytorch-2.1.0-cpu_0"}}
    sick = environment(kind="conda", distributions=(torch,), conda=renamed)
    yield Example("remembered under conda's name", sick, ("pytorch",), Severity.ERROR)

    own = distribution("numpy", "1.26.3", files=("numpy/__init__.py",), installer="conda")
    whole = environment(
        kind="conda",
        records=(scipy, record("numpy", "1.26.3", "py311h64a7726_0", files=own.paths or ())),
        distributions=(own,),
        conda=history,
    )
    yield Example("the record is there", whole)
    gone = environment(kind="conda", records=(scipy,), conda=history)
    yield Example("neither record nor files", gone)
    plain = distribution("demo-lib", "1.0", files=("demo_lib/__init__.py",))
    yield Example("pip beside conda", environment(kind="conda", records=(scipy,), distributions=(plain,)))
    tzdata = distribution("tzdata", "2026.1", files=("tzdata/__init__.py",))
    database = {"remembered": {"tzdata": "conda-forge/noarch::tzdata-2026a-h0_0"}}
    yield Example("another thing of that name", environment(kind="conda", distributions=(tzdata,), conda=database))


CHECK = Check(
    "MIX012",
    "vanished-record",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions", "conda", "files"),
)
