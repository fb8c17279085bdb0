"""numpy: its own loops and sorts, and what it has BLAS and LAPACK do."""

from __future__ import annotations

import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from doctor.live.computations.arrays import Arrays, tell_arrays
    from doctor.live.computations.loaded import mapped, tell_libraries_since, tell_numpy


def compute_numpy(digests: bool) -> None:
    """Everything of numpy."""
    before = mapped()
    numpy = importlib.import_module("numpy")
    tell_numpy(numpy)
    importlib.import_module("numpy.linalg")
    importlib.import_module("numpy.fft")
    tell_libraries_since(before, "numpy")
    numpy.seterr(all="ignore")
    tell_arrays("numpy", numpy, ("float32", "float64"), _of_numpy, digests)
    tell_arrays("numpy", numpy, ("int64",), _order_of_numpy, digests, suffix=False)
    tell_arrays("numpy", numpy, ("float32", "float64"), _descent, digests)


def _of_numpy(numpy: Any, arrays: Arrays) -> Iterator[tuple[str, str, Any, float]]:
    made = arrays.made
    table = made(1, 211, 157)
    sums = numpy.concatenate([table.sum(axis=0)[:48], table.sum(axis=1)[:48], [table.sum(), table.mean(), table.std()]])
    yield "sum", "values", sums, 100.0
    long = made(50_000, 100_003), made(200_000, 100_003)
    dots = [
        numpy.dot(long[0][:length], long[1][:length]) for length in (*range(100, 1700, 50), 20_011, 60_001, 100_003)
    ]
    yield "dot", "values", numpy.array(dots), 1000.0
    left, right = made(400_000, 160, 700), made(600_000, 700, 160)
    yield "matmul", "values", (left @ right)[::5, ::5], 500.0
    yield "matvec", "values", numpy.concatenate([left @ right[:, 0], right.T @ left[0]]), 500.0
    square = made(800_000, 160, 160) / 16
    spread = arrays.placed(square + numpy.diag(made(1000, 160) * 0 + 8).astype(arrays.dtype))
    yield "solve", "values", numpy.linalg.solve(spread, made(2000, 160)), 1.0
    symmetric = arrays.placed(square[:96, :96] + square[:96, :96].T)
    yield "eigvalsh", "values", numpy.linalg.eigvalsh(symmetric), 8.0
    yield "svd", "values", numpy.linalg.svd(made(900_000, 96, 64), compute_uv=False), 80.0
    gram = left[:80] @ left[:80].T / 700
    yield "cholesky", "values", numpy.linalg.cholesky(arrays.placed(gram)).diagonal(), 0.0
    wave = numpy.fft.fft(made(3000, 1000))[:128]
    yield "fft", "values", numpy.concatenate([wave.real, wave.imag]), 150.0
    signed, positive = made(4000, 203), numpy.abs(made(4000, 203)) + numpy.array(1 / 1024, dtype=arrays.dtype)
    positive = arrays.placed(positive)
    yield "exp", "values", numpy.exp(signed), 0.0
    yield "log", "values", numpy.log(positive), 1.0
    yield "power", "values", numpy.power(positive, signed), 0.0
    yield "sin", "values", numpy.sin(signed), 1.0
    yield "tanh", "values", numpy.tanh(signed), 0.0


def _order_of_numpy(numpy: Any, arrays: Arrays) -> Iterator[tuple[str, str, Any, float]]:
    for dtype in ("int64", "float64", "float32"):
        other = Arrays(numpy, dtype, arrays.shift)
        yield "argsort." + dtype, "order", numpy.argsort(other.ties(7000, 320, 20)), 0.0
    ties = Arrays(numpy, "float64", arrays.shift).ties(9000, 300, 20)
    yield "argpartition", "order", numpy.argpartition(ties, 40)[:120], 0.0
    yield "argsort-stable", "order", numpy.argsort(ties, kind="mergesort")[:120], 0.0
    yield "unique", "order", numpy.unique(ties, return_index=True)[1], 0.0


def _descent(numpy: Any, arrays: Arrays) -> Iterator[tuple[str, str, Any, float]]:
    """How many steps least squares take until the loss no longer falls: a threshold that rounding decides on.

    One feature is weak and hardly matters, so that the last steps gain little, as with real data.
    """
    single = arrays.dtype == "float32"
    counts = []
    for start in (125, 2, 9, 10, 65, 46, 61, 221):
        rows, truth = arrays.made(10_000 + start * 40_000, 600, 12) / 8, arrays.made(start * 100, 12, 8)
        rows[:, 0] *= numpy.array(0.4375, dtype=arrays.dtype)
        truth[0] /= numpy.array(2.0 ** (12 if single else 26), dtype=arrays.dtype)
        wanted = arrays.placed(rows @ truth + arrays.made(5_000 + start * 40_000, 600, 8) / 64)
        rows = arrays.placed(rows)
        weights = arrays.placed(numpy.zeros((12, 8), dtype=arrays.dtype))
        rate = numpy.array(2.0 / 600, dtype=arrays.dtype)
        least, steps = numpy.inf, 0
        while steps < 1000:
            wrong = rows @ weights - wanted
            loss = numpy.dot(wrong.ravel(), wrong.ravel())
            if not loss < least:
                break
            least, steps = loss, steps + 1
            weights = weights - rate * (rows.T @ wrong)
        counts.append(steps)
    yield "descent", "iterations", numpy.array(counts), 0.0
