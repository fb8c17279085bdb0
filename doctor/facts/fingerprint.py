"""A fingerprint: what of an environment decides results, by layer, small enough to be sent to a colleague."""

from collections.abc import Mapping
from typing import NamedTuple

from doctor.facts.numbers import Numbers

#: in the order in which they are told
FINGERPRINT_LAYERS = (
    "interpreter",
    "conda",  #: records: version, build, channel
    "distributions",  #: version, installer, source
    "channels",
    "native",  #: BLAS, LAPACK, OpenMP, libstdc++, CUDA, cuDNN, NCCL: family, vendor, version, threading
    "machine",  #: processor level, cores and quota, GPU, driver
    "settings",  #: variables and configuration that change what is computed or installed
)


class Part(NamedTuple):
    """One layer of a fingerprint."""

    hash: str  #: sha256 of its items
    items: Mapping[str, Mapping[str, str]] = {}  #: what -> field -> value: numpy -> version -> 2.1.0
    gap: str = ""  #: why it could not be read; its items are then no answer


class Fingerprint(NamedTuple):
    """One environment at one time, redacted when its facts were read."""

    envdoctor: str = ""  #: the version that made it
    name: str = ""  #: the environment's name; what a report calls it
    kind: str = ""  #: venv, conda, ...
    made: float = 0.0  #: seconds since the epoch; 0 where no time was wanted
    layers: Mapping[str, Part] = {}  #: by FINGERPRINT_LAYERS
    numbers: Numbers = Numbers()
