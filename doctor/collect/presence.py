"""Looks whether what a file of the environment names is there, on this machine and without reaching for another."""

from __future__ import annotations

import os

from doctor.reading.rooted import is_absolute, place
from doctor.target.environment import Request


def real_path(path: str, request: Request) -> str:
    """Turn a path as shown, or as a file of the environment names it, into one of this machine."""
    if path == "~" or path.startswith("~/"):
        return str(request.home) + path[1:]
    if is_absolute(path):
        return str(place(path, request.root))
    return f"{request.environment.prefix}/{path}"


def is_there(path: str, request: Request) -> bool:
    """Whether a path leads to something; one on another machine counts as there, for nobody asks it."""
    if is_remote(path):
        return True
    try:
        os.stat(real_path(path, request))  # noqa: PTH116 - called for every script and line
    except ValueError:
        return False
    except OSError as error:
        return not isinstance(error, (FileNotFoundError, NotADirectoryError))
    return True


def is_remote(path: str) -> bool:
    r"""Whether a path names another machine, as \\server\share does."""
    return path.startswith(("\\\\", "//"))
