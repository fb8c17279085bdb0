"""What Python takes from the system's mathematical functions."""

from __future__ import annotations

import math
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from doctor.live.computations.telling import integers, tell_series


def compute_math(digests: bool) -> None:
    """Functions of single numbers."""
    signed = [((value >> 44) - (1 << 19)) / (1 << 16) for value in integers(1, 160)]  # from -8 to 8
    positive = [abs(value) + 1 / 1024 for value in signed]

    def computed() -> dict[str, list[float]]:
        return {
            "exp": [math.exp(value) for value in signed],
            "log": [math.log(value) for value in positive],
            "pow": [math.pow(positive[place], signed[place]) for place in range(160)],
            "sin": [math.sin(value) for value in signed],
            "tanh": [math.tanh(value) for value in signed],
            "gamma": [math.gamma(value) for value in positive],
            "fsum": [math.fsum(signed[:number]) for number in range(2, 34)],
        }

    first, again = computed(), computed()
    for name, values in first.items():
        data, repeated = (struct.pack("<%dd" % len(one), *one) for one in (values, again[name]))  # noqa: UP031
        tell_series("math." + name, "values", "float64", data, repeated, 0.0, digests)
