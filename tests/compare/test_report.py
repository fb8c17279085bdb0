"""The verdict comes first and is true; numbers, causes and the way to equal environments follow."""

from __future__ import annotations

from typing import Any

import pytest

from doctor.compare.causes import Cause
from doctor.compare.comparison import Comparison, Difference, Side
from doctor.compare.difference import compare
from doctor.compare.numbers import NumberDifference
from doctor.report.comparison import render
from doctor.report.comparison_words import verdict
from doctor.report.text import plain_text
from tests.compare.sides import conda, fingerprint, numbers, packages, side

MKL = {"BLAS of numpy": {"vendor": "Intel MKL", "version": "2024.2"}}


def text(comparison: Comparison, width: int = 80) -> str:
    return plain_text(render(comparison, width=width))


def told(*found: NumberDifference, causes: tuple[Cause, ...] = ()) -> Comparison:
    difference = Difference(numbers=found, causes=causes)
    return Comparison((Side("one", fingerprint()), Side("other", fingerprint())), difference)


@pytest.mark.parametrize(
    ("first", "second", "said", "style"),
    [
        ({}, {}, "Nothing that changes results differs", "fine"),
        (
            {},
            {"native": MKL, "distributions": packages(numpy="2.0.0", requests="2.32.0")},
            "Numbers can differ: numpy takes its BLAS from OpenBLAS 0.3.30 here and Intel MKL 2024.2 there",
            "error",
        ),
        (
            {"distributions": packages(scipy="1.0", numpy="2.0.0")},
            {"distributions": packages(scipy="1.1", numpy="2.1.0")},
            "Numbers can differ: numpy is 2.0.0 here and 2.1.0 there",
            "error",
        ),
        (
            {"settings": {"OMP_NUM_THREADS": {"value": "8"}}},
            {},
            "Results may differ: OMP_NUM_THREADS is 8 here and not set there",
            "warning",
        ),
        (
            {"numbers": numbers(numpy__sum=(0.1,)), "native": MKL},
            {"numbers": numbers(numpy__sum=(0.1,))},
            "1 computation came out identical, although numpy takes its BLAS from Intel MKL 2024.2 here and "
            "OpenBLAS 0.3.30 there",
            "warning",
        ),
        ({"gaps": {"native": "x"}}, {}, "Nothing that changes results differs as far as could be compared", "warning"),
    ],
)
def test_verdicts(first: dict[str, Any], second: dict[str, Any], said: str, style: str) -> None:
    assert verdict(compare([side("one", **first), side("other", **second)])) == (said, style)


def test_the_gravest_of_the_numbers_comes_first_with_what_explains_most() -> None:
    steps = NumberDifference("descent.float32", "one-thread", "iterations", first="45", second="52")
    again = steps._replace(run="as-configured")
    rounded = NumberDifference("numpy.matmul.float32", "as-configured", "rounding", 3, 100, 7)
    same = NumberDifference("numpy.fft.float64", "one-thread", "identical")
    small = Cause("measured", "threads", "the number of threads", ("numpy.matmul.float32",))
    large = Cause("hypothesis", "blas", "OpenBLAS here and MKL there", ("descent.float32", "x", "y"))
    comparison = told(steps, again, rounded, same, causes=(small, large))
    assert verdict(comparison)[0] == (
        "Numbers differ: descent.float32 takes 45 steps here and 52 there; probable cause: OpenBLAS here and MKL there"
    )
    said = text(comparison)
    assert said.count("iterations 45 and 52: descent.float32") == 1
    assert "rounding (at most 3 ULP): numpy.matmul.float32, as-configured alone" in said
    assert "1 identical to the last bit: numpy.fft.float64" in said
    assert said.index("supposed: OpenBLAS") < said.index("measured: the number")


def test_order_and_what_cannot_be_compared() -> None:
    order = NumberDifference("numpy.argsort", "one-thread", "order differs", 0, 10, 4, 2)
    far = NumberDifference("numpy.exp", "one-thread", "beyond rounding", 900, 10, 4)
    missing = NumberDifference("torch.sum", "one-thread", "not comparable", why="not computed there")
    said = text(told(order, far, missing))
    assert "! " not in said.splitlines()[3]
    assert "order differs: numpy.argsort" in said
    assert "beyond rounding: numpy.exp" in said
    assert "not comparable (not computed there): torch.sum" in said


def test_the_whole_report_tells_what_differs_and_the_way_out() -> None:
    first: dict[str, Any] = {
        "kind": "conda",
        "conda": conda(numpy="2.1.0=py312_0", openssl="3.4.0"),
        "distributions": {},
    }
    second: dict[str, Any] = {
        "kind": "conda",
        "conda": conda(numpy="1.26.4=py312_0", openssl="3.3.0"),
        "native": MKL,
        "distributions": {},
    }
    said = text(compare([side("one.json", **first), side("other.json", **second)]))
    for expected in (
        "Differs and changes results",
        "numpy  2.1.0  1.26.4 (major)",
        "BLAS of numpy  OpenBLAS 0.3.30  Intel MKL 2024.2",
        "another version: openssl 3.4.0 and 3.3.0",
        "2 packages here, 2 there; 0 only here, 0 only there; of 2 on both, 2 differ",
        "conda install conda-forge::numpy=2.1.0=py312_0",
        "conda install 'libblas=*=*openblas'",
        "in other.json: Let conda take OpenBLAS for BLAS",
    ):
        assert " ".join(expected.split()) in " ".join(said.split()), expected


def test_long_lists_are_cut_and_say_so() -> None:
    many = {f"thing-{number:03}": {"version": "1.0"} for number in range(40)}
    newer = {name: {"version": "2.0"} for name in many}
    said = text(compare([side("one", distributions=many), side("other", distributions=newer)]))
    assert "and 25 more; --format json has them all" in said
    alone = text(compare([side("one", distributions=many), side("other", distributions={})]))
    assert "and 28 more" in alone
