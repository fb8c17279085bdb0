"""One BLAS or OpenMP runtime as frozen data, and whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from doctor.facts import Facts
from doctor.judgement.numeric_names import BY_NAME, Kind


class Runtime(NamedTuple):
    """One copy of a BLAS or OpenMP library."""

    kind: Kind
    family: str  #: openblas, mkl, blis, accelerate, netlib, ...; libgomp, libiomp, libomp, vcomp
    path: str  #: of the real file; of one linked statically the file that holds it
    version: str = ""  #: of the library, else of the package that brings it; empty where neither tells
    threading: str = ""  #: of a BLAS: pthreads, openmp, intel, gnu, tbb, none; empty where unknown
    integers: int = 0  #: of a BLAS: bits of its index numbers, 32 or 64; 0 where unknown
    soname: str = ""
    owner: str = ""  #: a distribution's key, or conda:NAME; empty where nobody recorded it
    users: Mapping[str, str] = {}  #: owner of Python code that loads it -> one of its files that does
    static: bool = False  #: part of another library's file
    outside: bool = False  #: not of this environment

    @property
    def vendor(self) -> str:
        """As people call it."""
        return BY_NAME[self.family].vendor

    @property
    def title(self) -> str:
        """Vendor and version, as far as known."""
        return f"{self.vendor} {self.version}".strip()

    @property
    def packages(self) -> frozenset[str]:
        """The users by their names on PyPI, whoever installed them."""
        return frozenset(plain_name(user) for user in self.users)


def plain_name(owner: str) -> str:
    """An owner as pip calls it, as far as numbers go: torch for conda:pytorch, numpy for conda:numpy-base."""
    if not owner.startswith("conda:"):
        return owner
    name = owner.removeprefix("conda:")
    return "torch" if name in ("pytorch", "libtorch") else name.removesuffix("-base")


def threading_layer(facts: Facts) -> str:
    """What MKL_THREADING_LAYER says once the environment is active, in capitals; empty where nobody sets it."""
    variable = facts.settings.variable("MKL_THREADING_LAYER")
    return variable.value.strip().upper() if variable else ""
