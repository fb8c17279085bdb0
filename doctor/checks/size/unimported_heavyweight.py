"""A very large package is installed that the project neither imports nor needs.

## Why it matters
A framework that was tried once and never removed makes every copy, container and installation of the environment
larger by gigabytes.

## How it is found
Only in an environment that belongs to a project: it lies in the project's folder, a specification names it, or the
user named the project. The project's imports in .py files and notebooks, what its specifications ask for, and
everything that these need, optional requirements included, are set against what is installed. What is left over and
takes more than 200 MB, together with what is there for its sake alone, is told. An extra or group counts where all
that it asks for is there. Locks, files compiled from others and lists that envdoctor itself wrote name what is
installed and not what was asked for: they count for nothing. Code that imports by computed names is not seen: hence
a note.

## What the fix does
Takes the package away, with what only it needs.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Asked, Facts, Lock, Locked, Locks, Project, Size, Sizes, Specification
from doctor.facts.build import distribution, environment
from doctor.facts.project import Imported
from doctor.facts.units import several, size
from doctor.judgement.expectations.applying import holds
from doctor.judgement.expectations.belonging import belongs
from doctor.judgement.expectations.roles import is_compiled, is_ours
from doctor.judgement.needs import closure, freed_by, graph, name_of, owners, reversed_graph
from doctor.judgement.removal import INDISPENSABLE, spared, uninstall
from doctor.model import CannotTell, Check, Evidence, Example, Finding, Remedy, Safety, Severity

#: bytes that a package and what only it needs must take
HEAVY = 200_000_000


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each package that nobody has a use for."""
    if not facts.project.imports or not belongs(facts):
        return
    needs = graph(facts, extras=True)
    used = closure(needs, _wanted(facts))
    idle = set(facts.sizes.by_owner) - used - {""}
    needed_by = reversed_graph(needs)
    for owner in sorted(idle):
        gone = spared(freed_by(needs, owner) & idle, used, facts)
        total = sum(facts.sizes.by_owner[each].total for each in gone)
        if owner in gone and total > HEAVY and not needed_by.get(owner) and name_of(owner) not in INDISPENSABLE:
            if not facts.project.complete:
                raise CannotTell("the project has too many files to know all of its imports")
            others = f" with {several(len(gone) - 1, 'package')} that only it needs" if len(gone) > 1 else ""
            name = name_of(owner)
            yield Finding(
                Severity.NOTE,
                name,
                f"{name} takes {size(total)}{others}; the project does not use it"[:100],
                (
                    Evidence(f"{name}: {size(facts.sizes.by_owner[owner].total)}{others}"),
                    Evidence(
                        f"none of the project's {len(facts.project.imports)} imports needs it", facts.project.root
                    ),
                ),
                (name,),
                (
                    Remedy(
                        f"Remove {name}: {size(total)}",
                        Safety.CAREFUL,
                        uninstall(gone),
                        "Programs other than this project that use the environment may need it.",
                    ),
                ),
            )


def _wanted(facts: Facts) -> set[str]:
    """The packages that the project imports or asks for."""
    known = owners(facts)
    modules = set(facts.project.imports)
    asked = _asked(facts)
    wanted = {f"conda:{name}" for name in asked}
    for dist in facts.distributions.installed:
        names = {*dist.top_level, dist.key.replace("-", "_"), dist.name}
        if dist.key in asked or not modules.isdisjoint(names):
            wanted.add(known[dist.key])
    return wanted


def _asked(facts: Facts) -> set[str]:
    """What the specifications ask for, without groups that were not installed and without what tools wrote down."""
    every = facts.project.specifications
    installed = {dist.key for dist in facts.distributions.installed} | {r.name for r in facts.conda.records}
    paths = {spec.path for spec in every}
    found: set[str] = set()
    for spec in every:
        if is_ours(spec) or (is_compiled(spec) and f"{spec.path.removesuffix('.txt')}.in" in paths):
            continue
        lacking = {a.group for a in spec.asked if a.group and a.name not in installed and holds(a.marker, facts)}
        found |= {asked.name for asked in spec.asked if asked.group not in lacking}
    return found


def examples() -> Iterator[Example]:
    """Unused, imported, asked for, needed by what is imported, and where the project does not own it."""
    torch = distribution("torch", "2.9.1", top_level=("torch",), requires=("nvidia-cublas-cu12",))
    cublas = distribution("nvidia-cublas-cu12", "12.8.4.1", top_level=("nvidia",))
    pandas = distribution("pandas", "2.3.3", top_level=("pandas",), requires=('pyarrow>=10; extra == "parquet"',))
    pyarrow = distribution("pyarrow", "22.0.0", top_level=("pyarrow",))
    dists = (torch, cublas, pandas, pyarrow)
    room = {"torch": 1_700, "nvidia-cublas-cu12": 600, "pandas": 60, "pyarrow": 250}
    sizes = Sizes(by_owner={key: Size(9, mb * 1_000_000) for key, mb in room.items()})
    imports = {"pandas": (Imported("main.py", 1),)}
    project = Project(True, "~/demo", imports=imports)
    unused = environment(distributions=dists, sizes=sizes, project=project)
    yield Example("torch is not used", unused, ("torch",), Severity.NOTE)
    also = project._replace(imports=imports | {"torch": (Imported("train.ipynb#2", 1, optional=True),)})
    yield Example("imported, if only maybe", environment(distributions=dists, sizes=sizes, project=also))
    spec = Specification("requirements.txt", "requirements", asked=(Asked("torch>=2", "torch"),))
    asked = project._replace(specifications=(spec,))
    yield Example("asked for", environment(distributions=dists, sizes=sizes, project=asked))
    ours = spec._replace(compiled="envdoctor")
    by_us = project._replace(specifications=(ours,))
    yield Example("in our own export alone", environment(distributions=dists, sizes=sizes, project=by_us), ("torch",))
    lock = Locks((Lock("uv.lock", "uv.lock", (Locked("torch", "2.9.1"),)),))
    locked = environment(distributions=dists, sizes=sizes, project=project, locks=lock)
    yield Example("in a lock alone", locked, ("torch",))
    group = (Asked("torch>=2", "torch", group="gpu"), Asked("cupy", "cupy", group="gpu"))
    left_out = project._replace(specifications=(spec._replace(asked=group),))
    half = environment(distributions=dists, sizes=sizes, project=left_out)
    yield Example("in a group that is not installed", half, ("torch",))
    whole = project._replace(specifications=(spec._replace(asked=group[:1]),))
    yield Example("in a group that is installed", environment(distributions=dists, sizes=sizes, project=whole))
    elsewhere = project._replace(root="~/other")
    yield Example("not this project's environment", environment(distributions=dists, sizes=sizes, project=elsewhere))
    without = project._replace(imports={})
    yield Example("a project without imports", environment(distributions=dists, sizes=sizes, project=without))
    some = project._replace(complete=False)
    unknown = environment(distributions=dists, sizes=sizes, project=some)
    yield Example("not all imports are known", unknown, cannot_tell=True)


CHECK = Check(
    "SIZ008",
    "unimported-heavyweight",
    Severity.NOTE,
    __doc__,
    find,
    examples,
    needs=("identity", "distributions", "conda", "sizes", "project"),
)
