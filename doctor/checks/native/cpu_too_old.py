"""A package needs instructions that this machine's processor, or virtual machine, does not have.

## Why it matters
`Illegal instruction (core dumped)`: Python dies at the import, without a traceback. Newer wheels are compiled for
processors with AVX2 or SSE4.2. Older processors lack these, and so do many virtual machines, whose settings hide
what the real processor has.

## How it is found
The level of x86-64 that the processor has is read from `/proc/cpuinfo`; what wheels need is known for the packages
that check it themselves, and some libraries say it in their headers. Where a package needs a feature that lies
between two levels, it is an error only below both, and a note else. Packages of conda are built for every processor.

## What the fix does
Installs the variant or release of the package that runs on every processor. For a virtual machine it tells the
setting that passes the real processor through.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Binaries, Binary, Distribution, Facts, Machine
from doctor.facts.build import distribution, environment, record, site_packages
from doctor.judgement.dependencies import visible_distributions
from doctor.judgement.native_modules import importable
from doctor.judgement.native_remedies import bare, label
from doctor.judgement.overlap import foreign
from doctor.judgement.owners import owner_of
from doctor.judgement.requirements import meets
from doctor.knowledge.processor_levels import FEATURES, NEEDED, Needed
from doctor.model import CannotTell, Check, Evidence, Example, Finding, Install, Remedy, Safety, Severity, Tell

_X86 = ("x86_64", "AMD64")


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each package that needs more than this processor has."""
    if facts.identity.architecture not in _X86:
        return
    level = facts.machine.x86_64_level
    asking = list(_asking(facts))
    marked = _marked(facts)
    if not level:
        if asking or marked:
            name = asking[0][0].name if asking else bare(next(iter(marked)))
            raise CannotTell(f"{name} needs a newer processor, and what this one has cannot be read")
        return
    told = set()
    for dist, row in asking:
        if row.level > level:
            told.add(dist.key)
            yield _finding(dist, row, level, facts)
    for owner, file in sorted(marked.items()):
        if file.level > level and bare(owner) not in told:
            yield _by_header(owner, file, level, facts)


def _asking(facts: Facts) -> Iterator[tuple[Distribution, Needed]]:
    """Wheels that are installed, with what they need."""
    by_pip = {(dist.site, dist.folder) for dist in foreign(facts)} if facts.conda.present else None
    visible = visible_distributions(facts)
    for row in NEEDED:
        for dist in visible.get(row.key, ())[:1]:
            own = dist.installer != "conda" and (by_pip is None or (dist.site, dist.folder) in by_pip)
            replaced = any(other.version == dist.version for other in visible.get(row.unless, ()))
            if own and not replaced and dist.pure is not True and meets(dist.version, _range(row)):
                yield dist, row


def _range(row: Needed) -> str:
    return f">={row.since}" + (f",<{row.until}" if row.until else "")


def _marked(facts: Facts) -> dict[str, Binary]:
    """The module of each package whose header asks for the highest level."""
    owners = owner_of(facts)
    found: dict[str, Binary] = {}
    for file in importable(facts):
        owner = owners.get(file.path, "")
        if file.level > 1 and (owner not in found or found[owner].level < file.level):
            found[owner] = file
    return found


def _has(level: int) -> Evidence:
    return Evidence(f"this processor has x86-64 level {level}: no {FEATURES.get(level + 1, 'more')}", "/proc/cpuinfo")


def _finding(dist: Distribution, row: Needed, level: int, facts: Facts) -> Finding:
    sure = row.sure or level < row.level - 1
    verb = "needs" if sure else "may need"
    return Finding(
        Severity.ERROR if sure else Severity.NOTE,
        dist.key,
        f"{dist.name} {dist.version} {verb} a processor with {row.features}; this one has level {level}"[:100],
        (Evidence(f"its wheels are compiled for {row.features}", f"{dist.site}/{dist.folder}"), _has(level)),
        (dist.key,),
        tuple(_remedies(row, facts)),
    )


def _remedies(row: Needed, facts: Facts) -> Iterator[Remedy]:
    if row.instead:
        polars = visible_distributions(facts).get("polars", ())
        spec = f"{row.instead}=={polars[0].version}" if row.instead.endswith("]") and polars else row.instead
        yield Remedy(f"Install {spec}, which runs on every processor", Safety.CAREFUL, (Install("pip", (spec,)),))
    told = Tell("In a virtual machine: give it the host's own processor type (qemu and Proxmox: CPU type host).")
    more = (Tell(row.advice),) if row.advice else ()
    yield Remedy("Give this machine a processor that has it", Safety.MANUAL, (told, *more))


def _by_header(owner: str, file: Binary, level: int, facts: Facts) -> Finding:
    told = Tell(f"Install a build of {bare(owner) or file.name} for x86-64 level {level}, or use a newer processor.")
    return Finding(
        Severity.ERROR,
        bare(owner) or file.name,
        f"{label(facts, owner) or file.name} is built for x86-64 level {file.level}; this processor has {level}"[:100],
        (Evidence(f"asks for x86-64 level {file.level}", file.path), _has(level)),
        (bare(owner),) if owner else (),
        (Remedy("Bring package and processor together", Safety.MANUAL, (told,)),),
    )


def examples() -> Iterator[Example]:
    """Old processors with wheels that need more, unclear cases; and builds for every processor."""

    def patient(name: str, version: str, level: int, **more: str) -> Facts:
        dist = distribution(name, version, files=(f"{name}/_core.so",), pure=False)
        return environment(distributions=(dist,), machine=Machine(x86_64_level=level), identity=more)

    yield Example("numpy on an old virtual machine", patient("numpy", "2.4.1", 1), ("numpy",), Severity.ERROR)
    yield Example("an older numpy there", patient("numpy", "2.3.5", 1))
    yield Example("numpy on most processors", patient("numpy", "2.4.1", 2))
    yield Example("polars without AVX2", patient("polars-runtime-32", "1.36.0", 2), ("polars-runtime-32",))
    yield Example("an older polars without AVX2", patient("polars", "1.20.0", 2), ("polars",), Severity.ERROR)
    runtimes = [
        distribution(f"polars-runtime-{kind}", "1.36.0", files=(f"_polars_{kind}/_polars.so",), pure=False)
        for kind in ("32", "compat")
    ]
    old = Machine(x86_64_level=2)
    yield Example("polars with its compatible runtime", environment(distributions=runtimes, machine=old))
    runtimes[1] = runtimes[1]._replace(version="1.35.0")
    yield Example("with that of another release", environment(distributions=runtimes, machine=old), (runtimes[0].key,))
    yield Example("polars on a newer processor", patient("polars", "1.20.0", 3))
    yield Example("TensorFlow far below", patient("tensorflow", "2.20.0", 1), ("tensorflow",), Severity.ERROR)
    yield Example("TensorFlow in between", patient("tensorflow", "2.20.0", 2), ("tensorflow",), Severity.NOTE)
    yield Example("another kind of processor", patient("numpy", "2.4.1", 0, architecture="aarch64"))
    yield Example("a processor that cannot be read", patient("numpy", "2.4.1", 0), cannot_tell=True)
    site = site_packages()
    file = Binary(f"{site}/demo/_core.abi3.so", "elf", "x86_64", tag="abi3", is_extension=True, level=3)
    demo = distribution("demo", "1.0", files=("demo/_core.abi3.so",), pure=False)
    marked = environment(distributions=(demo,), binaries=Binaries((file,)), machine=Machine(x86_64_level=2))
    yield Example("a module whose header says it", marked, ("demo",), Severity.ERROR)
    numpy = distribution("numpy", "2.4.1", files=("numpy/_core.so",), installer="conda", pure=False)
    held = record("numpy", "2.4.1", files=numpy.paths or ())
    conda = environment(kind="conda", records=(held,), distributions=(numpy,), machine=Machine(x86_64_level=1))
    yield Example("conda's numpy", conda)


CHECK = Check(
    "NAT008",
    "cpu-too-old",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions", "conda", "files", "machine", "binaries"),
)
