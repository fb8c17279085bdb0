"""The smallest explanation of numbers that differ: what was tried before what is supposed."""

from __future__ import annotations

from doctor.compare.causes import Cause, causes
from doctor.compare.comparison import Side
from doctor.compare.difference import compare
from doctor.compare.numbers import compare_numbers, digests_of, whole_numbers
from doctor.facts import Fingerprint, Library, Numbers, Part, Run
from doctor.model import SetVariable
from doctor.report.comparison import render
from doctor.report.text import plain_text

#: series -> the value that it has on a side; one number stands for all values
Told = dict[str, int]
OPENBLAS = Library("openblas", "0.3.30", threads=4, features=("Haswell",), of="numpy")
NUMPY = Library("numpy", "2.1.0", features=("SSE42", "AVX2"), of="numpy")
ONE_THREAD = {"OMP_NUM_THREADS": "1"}


def run(label: str, told: Told, **variables: str) -> Run:
    return Run(label, variables, tuple(whole_numbers(name, "order", value) for name, value in told.items()))


def experiment(label: str, told: Told, **variables: str) -> Run:
    made = run(label, told, **variables)
    return made._replace(series=(), digests=digests_of(made))


def side(told: Told, *libraries: Library, configured: Told | None = None, tried: tuple[Run, ...] = ()) -> Fingerprint:
    runs = (run("one-thread", told), run("as-configured", told if configured is None else configured), *tried)
    return Fingerprint(numbers=Numbers(True, libraries or (NUMPY, OPENBLAS), runs, probe=1))


def explained(first: Fingerprint, second: Fingerprint) -> tuple[Cause, ...]:
    return causes(compare_numbers(first.numbers, second.numbers), first, second)


def test_equal_ones_need_no_cause() -> None:
    told = {"numpy.matmul.float32": 1, "numpy.exp.float64": 2}
    assert explained(side(told), side(told, NUMPY._replace(version="2.2.0"))) == ()


def test_what_threads_alone_change_is_measured() -> None:
    told = {"numpy.matmul.float32": 1}
    other = OPENBLAS._replace(threads=16)
    first, second = side(told), side(told, NUMPY, other, configured={"numpy.matmul.float32": 2})
    (cause,) = explained(first, second)
    assert (cause.certainty, cause.kind, cause.first, cause.second) == (
        "measured",
        "threads",
        "4 threads",
        "16 threads",
    )
    assert cause.variables == {}
    tried = experiment("threads=16", {"numpy.matmul.float32": 2}, OMP_NUM_THREADS="16", MKL_NUM_THREADS="16")
    (cause,) = explained(side(told, tried=(tried,)), second)
    assert (cause.variables, cause.aligns) == ({"OMP_NUM_THREADS": "16"}, 0)


def test_an_experiment_that_gives_the_others_numbers_is_the_cause_and_aligns_its_side() -> None:
    here = {"numpy.matmul.float32": 1, "numpy.solve.float64": 1, "numpy.exp.float64": 1}
    there = {"numpy.matmul.float32": 2, "numpy.solve.float64": 2, "numpy.exp.float64": 1}
    cores = OPENBLAS._replace(features=("SkylakeX",))
    nehalem = experiment("OPENBLAS_CORETYPE=Nehalem", dict.fromkeys(here, 3), OPENBLAS_CORETYPE="Nehalem", **ONE_THREAD)
    haswell = experiment("OPENBLAS_CORETYPE=Haswell", here, OPENBLAS_CORETYPE="Haswell", **ONE_THREAD)
    first, second = side(here), side(there, NUMPY, cores, tried=(nehalem, haswell))
    (cause,) = explained(first, second)
    assert (cause.certainty, cause.kind, cause.aligns) == ("measured", "blas-kernels", 1)
    assert cause.variables == {"OPENBLAS_CORETYPE": "Haswell"}
    assert cause.said == "OpenBLAS uses its code for another processor (Haswell here; SkylakeX there)"
    assert cause.evidence == ("with OPENBLAS_CORETYPE=Haswell, all 2 series that it changes come out there as here",)
    assert set(cause.series) == {"numpy.matmul.float32", "numpy.solve.float64"}


def test_an_experiment_that_is_right_by_chance_is_no_cause() -> None:
    names = [f"numpy.matmul.n{number}" for number in range(9)]
    here, there = dict.fromkeys(names, 1), dict.fromkeys(names, 2)
    chance = experiment(
        "OPENBLAS_CORETYPE=Zen", {**dict.fromkeys(names, 3), names[0]: 2}, OPENBLAS_CORETYPE="Zen", **ONE_THREAD
    )
    mkl = Library("mkl", "2024.2", of="numpy")
    (cause,) = explained(side(here, tried=(chance,)), side(there, NUMPY, mkl))
    assert (cause.certainty, cause.kind) == ("hypothesis", "blas")
    assert cause.said == "numpy takes its BLAS from OpenBLAS 0.3.30 here and from MKL 2024.2 there"
    assert cause.evidence[0] == "numpy itself is 2.1.0 on both sides"
    assert cause.evidence[1].startswith("1 other change tried, and none")


def test_a_variable_that_is_set_is_named_and_unsetting_it_is_an_experiment_too() -> None:
    here, there = {"numpy.argsort.float64": 1}, {"numpy.argsort.float64": 2}
    name = "NPY_DISABLE_CPU_FEATURES"
    free = experiment(f"{name} unset", there, NPY_DISABLE_CPU_FEATURES="", **ONE_THREAD)
    first = side(here, NUMPY._replace(features=("SSE42",)), tried=(free,))
    first = first._replace(layers={"settings": Part("", {name: {"value": "AVX2"}})})
    (cause,) = explained(first, side(there))
    assert cause.said == "numpy uses other features of the processor (fewer here; AVX2 there)"
    assert cause.evidence[1:] == (f"{name}=AVX2 is set here",)
    assert cause.evidence[0].startswith(f"without {name}, ")
    assert cause.variables == {name: ""}


def test_the_version_of_numpy_is_supposed_for_all_that_it_brings_but_not_for_another_makers_blas() -> None:
    here = {"numpy.matmul.float32": 1, "numpy.exp.float64": 1, "numpy.argsort.float64": 1, "pandas.sort_values": 1}
    there = dict.fromkeys(here, 2)
    newer = NUMPY._replace(version="2.2.0")
    (cause,) = explained(side(here), side(there, newer, OPENBLAS._replace(version="0.3.31")))
    assert (cause.certainty, cause.kind, cause.subject) == ("hypothesis", "package", "numpy")
    assert (cause.first, cause.second) == ("2.1.0", "2.2.0")
    both = explained(side(here), side(there, newer, Library("mkl", "2024.2", of="numpy")))
    assert [(one.kind, len(one.series)) for one in both] == [("package", 3), ("blas", 1)]


def test_processor_features_explain_what_blas_does_not() -> None:
    here = {"numpy.matmul.float32": 1, "numpy.exp.float64": 1}
    there = {"numpy.matmul.float32": 2, "numpy.exp.float64": 2}
    wide = NUMPY._replace(features=("SSE42", "AVX2", "AVX512_SKX"))
    found = explained(side(here), side(there, wide, OPENBLAS._replace(features=("SkylakeX",))))
    assert {(one.kind, one.series) for one in found} == {
        ("simd", ("numpy.exp.float64",)),
        ("blas-kernels", ("numpy.matmul.float32",)),
    }


def test_the_blas_of_each_package_is_looked_at_and_told_once() -> None:
    here = {"numpy.matmul.float32": 1, "scipy.solve.float64": 1}
    there = dict.fromkeys(here, 2)
    scipys = OPENBLAS._replace(of="scipy")
    other = (NUMPY, *(one._replace(features=("Zen",)) for one in (OPENBLAS, scipys)))
    (cause,) = explained(side(here, NUMPY, OPENBLAS, scipys), side(there, *other))
    assert (cause.kind, set(cause.series)) == ("blas-kernels", set(here))


def test_the_systems_functions_are_told_by_the_c_library() -> None:
    def with_libc(fingerprint: Fingerprint, version: str) -> Fingerprint:
        return fingerprint._replace(layers={"machine": Part("", {"C library": {"name": "glibc", "version": version}})})

    first, second = side({"math.exp": 1}), side({"math.exp": 2})
    (cause,) = explained(with_libc(first, "2.36"), with_libc(second, "2.39"))
    assert (cause.kind, cause.first, cause.second) == ("libm", "glibc 2.36", "glibc 2.39")
    (cause,) = explained(first, second)
    assert (cause.certainty, cause.kind) == ("hypothesis", "unknown")


def test_numbers_that_do_not_repeat_themselves_are_no_difference_of_environments() -> None:
    name = "torch-gpu.sum.float32"
    shaky = side({name: 1})
    runs = tuple(one._replace(unsteady=(name,)) for one in shaky.numbers.runs)
    shaky = shaky._replace(numbers=shaky.numbers._replace(runs=runs))
    (cause,) = explained(side({name: 2}), shaky)
    assert (cause.certainty, cause.kind, cause.series) == ("measured", "unsteady", (name,))
    assert "differ there" in cause.said


def test_each_series_is_explained_once() -> None:
    names = ("numpy.matmul.float32", "numpy.exp.float64", "math.exp", "pandas.sort_values", "torch.matmul.float32")
    found = explained(side(dict.fromkeys(names, 1)), side(dict.fromkeys(names, 2)))
    told = [name for cause in found for name in cause.series]
    assert sorted(told) == sorted(names)


def test_what_makes_the_computation_crash_is_a_cause_and_no_way_to_align() -> None:
    here, there = {"numpy.matmul.float32": 1}, {"numpy.matmul.float32": 2}
    cores = OPENBLAS._replace(features=("SkylakeX",))
    crashed = experiment("OPENBLAS_CORETYPE=Haswell", here, OPENBLAS_CORETYPE="Haswell", **ONE_THREAD)
    second = side(there, NUMPY, cores, tried=(crashed._replace(problem="numpy: SIGSEGV"),))
    (cause,) = explained(side(here), second)
    assert (cause.certainty, cause.kind, cause.variables) == ("measured", "blas-kernels", {})
    assert any("SIGSEGV; do not set it" in text for text in cause.evidence)
    settings = Part("", {"OPENBLAS_CORETYPE": {"value": "Haswell"}})
    first = side(here)._replace(layers={"settings": settings})
    (cause,) = explained(first, second)
    assert (cause.variables, cause.aligns) == ({"OPENBLAS_CORETYPE": ""}, 0)
    (alignment,) = [one for one in compare((Side("a", first), Side("b", second))).difference.alignment if one.steps]  # type: ignore[union-attr]
    assert (alignment.moves, alignment.steps) == ("here", (SetVariable("OPENBLAS_CORETYPE", ""),))


def test_a_computation_that_stopped_says_so_on_its_side() -> None:
    first, second = side({"numpy.matmul.float32": 1}), side({"numpy.matmul.float32": 1, "numpy.solve.float64": 1})
    runs = tuple(one._replace(problem="numpy: SIGSEGV") for one in first.numbers.runs)
    first = first._replace(numbers=first.numbers._replace(runs=runs))
    found = {one.series: one.said for one in compare_numbers(first.numbers, second.numbers)}
    assert found["numpy.solve.float64"] == "not comparable (it stopped at numpy: SIGSEGV here)"
    told = plain_text(render(compare((Side("a", first), Side("b", second)))))
    assert "computing here stopped at numpy: SIGSEGV" in told
