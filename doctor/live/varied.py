"""The experiments: one thing changed at a time, as far as this machine and these libraries allow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from doctor.compare.numbers import NumberDifference
from doctor.facts import Library, Machine, Numbers
from doctor.knowledge.blas_kernels import KERNELS, Kernel

#: what every library that computes in threads listens to
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "GOTO_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
_MOST = 24


class Experiment(NamedTuple):
    """One more run, with what is changed."""

    label: str  #: OPENBLAS_CORETYPE=Haswell, threads=2
    variables: Mapping[str, str]  #: an empty value unsets
    groups: tuple[str, ...] = ("math", "numpy", "scipy")
    core: str = ""  #: what the BLAS must say it uses, for the experiment to have changed anything


def threads(number: int) -> Mapping[str, str]:
    """The variables that have every library compute in so many threads."""
    return dict.fromkeys(THREAD_VARIABLES, str(number))


def experiments(
    numbers: Numbers, machine: Machine, groups: Iterable[str], chosen: Iterable[str] = ()
) -> tuple[Experiment, ...]:
    """All that are worth trying where nobody knows what to compare with; chosen are the names of set variables."""
    level = _level(numbers, machine)
    found = [unset(name) for name in CHOOSING if name in chosen]
    configured = max((library.threads for library in numbers.libraries if library.of in ("numpy", "scipy")), default=0)
    for number in sorted({2, machine.cores} - {0, 1, configured}):
        found.append(with_threads(number))
    for library in numbers.libraries:
        found += _kernels(library, level)
    found += _numpy_features(numbers)
    if machine.libc.startswith("glibc") and level >= 3:
        found.append(without_fma())
    if level >= 3:
        found += [_torch(capability) for capability in (("default", "avx2") if level >= 4 else ("default",))]
    return _possible(found, groups)


def worth_trying(
    numbers: Numbers,
    other: Numbers,
    differences: Iterable[NumberDifference],
    machine: Machine,
    groups: Iterable[str],
    chosen: Iterable[str] = (),
) -> tuple[Experiment, ...]:
    """Those that could make our numbers the other's, as far as the libraries of both sides say what sets them apart."""
    differing = {one.series for one in differences if one.verdict not in ("identical", "not comparable")}
    packages = {name.partition(".")[0].partition("-")[0] for name in differing}
    level = _level(numbers, machine)
    found = [unset(name) for name, of in CHOOSING.items() if name in chosen and packages & set(of)]
    for ours, theirs in _pairs(numbers, other):
        if ours.of not in packages:
            continue
        if theirs.threads and ours.threads != theirs.threads and ours.of != "torch":
            found.append(with_threads(theirs.threads))
        if ours.name == "numpy":
            found += _numpy_as(ours, theirs)
        elif ours.name == "torch":
            found += [_torch(name.lower()) for name in theirs.features if name not in ours.features]
        elif ours.name == "mkl":
            found += _kernels(ours, level)
        elif ours.features != theirs.features:
            found += [
                one
                for one in _kernels(ours, level)
                if one.core in theirs.features or one.core == _LIKE.get(_core(theirs))
            ]
    if "math" in packages and machine.libc.startswith("glibc") and level >= 3:
        found.append(without_fma())
    return _possible(found, groups)


#: processors for which OpenBLAS uses the code of another
_LIKE = {"Zen": "Haswell", "Cooperlake": "SkylakeX", "SapphireRapids": "SkylakeX"}


def _core(library: Library) -> str:
    return library.features[0] if library.features else ""


def _pairs(numbers: Numbers, other: Numbers) -> Iterator[tuple[Library, Library]]:
    """The same library of the same package on both sides."""
    for ours in numbers.libraries:
        for theirs in other.libraries:
            if (ours.name, ours.of) == (theirs.name, theirs.of):
                yield ours, theirs
                break


def _numpy_as(ours: Library, theirs: Library) -> Iterator[Experiment]:
    """What of ours the other's numpy does not use; releases name features in two ways."""
    lacking = [name for name in ours.switchable if name not in theirs.features]
    if lacking and _names_levels(ours) == _names_levels(theirs):
        yield without_features(lacking)
    elif lacking and not any(name.startswith(("AVX512", "X86_V4")) for name in theirs.features):
        yield from _numpy_features(Numbers(libraries=(ours,)))


def _names_levels(library: Library) -> bool:
    return any(name.startswith("X86_V") for name in library.features)


def _torch(capability: str) -> Experiment:
    return Experiment(f"ATEN_CPU_CAPABILITY={capability}", _alone("ATEN_CPU_CAPABILITY", capability), ("torch",))


def _possible(found: Iterable[Experiment], groups: Iterable[str]) -> tuple[Experiment, ...]:
    there = set(groups)
    kept = [one._replace(groups=tuple(group for group in one.groups if group in there)) for one in found]
    return tuple({one.label: one for one in kept if one.groups}.values())[:_MOST]


def with_threads(number: int) -> Experiment:
    """Everything in so many threads."""
    return Experiment(f"threads={number}", threads(number))


def without_features(names: Iterable[str]) -> Experiment:
    """Have numpy do without its code for some features of the processor."""
    value = " ".join(names)
    return Experiment(
        f"NPY_DISABLE_CPU_FEATURES={value}", _alone("NPY_DISABLE_CPU_FEATURES", value), ("numpy", "scipy", "pandas")
    )


def without_fma() -> Experiment:
    """The system's mathematical functions as on a processor without FMA."""
    value = "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX2_Usable,-FMA_Usable,-FMA4,-FMA4_Usable"
    return Experiment("GLIBC_TUNABLES=" + value, _alone("GLIBC_TUNABLES", value), ("math", "numpy", "scipy"))


def unset(name: str) -> Experiment:
    """Without a variable that the user has set."""
    return Experiment(f"{name} unset", _alone(name, ""), CHOOSING[name])


#: variables that choose code for a processor, and the first part of the series that they can change
CHOOSING: Mapping[str, tuple[str, ...]] = {
    "OPENBLAS_CORETYPE": ("numpy", "scipy"),
    "MKL_CBWR": ("numpy", "scipy", "torch"),
    "MKL_ENABLE_INSTRUCTIONS": ("numpy", "scipy", "torch"),
    "BLIS_ARCH_TYPE": ("numpy", "scipy"),
    "NPY_DISABLE_CPU_FEATURES": ("numpy", "scipy", "pandas"),
    "ATEN_CPU_CAPABILITY": ("torch",),
    "GLIBC_TUNABLES": ("math", "numpy", "scipy"),
}


def _alone(name: str, value: str) -> Mapping[str, str]:
    """A change that is looked at with one thread, so that threads do not blur it."""
    return {**threads(1), name: value}


def _kernels(library: Library, level: int) -> Iterator[Experiment]:
    for kernel in KERNELS:
        if kernel.library == library.name and kernel.level <= level and kernel.core not in library.features:
            yield _of_kernel(kernel)


def _of_kernel(kernel: Kernel) -> Experiment:
    return Experiment(
        f"{kernel.variable}={kernel.value}", _alone(kernel.variable, kernel.value), kernel.groups, kernel.core
    )


def _numpy_features(numbers: Numbers) -> Iterator[Experiment]:
    """Without AVX-512, and without anything beyond what numpy was built for."""
    for library in numbers.libraries:
        if library.name == "numpy" and library.switchable:
            wide = [name for name in library.switchable if name.startswith(("AVX512", "X86_V4"))]
            if wide and len(wide) < len(library.switchable):
                yield without_features(wide)
            yield without_features(library.switchable)


def _level(numbers: Numbers, machine: Machine) -> int:
    """The level of x86-64 of this processor, as the machine's facts or else the libraries in use tell it."""
    if machine.x86_64_level or machine.architecture not in ("", "x86_64", "AMD64"):
        return machine.x86_64_level
    used = {feature for library in numbers.libraries for feature in library.features}
    if used & {"AVX512_SKX", "X86_V4", "SkylakeX", "Cooperlake", "SapphireRapids"}:
        return 4
    return 3 if used & {"AVX2", "X86_V3", "Haswell", "Zen"} else 0
