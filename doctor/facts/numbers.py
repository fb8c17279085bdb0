"""What the environment's own Python computed: bits, orders and numbers of steps, kept whole.

Only a probe that the user agreed to makes them. They stand in live facts and in fingerprints.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

Compared = Literal["values", "order", "iterations"]


class Series(NamedTuple):
    """The result of one computation."""

    name: str  #: library.operation.type: numpy.matmul.float32, pandas.groupby, descent.float64
    compared: Compared
    dtype: str  #: float32, float64, int64
    data: str  #: base64 of the little-endian values, in C order
    scale: float = 0.0  #: the largest input magnitude that rounding is to be judged by; 0 for the values' own


class Run(NamedTuple):
    """All computations once, in one process."""

    label: str  #: one-thread, as-configured; of an experiment what was changed: OPENBLAS_CORETYPE=Haswell
    variables: Mapping[str, str] = {}  #: set for this run on top of the user's own
    series: tuple[Series, ...] = ()
    digests: Mapping[str, str] = {}  #: series -> sha256 of its values, in place of series where only these are kept
    seconds: float = 0.0
    problem: str = ""  #: why it did not come to its end, in one line
    unsteady: tuple[str, ...] = ()  #: series that came out otherwise when the same process computed them again


class Library(NamedTuple):
    """What a numeric library says of itself while it runs."""

    name: str  #: numpy, scipy, pandas, torch, openblas, mkl, blis
    version: str = ""
    about: str = ""  #: its own words: OpenBLAS 0.3.30 DYNAMIC_ARCH Haswell MAX_THREADS=64
    threads: int = 0  #: that it uses as configured; 0 where it does not say
    features: tuple[str, ...] = ()  #: of the processor that it uses: AVX2, FMA3, AVX512_SKX; the core type of a BLAS
    of: str = ""  #: the package whose import loaded it: numpy, scipy, torch
    switchable: tuple[str, ...] = ()  #: those of its features that this version can be told not to use


class Numbers(NamedTuple):
    """What was computed; asked is False where nobody asked."""

    asked: bool = False
    libraries: tuple[Library, ...] = ()
    runs: tuple[Run, ...] = ()  #: one-thread and as-configured first, then experiments
    problem: str = ""  #: why nothing could be computed
    probe: int = 0  #: version of the computations; those of different versions are not comparable
