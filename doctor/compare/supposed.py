"""Causes that nobody tried: what differs between two sides and is known to change such numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from doctor.compare.cause import TITLES, Cause, CauseKind
from doctor.compare.numbers import RUNS
from doctor.facts import Library, Numbers
from doctor.facts.fingerprint import Fingerprint
from doctor.facts.units import several

#: what BLAS and LAPACK compute, by the second part of a series' name
_BY_BLAS = frozenset({"dot", "matmul", "matvec", "solve", "eigvalsh", "svd", "svdvals", "cholesky", "descent"})
_BLAS = ("openblas", "mkl", "blis", "netlib", "accelerate", "atlas", "nvpl", "armpl")
#: the packages whose code a series of another package runs
_BELOW: Mapping[str, tuple[str, ...]] = {"pandas": ("numpy",), "scipy": ("numpy",)}
#: what decides among explanations of equally many series
_PRIOR: tuple[CauseKind, ...] = ("gpu", "blas", "blas-kernels", "simd", "package", "python", "libm")


class _Supposed(NamedTuple):
    """Something that differs, and the series that it may explain."""

    kind: CauseKind
    subject: str
    said: str
    first: str
    second: str
    series: tuple[str, ...]


def supposed(names: Sequence[str], first: Fingerprint, second: Fingerprint) -> Iterator[Cause]:
    """The fewest of them; what nothing explains comes last, as unknown."""
    left = list(names)
    while left:
        candidates = _together(one for one in _candidates(left, first, second) if one.series)
        if not candidates:
            break
        best = max(candidates, key=lambda one: (len(one.series), -_PRIOR.index(one.kind)))
        evidence = tuple(_besides(best, first, second))
        yield Cause("hypothesis", best.kind, best.said, best.series, best.first, best.second, best.subject, evidence)
        left = [name for name in left if name not in best.series]
    if left:
        said = "nothing that is known of both sides explains these numbers"
        yield Cause("hypothesis", "unknown", said, tuple(left))


def _besides(best: _Supposed, first: Fingerprint, second: Fingerprint) -> Iterator[str]:
    """What is the same on both sides, or was tried in vain, and so leaves this explanation."""
    if best.kind not in ("blas", "blas-kernels"):
        return
    for package in ("numpy", "scipy", "torch"):
        if any(_package(name) == package for name in best.series):
            versions = {_version(package, fingerprint) for fingerprint in (first, second)}
            if len(versions) == 1 and "" not in versions:
                yield f"{package} itself is {versions.pop()} on both sides"
    vain = [run.label for one in (first, second) for run in one.numbers.runs if run.label not in RUNS]
    if vain:
        yield f"{several(len(vain), 'other change')} tried, and none gives the other side's numbers"


def _together(candidates: Iterable[_Supposed]) -> list[_Supposed]:
    """What is said of several packages at once."""
    found: dict[tuple[str, ...], _Supposed] = {}
    for one in candidates:
        key = (one.kind, one.subject, one.first, one.second)
        known = found.get(key)
        found[key] = known._replace(series=tuple(dict.fromkeys(known.series + one.series))) if known else one
    return list(found.values())


def _candidates(names: Sequence[str], first: Fingerprint, second: Fingerprint) -> Iterator[_Supposed]:
    one, other = first.numbers, second.numbers
    packages = tuple(dict.fromkeys(name.partition(".")[0] for name in names))
    for package in packages:
        runs_blas = tuple(name for name in names if _package(name) == package and _by_blas(name))
        yield from _blas(package, runs_blas, first, second)
    for package in ("numpy", "torch"):
        own = tuple(name for name in names if package in _code_of(name) and not _by_blas(name))
        yield from _features(package, own, one, other)
    for package in ("numpy", "scipy", "pandas", "torch"):
        versions = _version(package, first), _version(package, second)
        if all(versions) and versions[0] != versions[1]:
            said = f"{package} {versions[0]} here and {versions[1]} there"
            brought = tuple(
                name
                for name in names
                if package in _code_of(name) and not (_by_blas(name) and _vendors_differ(_package(name), first, second))
            )
            yield _Supposed("package", package, said, *versions, brought)
    yield from _gpu(tuple(name for name in names if name.startswith("torch-gpu")), first, second)
    yield from _system(tuple(name for name in names if not _by_blas(name)), first, second)


def _package(name: str) -> str:
    return name.partition(".")[0]


def _code_of(name: str) -> tuple[str, ...]:
    package = "torch" if name.startswith("torch") else _package(name)
    return (package, *_BELOW.get(package, ()))


def _by_blas(name: str) -> bool:
    parts = name.split(".")
    return parts[0] in ("numpy", "scipy", "torch") and len(parts) > 1 and parts[1] in _BY_BLAS


def _blas_of(package: str, fingerprint: Fingerprint) -> Library:
    """The BLAS that a package loaded, by its own words, else as read from files."""
    libraries = [library for library in fingerprint.numbers.libraries if library.name in _BLAS]
    for wanted in (package, *_BELOW.get(package, ())):
        for library in libraries:
            if library.of == wanted:
                return library
    native = fingerprint.layers.get("native")
    item = native.items.get(f"BLAS of {package}", {}) if native else {}
    return Library(item.get("vendor", ""), item.get("version", ""))


def _vendors_differ(package: str, first: Fingerprint, second: Fingerprint) -> bool:
    one, other = _blas_of(package, first).name, _blas_of(package, second).name
    return bool(one and other and _title(one) != _title(other))


def _title(name: str) -> str:
    return TITLES.get(name, name)


def _blas(package: str, series: tuple[str, ...], first: Fingerprint, second: Fingerprint) -> Iterator[_Supposed]:
    one, other = _blas_of(package, first), _blas_of(package, second)
    if not (one.name and other.name):
        return
    titles = _title(one.name), _title(other.name)
    full = f"{titles[0]} {one.version}".strip(), f"{titles[1]} {other.version}".strip()
    takes = f"{package} takes its BLAS from"
    if titles[0] != titles[1] or one.version != other.version:
        yield _Supposed("blas", other.name, f"{takes} {full[0]} here and from {full[1]} there", *full, series)
    cores = tuple(library.features[0] if library.features else "" for library in (one, other))
    if titles[0] == titles[1] and all(cores) and cores[0] != cores[1]:
        said = f"{titles[0]} uses its code for {cores[0]} here and for {cores[1]} there"
        yield _Supposed("blas-kernels", one.name, said, cores[0], cores[1], series)


def _features(package: str, series: tuple[str, ...], one: Numbers, other: Numbers) -> Iterator[_Supposed]:
    pair = [next((found for found in numbers.libraries if found.name == package), None) for numbers in (one, other)]
    ours, theirs = pair
    if ours is None or theirs is None or not ours.features or not theirs.features or ours.features == theirs.features:
        return
    alike = [any(name.startswith("X86_V") for name in library.features) for library in (ours, theirs)]
    if alike[0] != alike[1]:
        return  # releases that name features in different ways cannot be compared by names
    only = [
        ", ".join([name for name in mine if name not in others][:6]) or "fewer"
        for mine, others in ((ours.features, theirs.features), (theirs.features, ours.features))
    ]
    said = f"{package} uses other features of the processor ({only[0]} here; {only[1]} there)"
    yield _Supposed("simd", package, said, only[0], only[1], series)


def _version(package: str, fingerprint: Fingerprint) -> str:
    for library in fingerprint.numbers.libraries:
        if library.name == package and library.version:
            return library.version
    for layer in ("distributions", "conda"):
        part = fingerprint.layers.get(layer)
        version = part.items.get(package, {}).get("version", "") if part else ""
        if version:
            return version
    return ""


def _gpu(series: tuple[str, ...], first: Fingerprint, second: Fingerprint) -> Iterator[_Supposed]:
    pair = [
        next((f"{one.about}, CUDA {one.version}" for one in fingerprint.numbers.libraries if one.name == "gpu"), "")
        for fingerprint in (first, second)
    ]
    if all(pair) and pair[0] != pair[1]:
        said = f"the GPU or its CUDA is another: {pair[0]} here and {pair[1]} there"
        yield _Supposed("gpu", "gpu", said, pair[0], pair[1], series)


def _system(series: tuple[str, ...], first: Fingerprint, second: Fingerprint) -> Iterator[_Supposed]:
    """The C library's functions, else the processor that they choose their code by."""
    pair = [_item(fingerprint, "machine", "C library") for fingerprint in (first, second)]
    libc = [f"{item.get('name', '')} {item.get('version', '')}".strip() for item in pair]
    if all(libc) and libc[0] != libc[1]:
        said = f"the mathematical functions of the system, {libc[0]} here and {libc[1]} there"
        yield _Supposed("libm", "libm", said, libc[0], libc[1], series)
    machines = [_item(fingerprint, "machine", "processor") for fingerprint in (first, second)]
    named = [" ".join(value for value in item.values() if value) for item in machines]
    if all(named) and named[0] != named[1]:
        said = f"the processor, {named[0]} here and {named[1]} there, by which each library chooses its code"
        yield _Supposed("simd", "processor", said, named[0], named[1], series)
    pythons = [_item(fingerprint, "interpreter", "python").get("version", "") for fingerprint in (first, second)]
    if all(pythons) and pythons[0] != pythons[1]:
        own = tuple(name for name in series if name.startswith("math."))
        yield _Supposed(
            "python", "python", f"Python {pythons[0]} here and {pythons[1]} there", pythons[0], pythons[1], own
        )


def _item(fingerprint: Fingerprint, layer: str, name: str) -> Mapping[str, str]:
    part = fingerprint.layers.get(layer)
    return part.items.get(name, {}) if part else {}
