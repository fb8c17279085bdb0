"""What BLAS and OpenMP runtimes an environment has: version, threading, owner, and the packages that load each.

A runtime that nothing needs lies idle: it has no users.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from doctor.facts import CondaRecord, Facts
from doctor.judgement.numeric_loading import find_runtimes
from doctor.judgement.numeric_names import BUILD_WORDS, SELECTORS, Kind
from doctor.judgement.runtimes import Runtime, plain_name, threading_layer


class Chosen(NamedTuple):
    """A conda package whose build says which BLAS or OpenMP the environment is to use."""

    kind: Kind
    family: str
    record: CondaRecord


class Numerics(NamedTuple):
    """All of them, by kind, family and path."""

    runtimes: tuple[Runtime, ...] = ()
    chosen: tuple[Chosen, ...] = ()

    def used(self, kind: Kind) -> tuple[Runtime, ...]:
        """Those of a kind that some package loads."""
        return tuple(runtime for runtime in self.runtimes if runtime.kind == kind and runtime.users)

    def blas_of(self, package: str) -> tuple[Runtime, ...]:
        """The BLAS libraries that a package loads itself, by its name on PyPI."""
        return tuple(runtime for runtime in self.used("blas") if package in runtime.packages)


_last: tuple[tuple[object, ...], Numerics] | None = None


def numerics_of(facts: Facts) -> Numerics:
    """The BLAS and OpenMP runtimes of these facts; checks that ask one after the other share the answer."""
    global _last
    layers = (facts.binaries, facts.files, facts.distributions, facts.conda, facts.settings)
    if _last is None or any(one is not other for one, other in zip(_last[0], layers, strict=True)):
        _last = (layers, Numerics(find_runtimes(facts), tuple(_chosen(facts))))
    return _last[1]


def _chosen(facts: Facts) -> Iterator[Chosen]:
    for record in facts.conda.records:
        kind = SELECTORS.get(record.name)
        if kind is None:
            continue
        if record.name == "nomkl":
            yield Chosen(kind, "openblas", record)
            continue
        words = [BUILD_WORDS[word] for word in record.build.split("_") if word in BUILD_WORDS]
        if words:
            yield Chosen(kind, words[-1], record)


__all__ = ["Chosen", "Numerics", "Runtime", "numerics_of", "plain_name", "threading_layer"]
