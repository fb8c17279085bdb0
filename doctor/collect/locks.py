"""Reads the locks layer: the exact versions that the project's tools have written down."""

from __future__ import annotations

from doctor.facts import Facts, Locks
from doctor.target.environment import Request


def read(request: Request, facts: Facts) -> Locks:  # noqa: ARG001 - as every collector is called
    """Read them all."""
    return Locks()
