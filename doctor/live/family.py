"""The processes below one process: found, counted, weighed and ended, also those that left their group.

Linux alone tells of them (/proc); elsewhere the group of the first is all that can be ended.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import NamedTuple

#: prctl: orphans below come to this process instead of to the first of the system; end when the parent ends
_CHILD_SUBREAPER, _PARENT_DEATH = 36, 1
_ROUNDS = 400


class Member(NamedTuple):
    """One process of the family."""

    pid: int
    memory: int  #: bytes
    ended: bool  #: it waits to be asked how it ended


def adopt_orphans() -> None:
    """Have processes whose parents end below this one become its children."""
    _prctl(_CHILD_SUBREAPER)


def end_with_parent() -> None:
    """Have this process end when the one that started it does."""
    _prctl(_PARENT_DEATH, signal.SIGKILL if os.name != "nt" else 0)


def _prctl(option: int, value: int = 1) -> None:
    try:
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
    except (ImportError, OSError, AttributeError, TypeError):  # not Linux
        return


def members() -> list[Member]:
    """Every process below this one."""
    parents: dict[int, list[Member]] = {}
    try:
        names = os.listdir("/proc")  # noqa: PTH208 - a list of a thousand names, twenty times a second
    except OSError:
        return []
    for name in names:
        if name.isdecimal():
            with contextlib.suppress(OSError, ValueError, IndexError), open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
                fields = file.read(4096).rpartition(b")")[2].split()
                member = Member(int(name), int(fields[21]) * _PAGE, fields[0] in (b"Z", b"X"))
                parents.setdefault(int(fields[1]), []).append(member)
    found, pending = [], [os.getpid()]
    while pending:
        below = parents.pop(pending.pop(), [])
        found += below
        pending += [member.pid for member in below]
    return found


_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def end_all(group: int) -> None:
    """End a process group and every process below this one, however fast they multiply."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(OSError):
            os.killpg(group, signal.SIGKILL)
        for _ in range(_ROUNDS):
            _reap()
            living = [member.pid for member in members() if not member.ended]
            if not living:
                break
            for number in (signal.SIGSTOP, signal.SIGKILL):  # none multiplies while another is ended
                for pid in living:
                    with contextlib.suppress(OSError):
                        os.kill(pid, number)
            time.sleep(0.002)
        _reap()


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
