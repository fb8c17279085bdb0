"""The code for certain processors that a BLAS holds and can be told to use, and which processors can run it.

The names of OpenBLAS were tried on 2026-11-22 with the OpenBLAS of numpy's and scipy's wheels (0.3.27 to 0.3.31): a
name that a build does not hold falls back on an older one, so that only what the library then says of itself counts.
"""

from __future__ import annotations

from typing import NamedTuple

from doctor.knowledge.sources import Source

SOURCES = [
    Source(
        "blas_kernels",
        "which variable has a BLAS use its code for another processor",
        "2026-11-22",
        "the manuals of OpenBLAS, oneMKL (conditional numerical reproducibility) and BLIS; tried with numpy's wheels",
        "documented; OpenBLAS's names measured",
    ),
]


class Kernel(NamedTuple):
    """One choice."""

    library: str
    variable: str
    value: str
    level: int  #: of x86-64 that a processor must have to run it
    core: str = ""  #: what the library says of itself once it uses it; empty where it says nothing
    groups: tuple[str, ...] = ("numpy", "scipy")


def _openblas(value: str, level: int, core: str = "") -> Kernel:
    return Kernel("openblas", "OPENBLAS_CORETYPE", value, level, core or value)


def _mkl(value: str, level: int) -> Kernel:
    return Kernel("mkl", "MKL_CBWR", value, level, groups=("numpy", "scipy", "torch"))


def _blis(value: str, level: int) -> Kernel:
    return Kernel("blis", "BLIS_ARCH_TYPE", value, level, value)


KERNELS: list[Kernel] = [
    _openblas("SkylakeX", 4),
    _openblas("Haswell", 3),
    _openblas("Sandybridge", 3),
    _openblas("Nehalem", 2),
    _mkl("AVX512", 4),
    _mkl("AVX2", 3),
    _mkl("COMPATIBLE", 1),
    _blis("skx", 4),
    _blis("zen", 3),
    _blis("haswell", 3),
    _blis("generic", 1),
]
