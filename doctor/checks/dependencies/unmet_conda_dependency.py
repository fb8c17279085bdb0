"""A conda package needs another one that is missing or of the wrong version.

## Why it matters
conda builds its packages against each other: a library of another version than the one that a package was built
for may not load, crash, or give other results. It comes about by `--force` and `--no-deps`, by an update that was
interrupted, or by lists of exact packages that were put together by hand. conda then calls the environment
inconsistent, and its next change may turn over far more than was asked for.

## How it is found
What every record in conda-meta depends on, and what it rules out (constrains), is compared with the records, after
conda's own order of versions. Of the virtual packages, the operating system is judged by the environment's layout;
`__glibc` and `__cuda` only where this machine's version is known and too old. Packages from pip never count as
conda's; a package that only pip has is told by another check.

## What the fix does
Installs the missing package, or the version that all who need it agree on; or brings those who need it to builds
that fit what is there. conda shows first what it would change.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import CondaRecord, Facts, Machine, Unreadable
from doctor.facts.build import distribution, environment, record
from doctor.facts.machine import Gpu, Gpus
from doctor.judgement.conda_needs import Objection, argument, unmet
from doctor.knowledge.conda_names import pypi_key
from doctor.model import CannotTell, Check, Evidence, Example, Finding, Install, Remedy, Safety, Severity, Tell


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each package that is missing, or is not what others need it to be."""
    if not facts.conda.present:
        return
    found, unclear = unmet(facts, pypi_key)
    for name, objections in sorted(found.items()):
        yield _finding(name, objections, facts)
    if unclear and not found:
        owner, text = unclear[0]
        raise CannotTell(f"{len(unclear)} requirements have a form that is not judged, such as {owner}'s {text[:60]}")


def _finding(name: str, objections: list[Objection], facts: Facts) -> Finding:
    there = next((held for held in facts.conda.records if held.name.lower() == name), None)
    owners = tuple(dict.fromkeys(objection.record.name for objection in objections))
    first, several = objections[0], len(owners) > 1
    who = f"{owners[0]} and {len(owners) - 1} more" if several else owners[0]
    if there is not None:
        needs = "need another version of" if several else "needs another version of"
        verb = ("rule out" if several else "rules out") if first.excluded else needs
        summary = f"{who} {verb} {name} {there.version}"
        remedies = _change(there, objections, owners)
    elif name.startswith("__"):
        summary = f"{who} cannot run on this machine: {first.text}"
        remedies = (_for_machine(name, objections, facts),)
    else:
        summary = f"{who} {'need' if several else 'needs'} {name}, which is not installed"
        remedies = (_install(name, objections),)
    severity = Severity.WARNING if all(map(_unsolved, objections)) else Severity.ERROR
    return Finding(
        severity,
        name,
        summary if len(summary) <= 100 else f"{name[:40]} is not what {owners[0][:40]} needs",
        tuple(_evidence(there, objections)),
        tuple(dict.fromkeys((*(() if name.startswith("__") else (name,)), *owners))),
        remedies,
    )


def _unsolved(objection: Objection) -> bool:
    """Whether the record came from a list of exact addresses, whose metadata may lack the channel's corrections."""
    return any("://" in spec for spec in objection.record.requested)


def _evidence(there: CondaRecord | None, objections: list[Objection]) -> Iterator[Evidence]:
    for owner, _, text, excluded in objections[:20]:
        what = "goes only with" if excluded else "depends on"
        yield Evidence(f"{owner.dist} {what} {text}", _path(owner))
    if len(objections) > 20:
        yield Evidence(f"and {len(objections) - 20} more")
    if there is not None:
        yield Evidence(f"installed: {there.dist} from {there.channel or 'an unknown channel'}", _path(there))


def _path(held: CondaRecord) -> str:
    return f"conda-meta/{held.dist}.json"


def _install(name: str, objections: list[Objection]) -> Remedy:
    specs = _specs(objections)
    return Remedy(
        f"Install {name} with conda, in the version that is needed",
        Safety.CAREFUL,
        (Install("conda", specs, channels=_channels(objections)),),
    )


def _change(there: CondaRecord, objections: list[Objection], owners: tuple[str, ...]) -> tuple[Remedy, ...]:
    named = ", ".join(owners[:3]) + (" ..." if len(owners) > 3 else "")
    fit = Remedy(
        f"Install builds of {named} that fit {there.name} {there.version}",
        Safety.CAREFUL,
        (Install("conda", (*owners, f"{there.name}=={there.version}"), channels=_channels(objections)),),
        f"{named} may come in another version",
    )
    if there.name == "python":
        return (fit,)
    change = Remedy(
        f"Install the version of {there.name} that {named} can work with",
        Safety.CAREFUL,
        (Install("conda", _specs(objections), channels=_channels(objections)),),
        f"what was installed because it needs {there.name} {there.version} may change too",
    )
    return (change, fit)


def _for_machine(name: str, objections: list[Objection], facts: Facts) -> Remedy:
    if name == "__cuda":
        text = "Update NVIDIA's driver, or install builds for an older CUDA"
    elif name == "__glibc":
        text = "Install older builds of these packages, or use a newer operating system or a container of one"
    else:
        text = f"Install these packages anew on this machine: their builds are not for {facts.identity.system}"
    names = tuple(dict.fromkeys(objection.record.name for objection in objections))
    return Remedy(text, Safety.MANUAL, (Tell(f"{text}: {', '.join(names[:10])}."),))


def _specs(objections: list[Objection]) -> tuple[str, ...]:
    """What is needed, each requirement once, as conda takes it on the command line."""
    return tuple(dict.fromkeys(argument(objection.spec) for objection in objections))


def _channels(objections: list[Objection]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(objection.record.channel for objection in objections if objection.record.channel))


def examples() -> Iterator[Example]:
    """Missing, another version, ruled out, another machine; and what only looks unmet."""
    python = record("python", "3.11.7", "h955ad1f_0_cpython", depends=("pip", "tzdata", "__linux"))
    tzdata = record("tzdata", "2026c", "h0", noarch="generic", subdir="noarch")
    numpy = record("numpy", "2.1.0", "py311h0_0", depends=("python >=3.11,<3.12.0a0", "python_abi 3.11.* *_cp311"))
    abi = record("python_abi", "3.11", "5_cp311", constrains=("python 3.11.*",))
    sound = (python, tzdata, numpy, abi)
    numba = record("numba", "0.59.0", "py311h0_0", depends=("numpy >=1.22.3,<2", "llvmlite >=0.42.0,<0.43.0a0"))
    both = environment(kind="conda", records=(*sound, numba))
    yield Example("one missing, one of another version", both, ("llvmlite", "numpy"), Severity.ERROR)
    old = record("mkl", "2020.4", depends=("libgomp >=7", "__glibc >=2.17,<3.0.a0"))
    more = (record("libgomp", "14.1.0"), record("scipy", "1.11", constrains=("mkl >=2021", "absent >=1")))
    yield Example("ruled out", environment(kind="conda", records=(*sound, old, *more)), ("mkl",), Severity.ERROR)
    other = record("pandas", "2.2.0", "py312h0_0", depends=("python >=3.12,<3.13.0a0",))
    yield Example("for another Python", environment(kind="conda", records=(*sound, other)), ("python",))
    windows = record("pywin32-on-windows", "0.1", "pyh_0", depends=("__win",))
    yield Example("for another system", environment(kind="conda", records=(*sound, windows)), ("__win",))
    listed = numba._replace(depends=("numpy <2",), requested=("https://conda.anaconda.org/conda-forge/x.conda",))
    found = environment(kind="conda", records=(*sound, listed))
    yield Example("from a list of exact packages", found, ("numpy",), Severity.WARNING)

    linux = Machine("linux", libc="glibc 2.17", gpus=Gpus((Gpu("Tesla V100"),), cuda="11.4"))
    modern = record("arrow", "20.0", depends=("__glibc >=2.28,<3.0.a0", "__cuda >=12"))
    facts = environment(kind="conda", records=(*sound, modern), machine=linux)
    yield Example("this machine is too old", facts, ("__cuda", "__glibc"), Severity.ERROR)
    yield Example("nothing is known of the machine", environment(kind="conda", records=(*sound, modern)))

    yield Example("all met", environment(kind="conda", records=sound))
    pip = (distribution("llvmlite", "0.42.0"),)
    numba = numba._replace(depends=("llvmlite >=0.42.0,<0.43.0a0",))
    yield Example("only pip has it", environment(kind="conda", records=(*sound, numba), distributions=pip))
    broken = {"problems": (Unreadable("conda-meta/llvmlite-0.42.0-py311h0_0.json", "line 3: not JSON"),)}
    yield Example("its record cannot be read", environment(kind="conda", records=(*sound, numba), conda=broken))
    yield Example("no conda environment", environment(distributions=pip))
    odd = record("odd", "1.0", depends=("numpy ^2.*$",))
    yield Example("a regular expression", environment(kind="conda", records=(*sound, odd)), cannot_tell=True)


CHECK = Check(
    "DEP003",
    "unmet-conda-dependency",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("conda", "distributions", "identity"),
    records=False,
    optional=("machine",),
    conda_only=True,
)
