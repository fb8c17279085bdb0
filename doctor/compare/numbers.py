"""How far the numbers of two environments agree: bits, rounding, order, steps to converge; pure."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from doctor.facts.numbers import Numbers, Series

Verdict = Literal["identical", "rounding", "beyond rounding", "order differs", "iterations", "not comparable"]


class NumberDifference(NamedTuple):
    """One computation of one run, set side by side; identical ones are told as well."""

    series: str  #: numpy.matmul.float32
    run: str  #: one-thread, as-configured
    verdict: Verdict
    ulps: int = 0  #: of rounding and beyond: the largest, at the series' scale; 0 where that is no number (NaN)
    total: int = 0  #: how many values there are
    differing: int = 0  #: how many of them differ
    position: int = -1  #: the first that differs
    first: str = ""  #: its value at the first side: 45; 0.30000001192092896
    second: str = ""
    why: str = ""  #: why it is not comparable

    @property
    def said(self) -> str:
        """The verdict in words: identical; rounding (at most 3 ULP); iterations 45 and 52."""
        match self.verdict:
            case "rounding":
                return f"rounding (at most {self.ulps} ULP)"
            case "beyond rounding":
                return f"beyond rounding ({self.ulps} ULP)" if self.ulps else "beyond rounding"
            case "order differs":
                return f"order differs (from position {self.position + 1} on, {self.differing} of {self.total})"
            case "iterations":
                return f"iterations {self.first} and {self.second}"
            case "not comparable":
                return f"not comparable ({self.why})"
        return self.verdict


def compare_numbers(first: Numbers, second: Numbers) -> tuple[NumberDifference, ...]:
    """Every computation of the runs one-thread and as-configured, in the order of the first; equal ones too."""
    return ()


def values_of(numbers: Numbers, run: str) -> Mapping[str, Series]:
    """The series of a run by name, with those that it holds only as the digest of another run's."""
    return {series.name: series for found in numbers.runs if found.label == run for series in found.series}
