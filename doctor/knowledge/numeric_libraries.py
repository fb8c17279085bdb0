"""Which OpenMP runtimes clash, and which variables tell numeric libraries how many threads to start."""

from __future__ import annotations

from collections.abc import Mapping

from doctor.knowledge.sources import Source

SOURCES = [
    Source(
        "openmp_mixtures",
        "which OpenMP runtimes clash in one process",
        "2026-11-22",
        "threadpoolctl, multiple_openmp.md of 2026-06-18; LLVM bug 43565; the runtimes' own error 15",
        "documented",
    ),
    Source(
        "thread_variables",
        "which variable tells which library how many threads to start",
        "2026-11-22",
        "the libraries' manuals: OpenBLAS, oneMKL, BLIS, libgomp, LLVM OpenMP, numexpr, numba",
        "documented",
    ),
]


#: the two that are one code base and do not stand each other, nor a second copy of themselves
KMP = ("libiomp", "libomp")

#: what a runtime's users set, the strongest first; all but numba and vcomp fall back on OMP_NUM_THREADS
THREAD_VARIABLES: Mapping[str, tuple[str, ...]] = {
    "openblas": ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"),
    "mkl": ("MKL_NUM_THREADS", "OMP_NUM_THREADS"),
    "blis": ("BLIS_NUM_THREADS", "OMP_NUM_THREADS"),
    "accelerate": ("VECLIB_MAXIMUM_THREADS",),
    "nvpl": ("NVPL_BLAS_NUM_THREADS", "OMP_NUM_THREADS"),
    "libgomp": ("OMP_NUM_THREADS",),
    "libiomp": ("OMP_NUM_THREADS",),
    "libomp": ("OMP_NUM_THREADS",),
    "vcomp": ("OMP_NUM_THREADS",),
}
#: the same for packages that bring threads of their own
PACKAGE_VARIABLES: Mapping[str, tuple[str, ...]] = {
    "numexpr": ("NUMEXPR_NUM_THREADS", "NUMEXPR_MAX_THREADS", "OMP_NUM_THREADS"),
    "numba": ("NUMBA_NUM_THREADS",),
}
