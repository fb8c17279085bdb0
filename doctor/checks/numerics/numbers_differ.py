"""The environment computes other numbers, or another order, than the team's baseline.

## Why it matters
The same code on the same data gives other last digits, another order of equal values, or needs 52 steps where it
needed 45, because another BLAS, another number of threads or another processor feature does the work. Nothing fails;
results that were checked on one machine cannot be reproduced on the next.

## How it is found
Only where numbers were computed in the environment's own Python, which `envdoctor check --live` does once the user
agreed, and where the project's baseline holds numbers (`envdoctor snapshot --baseline --probe`). The same small sums,
products, decompositions and sorts of the same input are set side by side. Each group of differences is one finding,
with what explains it: measured, where an experiment with one thing changed gave the baseline's numbers, else a
hypothesis from what differs. Differences within rounding alone are a note; order, numbers of steps and more than
rounding are a warning.

## What the fix does
Depends on the cause: sets the variable that was measured to give the baseline's numbers, unsets one that this
environment sets and the baseline does not, or installs the baseline's version. Order is best made safe in the code:
a stable sort gives one answer everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from doctor.facts import Facts, Fingerprint, Library, Numbers, Part, Project, Run, Settings, Variable
from doctor.facts.build import distribution, environment
from doctor.judgement.expectations.belonging import belongs
from doctor.knowledge.numeric_remedies import switch_blas
from doctor.model import (
    CannotTell,
    Check,
    Evidence,
    Example,
    Finding,
    Install,
    Remedy,
    Safety,
    SetVariable,
    Severity,
    Tell,
)

if TYPE_CHECKING:
    from doctor.compare.cause import Cause
    from doctor.compare.numbers import NumberDifference

_SHOWN = 8
_ALIKE = ("identical", "not comparable")
_WORSE = ("beyond rounding", "order differs", "iterations")
#: the BLAS that a conda channel can be told to install
_FAMILIES = ("openblas", "mkl")


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each explanation of numbers that differ."""
    project = facts.project
    if project.baseline is None or not project.baseline.numbers.runs or not belongs(facts):
        return
    ours, path = facts.live.numbers, project.baseline_path
    if not ours.asked:
        raise CannotTell(f"no numbers were computed here; envdoctor check --live compares them with those of {path}")
    if not ours.runs or ours.problem:
        raise CannotTell(f"no numbers could be computed here: {ours.problem or 'nothing came of it'}")
    from doctor.compare.causes import causes
    from doctor.compare.fingerprint import fingerprint_of
    from doctor.compare.numbers import compare_numbers

    if ours.probe != project.baseline.numbers.probe:
        raise CannotTell(f"the numbers of {path} were computed by another version of envdoctor; make a new baseline")
    differences = compare_numbers(ours, project.baseline.numbers)
    worst = _worst(differences)
    here = fingerprint_of(facts)._replace(numbers=ours)
    for cause in causes(differences, here, project.baseline):
        of_cause = [worst[name] for name in cause.series if name in worst]
        if of_cause:
            yield _finding(cause, of_cause, facts, project.baseline)


def _worst(differences: tuple[NumberDifference, ...]) -> Mapping[str, NumberDifference]:
    """Of each series that differs the run in which it does so most; a distance that is no number is the largest."""
    found: dict[str, NumberDifference] = {}
    for one in differences:
        if one.verdict not in _ALIKE and (one.series not in found or _far(one) > _far(found[one.series])):
            found[one.series] = one
    return found


def _far(one: NumberDifference) -> tuple[bool, float]:
    return one.verdict in _WORSE, one.ulps or float("inf")


def _finding(cause: Cause, series: list[NumberDifference], facts: Facts, baseline: Fingerprint) -> Finding:
    path = facts.project.baseline_path
    grave = [one for one in series if one.verdict in _WORSE]
    verdict = _summed(grave or series)
    summary = f"{verdict}: {cause.said}" if cause.kind != "unknown" else f"{verdict}, and nothing known explains it"
    if len(summary) > 100:
        summary = f"{verdict}, from another {_NOUNS.get(cause.kind, 'way to compute')}"
    certain = "measured" if cause.certainty == "measured" else "supposed, for nothing here could try it"
    evidence = [Evidence(f"{cause.said}: {certain}; there is the baseline", path)]
    evidence += [Evidence(text) for text in cause.evidence]
    shown = sorted(series, key=_far, reverse=True)
    evidence += [Evidence(f"{one.series}: {one.said}") for one in shown[:_SHOWN]]
    if len(series) > _SHOWN:
        evidence.append(Evidence(f"and {len(series) - _SHOWN} more series that differ"))
    remedies = tuple(_remedies(cause, series, facts, baseline))
    packages = (cause.subject,) if cause.kind == "package" else ()
    severity = Severity.WARNING if grave else Severity.NOTE
    return Finding(severity, cause.subject or cause.kind, summary, tuple(evidence), packages, remedies)


_NOUNS: Mapping[str, str] = {
    "blas": "BLAS",
    "blas-kernels": "processor's code in BLAS",
    "simd": "set of processor features",
    "package": "version of a package",
    "libm": "mathematical library of the system",
    "gpu": "GPU or CUDA",
    "threads": "number of threads",
    "python": "Python",
}


def _summed(series: list[NumberDifference]) -> str:
    """The gravest verdict in a few words."""
    steps = next((one for one in series if one.verdict == "iterations"), None)
    if steps is not None:
        return f"{steps.first} steps, baseline {steps.second}"
    many = f"{len(series)} series differ" if len(series) > 1 else f"{series[0].series} differs"
    if any(one.verdict == "beyond rounding" for one in series):
        return f"{many} beyond rounding"
    if any(one.verdict == "order differs" for one in series):
        return f"the order of equal values differs in {len(series)} series"
    return f"{many} by rounding"


def _remedies(cause: Cause, series: list[NumberDifference], facts: Facts, baseline: Fingerprint) -> Iterator[Remedy]:
    yield from _variables(cause, facts, baseline)
    yield from _installs(cause, facts)
    if cause.kind == "threads" and not cause.variables:
        text = "Set OMP_NUM_THREADS to one number for everybody, 1 where results must be equal to the last digit."
        yield Remedy("Compute with one number of threads everywhere", Safety.MANUAL, (Tell(text),))
    if any(one.verdict == "order differs" for one in series):
        text = (
            "Sort stably where equal values can occur: numpy.argsort(x, kind='stable'), "
            "frame.sort_values(key, kind='stable'). Then the order is the same with every processor and version."
        )
        yield Remedy("Make the order safe in the code", Safety.MANUAL, (Tell(text),))
    if any(one.verdict == "iterations" for one in series):
        text = (
            "Stop on a tolerance well above rounding (a relative change of 1e-4 in float32, 1e-8 in float64) instead "
            "of until nothing falls any more; then the number of steps no longer hangs on the last digit."
        )
        yield Remedy("Stop before rounding decides", Safety.MANUAL, (Tell(text),))
    text = f"See all that differs: envdoctor compare {facts.project.baseline_path} --probe"
    also = "Where this environment is the right one, make a new baseline: envdoctor snapshot --baseline --probe"
    yield Remedy("Decide which of both is right", Safety.MANUAL, (Tell(text), Tell(also)))


def _variables(cause: Cause, facts: Facts, baseline: Fingerprint) -> Iterator[Remedy]:
    """Unset what this environment sets and the baseline does not; else set what was measured to help."""
    part = baseline.layers.get("settings")
    theirs = part.items if part and not part.gap else None
    for name in _NAMES.get(cause.kind, ()):
        variable = facts.settings.variable(name)
        if variable is None or not variable.value or theirs is None or name in theirs:
            continue
        if variable.source == "$":
            text = f"{name}={variable.value} is set where envdoctor was started; unset it: unset {name}"
            yield Remedy(f"Unset {name}, as in the baseline", Safety.MANUAL, (Tell(text),))
        else:
            title = f"Unset {name} in this environment, as in the baseline"
            yield Remedy(title, Safety.CAREFUL, (SetVariable(name, ""),), _CHANGES)
        return
    if cause.variables and cause.aligns == 0:
        steps = tuple(SetVariable(name, value) for name, value in cause.variables.items())
        named = " and ".join(f"{name}={value}" for name, value in cause.variables.items())
        title = f"Set {named} here, which gave the baseline's numbers"
        yield Remedy(title, Safety.CAREFUL, steps, f"It may be slower. {_CHANGES}")


_CHANGES = "Numbers differ from those computed here before; programs that start without activation are not reached."
_NAMES: Mapping[str, tuple[str, ...]] = {
    "blas-kernels": ("OPENBLAS_CORETYPE", "MKL_CBWR", "MKL_ENABLE_INSTRUCTIONS", "BLIS_ARCH_TYPE"),
    "simd": ("NPY_DISABLE_CPU_FEATURES", "ATEN_CPU_CAPABILITY"),
    "threads": ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"),
    "libm": ("GLIBC_TUNABLES",),
}


def _installs(cause: Cause, facts: Facts) -> Iterator[Remedy]:
    if cause.kind == "package" and cause.second:
        name, version = cause.subject, cause.second
        by_conda = facts.conda.record("pytorch" if name == "torch" else name)
        if by_conda is not None:
            step = Install("conda", (f"{by_conda.name}={version.partition('+')[0]}",))
        else:
            step = Install("pip", (f"{name}=={version.partition('+')[0]}",))
        yield Remedy(f"Install {name} {version}, as in the baseline", Safety.CAREFUL, (step,), _CHANGES)
    if cause.kind == "blas":
        if facts.conda.records and cause.subject in _FAMILIES:
            yield switch_blas(cause.subject, facts)
        else:
            text = f"Take the package that computes from where the baseline has it: {cause.second}, here {cause.first}."
            yield Remedy("Use the baseline's BLAS", Safety.MANUAL, (Tell(text),))


def _numbers(steps: int, order: tuple[int, ...], core: str, version: str = "2.1.0", **more: Any) -> Numbers:
    """Numbers of an example: two series, both runs alike."""
    from doctor.compare.numbers import whole_numbers

    told = (
        whole_numbers("numpy.descent.float32", "iterations", steps),
        whole_numbers("numpy.argsort.float64", "order", *order),
    )
    runs = tuple(Run(label, series=told) for label in ("one-thread", "as-configured"))
    libraries = (
        Library("numpy", version, features=("SSE4_2", "AVX2"), of="numpy"),
        Library("openblas", "0.3.30", features=(core,), of="numpy", threads=4),
    )
    return Numbers(True, libraries, (*runs, *more.pop("experiments", ())), probe=1, **more)


def examples() -> Iterator[Example]:
    """Equal ones; another code of OpenBLAS, supposed and measured; another numpy; nothing to compare."""
    from doctor.compare.numbers import digests_of

    there = _numbers(45, (0, 1, 2, 3), "Haswell")

    def kept(numbers: Numbers) -> Project:
        team = Fingerprint(name="demo", layers={"settings": Part("")}, numbers=numbers)
        return Project(True, "~/demo", baseline=team, baseline_path=".envdoctor/baseline.json")

    def here(numbers: Numbers, project: Project, **layers: Any) -> Facts:
        facts = environment(distributions=(distribution("numpy", "2.1.0"),), project=project, **layers)
        return facts._replace(live=facts.live._replace(numbers=numbers))

    yield Example("equal", here(there, kept(there)))
    other = _numbers(52, (0, 1, 2, 3), "SkylakeX")
    yield Example("another code of OpenBLAS", here(other, kept(there)), ("openblas",), Severity.WARNING)
    tried = Run("OPENBLAS_CORETYPE=Haswell", {"OMP_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Haswell"})
    tried = tried._replace(digests=digests_of(there.runs[0]))
    measured = _numbers(52, (0, 1, 2, 3), "SkylakeX", experiments=(tried,))
    yield Example("measured", here(measured, kept(there)), ("openblas",), Severity.WARNING)
    chosen = Settings(activation=(Variable("OPENBLAS_CORETYPE", "SkylakeX", "etc/conda/activate.d/blas.sh"),))
    yield Example("set by hand", here(other, kept(there), settings=chosen), ("openblas",), Severity.WARNING)
    newer = _numbers(45, (1, 0, 3, 2), "Haswell", "2.2.0")
    yield Example("another numpy, another order", here(newer, kept(there)), ("numpy",), Severity.WARNING)
    yield Example("no numbers here", here(Numbers(), kept(there)), cannot_tell=True)
    yield Example("numbers that failed", here(Numbers(True, problem="no Python"), kept(there)), cannot_tell=True)
    yield Example("another version's numbers", here(there._replace(probe=2), kept(there)), cannot_tell=True)
    yield Example("a baseline without numbers", here(there, kept(Numbers())))
    yield Example("no baseline", here(there, Project(True, "~/demo")))


CHECK = Check(
    "NUM005",
    "numbers-differ",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("identity", "project"),
    optional=("settings", "distributions", "conda"),
)
