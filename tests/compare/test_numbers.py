"""Numbers of two sides are told apart: identical, rounding, beyond it, order, iterations, not comparable."""

from __future__ import annotations

import math
import random
import struct
from base64 import b64encode
from collections.abc import Sequence

import pytest

from doctor.compare.numbers import ROUNDING, NumberDifference, compare_numbers, digest_of, values_of, whole_numbers
from doctor.compare.ulps import distance
from doctor.facts import Library, Numbers, Run, Series

_FORMATS = {"float32": "f", "float64": "d"}


def packed(values: Sequence[float], dtype: str) -> bytes:
    return struct.pack(f"<{len(values)}{_FORMATS[dtype]}", *values)


def series(*values: float, dtype: str = "float64", scale: float = 0.0, name: str = "numpy.sum.float64") -> Series:
    return Series(name, "values", dtype, b64encode(packed(values, dtype)).decode(), scale)


def numbers(*told: Series, probe: int = 1) -> Numbers:
    runs = (Run("one-thread", series=told), Run("as-configured", digests={one.name: digest_of(one) for one in told}))
    return Numbers(True, (Library("numpy", "2.1.0", of="numpy"),), runs, probe=probe)


def compared(first: Series, second: Series) -> NumberDifference:
    one, other = compare_numbers(numbers(first), numbers(second))
    assert (one.run, other.run) == ("one-thread", "as-configured")
    assert one._replace(run="") == other._replace(run="")
    return one


def spacing(value: float, dtype: str) -> float:
    """The distance from a value to the next larger one."""
    if dtype == "float64":
        return math.ulp(value)
    (bits,) = struct.unpack("<i", struct.pack("<f", value))
    (after,) = struct.unpack("<f", struct.pack("<i", bits + 1))
    return float(after) - value


def slowly(first: Sequence[float], second: Sequence[float], dtype: str, scale: float) -> tuple[int, int, int]:
    """How many differ, the first that does, and the largest distance, one pair after the other."""
    ours, theirs = (struct.unpack(f"<{len(v)}{_FORMATS[dtype]}", packed(v, dtype)) for v in (first, second))
    found = [place for place, (one, other) in enumerate(zip(ours, theirs, strict=True)) if one != other]
    (least,) = struct.unpack(f"<{_FORMATS[dtype]}", struct.pack(f"<{_FORMATS[dtype]}", scale))
    apart = [
        math.ceil(abs(ours[n] - theirs[n]) / spacing(max(abs(ours[n]), abs(theirs[n]), least), dtype)) for n in found
    ]
    return len(found), found[0] if found else -1, max([1, *apart]) if found else 0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("scale", [0.0, 3.7, 1000.0])
def test_distances_are_those_of_one_pair_after_the_other(dtype: str, scale: float) -> None:
    chance = random.Random(7)
    eps = 2.0**-23 if dtype == "float32" else 2.0**-52
    for _ in range(60):
        size = chance.randint(1, 40)
        first = [chance.uniform(-1, 1) * 10.0 ** chance.randint(-30, 30) for _ in range(size)]
        second = [value * (1 + eps * chance.choice([0, 0, 1, -1, 3, 50])) for value in first]
        second = [chance.choice([value, value, -value, 0.0]) for value in second]
        found = distance(packed(first, dtype), packed(second, dtype), dtype, scale)
        if found.bounded:
            assert (found.differing, found.position, found.ulps) == slowly(first, second, dtype, scale)
        assert found.total == size


def test_neighbours_are_one_ulp_apart() -> None:
    found = compared(series(1.0, 2.0), series(1.0, math.nextafter(2.0, 3)))
    assert (found.verdict, found.ulps, found.differing, found.position) == ("rounding", 1, 1, 1)
    assert found.said == "rounding (at most 1 ULP)"
    assert found.second == "2.0000000000000004"


def test_equal_ones_are_identical_and_signs_of_zeros_and_nans_do_not_matter() -> None:
    assert compared(series(1.5, -2.0), series(1.5, -2.0)).said == "identical"
    assert compared(series(0.0, math.nan), series(-0.0, -math.nan)).verdict == "identical"


def test_what_is_no_number_on_one_side_is_beyond_rounding() -> None:
    for odd in (math.nan, math.inf):
        found = compared(series(1.0, 2.0, 3.0), series(1.0, odd, 3.0))
        assert (found.verdict, found.ulps, found.position, found.first) == ("beyond rounding", 0, 1, "2.0")
        assert found.said == "beyond rounding"
    assert compared(series(math.inf), series(math.inf)).verdict == "identical"
    assert compared(series(1.7e308), series(-1.7e308)).verdict == "beyond rounding"


@pytest.mark.parametrize(
    ("dtype", "largest"), [("float64", 1.7976931348623157e308), ("float32", 3.4028234663852886e38)]
)
def test_the_largest_number_is_as_far_from_others_as_any(dtype: str, largest: float) -> None:
    """The distance to the next larger one is infinite there, by which any difference would be nothing."""
    found = compared(series(largest, dtype=dtype), series(1.0, dtype=dtype))
    assert (found.verdict, found.ulps > 2**23) == ("beyond rounding", True)


def test_position_and_values_are_of_the_pair_that_is_furthest_apart() -> None:
    found = compared(series(1.0, 2.0, 3.0), series(math.nextafter(1.0, 2), 2.0, 4.0))
    assert (found.position, found.first, found.second) == (2, "3.0", "4.0")


def test_a_package_that_is_not_there_is_not_said_to_have_stopped() -> None:
    """One stopped, and another is not installed."""
    name = "pandas.groupby"
    both = numbers(whole_numbers(name, "order", 1, 2))
    stopped = Run("one-thread", series=(series(1.0),), problem="scipy: SIGSEGV; torch: killed")
    ours = Numbers(True, (Library("numpy", "2.1.0", of="numpy"),), (stopped,), probe=1)
    said = {one.series: one.why for one in compare_numbers(ours, both)}
    assert said[name] == "no pandas here"


def test_what_cancels_is_judged_by_its_scale() -> None:
    near, far = series(1e-14, scale=500.0), series(-3e-14, scale=500.0)
    assert compared(near, far).said == "rounding (at most 1 ULP)"
    assert compared(near._replace(scale=0.0), far._replace(scale=0.0)).verdict == "beyond rounding"
    assert compared(near._replace(scale=math.inf), far._replace(scale=math.nan)).verdict == "beyond rounding"


def test_eleven_bits_are_beyond_rounding() -> None:
    """TF32 keeps eleven bits of each factor."""
    chance = random.Random(3)

    def short(value: float) -> float:
        mantissa, exponent = math.frexp(value)
        return math.ldexp(round(mantissa * 2048) / 2048, exponent)

    left = [[chance.uniform(-8, 8) for _ in range(512)] for _ in range(16)]
    right = [chance.uniform(-8, 8) for _ in range(512)]
    exact = [math.fsum(a * b for a, b in zip(row, right, strict=True)) for row in left]
    tf32 = [math.fsum(short(a) * short(b) for a, b in zip(row, right, strict=True)) for row in left]
    found = compared(series(*exact, dtype="float32", scale=400.0), series(*tf32, dtype="float32", scale=400.0))
    assert found.verdict == "beyond rounding"
    assert found.ulps > ROUNDING
    assert found.said == f"beyond rounding ({found.ulps} ULP)"


def test_orders_and_steps() -> None:
    name = "numpy.argsort.float64"
    found = compared(whole_numbers(name, "order", 0, 1, 3, 2), whole_numbers(name, "order", 0, 1, 2, 3))
    assert found.said == "order differs (from position 3 on, 2 of 4)"
    name = "numpy.descent.float32"
    steps = compared(whole_numbers(name, "iterations", 50, 45, 49), whole_numbers(name, "iterations", 49, 52, 49))
    assert (steps.said, steps.position, steps.differing) == ("iterations 45 and 52", 1, 2)


def test_what_cannot_be_compared_says_why() -> None:
    one = series(1.0, 2.0)
    assert compared(one, series(1.0)).said == "not comparable (2 and 1 values)"
    assert compared(one, series(1.0, 2.0, dtype="float32")).why == "float64 and float32"
    for data in ("!!!", "AAA", "", "AAAA"):
        assert compared(one, one._replace(data=data)).why == "values that cannot be read"
    (first, second) = compare_numbers(numbers(one), numbers(one, probe=2))
    assert first.why == second.why == "computed by another version of envdoctor"
    other = series(1.0, name="scipy.solve.float64")
    whys = [found.why for found in compare_numbers(numbers(one, other), numbers(one)) if found.why]
    assert whys == ["no scipy there", "no scipy there"]
    assert [found.why for found in compare_numbers(numbers(), numbers(one))] == ["not computed here"] * 2
    assert compare_numbers(Numbers(), numbers(one)) == ()


def test_a_digest_stands_for_values_of_another_run_only_where_it_is_theirs() -> None:
    one = series(1.0)
    right, wrong = numbers(one), numbers(one)
    wrong = wrong._replace(runs=(wrong.runs[0], Run("as-configured", digests={one.name: "0" * 64})))
    assert values_of(right, "as-configured") == {one.name: one}
    assert values_of(wrong, "as-configured") == {}
