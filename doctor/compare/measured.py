"""Causes that somebody tried: an experiment of one side gives the other's numbers, or threads alone tell them apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from doctor.compare.cause import TITLES, Cause, CauseKind
from doctor.compare.numbers import RUNS, digests_of
from doctor.facts import Library, Numbers, Run
from doctor.facts.fingerprint import Fingerprint

#: variable -> what it changes, and of which library
_KINDS: Mapping[str, tuple[CauseKind, str]] = {
    "OPENBLAS_CORETYPE": ("blas-kernels", "openblas"),
    "MKL_CBWR": ("blas-kernels", "mkl"),
    "BLIS_ARCH_TYPE": ("blas-kernels", "blis"),
    "NPY_DISABLE_CPU_FEATURES": ("simd", "numpy"),
    "ATEN_CPU_CAPABILITY": ("simd", "torch"),
    "GLIBC_TUNABLES": ("libm", "glibc"),
}
_THREADS = "_NUM_THREADS"
_HERE = ("here", "there")


class _Reproduced(NamedTuple):
    """An experiment of one side, and the series that it gives as the other side has them."""

    side: Literal[0, 1]
    run: Run
    series: tuple[str, ...]
    changed: int  #: how many of the differing series it changes at all
    fits: bool  #: whether the libraries' own words name the same difference


def measured(differing: Mapping[str, Sequence[str]], first: Fingerprint, second: Fingerprint) -> Iterator[Cause]:
    """The fewest of them, those that explain most first."""
    sides = (first.numbers, second.numbers)
    left = set().union(*differing.values())
    by_threads = tuple(name for name in differing[RUNS[1]] if name not in differing[RUNS[0]])
    candidates = [*_reproduced(0, sides, differing), *_reproduced(1, sides, differing)]
    if by_threads and all(_has(numbers, RUNS[0]) for numbers in sides):
        yield _threads(by_threads, sides, candidates)
        left -= set(by_threads)
    while candidates:
        best = max(
            candidates,
            key=lambda one: (len(left.intersection(one.series)), one.fits, -len(one.run.label), -one.side),
        )
        explained = tuple(name for name in best.series if name in left)
        if not explained:
            break
        yield _by_experiment(best, explained, sides, (first, second))
        left -= set(explained)
    yield from _unsteady([name for run in RUNS for name in differing[run] if name in left], sides)


def _has(numbers: Numbers, label: str) -> bool:
    return any(run.label == label and (run.series or run.digests) for run in numbers.runs)


def _threads(series: tuple[str, ...], sides: tuple[Numbers, Numbers], candidates: Sequence[_Reproduced]) -> Cause:
    counts = [str(max((library.threads for library in numbers.libraries), default=0) or "") for numbers in sides]
    said = "the number of threads: with one thread both sides compute the same"
    if all(counts) and counts[0] != counts[1]:
        said = f"the number of threads, {counts[0]} here and {counts[1]} there: with one thread both compute the same"
    evidence = ["computed with one thread, they come out alike on both sides"]
    variables: dict[str, str] = {}
    aligns: Literal[0, 1] = 1
    for one in candidates:
        number = _number(one.run)
        if number and set(series) <= set(one.series) and not variables:
            variables, aligns = {"OMP_NUM_THREADS": number}, one.side
            where, elsewhere = _HERE[one.side], _HERE[1 - one.side]
            evidence.append(f"with {_counted(number)}, they come out {where} as {elsewhere}")
    first, second = (_counted(count) for count in counts)
    return Cause("measured", "threads", said, series, first, second, "threads", tuple(evidence), variables, aligns)


def _number(run: Run) -> str:
    """How many threads an experiment set, where it changed nothing else."""
    values = {value if name.endswith(_THREADS) else "" for name, value in run.variables.items()}
    return values.pop() if len(values) == 1 else ""


def _counted(threads: str) -> str:
    return "1 thread" if threads == "1" else f"{threads} threads" if threads else ""


def _that_change(number: int, total: int) -> str:
    """All 9 series that it changes come out; told of an experiment."""
    if total == 1:
        return "the one series that it changes comes out"
    many = f"all {total}" if number == total else f"{number} of the {total}"
    return f"{many} series that it changes come out"


def _reproduced(
    side: Literal[0, 1], sides: tuple[Numbers, Numbers], differing: Mapping[str, Sequence[str]]
) -> Iterator[_Reproduced]:
    """The experiments of a side that give the other's numbers in most of the series that they change."""
    ours, theirs = sides[side], sides[1 - side]
    own, wanted = ({label: _digests(numbers, label) for label in RUNS} for numbers in (ours, theirs))
    for run in ours.runs:
        if run.label in RUNS:
            continue
        base = RUNS[0] if run.variables.get("OMP_NUM_THREADS") == "1" else RUNS[1]
        got = digests_of(run)
        changed = [name for name in differing[base] if name in got and got[name] != own[base].get(name)]
        same = tuple(name for name in changed if got[name] == wanted[base].get(name))
        if same and 2 * len(same) >= len(changed):
            yield _Reproduced(side, run, same, len(changed), _fits(run, sides[1 - side]))


def _digests(numbers: Numbers, label: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for run in numbers.runs:
        if run.label == label:
            found |= digests_of(run)
    return found


def _fits(run: Run, other: Numbers) -> bool:
    values = {value.lower() for name, value in run.variables.items() if name in _KINDS}
    return any(feature.lower() in values for library in other.libraries for feature in library.features)


def _by_experiment(
    found: _Reproduced,
    series: tuple[str, ...],
    sides: tuple[Numbers, Numbers],
    fingerprints: tuple[Fingerprint, Fingerprint],
) -> Cause:
    special = {name: value for name, value in found.run.variables.items() if name in _KINDS}
    number = _number(found.run)
    where, elsewhere = _HERE[found.side], _HERE[1 - found.side]
    if special:
        name, value = next(iter(special.items()))
        kind, subject = _KINDS[name]
        words = _words(subject, series, sides)
        said = _SAID[kind].format(TITLES.get(subject, subject))
        if words[0] and words[1] and words[0] != words[1]:
            said += f" ({words[0]} here; {words[1]} there)"
        changed = f"with {name}={value}" if value else f"without {name}"
        variables: Mapping[str, str] = special
    elif number:
        kind, subject, words = "threads", "threads", ("", "")
        said, changed = f"the number of threads, {number} {elsewhere}", f"with {_counted(number)}"
        variables = {"OMP_NUM_THREADS": number}
    else:
        kind, subject, words = "unknown", "", ("", "")
        said = found.run.label
        changed = f"with {said}"
        variables = found.run.variables
    evidence = [f"{changed}, {_that_change(len(found.series), found.changed)} {where} as {elsewhere}"]
    evidence += _set_by_hand(tuple(special), fingerprints)
    aligns = found.side
    if found.run.problem:  # what makes a program crash is no way to make two sides alike; leaving it out may be
        evidence.append(f"{changed}, the computation then stopped: {found.run.problem}; do not set it")
        aligns = 1 if found.side == 0 else 0
        variables = {name: "" for name in special if _is_set(name, fingerprints[aligns])}
    return Cause("measured", kind, said, series, words[0], words[1], subject, tuple(evidence), variables, aligns)


_SAID: Mapping[CauseKind, str] = {
    "blas-kernels": "{} uses its code for another processor",
    "simd": "{} uses other features of the processor",
    "libm": "the C library's mathematical functions use their code for another processor",
}


def _words(subject: str, series: Sequence[str], sides: tuple[Numbers, Numbers]) -> tuple[str, str]:
    """What a library says of itself on each side: its core type, or the features that the other lacks."""
    packages = {name.partition(".")[0] for name in series}
    pair = [_library(numbers, subject, packages) for numbers in sides]
    if subject in ("numpy", "torch"):
        features = [library.features if library else () for library in pair]
        told = [
            [name for name in ours if name not in theirs]
            for ours, theirs in ((features[0], features[1]), (features[1], features[0]))
        ]
        said = [", ".join(one[:6]) or ("fewer" if other else "") for one, other in (told, told[::-1])]
        return said[0], said[1]
    first, second = (library.features[0] if library and library.features else "" for library in pair)
    return first, second


def _library(numbers: Numbers, name: str, packages: set[str]) -> Library | None:
    there = [library for library in numbers.libraries if library.name == name]
    return next((library for library in there if library.of in packages), there[0] if there else None)


def _set_by_hand(names: Sequence[str], fingerprints: tuple[Fingerprint, Fingerprint]) -> Iterator[str]:
    for where, fingerprint in zip(_HERE, fingerprints, strict=True):
        for name in names:
            value = _is_set(name, fingerprint)
            if value:
                yield f"{name}={value} is set {where}"


def _is_set(name: str, fingerprint: Fingerprint) -> str:
    """The value that a variable has there; empty where nobody sets it."""
    settings = fingerprint.layers.get("settings")
    return settings.items.get(name, {}).get("value", "") if settings else ""


def _unsteady(names: Sequence[str], sides: tuple[Numbers, Numbers]) -> Iterator[Cause]:
    for where, numbers in zip(_HERE, sides, strict=True):
        shaky = {name for run in numbers.runs if run.label in RUNS for name in run.unsteady}
        found = tuple(dict.fromkeys(name for name in names if name in shaky))
        if found:
            said = f"these numbers differ {where} from one computation to the next, on one and the same machine"
            yield Cause("measured", "unsteady", said, found, evidence=("the same process computed them twice",))
            names = [name for name in names if name not in found]
