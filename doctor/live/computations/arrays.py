"""Input for arrays, and what is computed with them, twice."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from doctor.live.computations.telling import tell_series


class Arrays:
    """Input for arrays of one kind, laid out at a chosen distance from a multiple of 64 bytes."""

    def __init__(self, numpy: Any, dtype: str, shift: int) -> None:
        self.numpy, self.dtype, self.shift = numpy, dtype, shift

    def made(self, start: int, *shape: int) -> Any:
        """Multiples of 1/65536 between -8 and 8, which both kinds of floating point hold exactly."""
        numpy = self.numpy
        count = 1
        for length in shape:
            count *= length
        mixed = (numpy.arange(count, dtype=numpy.uint64) + numpy.uint64(start)) * numpy.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        mixed = mixed ^ (mixed >> numpy.uint64(31))
        whole = (mixed >> numpy.uint64(44)).astype(numpy.int64) - (1 << 19)
        return self.placed((whole.astype(numpy.float64) / 65536.0).astype(self.dtype).reshape(shape))

    def placed(self, values: Any) -> Any:
        """The same values in memory of its own."""
        numpy = self.numpy
        room = numpy.zeros(values.nbytes + 192, dtype=numpy.uint8)
        begin = (-room.ctypes.data) % 64 + self.shift
        found = room[begin : begin + values.nbytes].view(values.dtype).reshape(values.shape)
        found[...] = values
        return found

    def ties(self, start: int, count: int, most: int) -> Any:
        """Whole numbers, each many times."""
        return self.placed(self.numpy.floor(self.numpy.abs(self.made(start, count)) * (most / 8.0)).astype(self.dtype))


def tell_arrays(
    prefix: str,
    numpy: Any,
    dtypes: tuple[str, ...],
    compute: Callable[[Any, Arrays], Iterator[tuple[str, str, Any, float]]],
    digests: bool,
    *,
    suffix: bool = True,
) -> None:
    """Compute everything twice, with the input at other places in memory, and tell the first."""
    for dtype in dtypes:
        again = compute(numpy, Arrays(numpy, dtype, 16))
        for name, compared, values, scale in compute(numpy, Arrays(numpy, dtype, 0)):
            repeated = next(again)[2]
            kind = dtype if compared == "values" else "int64"
            data, other = (
                numpy.ascontiguousarray(one, dtype=numpy.dtype(kind).newbyteorder("<")).tobytes()
                for one in (values, repeated)
            )
            told = prefix + "." + name + ("." + dtype if suffix else "")
            tell_series(told, compared, kind, data, other, float(scale), digests)
