"""numpy, scipy or torch take BLAS from different makers although conda provides one for all.

## Why it matters
BLAS is what multiplies matrices. Two makers' libraries round differently, so that results differ in the last digits
depending on which package computed them; each starts threads of its own, which slow each other down; and Intel's
brings its own OpenMP along. In a conda environment one BLAS is meant to serve all: here somebody mixed channels, or
put a wheel over it.

## How it is found
What the extension modules of numpy, scipy and torch need is followed to the file that their loader takes, links
included, with its maker, version and threads. Only where conda's records hold a BLAS. Wheels that each bundle
OpenBLAS are sound, and so is torch's own copy of MKL inside its wheels, which gives a note at most.

## What the fix does
Installs conda's package in place of pip's where the odd one is a wheel; else has conda link all its packages against
one BLAS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from doctor.facts import Alias, Binaries, Binary, Distribution, Facts
from doctor.facts.build import distribution, environment, record, site_packages
from doctor.judgement.numerics import Numerics, Runtime, numerics_of
from doctor.judgement.owners import named, package_of
from doctor.knowledge.numeric_remedies import condas_instead, switch_blas
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, Severity, Tell

#: that hand each other arrays and compute on them, in the order in which they are told
_PACKAGES = ("numpy", "scipy", "torch")
_SWITCHABLE = ("openblas", "mkl")


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for all of them together."""
    if not facts.conda.records:
        return
    numerics = numerics_of(facts)
    by_package = {package: numerics.blas_of(package) for package in _PACKAGES}
    used = {package: found for package, found in by_package.items() if found}
    families = {runtime.family for found in used.values() for runtime in found}
    if len(families) < 2 or not _provided(numerics):
        return
    linked = {runtime.family for found in used.values() for runtime in found if not runtime.static}
    summary = ", ".join(f"{package} {_makers(found)}" for package, found in used.items())
    yield Finding(
        Severity.WARNING if len(linked) > 1 else Severity.NOTE,
        "+".join(used),
        f"One environment, several BLAS: {summary}"[:100],
        tuple(_evidence(used, numerics, facts)),
        tuple(used),
        tuple(_remedies(used, numerics, facts)) if len(linked) > 1 else (),
    )


def _provided(numerics: Numerics) -> bool:
    """Whether conda brings a BLAS that packages load, or says which one they are to take."""
    return any(chosen.kind == "blas" for chosen in numerics.chosen) or any(
        runtime.owner.startswith("conda:") for runtime in numerics.used("blas")
    )


def _makers(found: tuple[Runtime, ...]) -> str:
    return " and ".join(dict.fromkeys(runtime.vendor for runtime in found))


def _evidence(used: Mapping[str, tuple[Runtime, ...]], numerics: Numerics, facts: Facts) -> Iterator[Evidence]:
    for package, found in used.items():
        for runtime in found:
            whose = "linked into it" if runtime.static else f"of {named(facts, runtime.owner)}"
            details = [f"threads: {runtime.threading}" if runtime.threading else ""]
            details.append(f"{runtime.integers}-bit index numbers" if runtime.integers else "")
            text = "; ".join(filter(None, (f"{package} loads {runtime.title}, {whose}", *details)))
            yield Evidence(text, runtime.path)
    for chosen in numerics.chosen:
        if chosen.kind == "blas":
            text = f"conda's choice for all: {chosen.record.name} {chosen.record.version} {chosen.record.build}"
            yield Evidence(text, f"conda-meta/{chosen.record.dist}.json")


def _remedies(used: Mapping[str, tuple[Runtime, ...]], numerics: Numerics, facts: Facts) -> Iterator[Remedy]:
    by_pip = [dist for package, found in used.items() for dist in _wheels(package, found, facts)]
    for dist in by_pip:
        yield condas_instead(dist, facts)
    packages = {package for package in used if package not in {dist.key for dist in by_pip}}
    linked = {runtime.family for package in packages for runtime in used[package] if not runtime.static}
    if len(linked) > 1:
        wanted = [chosen.family for chosen in numerics.chosen if chosen.kind == "blas"]
        for family in dict.fromkeys((*wanted, *_SWITCHABLE)):
            if family in _SWITCHABLE and family in linked:
                yield switch_blas(family, facts)
    if not by_pip and len(linked) < 2:
        yield Remedy(
            "Take these packages from one place",
            Safety.MANUAL,
            (Tell(f"Install {', '.join(used)} with one package manager, so that one BLAS serves them all."),),
        )


def _wheels(package: str, found: tuple[Runtime, ...], facts: Facts) -> Iterator[Distribution]:
    """The distribution of pip's whose own copy of a BLAS differs from conda's."""
    for runtime in found:
        dist = package_of(facts, package)
        mine = package in runtime.users and not runtime.static
        if mine and isinstance(dist, Distribution) and dist.installer != "conda":
            yield dist
            return


def examples() -> Iterator[Example]:
    """MKL beside OpenBLAS by channel and by wheel; one BLAS under several names; wheels alone."""
    site, up = site_packages(), ("$ORIGIN/../../../..",)
    mkl = Binary("lib/libmkl_rt.so.2", machine="x86_64", soname="libmkl_rt.so.2")
    openblas = Binary("lib/libopenblasp-r0.3.30.so", machine="x86_64", soname="libopenblas.so.0")
    links = tuple(Alias(f"lib/{name}", openblas.path) for name in ("libblas.so.3", "libcblas.so.3", "libopenblas.so.0"))

    def code(path: str, *needed: str, runpath: tuple[str, ...] = up) -> Binary:
        return Binary(f"{site}/{path}", machine="x86_64", needed=needed, runpath=runpath, is_extension=True)

    umath, fblas = code("numpy/core/_umath.so", "libmkl_rt.so.2"), code("scipy/linalg/_fblas.so", "libblas.so.3")
    cblas = code("numpy/core/_umath.so", "libcblas.so.3")
    by_mkl = record("numpy", "1.26.4", "py311h_0", channel="pkgs/main", files=(umath.path,))
    by_openblas = record("numpy", "1.26.4", files=(cblas.path,))
    scipy = record("scipy", "1.14.1", files=(fblas.path,))
    providers = (
        record("libblas", "3.9.0", "37_h4a7cf45_openblas"),
        record("libopenblas", "0.3.30", "pthreads_h94d23a6_0", files=(openblas.path, *(link.path for link in links))),
    )
    intel = record("mkl", "2024.2.0", channel="pkgs/main", files=(mkl.path,))
    sick = environment(
        kind="conda",
        records=(by_mkl, scipy, intel, *providers),
        binaries=Binaries((mkl, openblas, umath, fblas), links),
    )
    yield Example("numpy of defaults, scipy of conda-forge", sick, ("numpy+scipy",), Severity.WARNING)
    one = environment(
        kind="conda", records=(by_openblas, scipy, *providers), binaries=Binaries((openblas, cblas, fblas), links)
    )
    yield Example("one BLAS under several names", one)

    own = Binary(f"{site}/scipy.libs/libscipy_openblas-6cdc3b4a.so", machine="x86_64")
    bundled = code("scipy/linalg/_fblas.so", own.name, runpath=("$ORIGIN/../../scipy.libs",))
    wheel = distribution("scipy", "1.14.1", files=("scipy/linalg/_fblas.so", f"scipy.libs/{own.name}"), pure=False)
    rt = code("numpy/core/_umath.so", "libmkl_rt.so.2")
    mixed = environment(
        kind="conda", records=(by_mkl, intel), distributions=(wheel,), binaries=Binaries((mkl, own, rt, bundled))
    )
    yield Example("a wheel of scipy beside conda's MKL", mixed, ("numpy+scipy",), Severity.WARNING)
    same = environment(
        kind="conda",
        records=(by_openblas, *providers),
        distributions=(wheel,),
        binaries=Binaries((openblas, own, cblas, bundled), links),
    )
    yield Example("two copies from one maker", same)

    cpu = Binary(f"{site}/torch/lib/libtorch_cpu.so", machine="x86_64", soname="libtorch_cpu.so")
    binding = code("torch/_C.so", "libtorch_cpu.so", runpath=("$ORIGIN/lib",))
    torch = distribution("torch", "2.13.0", files=("torch/_C.so", "torch/lib/libtorch_cpu.so"), pure=False)
    static = environment(
        kind="conda",
        records=(by_openblas, scipy, *providers),
        distributions=(torch,),
        binaries=Binaries((openblas, cblas, fblas, cpu, binding), links),
    )
    yield Example("torch's wheel holds MKL itself", static, ("numpy+scipy+torch",), Severity.NOTE)
    wheels = environment(distributions=(wheel, torch), binaries=Binaries((own, bundled, cpu, binding)))
    yield Example("wheels in a venv", wheels)


CHECK = Check(
    "NUM002",
    "mixed-blas",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("binaries", "conda", "files", "distributions"),
    optional=("settings",),
    conda_only=True,
)
