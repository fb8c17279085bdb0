"""scipy: its own BLAS, transforms and special functions."""

from __future__ import annotations

import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from doctor.live.computations.arrays import Arrays, tell_arrays
    from doctor.live.computations.loaded import mapped, tell_libraries_since
    from doctor.live.computations.telling import tell


def compute_scipy(digests: bool) -> None:
    """Everything of scipy."""
    before = mapped()
    numpy = importlib.import_module("numpy")
    scipy = importlib.import_module("scipy")
    tell({"library": "scipy", "version": str(scipy.__version__), "of": "scipy"})
    linalg, fft, special = (importlib.import_module("scipy." + name) for name in ("linalg", "fft", "special"))
    tell_libraries_since(before, "scipy")
    numpy.seterr(all="ignore")

    def compute(numpy: Any, arrays: Arrays) -> Iterator[tuple[str, str, Any, float]]:
        made = arrays.made
        square = made(800_000, 120, 120) / 16
        spread = arrays.placed(square + numpy.diag(made(1000, 120) * 0 + 8).astype(arrays.dtype))
        yield "solve", "values", linalg.solve(spread, made(2000, 120)), 1.0
        yield "eigvalsh", "values", linalg.eigvalsh(arrays.placed(square[:80, :80] + square[:80, :80].T)), 8.0
        yield "svdvals", "values", linalg.svdvals(made(900_000, 80, 48)), 80.0
        wave = fft.fft(made(3000, 1000))[:96]
        yield "fft", "values", numpy.concatenate([wave.real, wave.imag]), 150.0
        signed = made(4000, 120)
        positive = arrays.placed(numpy.abs(signed) + numpy.array(1 / 1024, dtype=arrays.dtype))
        yield "expit", "values", special.expit(signed), 0.0
        yield "erf", "values", special.erf(signed), 0.0
        yield "gammaln", "values", special.gammaln(positive), 1.0

    tell_arrays("scipy", numpy, ("float32", "float64"), compute, digests)
