"""Packages that are loaded together bring OpenMP runtimes that do not stand each other.

## Why it matters
LLVM's and Intel's OpenMP are one program under two names. Two copies of it in one process hang, crash, or end with
`OMP: Error #15: Initializing libiomp5, but found libiomp5 already initialized`. Which of them comes first depends on
the order of imports, so that it happens on one machine and not on the next. The advice that most people find,
`KMP_DUPLICATE_LIB_OK=TRUE`, silences the message; the runtime itself says that results may then be wrong.

## How it is found
Each extension module is followed to the OpenMP library that its loader would take, links included. An error is
Intel's beside LLVM's, or two copies of one of them that are really loaded; a warning where both copies go by one
name, so that the loader usually takes only one. Sound are GNU's libgomp in any number, libgomp beside Intel's on
Linux, Microsoft's vcomp, and a second runtime that nothing loads. Wheels for macOS that each bundle LLVM's are
everyday life there and give a note.

## What the fix does
Takes the packages of one side from the other side's package manager, so that all share one runtime; or, where one
runtime serves MKL alone, has MKL use GNU's OpenMP or OpenBLAS in its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from doctor.facts import Alias, Binaries, Binary, CondaRecord, Distribution, Facts, Settings, Variable
from doctor.facts.build import distribution, environment, record, site_packages
from doctor.judgement.numerics import Runtime, numerics_of, threading_layer
from doctor.judgement.owners import named, package_of
from doctor.knowledge.numeric_libraries import KMP
from doctor.knowledge.numeric_remedies import condas_instead, main_channel, switch_blas
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, SetVariable, Severity, Tell

_SHOWN = 4


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for all runtimes of the environment that clash."""
    present = [runtime for runtime in numerics_of(facts).used("openmp") if runtime.family in KMP]
    clashes = [(one, other) for one, other in combinations(present, 2) if _together(one, other)]
    if not clashes:
        return
    severity = max((_severity(one, other, facts) for one, other in clashes), key=lambda found: found.rank)
    clashing = [runtime for runtime in present if any(runtime in pair for pair in clashes)]
    vendors = list(dict.fromkeys(runtime.vendor for runtime in clashing))
    what = " and ".join(vendors) if len(vendors) > 1 else f"{len(clashing)} copies of {vendors[0]}"
    users = list(dict.fromkeys(package for runtime in clashing for package in sorted(runtime.packages)))
    named_users = ", ".join(users[:3]) + (f" and {len(users) - 3} more" if len(users) > 3 else "")
    yield Finding(
        severity,
        "+".join(dict.fromkeys(runtime.family for runtime in clashing)),
        f"{what} meet in one process: {named_users}"[:100],
        tuple(_evidence(clashing, facts)),
        tuple(users),
        tuple(_remedies(clashing, facts)),
    )


def _together(one: Runtime, other: Runtime) -> bool:
    """Whether each is loaded by a package that does not bring the other as well."""
    return bool(one.packages - other.packages) and bool(other.packages - one.packages)


def _severity(one: Runtime, other: Runtime, facts: Facts) -> Severity:
    system = facts.identity.system
    if one.family != other.family:
        return Severity.ERROR
    by_pip = not any(runtime.owner.startswith("conda:") for runtime in (one, other))
    if system == "macos" and by_pip and not one.outside and not other.outside:
        return Severity.NOTE
    same_name = bool(one.soname) and one.soname == other.soname
    return Severity.WARNING if system == "linux" and same_name else Severity.ERROR


def _evidence(clashing: list[Runtime], facts: Facts) -> Iterator[Evidence]:
    for runtime in clashing:
        whose = "outside the environment" if runtime.outside else f"of {named(facts, runtime.owner)}"
        yield Evidence(f"{runtime.title}, {whose}", runtime.path)
        for user, path in list(runtime.users.items())[:_SHOWN]:
            yield Evidence(f"{named(facts, user) if package_of(facts, user) else user} loads it", path)
    guard = facts.settings.variable("KMP_DUPLICATE_LIB_OK")
    if guard is not None:
        yield Evidence(f"KMP_DUPLICATE_LIB_OK={guard.value} hides the runtime's own message", guard.source, guard.line)


def _remedies(clashing: list[Runtime], facts: Facts) -> Iterator[Remedy]:
    by_mkl = [runtime for runtime in clashing if _serves_mkl_alone(runtime, facts)]
    if by_mkl and facts.identity.system == "linux":
        yield Remedy(
            "Have MKL use GNU's OpenMP in this environment",
            Safety.CAREFUL,
            (SetVariable("MKL_THREADING_LAYER", "GNU"),),
            "MKL may be somewhat slower; programs that start without activation do not see the variable",
        )
    users = {user for runtime in clashing for user in runtime.users}
    condas = {user for user in users if user.startswith("conda:")}
    for user in sorted(users - condas) if facts.conda.records else ():
        dist = package_of(facts, user)
        if isinstance(dist, Distribution) and dist.installer != "conda":
            yield condas_instead(dist, facts)
    if by_mkl and condas and main_channel(facts):
        yield switch_blas("openblas", facts)
    holders = ", ".join(sorted({named(facts, runtime.owner) for runtime in clashing if runtime.owner}))
    yield Remedy(
        "Take all of them from one package manager",
        Safety.MANUAL,
        (
            Tell(
                f"Install the packages that compute ({', '.join(sorted(p for r in clashing for p in r.packages))}) "
                f"all with conda or all with pip in a new environment, so that one OpenMP serves them all. "
                f"Here they come from {holders or 'several places'}."
            ),
            Tell("Do not set KMP_DUPLICATE_LIB_OK: it hides the clash, and results may be wrong."),
        ),
    )


def _serves_mkl_alone(runtime: Runtime, facts: Facts) -> bool:
    """Whether everything that loads a runtime does so through MKL, which can be told to take another."""
    if runtime.family != "libiomp" and not runtime.path.endswith(("libiomp5.so", "libomp.so")):
        return False
    mkl = [blas for blas in numerics_of(facts).used("blas") if blas.family == "mkl" and not blas.static]
    asked = {file.path for file in facts.binaries.files if _asks_for(file, runtime)}
    return bool(mkl) and not asked and threading_layer(facts) in ("", "INTEL")


def _asks_for(file: Binary, runtime: Runtime) -> bool:
    name = runtime.path.rpartition("/")[2]
    return any(wanted.rpartition("/")[2] in (name, runtime.soname) for wanted in file.needed)


def _extension(path: str, *needed: str, runpath: tuple[str, ...] = ()) -> Binary:
    return Binary(f"{site_packages()}/{path}", needed=needed, runpath=runpath, machine="x86_64", is_extension=True)


def _library(path: str, soname: str = "", *needed: str) -> Binary:
    return Binary(path, soname=soname or path.rpartition("/")[2], needed=needed, machine="x86_64")


def _wheel(name: str, version: str, *files: Binary, **more: Any) -> Distribution:
    site = f"{site_packages()}/"
    return distribution(name, version, files=[file.path.removeprefix(site) for file in files], pure=False, **more)


def _forge(name: str, version: str, *files: Binary, links: tuple[Alias, ...] = (), **more: Any) -> CondaRecord:
    return record(name, version, files=(*(file.path for file in files), *(link.path for link in links)), **more)


def examples() -> Iterator[Example]:
    """Intel's beside LLVM's, twice LLVM's, and all the mixtures that are sound."""
    site = site_packages()
    rt, iomp = _library("lib/libmkl_rt.so.2", "libmkl_rt.so.2"), _library("lib/libiomp5.so")
    omp = _library("lib/libomp.so")
    numpy = _extension("numpy/_umath.so", "libmkl_rt.so.2", runpath=("$ORIGIN/../../..",))
    fast = _extension("fast/_fast.so", "libomp.so", runpath=("$ORIGIN/../../..",))
    records = (
        _forge("mkl", "2024.2.0", rt, channel="pkgs/main"),
        _forge("intel-openmp", "2024.2.0", iomp, channel="pkgs/main"),
        _forge("numpy", "1.26.4", numpy, channel="pkgs/main"),
        _forge("fast", "1.0", fast),
        _forge("llvm-openmp", "18.1.8", omp),
    )
    mixed = Binaries((rt, iomp, omp, numpy, fast))
    facts = environment(kind="conda", records=records, binaries=mixed)
    yield Example("Intel's of MKL beside LLVM's", facts, ("libiomp+libomp",), Severity.ERROR)
    gnu = Settings(activation=(Variable("MKL_THREADING_LAYER", "GNU", "conda-meta/state"),))
    yield Example("MKL was told to take GNU's", facts._replace(settings=gnu))
    link = Alias("lib/libiomp5.so", "lib/libomp.so", True, "libomp.so")
    forge = (*(found for found in records if found.name != "intel-openmp"),)
    one = environment(
        kind="conda", records=forge, binaries=Binaries((rt, omp, numpy, fast), (link,)), extra=(link.path,)
    )
    yield Example("conda-forge's one runtime under both names", one)
    idle = environment(kind="conda", records=records, binaries=Binaries((rt, iomp, omp, numpy)))
    yield Example("LLVM's is there and nothing loads it", idle)

    own = _library(f"{site}/quick.libs/libomp-1a2b3c4d.so", "libomp-1a2b3c4d.so")
    quick = _extension("quick/_quick.so", "libomp-1a2b3c4d.so", runpath=("$ORIGIN/../quick.libs",))
    by_pip = _wheel("quick", "2.0", own, quick)
    twice = environment(
        kind="conda", records=forge, distributions=(by_pip,), binaries=Binaries((omp, fast, own, quick))
    )
    yield Example("LLVM's of a wheel beside conda's", twice, ("libomp",), Severity.ERROR)
    same = _library(f"{site}/quick.libs/libomp.so")
    named_so = _extension("quick/_quick.so", "libomp.so", runpath=("$ORIGIN/../quick.libs",))
    twice = environment(
        kind="conda",
        records=forge,
        distributions=(_wheel("quick", "2.0", same, named_so),),
        binaries=Binaries((omp, fast, same, named_so)),
    )
    yield Example("two of one name", twice, ("libomp",), Severity.WARNING)

    gomp, torch_gomp = (
        _library(f"{site}/scikit_learn.libs/libgomp-e985.so.1.0.0"),
        _library(f"{site}/torch/lib/libgomp.so.1"),
    )
    learn = _extension("sklearn/_loss.so", "libgomp-e985.so.1.0.0", runpath=("$ORIGIN/../scikit_learn.libs",))
    torch = _extension("torch/_C.so", "libgomp.so.1", runpath=("$ORIGIN/lib",))
    wheels = (_wheel("scikit-learn", "1.7.2", gomp, learn), _wheel("torch", "2.13.0", torch_gomp, torch))
    yield Example(
        "several of GNU's", environment(distributions=wheels, binaries=Binaries((gomp, learn, torch_gomp, torch)))
    )
    both = environment(
        kind="conda", records=records[:3], distributions=wheels, binaries=Binaries((rt, iomp, numpy, gomp, learn))
    )
    yield Example("GNU's beside Intel's", both)

    def apple(folder: str, name: str, version: str) -> tuple[Distribution, Binary, Binary]:
        library = Binary(f"{site}/{folder}/libomp.dylib", "macho", "arm64", "@rpath/libomp.dylib")
        code = f"{site}/{folder.partition('/')[0]}/_core.so"
        user = Binary(code, "macho", "arm64", needed=("@rpath/libomp.dylib",), is_extension=True)
        return _wheel(name, version, library, user), library, user

    first, second = apple("torch/lib", "torch", "2.9.1"), apple("sklearn/.dylibs", "scikit-learn", "1.7.2")
    mac = environment(
        distributions=(first[0], second[0]),
        binaries=Binaries((*first[1:], *second[1:])),
        identity={"system": "macos", "architecture": "arm64"},
    )
    yield Example("wheels for macOS that each bundle LLVM's", mac, ("libomp",), Severity.NOTE)
    dll = Binary("Library/bin/libiomp5md.dll", "pe", "AMD64", "libiomp5md.dll")
    mkl = Binary("Library/bin/mkl_rt.2.dll", "pe", "AMD64", "mkl_rt.2.dll")
    umath = Binary(f"{site}/numpy/_umath.pyd", "pe", "AMD64", needed=("mkl_rt.2.dll",), is_extension=True)
    torch_dll = Binary(f"{site}/torch/lib/libiomp5md.dll", "pe", "AMD64", "libiomp5md.dll")
    cpu = Binary(f"{site}/torch/lib/torch_cpu.dll", "pe", "AMD64", needed=("libiomp5md.dll",))
    windows = environment(
        kind="conda",
        records=(_forge("mkl", "2024.2.0", mkl, dll), _forge("numpy", "1.26.4", umath)),
        distributions=(_wheel("torch", "2.6.0", torch_dll, cpu),),
        binaries=Binaries((dll, mkl, umath, torch_dll, cpu)),
        identity={"system": "windows", "architecture": "AMD64"},
    )
    yield Example("Intel's of conda and of torch's wheel on Windows", windows, ("libiomp",), Severity.ERROR)


CHECK = Check(
    "NUM001",
    "clashing-openmp",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("binaries", "files", "distributions"),
    optional=("conda", "settings"),
)
