"""The C++ runtime that will be loaded is older than what a compiled module was built for.

## Why it matters
``ImportError: libstdc++.so.6: version `GLIBCXX_3.4.32' not found``. One libstdc++ serves the whole process: the one
that is found first. Where that is an old one of the system, or an old one in a conda environment, every module
that was compiled with a newer compiler fails to import. The usual advice, to link the system's file into the
environment, breaks the other packages there.

## How it is found
The versions that each compiled module and its libraries ask of libstdc++ and libgcc stand in their headers, and so
do those that a libstdc++ offers. They are compared for the very file that the loader would take: through the paths
in the modules and in Python itself, LD_LIBRARY_PATH, the loader's cache and its default folders.

## What the fix does
In a conda environment it installs a libstdcxx that is new enough. Where LD_LIBRARY_PATH brings the old one, it is
unset for this environment. Otherwise it tells the ways that are left: a newer system, or conda's packages.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Binaries, Binary, Facts, Outside, Search, SearchFolder
from doctor.facts.build import distribution, environment, record, site_packages
from doctor.judgement.native_modules import short
from doctor.judgement.native_remedies import bare, from_conda, label
from doctor.judgement.owners import owner_of
from doctor.judgement.symbol_versions import Unmet, highest, newest_offered, unmet
from doctor.knowledge.runtimes import GLIBCXX
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, SetVariable, Severity, Tell

_FAMILIES = ("GLIBCXX_", "CXXABI_", "GCC_")
_SHOWN = 4


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each library that is too old, whoever asks for more."""
    by_library: dict[str, list[Unmet]] = {}
    for item in unmet(facts, _FAMILIES):
        by_library.setdefault(item.found.path, []).append(item)
    for path, several in sorted(by_library.items()):
        yield _finding(path, several, facts)


def _finding(path: str, several: list[Unmet], facts: Facts) -> Finding:
    worst = highest(several)
    packages = sorted({bare(item.module.owner) for item in several if item.module.owner})
    who = packages[0] if packages else short(worst.by, facts)
    more = f" and {len(packages) - 1} more" if len(packages) > 1 else ""
    summary = f"{worst.library} is too old for {who}{more}: {worst.version} is not in it"
    evidence = [
        Evidence(f"needs {item.version} of {item.library}", item.by)
        for item in {item.by: item for item in several}.values()
    ][:_SHOWN]
    offered = newest_offered(worst)
    owner = label(facts, owner_of(facts).get(path, "")) or "no package of this environment"
    evidence.append(Evidence(f"offers at most {offered or 'nothing of that kind'}; it comes from {owner}", path))
    evidence.append(Evidence(f"this is the file that the loader takes, by {_how(worst)}"))
    if worst.version in GLIBCXX:
        evidence.append(Evidence(f"{worst.version} came with GCC {GLIBCXX[worst.version]}"))
    return Finding(
        Severity.ERROR,
        worst.library,
        summary if len(summary) <= 100 else f"{worst.library} is too old for {who[:40]}{more}"[:100],
        tuple(evidence),
        tuple(packages),
        tuple(_remedies(worst, packages, facts)),
    )


def _how(item: Unmet) -> str:
    return {
        "loaded": "what Python has loaded before",
        "rpath": "the RPATH of the module, or of Python",
        "runpath": "the RUNPATH of the module",
        "cache": "the loader's cache",
        "default": "its default folders",
    }.get(item.found.how, item.found.how)


def _remedies(worst: Unmet, packages: list[str], facts: Facts) -> Iterator[Remedy]:
    if worst.found.how == "LD_LIBRARY_PATH":
        yield Remedy(
            "Unset LD_LIBRARY_PATH whenever this environment is activated",
            Safety.CAREFUL,
            (SetVariable("LD_LIBRARY_PATH", ""),),
            "The other folders in it are no longer searched either.",
        )
    family, _, release = worst.version.rpartition("_")
    gcc = release if family == "GCC" else GLIBCXX.get(worst.version, "")
    if facts.identity.kind == "conda":
        if worst.found.how == "LD_LIBRARY_PATH":
            return  # the library of a package would be passed over as well
        stem = "libstdcxx" if worst.library.startswith("libstdc++") else "libgcc"
        name = stem if facts.conda.record(stem) or not facts.conda.record(f"{stem}-ng") else f"{stem}-ng"
        held = facts.conda.record(name)
        spec = f"{name}>={gcc}" if gcc else f"{name}>{held.version}" if held else name
        yield from_conda(facts, (spec,), f"Install {spec} into this environment")
        return
    names = ", ".join(packages[:3]) or "the package"
    steps = [Tell(f"Use an older release of {names}, one that was built for a system such as this.")]
    since = f" GCC {gcc} or newer" if gcc else " a newer GCC"
    steps.append(Tell(f"Or move to a system, or a container, with the libstdc++ of{since}."))
    steps.append(Tell(f"Or install {names} from conda-forge, which brings a libstdc++ of its own."))
    yield Remedy("Bring the package and the C++ runtime together", Safety.MANUAL, tuple(steps))


def examples() -> Iterator[Example]:
    """The system's libstdc++ is too old, conda's is, LD_LIBRARY_PATH brings an old one; and all that fits."""
    site = site_packages()
    need = {"libstdc++.so.6": ("CXXABI_1.3.13", "GLIBCXX_3.4.32")}
    module = Binary(
        f"{site}/demo/_core.abi3.so",
        "elf",
        "x86_64",
        needed=("libstdc++.so.6",),
        needs=need,
        tag="abi3",
        is_extension=True,
    )
    demo = distribution("demo", "1.0", files=("demo/_core.abi3.so",), pure=False)
    old, new = ("GLIBCXX_3.4.28", "CXXABI_1.3.12"), ("CXXABI_1.3.13", "GLIBCXX_3.4.32", "GLIBCXX_3.4.9")
    search = Search(("~/demo/.venv",), "glibc", "/usr/bin/python3.11", cache=True)

    def system(offers: tuple[str, ...], *, search: Search = search, more: tuple[Outside, ...] = ()) -> Binaries:
        held = Outside("libstdc++.so.6", "/lib64/libstdc++.so.6", "cache", "x86_64", "libstdc++.so.6", offers=offers)
        return Binaries((module,), (), (*more, held), search)

    sick = environment(distributions=(demo,), binaries=system(old))
    yield Example("an old system", sick, ("libstdc++.so.6",), Severity.ERROR)
    yield Example("a system that is new enough", environment(distributions=(demo,), binaries=system(new)))
    yield Example("a library that says no versions", environment(distributions=(demo,), binaries=system(())))

    matlab = "/opt/matlab/bin/glnxa64"
    theirs = Outside(
        "libstdc++.so.6", f"{matlab}/libstdc++.so.6", "LD_LIBRARY_PATH", "x86_64", "libstdc++.so.6", offers=old
    )
    led = search._replace(library_path=(SearchFolder(matlab, names=("libstdc++.so.6",)),), library_path_source="$")
    foreign = system(new, search=led, more=(theirs,))
    yield Example("LD_LIBRARY_PATH", environment(distributions=(demo,), binaries=foreign), ("libstdc++.so.6",))

    python = Binary("bin/python3.11", "elf", "x86_64", rpath=("$ORIGIN/../lib",))
    runtime = Binary("lib/libstdc++.so.6.0.28", "elf", "x86_64", "libstdc++.so.6", offers=old)
    own = Binary("lib/libstdc++.so.6", "elf", "x86_64", "libstdc++.so.6", offers=old)
    prefix = "~/miniforge3/envs/demo"
    within = Search((prefix,), "glibc", "bin/python3.11", cache=True)
    held = record("libstdcxx-ng", "9.3.0", files=(runtime.path, own.path))
    files = Binaries((python, own, runtime, module), (), (), within)
    conda = environment(kind="conda", records=(held,), distributions=(demo,), binaries=files)
    yield Example("an old libstdcxx in conda", conda, ("libstdc++.so.6",), Severity.ERROR)
    fits = Binaries((python, own._replace(offers=new), module), (), (), within)
    yield Example("conda's is new enough", environment(kind="conda", records=(held,), binaries=fits))


CHECK = Check(
    "NAT002",
    "libstdcxx-too-old",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions", "conda", "files", "binaries"),
)
