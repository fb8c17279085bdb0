"""Reads the kernels layer: the Jupyter kernel specs that can be chosen here."""

from __future__ import annotations

from doctor.facts import Facts, Kernels
from doctor.target.environment import Request


def read(request: Request, facts: Facts) -> Kernels:  # noqa: ARG001 - as every collector is called
    """Read them all."""
    return Kernels()
