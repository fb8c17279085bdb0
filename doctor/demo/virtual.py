"""Makes real virtual environments by the standard library, in a moment and without pip."""

from __future__ import annotations

from pathlib import Path

from doctor.demo.wheels import Wheel, unpack
from doctor.demo.writing import folder


def make_venv(prefix: Path, *wheels: Wheel) -> Path:
    """Make a virtual environment of the running Python, with these installed; return its prefix."""
    from venv import EnvBuilder

    folder(prefix.parent)
    EnvBuilder(symlinks=True, with_pip=False).create(prefix)
    for wheel in wheels:
        unpack(wheel, prefix, site_of(prefix))
    return prefix


def site_of(prefix: Path) -> Path:
    """The environment's site-packages."""
    return next(path for path in sorted(prefix.glob("lib/python3*/site-packages")) if not path.is_symlink())
