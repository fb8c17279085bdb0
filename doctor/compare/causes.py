"""Which difference between two environments explains which numbers: measured where somebody tried it, else supposed."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from doctor.compare.numbers import NumberDifference
from doctor.facts.fingerprint import Fingerprint

CauseKind = Literal[
    "threads",
    "blas-kernels",  #: the same BLAS with code for another processor
    "blas",  #: another vendor or version
    "simd",  #: numpy's own code for another processor
    "libm",  #: the system's mathematical functions
    "python",
    "package",  #: the version of numpy, scipy, pandas, torch
    "gpu",  #: device, driver, CUDA, TF32
    "unsteady",  #: one side does not agree with itself when it computes again
    "unknown",
]


class Cause(NamedTuple):
    """One explanation and all that it explains."""

    certainty: Literal["measured", "hypothesis"]
    kind: CauseKind
    said: str  #: one sentence without a final stop
    series: tuple[str, ...]  #: names of the series that it explains
    first: str = ""  #: what stands at the first side: SkylakeX, 16 threads, 2.1.0
    second: str = ""
    subject: str = ""  #: the library or package: openblas, numpy
    evidence: tuple[str, ...] = ()  #: how it is known, a sentence each
    #: set at the side that aligns (0 the first, 1 the second), these give the other's numbers; empty where nothing does
    variables: Mapping[str, str] = {}
    aligns: Literal[0, 1] = 1


def causes(differences: Sequence[NumberDifference], first: Fingerprint, second: Fingerprint) -> tuple[Cause, ...]:
    """The fewest explanations of all series that differ, measured ones first."""
    return ()
