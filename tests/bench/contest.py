"""Runs two commands in turn, A B A B, and keeps the time and peak memory of each whole process."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import statistics
import struct
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

#: seconds without any output after which a program of the screen is given up
_PATIENCE = 30
#: times that a key is pressed in one run, and seconds between two of them
_PRESSES, _PAUSE = 5, 0.3


class Failed(Exception):
    """A command that did not do what is measured; the text says how it ended."""


class Side(NamedTuple):
    """What to run, and which exit statuses mean that it did its work."""

    command: tuple[str, ...]
    fine: tuple[int, ...] = (0, 1)
    prepare: tuple[str, ...] = ()  #: run before each measurement, and not measured
    shows: bytes = b""  #: for a program of the screen: the pattern whose appearance ends the measurement
    key: bytes = b""  #: pressed then; the longest time until `answer` comes is what is measured, not the start
    answer: bytes = b""
    back: bytes = b""  #: the key that takes the answer away again


class Ran(NamedTuple):
    """One run of a whole process, its children included."""

    seconds: float
    peak: int  #: bytes of the largest process


class Result(NamedTuple):
    """Medians of both sides, and the median of the ratios of neighbouring runs."""

    ours: float
    theirs: float
    ratio: float
    peak: int


def contest(ours: Side, theirs: Side, runs: int, folder: Path) -> Result:
    """Run both sides once to warm up, then in turn."""
    run(ours, folder)
    run(theirs, folder)
    pairs = [(run(ours, folder), run(theirs, folder)) for _ in range(runs)]
    return Result(
        statistics.median(a.seconds for a, _ in pairs),
        statistics.median(b.seconds for _, b in pairs),
        statistics.median(a.seconds / b.seconds for a, b in pairs),
        max(a.peak for a, _ in pairs),
    )


def run(side: Side, folder: Path) -> Ran:
    """Run a command in a folder, its output thrown away. Raises Failed."""
    if side.shows:
        return _run_until_shown(side, folder)
    if side.prepare:
        run(Side(side.prepare, (0,)), folder)
    start = time.perf_counter()
    with Path(os.devnull).open("r+b") as nothing:
        number = nothing.fileno()
        actions = [(os.POSIX_SPAWN_DUP2, number, each) for each in (0, 1, 2)]
        command = ("/bin/sh", "-c", 'cd "$0" && exec "$@"', str(folder), *side.command)
        child = os.posix_spawn(command[0], command, variables(), file_actions=actions)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - start
    code = os.waitstatus_to_exitcode(status)
    if code not in side.fine:
        raise Failed(f"{' '.join(side.command)[:60]} ended with {code}")
    return Ran(seconds, usage.ru_maxrss * 1024)


def _run_until_shown(side: Side, folder: Path) -> Ran:
    """Run a program in a terminal of 80 by 24 until it shows what is waited for, and end it."""
    start = time.perf_counter()
    child, terminal = pty.fork()
    if child == 0:
        try:
            os.chdir(folder)
            os.execve(side.command[0], side.command, {**variables(), "TERM": "xterm-256color", "LANG": "C.UTF-8"})
        finally:
            os._exit(127)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    try:
        _wait(terminal, side.shows)
        seconds = max(_pressed(terminal, side) for _ in range(_PRESSES)) if side.key else time.perf_counter() - start
    except OSError:
        raise Failed(f"{' '.join(side.command)[:60]} ended without showing {side.shows.decode()}") from None
    finally:
        os.kill(child, signal.SIGKILL)
        _, _, usage = os.wait4(child, 0)
        os.close(terminal)
    return Ran(seconds, usage.ru_maxrss * 1024)


def _wait(terminal: int, shows: bytes) -> None:
    """Read what a program draws until a pattern comes. Raises Failed."""
    shown = b""
    while not re.search(shows, shown):
        if not select.select([terminal], [], [], _PATIENCE)[0]:
            raise Failed(f"{shows.decode()} was not shown in {_PATIENCE} s")
        shown += os.read(terminal, 65_536)


def _pressed(terminal: int, side: Side) -> float:
    """Press the key, see its answer, and take it away again."""
    start = time.perf_counter()
    os.write(terminal, side.key)
    _wait(terminal, side.answer)
    seconds = time.perf_counter() - start
    os.write(terminal, side.back)
    until = time.perf_counter() + _PAUSE
    while select.select([terminal], [], [], max(until - time.perf_counter(), 0))[0]:
        os.read(terminal, 65_536)
    return seconds


def variables() -> Mapping[str, str]:
    """The process environment without what would slow one side down or lead it elsewhere."""
    unwanted = ("PYTHON", "PIP_", "UV_", "CONDA_", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return kept | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "UV_OFFLINE": "1", "UV_NO_CONFIG": "1"}
