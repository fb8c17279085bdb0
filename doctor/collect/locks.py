"""Reads the locks layer: the exact versions that the project's tools have written down."""

from __future__ import annotations

from doctor.facts import Facts, Locks
from doctor.reading.rooted import is_folder
from doctor.target.environment import Request


def read(request: Request, facts: Facts) -> Locks:  # noqa: ARG001 - as every collector is called
    """Read them all; none where there is no project."""
    if request.project is None or not is_folder(request.project):
        return Locks()
    from doctor.reading.repository.locks import read_locks

    return read_locks(request.project)
