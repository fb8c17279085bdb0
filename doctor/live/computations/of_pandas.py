"""pandas: orders with ties, and sums by group."""

from __future__ import annotations

import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from doctor.live.computations.arrays import Arrays, tell_arrays
    from doctor.live.computations.loaded import mapped, tell_libraries_since
    from doctor.live.computations.telling import tell


def compute_pandas(digests: bool) -> None:
    """Everything of pandas."""
    before = mapped()
    numpy, pandas = importlib.import_module("numpy"), importlib.import_module("pandas")
    tell({"library": "pandas", "version": str(pandas.__version__), "of": "pandas"})
    tell_libraries_since(before, "pandas")

    def order(numpy: Any, arrays: Arrays) -> Iterator[tuple[str, str, Any, float]]:
        keys, more = arrays.ties(7000, 320, 20), arrays.ties(8000, 320, 4)
        frame = pandas.DataFrame({"key": keys, "more": more, "row": numpy.arange(320)})
        yield "sort_values", "order", frame.sort_values("key")["row"].values, 0.0
        yield "sort_values-two", "order", frame.sort_values(["more", "key"])["row"].values[:120], 0.0
        yield "groupby", "order", frame.groupby("key", sort=False)["row"].first().values, 0.0
        yield "drop_duplicates", "order", frame.drop_duplicates(["key", "more"])["row"].values, 0.0
        yield "value_counts", "order", frame["key"].value_counts().index.values, 0.0
        yield "nlargest", "order", frame.nlargest(60, "key")["row"].values, 0.0

    def values(numpy: Any, arrays: Arrays) -> Iterator[tuple[str, str, Any, float]]:
        frame = pandas.DataFrame({"key": numpy.arange(3000) % 30, "value": arrays.made(100, 3000)})
        groups = frame.groupby("key")["value"]
        yield "groupby-sum", "values", groups.sum().values, 100.0
        yield "groupby-std", "values", groups.std().values, 4.0
        yield "rolling-mean", "values", frame["value"].rolling(50).mean().values[100:160], 4.0
        yield "sum", "values", numpy.array([frame["value"].sum(), frame["value"].mean(), frame["value"].var()]), 100.0

    tell_arrays("pandas", numpy, ("int64",), order, digests, suffix=False)
    tell_arrays("pandas", numpy, ("float64",), values, digests)
