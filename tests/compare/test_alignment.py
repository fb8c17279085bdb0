"""The way to equal environments: exact, for the side that moves, and without a word of a hostile file in a command."""

from __future__ import annotations

from typing import Any

import pytest

from doctor.compare.comparison import Alignment, Comparison
from doctor.compare.difference import compare
from doctor.facts.build import environment
from doctor.report.comparison_commands import commands_of
from doctor.report.comparison_content import content
from tests.compare.sides import conda, numbers, packages, side


def compared(first: dict[str, Any], second: dict[str, Any]) -> Comparison:
    return compare([side("one", **first), side("other", **second)])


def commands(comparison: Comparison) -> list[str]:
    assert comparison.difference is not None
    return [line for step in comparison.difference.alignment for line in commands_of(step, comparison)]


def only(comparison: Comparison) -> Alignment:
    assert comparison.difference is not None
    (step,) = comparison.difference.alignment
    return step


def test_pins_of_pip() -> None:
    comparison = compared({"distributions": packages(numpy="2.1.0")}, {"distributions": packages(numpy="2.2.0")})
    assert only(comparison).moves == "there"
    assert commands(comparison) == ["python -m pip install numpy==2.1.0"]


def test_pins_of_conda_name_the_build() -> None:
    comparison = compared({"conda": conda(numpy="2.1.0=py312_0")}, {"conda": conda(numpy="2.2.0=py312_0")})
    assert commands(comparison) == ["conda install conda-forge::numpy=2.1.0=py312_0"]


def test_the_environment_of_this_machine_moves() -> None:
    facts = environment()
    first = {"distributions": packages(numpy="2.1.0"), "facts": facts}
    comparison = compared(first, {"distributions": packages(numpy="2.2.0")})
    assert only(comparison).moves == "here"
    assert commands(comparison) == ["python3 -m pip --python '~/demo/.venv/bin/python' install numpy==2.2.0"] or (
        "~/demo/.venv" in commands(comparison)[0] and commands(comparison)[0].endswith("install numpy==2.2.0")
    )


def test_two_sides_of_one_name_are_told_apart() -> None:
    older, newer = packages(numpy="2.1.0"), packages(numpy="2.2.0")
    for name, said in (("other", "in other: "), ("one", "in one, there: ")):
        comparison = compare([side("one", distributions=older), side(name, distributions=newer)])
        assert any(block.text.startswith(said) for block in content(comparison)), said


def test_variables_are_set_and_unset() -> None:
    settings = {"MKL_CBWR": {"value": "AVX2"}}
    assert commands(compared({"settings": settings}, {})) == ["export MKL_CBWR=AVX2"]
    assert commands(compared({}, {"settings": settings})) == ["unset MKL_CBWR"]


def test_the_newer_processor_gives_way() -> None:
    newer = {"processor": {"architecture": "x86_64", "level": "x86-64-v4"}, "cores": {"usable": "8"}}
    newer["C library"] = {"name": "glibc", "version": "2.36"}
    comparison = compared({}, {"machine": newer})
    assert only(comparison).moves == "there"
    assert commands(comparison) == ["export OPENBLAS_CORETYPE=Haswell"]


def test_as_many_threads_on_both() -> None:
    cores = {"processor": {"architecture": "x86_64", "level": "x86-64-v3"}, "cores": {"usable": "64"}}
    cores["C library"] = {"name": "glibc", "version": "2.36"}
    comparison = compared({}, {"machine": cores})
    assert (only(comparison).moves, commands(comparison)) == ("both", ["export OMP_NUM_THREADS=8"])


def test_conda_lets_one_choose_the_blas() -> None:
    mkl = {"BLAS of numpy": {"vendor": "Intel MKL", "version": "2024.2"}}
    other = {"kind": "conda", "conda": conda(numpy="2.1.0"), "native": mkl}
    comparison = compared({"kind": "conda", "conda": conda(numpy="2.1.0")}, other)
    assert commands(comparison) == ["conda install 'libblas=*=*openblas'"]


def test_numbers_ask_for_tolerance() -> None:
    one, other = numbers(numpy__sum=(1.0,)), numbers(numpy__sum=(1.0 + 2**-52,))
    comparison = compared({"numbers": one}, {"numbers": other})
    assert comparison.difference is not None
    assert any(step.code and "tolerance" in step.text for step in comparison.difference.alignment)


@pytest.mark.parametrize("name", ["--index-url=https://evil", "numpy; rm -rf ~", "$(reboot)", "a\nb", "../x"])
def test_a_hostile_name_enters_no_command(name: str) -> None:
    first = {"distributions": {name: {"version": "1.0", "source": "index"}, "numpy": {"version": "$(id)"}}}
    second = {"distributions": {name: {"version": "2.0", "source": "index"}, "numpy": {"version": "2.0"}}}
    settings = {"settings": {"OMP_NUM_THREADS": {"value": "$(reboot)"}, name: {"value": "1"}}}
    assert commands(compared(first | settings, second)) == []
