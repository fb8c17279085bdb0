"""Many sides come in groups, with what sets the outliers apart, and never each against each."""

from __future__ import annotations

import time

from doctor.compare.comparison import Side
from doctor.compare.difference import compare
from tests.compare.sides import numbers, packages, side


def team() -> list[Side]:
    """Nine alike, one with another numpy, two with another BLAS."""
    mkl = {"BLAS of numpy": {"vendor": "Intel MKL", "version": "2024.2"}}
    alike = [side(f"mate-{number}", distributions=packages(numpy="2.1.0", pip=f"24.{number}")) for number in range(9)]
    with_mkl = [side(f"mkl-{number}", distributions=packages(numpy="2.1.0"), native=mkl) for number in range(2)]
    return [side("old", distributions=packages(numpy="1.26.4")), *alike, *with_mkl]


def test_groups_and_outliers() -> None:
    comparison = compare(team())
    assert comparison.difference is None
    assert [len(group.sides) for group in comparison.groups] == [9, 2, 1]
    largest, mkl, old = comparison.groups
    assert largest.apart is None
    assert mkl.apart is not None
    assert [item.name for item in mkl.apart.items if item.changes_results != "no"] == ["BLAS of numpy"]
    assert old.apart is not None
    assert (old.apart.items[0].here, old.apart.items[0].there) == ("2.1.0", "1.26.4")
    assert sorted(place for group in comparison.groups for place in group.sides) == list(range(12))
    assert comparison.changes_results == "yes"


def test_all_alike() -> None:
    comparison = compare([side(str(number)) for number in range(20)])
    assert [len(group.sides) for group in comparison.groups] == [20]
    assert comparison.changes_results == "no"


def test_machines_differ_within_a_group() -> None:
    def on(cores: str, level: str) -> dict[str, dict[str, str]]:
        return {"processor": {"level": f"x86-64-v{level}"}, "cores": {"usable": cores}}

    comparison = compare(
        [side("a", machine=on("8", "3")), side("b", machine=on("8", "4")), side("c", machine=on("64", "4"))]
    )
    (group,) = comparison.groups
    assert group.machines == ("processor x86-64-v4 (2), x86-64-v3 (1)", "cores 8 (2), 64 (1)")


def test_other_numbers_split_a_group_and_silence_does_not() -> None:
    same, other = numbers(numpy__sum=(1.0,)), numbers(numpy__sum=(2.0,))
    comparison = compare([side("a", numbers=same), side("b"), side("c", numbers=other), side("d", numbers=same)])
    assert [group.sides for group in comparison.groups] == [(0, 1, 3), (2,)]
    apart = comparison.groups[1].apart
    assert apart is not None
    assert any(number.verdict != "identical" for number in apart.numbers)


def test_500_sides_take_a_moment() -> None:
    many = {f"package-{number}": {"version": "1.0"} for number in range(300)}
    sides = [
        side(str(number), distributions={**many, "mine": {"version": f"1.{number % 250}"}}) for number in range(500)
    ]
    start = time.perf_counter()
    comparison = compare(sides)
    assert len(comparison.groups) == 250
    assert time.perf_counter() - start < 10
