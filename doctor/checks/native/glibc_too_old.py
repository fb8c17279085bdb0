"""A compiled module was built for a newer C library than this machine has.

## Why it matters
``ImportError: libc.so.6: version `GLIBC_2.34' not found``. The C library belongs to the operating system; no package
can bring another one. It happens with packages that were built, or environments that were copied, from a newer
system, and with wheels for the wrong kind of Linux: Alpine has musl, nearly all others have glibc.

## How it is found
The versions of glibc that each compiled module and its libraries ask for stand in their headers; they are compared
with those that this machine's C library offers. A module that asks for the other kind of C library cannot be loaded
at all.

## What the fix does
Installs the same release once more, so that pip takes the wheel that fits this system, or an older release. Where
there is none, it tells which systems have a C library that is new enough.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Binaries, Binary, CondaRecord, Distribution, Facts, Outside, Search
from doctor.facts.build import distribution, environment, record, site_packages
from doctor.judgement.loaded import Missing
from doctor.judgement.native_modules import modules
from doctor.judgement.native_remedies import bare, from_conda, label
from doctor.judgement.owners import package_of
from doctor.judgement.symbol_versions import Unmet, highest, newest_offered, unmet
from doctor.knowledge.reinstall import same_distribution, torch_index
from doctor.knowledge.runtimes import numbers, systems_with
from doctor.model import Check, Evidence, Example, Finding, Install, Remedy, Safety, Severity, Tell

_SHOWN = 4
#: packages from which on the machine is told of rather than each of them
_MANY = 6


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each package, or one for the machine where many packages ask for more."""
    by_owner: dict[str, list[Unmet]] = {}
    for item in unmet(facts, ("GLIBC_",)):
        by_owner.setdefault(item.module.owner, []).append(item)
    if len(by_owner) >= _MANY:
        yield _finding("", [item for several in by_owner.values() for item in several], facts)
    else:
        for owner, several in sorted(by_owner.items()):
            yield _finding(owner, several, facts)
    yield from _other_kind(facts)


def _finding(owner: str, several: list[Unmet], facts: Facts) -> Finding:
    worst, packages = highest(several), sorted({bare(item.module.owner) for item in several if item.module.owner})
    wanted = worst.version.replace("GLIBC_", "glibc ") if numbers(worst.version) else worst.version
    here = newest_offered(worst).rpartition("_")[2] or facts.machine.libc.rpartition(" ")[2] or "unknown"
    who = label(facts, owner) if owner else f"{len(packages)} packages" if packages else worst.by.rpartition("/")[2]
    evidence = [
        Evidence(f"needs {item.version} of {item.library}", item.by)
        for item in {item.by: item for item in several}.values()
    ][:_SHOWN]
    evidence.append(Evidence(f"this machine's glibc is {here}", worst.found.path))
    package = package_of(facts, owner)
    if isinstance(package, Distribution) and package.tags:
        evidence.append(Evidence(f"it was built as {package.tags[0]}", f"{package.site}/{package.folder}/WHEEL"))
    summary = f"{who} needs {wanted}, and this machine has {here}"
    return Finding(
        Severity.ERROR,
        bare(owner) or "glibc",
        summary if len(summary) <= 100 else f"{bare(owner)[:50]} needs a newer glibc than this machine's"[:100],
        tuple(evidence),
        tuple(packages),
        tuple(_remedies(owner, wanted.rpartition(" ")[2], facts)),
    )


def _remedies(owner: str, wanted: str, facts: Facts) -> Iterator[Remedy]:
    package = package_of(facts, owner)
    if isinstance(package, Distribution) and package.direct_url is None:
        spec = f"{package.name}=={package.version}"
        yield Remedy(
            f"Let pip take the wheel of {spec} that fits this system",
            Safety.CAREFUL,
            (same_distribution(package, fresh=True),),
            "Where there is no such wheel pip builds one, which takes long and needs compilers.",
        )
        spec = f"{package.name}<{package.version.partition('+')[0]}"
        yield Remedy(
            f"Install an older release: {spec}",
            Safety.CAREFUL,
            (Install("pip", (spec,), index_url=torch_index(package.version)),),
            "Functions of the newer release are missing.",
        )
    elif isinstance(package, CondaRecord):
        spec = f"{package.name}<{package.version}"
        trade_off = "Functions of the newer release are missing."
        yield from_conda(facts, (spec,), f"Install an older release: {spec}", trade_off)
    systems = systems_with(wanted)
    text = f"Work on a system, or in a container, with glibc {wanted} or newer"
    text += f": {', '.join(systems[:3])}." if systems else "."
    yield Remedy("Move to a newer system", Safety.MANUAL, (Tell(text),))


def _other_kind(facts: Facts) -> Iterator[Finding]:
    """Packages that were built for the other C library altogether."""
    if facts.identity.system != "linux":
        return
    libc = facts.binaries.search.libc
    found: dict[str, str] = {}
    for module in modules(facts):
        names = module.file.needed
        foreign = (
            any(isinstance(step.answer, Missing) and step.answer.name == "libc.so.6" for step in module.steps)
            if libc == "musl"
            else any(name.startswith("libc.musl-") for name in names)
        )
        if foreign and module.owner not in found and not module.optional:
            found[module.owner] = module.file.path
    theirs, ours = ("glibc", "musl") if libc == "musl" else ("musl", "glibc")
    for owner, path in sorted(found.items()):
        package = package_of(facts, owner)
        remedies: tuple[Remedy, ...] = ()
        if isinstance(package, Distribution) and package.direct_url is None:
            spec = f"{package.name}=={package.version}"
            step = same_distribution(package, fresh=True)
            remedies = (Remedy(f"Let pip take the wheel of {spec} for {ours}", Safety.CAREFUL, (step,)),)
        told = Tell(f"Install a build for {ours}, or work on a system with {theirs}.")
        yield Finding(
            Severity.ERROR,
            bare(owner) or path.rpartition("/")[2],
            f"{label(facts, owner) or 'A module'} was built for {theirs}, and this system has {ours}"[:100],
            (Evidence(f"needs the C library of {theirs}", path), Evidence(f"this Python's C library is {ours}")),
            (bare(owner),) if owner else (),
            (*remedies, Remedy("Bring package and system together", Safety.MANUAL, (told,))),
        )


def examples() -> Iterator[Example]:
    """Too new a module, too many of them, the wrong kind; and modules that fit."""
    site = site_packages()
    search = Search(("~/demo/.venv",), "glibc", "/usr/bin/python3.11", cache=True)
    libc = Outside(
        "libc.so.6", "/lib64/libc.so.6", "cache", "x86_64", "libc.so.6", offers=("GLIBC_2.2.5", "GLIBC_2.17")
    )

    def module(name: str, *versions: str, needed: str = "libc.so.6") -> Binary:
        needs = {needed: versions} if versions else {}
        path = f"{site}/{name}/_core.abi3.so"
        return Binary(path, "elf", "x86_64", needed=(needed,), needs=needs, tag="abi3", is_extension=True)

    def patient(*files: Binary, search: Search = search, outside: tuple[Outside, ...] = (libc,)) -> Facts:
        names = sorted({file.path.split("/")[-2] for file in files})
        dists = [distribution(name, "1.0", files=(f"{name}/_core.abi3.so",), pure=False) for name in names]
        return environment(distributions=dists, binaries=Binaries(files, (), outside, search))

    yield Example("built on a newer system", patient(module("demo", "GLIBC_2.34")), ("demo",), Severity.ERROR)
    yield Example("built on an old one", patient(module("demo", "GLIBC_2.17")))
    several = [module(f"demo{number}", "GLIBC_2.28") for number in range(7)]
    yield Example("an environment from a newer system", patient(*several), ("glibc",), Severity.ERROR)
    relr = module("demo", "GLIBC_ABI_DT_RELR")
    yield Example("a format that this glibc does not know", patient(relr), ("demo",), Severity.ERROR)
    other = patient(module("demo", needed="libc.musl-x86_64.so.1"))
    yield Example("made for Alpine", other, ("demo",), Severity.ERROR)
    alpine = search._replace(libc="musl", cache=False)
    yield Example("made for other systems, on Alpine", patient(module("demo"), search=alpine, outside=()), ("demo",))
    fits = patient(module("demo", needed="libc.musl-x86_64.so.1"), search=alpine, outside=())
    yield Example("made for Alpine, on Alpine", fits)
    held = record("demo", "1.0", files=(f"{site}/demo/_core.abi3.so",))
    files = Binaries((module("demo", "GLIBC_2.34"),), (), (libc,), search)
    yield Example("a conda package", environment(kind="conda", records=(held,), binaries=files), ("demo",))


CHECK = Check(
    "NAT003",
    "glibc-too-old",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions", "conda", "files", "binaries"),
    optional=("machine",),
)
