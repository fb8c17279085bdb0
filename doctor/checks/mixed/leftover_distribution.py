"""An interrupted or failed operation left things behind in the environment.

## Why it matters
`~umpy` is what pip calls `numpy` while it replaces it: a folder of that name says that the replacing was cut short,
and the package may be half there. A dist-info without METADATA makes tools stumble over a package without a name,
and one without RECORD can neither be uninstalled nor upgraded. What conda left behind (`.c~`, `.conda_trash`) takes
room and says that a transaction was killed.

## How it is found
By name, in the environment's site-packages folders and where conda puts its trash. conda's own packages, egg-info
and packages of the operating system have no RECORD by design and are not meant.

## What the fix does
Moves the leftovers aside, from where undo brings them back; Python imports none of them. Where a package's
metadata is incomplete, its metadata folder is moved aside and exactly the same version is installed again. Where
a leftover of conda's is the only copy left of a file, the package that owns it is linked again with it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from doctor.facts import Distribution, Facts, Leftover
from doctor.facts.build import distribution, environment, record, site_packages
from doctor.facts.units import several
from doctor.judgement.overlap import name_and_version
from doctor.knowledge.reinstall import safety_of, same_distribution, same_package
from doctor.model import Check, Evidence, Example, Finding, Install, Move, Remedy, Safety, Severity, Step, Tell

_SHOWN = 8
#: where rattler keeps the loser of two packages that bring one file, to give it back later
_RATTLERS_OWN = "__clobbers__"


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each package that was left half done, and one for all of conda's trash."""
    renamed: dict[tuple[str, str], list[str]] = defaultdict(list)
    for leftover in facts.distributions.leftovers:
        site, _, name = leftover.path.rpartition("/")
        if leftover.what == "renamed":
            renamed[site, name[:1] + re.split(r"[-.]", name[1:])[0]].append(leftover.path)
        elif leftover.what != "conda-trash":
            yield _incomplete(leftover, name, facts)
    for (_, stem), paths in sorted(renamed.items()):
        yield _interrupted(stem, sorted(paths), facts)
    left = (*facts.conda.debris, *facts.distributions.leftovers)
    trash = {item.path for item in left if item.what == "conda-trash" and item.path != _RATTLERS_OWN}
    if trash:
        yield _trash(sorted(trash), facts)


def _interrupted(stem: str, paths: list[str], facts: Facts) -> Finding:
    rest = re.sub(r"[-_.]+", "-", stem[1:]).lower()
    there = [dist for dist in facts.distributions.installed if rest and dist.key[1:] == rest]
    if there:
        now = f"{there[0].name} {there[0].version} is installed beside it"
    else:
        now = f"no installed package is called ?{rest}: what was being replaced may be gone"
    return Finding(
        Severity.WARNING,
        stem,
        f"pip was interrupted and left {stem} behind"[:100],
        (
            *(Evidence("renamed by pip while it was replacing a package", path) for path in paths[:_SHOWN]),
            Evidence(now),
        ),
        tuple(dist.key for dist in there[:1]),
        (_move(paths, f"Move what is left of {stem} aside"),),
    )


def _incomplete(leftover: Leftover, folder: str, facts: Facts) -> Finding:
    lacking = "METADATA" if leftover.what == "no-metadata" else "RECORD"
    installed = facts.distributions.installed
    own = next((dist for dist in installed if f"{dist.site}/{dist.folder}" == leftover.path), None)
    name, version = (own.key, own.version) if own is not None else name_and_version(folder)
    other = next((dist for dist in installed if dist is not own and dist.key == name), None)
    steps = (Move((leftover.path,)), _again(own, name, version))
    title = f"Install {name} {version} again, so that its metadata is whole".replace("  ", " ")
    again = Remedy(title, safety_of(steps), steps)
    if lacking == "METADATA" and other is not None:
        remedies = [_move([leftover.path], f"Move the empty shell aside: {other.name} {other.version} is installed")]
    elif lacking == "METADATA" and not _code_of(leftover.path, name, facts):
        remedies = [_move([leftover.path], "Move the empty shell aside: none of its code is there"), again]
    else:
        remedies = [again]
    harm = "tools list it without a name" if lacking == "METADATA" else "pip can neither upgrade nor uninstall it"
    return Finding(
        Severity.WARNING,
        name or folder,
        f"{folder} has no {lacking}: {harm}"[:100],
        (Evidence(f"a metadata folder without {lacking}", leftover.path),),
        (name,) if name else (),
        tuple(remedies),
    )


def _again(dist: Distribution | None, name: str, version: str) -> Step:
    if dist is not None and dist.version:
        return same_distribution(dist)
    if not version:
        return Tell(f"Install {name} again; its version cannot be told")
    return Install("pip", (f"{name}=={version}",), force=True, dependencies=False)


def _code_of(path: str, name: str, facts: Facts) -> bool:
    """Whether an import package or module of that name lies beside the metadata."""
    site = path.rpartition("/")[0]
    module = name.replace("-", "_")
    folder = f"{site}/{module}"
    return facts.files.has(f"{folder}.py") or any(
        key == folder or key.startswith(f"{folder}/") for key in facts.files.folders
    )


def _trash(paths: list[str], facts: Facts) -> Finding:
    originals = {path.removesuffix(".c~"): path for path in paths if path.endswith(".c~")}
    owners = {path: record for record in facts.conda.records for path in record.files if path in originals}
    gone = [path for path in sorted(owners) if not facts.files.has(path)]
    halved = sorted({owners[path].name: owners[path] for path in gone}.items())
    evidence = [Evidence("left behind by a killed conda transaction", path) for path in paths[:_SHOWN]]
    if len(paths) > _SHOWN:
        evidence.append(Evidence(f"and {len(paths) - _SHOWN} more"))
    remedy = _move(paths, f"Move {several(len(paths), 'leftover')} of conda aside")
    if gone:
        names = ", ".join(name for name, _ in halved[:4]) + (" and others" if len(halved) > 4 else "")
        evidence.append(Evidence(f"{len(gone)} of these are the only copies left, of {names}", originals[gone[0]]))
        remedy = Remedy(
            f"Move the leftovers aside and link exactly the same builds of {names} again",
            Safety.CAREFUL,
            (Move(tuple(paths)), *(same_package(record) for _, record in halved)),
        )
    plural = "" if len(paths) == 1 else "s"
    return Finding(
        Severity.WARNING,
        "conda-trash",
        f"A killed conda transaction left {len(paths)} file{plural} or folder{plural} behind",
        tuple(evidence),
        (),
        (remedy,),
    )


def _move(paths: list[str], title: str) -> Remedy:
    return Remedy(title, Safety.SAFE, (Move(tuple(paths)),))


def examples() -> Iterator[Example]:
    """What pip leaves, what conda leaves, what lacks its metadata."""
    site = site_packages()
    numpy = distribution("numpy", "2.0.2", files=("numpy/__init__.py",))
    half = tuple(Leftover(f"{site}/{name}", "renamed") for name in ("~umpy", "~umpy-1.26.4.dist-info"))
    sick = environment(distributions=(numpy,), installed={"leftovers": half})
    yield Example("pip was interrupted", sick, ("~umpy",), Severity.WARNING)
    yield Example("nothing took its place", environment(installed={"leftovers": half}), ("~umpy",))

    whole = distribution("demo-lib", "1.0", files=("demo_lib/__init__.py",), paths=None)
    lacking = {"leftovers": (Leftover(f"{site}/demo_lib-1.0.dist-info", "no-record"),)}
    yield Example("no RECORD", environment(distributions=(whole,), installed=lacking), ("demo-lib",), Severity.WARNING)
    lacking = {"leftovers": (Leftover(f"{site}/demo_lib-1.0.dist-info", "no-metadata"),)}
    yield Example("an empty shell", environment(installed=lacking), ("demo-lib",), Severity.WARNING)

    trash = tuple(Leftover(f"lib/libdemo.so.{n}.c~", "conda-trash") for n in range(12))
    owner = record("demo", "1.0", files=("lib/libdemo.so.0", "lib/libdemo.so.1"))
    killed = environment(kind="conda", records=(owner,), conda={"debris": trash}, missing=("lib/libdemo.so.0",))
    yield Example("a killed conda transaction", killed, ("conda-trash",), Severity.WARNING)
    clobbers = (Leftover("__clobbers__", "conda-trash"),)
    yield Example("what rattler keeps aside", environment(kind="conda", conda={"debris": clobbers}))

    newer = distribution("demo-lib", "2.0", files=("demo_lib/__init__.py",))
    yield Example(
        "an old shell beside a newer version", environment(distributions=(newer,), installed=lacking), ("demo-lib",)
    )

    yield Example("nothing left behind", environment(distributions=(numpy,)))
    egg = distribution("old-lib", "1.0", paths=None, kind="egg-info", folder="old_lib-1.0.egg-info")
    yield Example("egg-info without RECORD", environment(distributions=(egg,)))


CHECK = Check(
    "MIX004",
    "leftover-distribution",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("distributions", "conda", "files"),
)
