"""One explanation of numbers that differ, as frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

CauseKind = Literal[
    "threads",
    "blas-kernels",  #: the same BLAS with code for another processor
    "blas",  #: another vendor or version
    "simd",  #: code of numpy or torch itself for another processor
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
    said: str  #: one sentence without a final stop; here is the first side, there the second
    series: tuple[str, ...]  #: names of the series that it explains
    first: str = ""  #: what stands at the first side: SkylakeX, 16 threads, 2.1.0
    second: str = ""
    subject: str = ""  #: the library or package: openblas, numpy
    evidence: tuple[str, ...] = ()  #: how it is known, a sentence each
    #: set at the side that aligns (0 the first, 1 the second), these give the other's numbers; empty where nothing does
    variables: Mapping[str, str] = {}
    aligns: Literal[0, 1] = 1


#: what libraries are called among people
TITLES: Mapping[str, str] = {
    "openblas": "OpenBLAS",
    "mkl": "MKL",
    "blis": "BLIS",
    "netlib": "the reference BLAS",
    "accelerate": "Accelerate",
    "atlas": "ATLAS",
    "nvpl": "NVPL",
    "armpl": "Arm Performance Libraries",
    "gpu": "the GPU",
}
