"""A lock or an export no longer says what its specification asks for, or what is installed.

## Why it matters
A lock is what colleagues, servers and the paper's readers install from. One that has been left behind gives them
another environment than the one that was tested, with nothing to tell them so.

## How it is found
Only in an environment that belongs to the project. A lock's own note of the specification that it was made from is
computed again where that can be done exactly. Else a lock is out of date where it lacks a package that the
specification always needs, or holds only versions that the specification excludes; the same for requirements that
were compiled from an .in file. A list that was written from the environment (conda's explicit list, conda env export,
pip freeze, envdoctor's exports) is out of date where packages have other versions by now, are gone, or came later.
Contents alone count: times of files say nothing in a fresh clone. Where one of several lists agrees, all is well.

## What the fix does
Writes down what is installed as a new file beside the old one. A lock is renewed by its own tool, which solves
again: that command is told and not run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from doctor.facts import Asked, Facts, Lock, Locked, Locks, Project, Specification
from doctor.facts.build import distribution, environment, record
from doctor.facts.locks import LockKind
from doctor.facts.units import several
from doctor.judgement.expectations.belonging import belongs
from doctor.model import Check, Evidence, Example, Export, Finding, Install, Manager, Remedy, Safety, Severity, Tell

if TYPE_CHECKING:
    from doctor.judgement.expectations.locked import Misfit
    from doctor.judgement.expectations.moved import Moved

_SHOWN = 8
_MOST = 60

#: how each tool makes its lock anew
_RENEW: Mapping[LockKind, tuple[str, ...]] = {
    "uv.lock": ("uv", "lock"),
    "poetry.lock": ("poetry", "lock"),
    "pdm.lock": ("pdm", "lock"),
    "Pipfile.lock": ("pipenv", "lock"),
    "pixi.lock": ("pixi", "lock"),
    "conda-lock": ("conda-lock", "lock"),
}


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each lock or list that was left behind."""
    if not belongs(facts):
        return
    from doctor.judgement.expectations.locked import misfits
    from doctor.judgement.expectations.moved import moved_exports

    unfit: dict[str, list[Misfit]] = {}
    for misfit in misfits(facts):
        unfit.setdefault(misfit.lock, []).append(misfit)
    for lock in facts.locks.files:
        found = unfit.pop(lock.path, [])
        if found or lock.stale:
            yield _out_of_date(lock.path, lock.stale, found, _RENEW.get(lock.kind, ()), _sources(lock, facts))
    for path, found in unfit.items():
        source = found[0].spec.path
        by_uv = any(spec.path == path and spec.compiled == "uv" for spec in facts.project.specifications)
        start = ("uv", "pip", "compile") if by_uv else ("pip-compile",)
        yield _out_of_date(path, "", found, (*start, source, "--output-file", path), source)
    for moved in moved_exports(facts):
        yield _left_behind(moved)


def _sources(lock: Lock, facts: Facts) -> str:
    from doctor.judgement.expectations.locked import MADE_FROM

    kinds = MADE_FROM.get(lock.kind, ())
    if lock.sources:
        return lock.sources[0]
    return next((spec.path for spec in facts.project.specifications if spec.kind in kinds), "its specification")


def _out_of_date(path: str, stale: str, found: Sequence[Misfit], renew: tuple[str, ...], source: str) -> Finding:
    evidence = [Evidence(stale, path)] if stale else []
    for each in found[:_SHOWN]:
        versions = ", ".join(each.locked[:3])
        there = f"{each.asked.name} {versions}" if versions else f"{each.asked.name} is not in it"
        evidence.append(Evidence(f"asked for: {each.asked.text}", each.spec.path, each.asked.line))
        evidence.append(Evidence(there, path, each.line))
    text = f"Let {renew[0]} solve again, then read what changed in {path}" if renew else f"Make {path} anew"
    return Finding(
        Severity.WARNING,
        path,
        f"{path[-35:]} is out of date: {source[-35:]} asks for something else"[:100],
        tuple(evidence),
        tuple(dict.fromkeys(each.asked.name for each in found)),
        (Remedy(f"Renew {path}", Safety.MANUAL, (Tell(text, renew),)),),
    )


def _left_behind(moved: Moved) -> Finding:
    evidence = [
        Evidence(f"{d.name} {d.wanted}: {f'{d.found} is installed' if d.found else 'not installed'}", d.path, d.line)
        for d in moved.changed[:_SHOWN]
    ]
    evidence += [Evidence(f"{name} was installed since", moved.path) for name in moved.since[:_SHOWN]]
    rest = max(len(moved.changed) - _SHOWN, 0) + max(len(moved.since) - _SHOWN, 0)
    if rest:
        evidence.append(Evidence(f"and {rest} more", moved.path))
    count = several(len(moved.changed) + len(moved.since), "package")
    return Finding(
        Severity.WARNING,
        moved.path,
        f"{moved.path[-40:]} was written before the environment changed: {count}",
        tuple(evidence),
        tuple(dict.fromkeys(drift.name for drift in moved.changed)),
        tuple(_remedies(moved)),
    )


def _remedies(moved: Moved) -> Iterator[Remedy]:
    from doctor.judgement.expectations.drifting import requirement_of

    yield Remedy(
        "Write down what is installed now, beside the old file",
        Safety.SAFE,
        (
            Export((moved.form,)),
            Tell(f"Look at what differs; then put the new file in place of {moved.path}"),
        ),
    )
    specs: dict[Manager, list[str]] = {}
    for drift in moved.changed:
        if drift.asked is not None:
            specs.setdefault("conda" if drift.manager == "conda" else "pip", []).append(requirement_of(drift))
    if specs and len(moved.changed) <= _MOST:
        yield Remedy(
            f"Put back the versions of {moved.path}",
            Safety.CAREFUL,
            tuple(Install(manager, tuple(each)) for manager, each in sorted(specs.items())),
            "What was installed since stays.",
        )


def examples() -> Iterator[Example]:
    """Stale by hash, by content, compiled, frozen, explicit; all of these up to date."""
    warning = Severity.WARNING
    numpy = distribution("numpy", "1.26.4")
    asked = Asked("numpy>=2", "numpy", "pip", 7, specifier=">=2")
    pyproject = Specification("pyproject.toml", "pyproject", "demo", asked=(asked,))
    project = Project(True, "~/demo", specifications=(pyproject,))
    lock = Lock("uv.lock", "uv.lock", (Locked("numpy", "2.1.0", line=9),))
    dists = (numpy,)

    def locked(*locks: Lock, project: Project = project) -> Facts:
        return environment(distributions=dists, project=project, locks=Locks(locks))

    yield Example("up to date", locked(lock))
    stale = lock._replace(stale="requires-dist was numpy>=1, and is numpy>=2 in pyproject.toml")
    yield Example("says so of itself", locked(stale), ("uv.lock",), warning)
    old = lock._replace(packages=(Locked("numpy", "1.26.4", line=9),))
    yield Example("holds another version", locked(old), ("uv.lock",), warning)
    without = lock._replace(packages=(Locked("pandas", "2.2.0"),))
    yield Example("lacks a package", locked(without), ("uv.lock",))
    group = project._replace(specifications=(pyproject._replace(asked=(asked._replace(group="dev"),)),))
    yield Example("lacks a package of a group", locked(without, project=group))
    marked = asked._replace(marker='sys_platform == "win32"')
    windows = project._replace(specifications=(pyproject._replace(asked=(marked,)),))
    yield Example("lacks a package for another system", locked(without, project=windows))
    two = Lock("uv.lock", "uv.lock", (Locked("numpy", "1.26.4"), Locked("numpy", "2.1.0")))
    yield Example("several versions, one of which fits", locked(two))
    gdal = Asked("gdal=3.9", "gdal", "conda", 5, specifier="=3.9")
    yml = Specification("environment.yml", "environment.yml", asked=(gdal,))
    held = (Locked("gdal", "3.8.1", "conda", line=9, platform="linux-64"),)
    forge = Project(True, "~/demo", specifications=(yml, yml._replace(path="ppc64le.environment.yml", asked=())))
    of_another = Lock("ppc64le.conda-lock.yml", "conda-lock", held, sources=("ppc64le.environment.yml",))
    yield Example("a lock of another file", locked(of_another, project=forge))
    of_this = of_another._replace(path="conda-lock.yml", sources=("environment.yml",))
    yield Example("a lock of this file", locked(of_this, project=forge), ("conda-lock.yml",), warning)
    unnamed = of_another._replace(sources=())
    yield Example("a lock of one cannot say which", locked(unnamed, project=forge._replace(specifications=(yml,))))
    source = Specification("requirements.in", "requirements", asked=(asked,))
    pinned = Asked("numpy==1.26.4", "numpy", "pip", 3, specifier="==1.26.4")
    compiled = Specification("requirements.txt", "requirements", asked=(pinned,), compiled="pip-compile")
    both = Project(True, "~/demo", specifications=(source, compiled))
    yield Example("compiled before the .in file changed", locked(project=both), ("requirements.txt",))
    names = [f"dep{number}" for number in range(9)]
    many = tuple(distribution(name, "1.0") for name in names)
    top = distribution("top", "1.0", requires=tuple(names))
    entries = tuple(Asked(f"{n}==1.0", n, "pip", i, specifier="==1.0") for i, n in enumerate(("top", *names), 1))
    freeze = Project(True, "~/demo", specifications=(Specification("requirements.txt", "requirements", asked=entries),))
    yield Example("pip freeze, as it is", environment(distributions=(top, *many), project=freeze))
    newer = distribution("dep3", "1.1")
    changed = (top, *(newer if dist.key == "dep3" else dist for dist in many))
    yield Example(
        "pip freeze, changed since", environment(distributions=changed, project=freeze), ("requirements.txt",)
    )
    hand = freeze._replace(specifications=(Specification("requirements.txt", "requirements", asked=entries[:3]),))
    yield Example("a few exact versions by hand", environment(distributions=changed, project=hand))
    records = tuple(record(name, "1.0") for name in names)
    listed = tuple(Locked(n, "1.0", "conda", build="h0_0", platform="linux-64") for n in names)
    explicit = Lock("conda-explicit.txt", "explicit", listed)
    own = Project(True, "~/miniforge3/envs")
    same = environment(kind="conda", records=records, project=own, locks=Locks((explicit,)))
    yield Example("conda's explicit list, as it is", same)
    build = (records[0]._replace(build="h1_1"), *records[1:])
    rebuilt = environment(kind="conda", records=build, project=own, locks=Locks((explicit,)))
    yield Example("conda's explicit list, changed since", rebuilt, ("conda-explicit.txt",), warning)
    mac = explicit._replace(packages=tuple(each._replace(platform="osx-arm64") for each in listed))
    elsewhere = environment(kind="conda", records=build, project=own, locks=Locks((mac,)))
    yield Example("conda's explicit list of another platform", elsewhere)
    fresh = explicit._replace(path="new.txt", packages=(listed[0]._replace(build="h1_1"), *listed[1:]))
    beside = environment(kind="conda", records=build, project=own, locks=Locks((explicit, fresh)))
    yield Example("a newer list beside the old one", beside)


CHECK = Check(
    "REP003",
    "stale-lock",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("identity", "distributions", "conda", "project", "locks"),
    records=False,
    repository=True,
)
