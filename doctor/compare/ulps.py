"""How far two arrays of floating-point numbers are apart, in units in the last place; numpy, loaded where needed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy


class Distance(NamedTuple):
    """How two equally long arrays differ. Zeros of either sign are equal, and so are all that are no number."""

    total: int
    differing: int = 0
    position: int = -1  #: the first that differs
    ulps: int = 0  #: the largest distance; 0 where one of a pair is no number or infinite and the other is not
    bounded: bool = True  #: False where that is so
    first: str = ""  #: the values at the position where they are furthest apart
    second: str = ""
    furthest: int = -1  #: that position


def distance(first: bytes, second: bytes, dtype: str, scale: float) -> Distance:
    """Compare little-endian values of equal number; one ULP is that of the larger value, and at least of the scale."""
    import numpy

    kind = numpy.dtype("<f4" if dtype == "float32" else "<f8")
    ours, theirs = (numpy.frombuffer(data, dtype=kind).astype(kind.newbyteorder("=")) for data in (first, second))
    differ = (ours != theirs) & ~(numpy.isnan(ours) & numpy.isnan(theirs))
    places = numpy.flatnonzero(differ)
    if not places.size:
        return Distance(len(ours))
    ours, theirs = ours[places], theirs[places]
    counted = Distance(len(differ), int(places.size), int(places[0]))
    finite = numpy.isfinite(ours) & numpy.isfinite(theirs)
    if not finite.all():
        return _at(counted._replace(bounded=False), ours, theirs, places, int(numpy.argmin(finite)))
    with numpy.errstate(over="ignore", invalid="ignore"):
        measure = numpy.maximum(numpy.maximum(abs(ours), abs(theirs)), kind.type(scale))
        # the distance from the largest number to the next is infinite; one below it has the same ULP
        measure = numpy.minimum(measure, numpy.nextafter(numpy.finfo(kind).max, kind.type(0)))
        apart = abs(ours.astype(numpy.float64) - theirs.astype(numpy.float64)) / numpy.spacing(measure)
    furthest = int(numpy.argmax(apart))
    most = float(apart[furthest])
    if not math.isfinite(most) or most > 2.0**63:
        return _at(counted._replace(bounded=False), ours, theirs, places, furthest)
    return _at(counted._replace(ulps=max(math.ceil(most), 1)), ours, theirs, places, furthest)


def _at(found: Distance, ours: numpy.ndarray, theirs: numpy.ndarray, places: numpy.ndarray, number: int) -> Distance:
    return found._replace(first=str(ours[number]), second=str(theirs[number]), furthest=int(places[number]))
