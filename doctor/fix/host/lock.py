"""One operation on a prefix at a time, and none while a package manager is at work on it."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from doctor.failure import Failure
from doctor.fix.host.files import private_folder

_MANAGERS = {"pip", "pip3", "uv", "uvx", "conda", "mamba", "micromamba", "pixi", "poetry", "pdm", "hatch", "pipenv"}


@contextlib.contextmanager
def locked(prefix: Path, state: Path) -> Iterator[tuple[int, ...]]:
    """Hold a prefix; yields the descriptors that children inherit, so that it stays held while one of them lives.

    Raises Failure where somebody else holds it. The prefix's own folder is locked as well, where the system can,
    for another user has another state folder.
    """
    folder = private_folder(state / "locks")
    name = hashlib.sha256(os.fsencode(os.path.realpath(prefix))).hexdigest()[:24]
    descriptors = [os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)]
    try:
        _hold(descriptors[0], prefix)
        if os.name != "nt" and prefix.is_dir():
            with contextlib.suppress(PermissionError):
                descriptors.append(os.open(prefix, os.O_RDONLY))
            _hold(descriptors[-1], prefix)
        yield tuple(descriptors)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _hold(descriptor: int, prefix: Path) -> None:
    busy = Failure(
        f"another envdoctor is at work on {prefix}, or a command that one started still runs; wait until it is done"
    )
    if os.name == "nt":
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            raise busy from None
        return
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise busy from None
    except OSError:
        return  # a network file system that has no such locks


def managers_at_work(prefix: Path) -> tuple[str, ...]:
    """Package managers that run on a prefix now: pip (process 123), by what they run, are told, or have activated."""
    import psutil

    real = os.path.realpath(prefix)
    own = {os.getpid(), os.getppid()}
    found = []
    for process in psutil.process_iter(["pid", "name", "cmdline"]):
        words = process.info["cmdline"] or []
        name = _manager(words)
        if name and process.info["pid"] not in own and _concerns(process, words, str(prefix), real):
            found.append(f"{name} (process {process.info['pid']})")
    return tuple(found)


def _manager(words: list[str]) -> str:
    """The package manager that a command line runs: pip, python -m pip, python /x/bin/conda."""
    named = [Path(word).name.removesuffix(".exe") for word in words[:6]]
    if not named:
        return ""
    if named[0] in _MANAGERS:
        return named[0]
    if named[0].startswith(("python", "pypy")):
        for place, word in enumerate(words[1:6], 1):
            if word == "-m":
                return named[place + 1] if len(named) > place + 1 and named[place + 1] in _MANAGERS else ""
            if not word.startswith("-"):
                return named[place] if named[place] in _MANAGERS or named[place] == "pip.__main__" else ""
    return ""


def _concerns(process: object, words: list[str], prefix: str, real: str) -> bool:
    import psutil

    def inside(text: str) -> bool:
        return any(text == folder or text.startswith(folder + os.sep) for folder in (prefix, real))

    if any(inside(word.partition("=")[2] if word.startswith("-") and "=" in word else word) for word in words):
        return True
    assert isinstance(process, psutil.Process)
    try:
        variables = process.environ()
    except (psutil.Error, OSError):
        return False
    return any(inside(variables.get(name, "")) for name in ("VIRTUAL_ENV", "CONDA_PREFIX"))
