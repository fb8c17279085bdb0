"""Does a long job in children beside this process: threads gain nothing where Python itself is the work.

A child is this very interpreter with nothing of site-packages loaded. Where that would be the examined
environment's own Python, where there is one core only, or where the system cannot, there are no children and
the caller does the job itself.
"""

from __future__ import annotations

import marshal
import os
import select
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from doctor.reading.disk.child import TURN_PIPE, TURNS

_PACKAGES = Path(__file__).resolve().parents[3]
_PROGRAM = f"import sys; sys.path.append({str(_PACKAGES)!r}); from doctor.reading.disk.child import main; main()"
#: marks a child by a variable that its own children would inherit: whatever goes wrong, they cannot multiply
_MARK = "ENVDOCTOR_CHILD"
#: more children than this gain nothing
_MOST = 4
_CHUNK = 1024 * 1024


class Alone(Exception):
    """There are no children to be had; the text says why."""


def do(job: str, arguments: tuple[Any, ...], prefix: Path) -> Iterator[Any]:
    """Do a job on the environment at prefix in as many children as there are cores; yield their answers.

    Raises Alone where there can be none, also in the middle when one of them fails: what came is then void.
    """
    number = _how_many(prefix)
    message = marshal.dumps((job, arguments))
    children: dict[int, int] = {}  # descriptor of its answers -> process id
    turns, write_turns = _pipe()
    try:
        try:
            _send(write_turns, b"".join(turn.to_bytes(2, "little") for turn in range(TURNS)))
            for _ in range(number):
                pid, questions, answers = _start(turns)
                children[answers] = pid
                _send(questions, message)
        finally:
            os.close(turns)
        yield from _answers(children)
    except OSError as error:
        raise Alone(str(error)) from None
    finally:
        for answers, pid in children.items():
            os.close(answers)
            _end(pid)


def _how_many(prefix: Path) -> int:
    if _MARK in os.environ:
        raise Alone("a child has no children of its own")
    if not hasattr(os, "posix_spawn") or not sys.executable or getattr(sys, "frozen", False):
        raise Alone("this program cannot start itself again here")
    if not Path(__file__).is_file():
        raise Alone("the program lies in an archive")
    inside = os.path.realpath(prefix).rstrip("/") + "/"
    if any(path.startswith(inside) for path in (sys.executable, os.path.realpath(sys.executable))):
        raise Alone("it would be the examined environment's own Python")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores < 2:
        raise Alone("one core")
    return min(cores, _MOST)


def _start(turns: int) -> tuple[int, int, int]:
    """Start one child; return its process id, where to write its job and where to read its answers."""
    read_questions, questions = _pipe()
    answers, write_answers = _pipe()
    try:
        actions = (
            (os.POSIX_SPAWN_DUP2, read_questions, 0),
            (os.POSIX_SPAWN_DUP2, write_answers, 1),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_DUP2, turns, TURN_PIPE),
        )
        command = (sys.executable, "-I", "-S", "-c", _PROGRAM)
        variables = {**os.environ, _MARK: "1"}
        return os.posix_spawn(sys.executable, command, variables, file_actions=actions), questions, answers
    except BaseException:
        os.close(questions)
        os.close(answers)
        raise
    finally:
        os.close(read_questions)
        os.close(write_answers)


def _pipe() -> tuple[int, int]:
    """Make a pipe whose descriptors are none that a child expects something else at."""
    import fcntl

    low = os.pipe()
    try:
        read, write = (fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, TURN_PIPE + 1) for descriptor in low)
    finally:
        for descriptor in low:
            os.close(descriptor)
    return read, write


def _send(descriptor: int, data: bytes) -> None:
    """Write all of it and close."""
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    finally:
        os.close(descriptor)


def _answers(children: dict[int, int]) -> Iterator[Any]:
    received = {descriptor: bytearray() for descriptor in children}
    while received:
        for descriptor in select.select(list(received), (), ())[0]:
            data = os.read(descriptor, _CHUNK)
            buffer = received[descriptor]
            buffer += data
            while len(buffer) >= 8 and len(buffer) >= 8 + (length := int.from_bytes(buffer[:8], "little")):
                yield marshal.loads(memoryview(buffer)[8 : 8 + length])  # noqa: S302 - our own child wrote it
                del buffer[: 8 + length]
            if not data:
                del received[descriptor]
                _, status = os.waitpid(children[descriptor], 0)
                children[descriptor] = 0
                if status or buffer:
                    raise OSError("a child failed")


def _end(pid: int) -> None:
    """End a child that is still at work, for nobody listens any more."""
    if pid:
        import signal

        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
