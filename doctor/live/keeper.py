"""Keeps watch over one start of the environment's Python, in a process of envdoctor's own Python.

A process between the two, because limits have to be set between fork and exec, which a program with threads must
not do, and because orphans can only be ended by whoever inherits them. It reads an order from standard input and
writes two lines to standard output: the process that it keeps, and how that came out as JSON. When standard input
ends, it ends everything: envdoctor is gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from typing import IO, Any

from doctor.live import family

#: bytes of what is printed that are kept
_PRINTED = 8 * 1024
#: bytes that one file may grow to
_FILE_LIMIT = 1024 * 1024 * 1024
#: processes and threads of the user beyond those that there are; a system's root is not held by this
_MORE_TASKS = 2048
_LOOK_EVERY = 0.02
#: seconds for what was printed to come out of the pipe
_LAST_WORDS = 0.5


def main() -> None:
    """Carry out the order that stands in the first line of standard input."""
    order = json.loads(sys.stdin.buffer.readline(16 * 1024 * 1024))
    family.adopt_orphans()
    limits = _limits()
    try:
        process = subprocess.Popen(  # noqa: S603 - the order of our own parent
            order["command"],
            cwd=order["folder"],
            env=order["variables"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=limits if os.name != "nt" else None,  # no thread runs yet
        )
    except (OSError, subprocess.SubprocessError) as error:
        _write("0\n")
        _say({"status": 127, "ended": "", "answer": "", "printed": f"could not be started: {error}"})
        return
    _write(f"{process.pid}\n")
    answer, printed = _Kept(process.stdout, order["answer"], first=True), _Kept(process.stderr, _PRINTED, first=False)
    alone = threading.Event()
    threading.Thread(target=_wait_for_end_of_input, args=(alone,), daemon=True).start()
    ended = _watch(process, alone, order)
    status = process.returncode
    family.end_all(process.pid)
    if status is None:
        process.kill()
        status = process.wait()
    _say({"status": status, "ended": ended, "answer": answer.text(), "printed": printed.text()})


def _watch(process: subprocess.Popen[bytes], alone: threading.Event, order: dict[str, Any]) -> str:
    """Wait for the end; return why it has to be ended before, or an empty text."""
    deadline = time.monotonic() + order["seconds"]
    while process.poll() is None:
        below = family.members()
        if alone.is_set():
            return "alone"
        if time.monotonic() > deadline:
            return "time"
        if sum(not member.ended for member in below) > order["processes"]:
            return "processes"
        if sum(member.memory for member in below) > order["memory"]:
            return "memory"
        time.sleep(_LOOK_EVERY)
    return ""


def _limits() -> Any:
    """Make what the child does to itself before it becomes the environment's Python."""
    if os.name == "nt":
        return None
    import ctypes
    import resource

    del ctypes  # loaded here, for nothing may be imported between fork and exec
    tasks = _tasks_of_user()

    def bind() -> None:
        family.end_with_parent()
        _lower(resource.RLIMIT_CORE, 0)
        _lower(resource.RLIMIT_FSIZE, _FILE_LIMIT)
        if tasks:
            _lower(resource.RLIMIT_NPROC, tasks + _MORE_TASKS)
        with contextlib.suppress(OSError):  # the first to go where the machine's memory ends
            descriptor = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
            os.write(descriptor, b"1000")
            os.close(descriptor)

    def _lower(kind: int, most: int) -> None:
        with contextlib.suppress(OSError, ValueError):
            _, hard = resource.getrlimit(kind)
            if hard == resource.RLIM_INFINITY or hard > most:
                resource.setrlimit(kind, (most, most))

    return bind


def _tasks_of_user() -> int:
    """How many processes and threads the user has; 0 where that cannot be told."""
    found = 0
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc"):  # noqa: PTH208 - only names
            with contextlib.suppress(OSError, ValueError, IndexError):
                if name.isdecimal() and os.stat(f"/proc/{name}").st_uid == os.getuid():  # noqa: PTH116
                    with open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
                        found += int(file.read(4096).rpartition(b")")[2].split()[17])
    return found


class _Kept:
    """What comes out of a pipe, read to its end and kept up to a limit: the first of it, or the last."""

    def __init__(self, stream: IO[bytes] | None, limit: int, *, first: bool) -> None:
        assert stream is not None
        self._stream, self._limit, self._first = stream, limit, first
        self._data = b""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while data := os.read(self._stream.fileno(), 65_536):
                both = self._data + data
                self._data = both[: self._limit] if self._first else both[-self._limit :]

    def text(self) -> str:
        self._thread.join(_LAST_WORDS)
        return self._data.decode("utf-8", "replace")


def _wait_for_end_of_input(alone: threading.Event) -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    alone.set()


def _say(result: dict[str, Any]) -> None:
    _write(json.dumps(result) + "\n")
    os._exit(0)


def _write(text: str) -> None:
    data = text.encode()
    with contextlib.suppress(OSError):
        while data:
            data = data[os.write(1, data) :]
