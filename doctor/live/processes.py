"""Runs a keeper with an order and reads its one line of answer; every keeper ends with the room."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

_PACKAGES = Path(__file__).resolve().parents[2]
_KEEPER = f"import sys; sys.path.append({str(_PACKAGES)!r}); from doctor.live.keeper import main; main()"
#: bytes of a keeper's answer beside the text that it was asked for, which JSON makes six times as long at the worst
_LIMIT = 128 * 1024
#: seconds that a keeper may take beyond what its order allows
_GRACE = 20.0


class Limits(NamedTuple):
    """What one start may take."""

    seconds: float = 60.0
    memory: int = 8 * 1024**3  #: bytes, of all its processes together
    processes: int = 64
    answer: int = 64 * 1024  #: bytes of what it answers; the rest is lost


class Ran(NamedTuple):
    """How one start came out; all texts are as the environment gave them, uncleaned."""

    status: int = 0  #: negative where a signal ended it
    ended: str = ""  #: why it was ended: time, memory, processes, alone; keeper where the keeper itself was
    answer: str = ""
    printed: str = ""


class Room:
    """A folder for what the starts write, and the keepers that are at work; leaving it ends them all."""

    def __init__(self) -> None:
        self.folder = Path()
        self._keepers: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._count = 0
        self._closed = False
        self._closing = threading.Lock()

    def __enter__(self) -> Room:
        """Make the folder."""
        self.folder = Path(tempfile.mkdtemp(prefix="envdoctor-live-"))
        atexit.register(self.close)  # a thread that waits for events may not live to see the end
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """End what is still at work and take the folder away."""
        with self._closing:  # whoever comes second waits until it is done
            with self._lock:
                self._closed = True
                keepers = tuple(self._keepers)
            for keeper in keepers:
                _let_go(keeper)
            for keeper in keepers:
                _end(keeper)
            with contextlib.suppress(OSError, RecursionError):
                _take_away(self.folder)
        atexit.unregister(self.close)

    def run(self, command: Sequence[str], variables: Mapping[str, str], limits: Limits, folder: Path) -> Ran:
        """Have a keeper run a command in an empty folder and wait for its answer."""
        order = {"command": list(command), "variables": dict(variables), "folder": str(folder), **limits._asdict()}
        with self._lock:
            if self._closed:
                return Ran(ended="alone")
            keeper = subprocess.Popen(  # noqa: S603 - envdoctor's own Python and program
                [sys.executable, "-I", "-S", "-B", "-c", _KEEPER],
                cwd=self.folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            self._keepers.add(keeper)
        timer = threading.Timer(limits.seconds + _GRACE, keeper.kill)
        timer.daemon = True
        timer.start()
        try:
            return _answered(keeper, order, _LIMIT + 6 * limits.answer)
        finally:
            timer.cancel()
            _let_go(keeper)
            _end(keeper)
            with self._lock:
                self._keepers.discard(keeper)

    def new_folder(self) -> Path:
        """An empty folder of its own for one start."""
        with self._lock:
            self._count += 1
            return Path(tempfile.mkdtemp(prefix=f"{self._count}-", dir=self.folder))


def _answered(keeper: subprocess.Popen[bytes], order: dict[str, Any], limit: int) -> Ran:
    assert keeper.stdin is not None
    assert keeper.stdout is not None
    with contextlib.suppress(OSError):
        keeper.stdin.write(json.dumps(order).encode() + b"\n")
        keeper.stdin.flush()
    first, _, data = keeper.stdout.read(limit).partition(b"\n")
    try:
        told = json.loads(data)
        return Ran(int(told["status"]), str(told["ended"]), str(told["answer"]), str(told["printed"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        if first.isdigit() and int(first) > 1 and hasattr(os, "killpg"):
            with contextlib.suppress(OSError, OverflowError):
                os.killpg(int(first), signal.SIGKILL)  # what it kept watch over
        return Ran(ended="keeper")


def _let_go(keeper: subprocess.Popen[bytes]) -> None:
    """Tell a keeper that nobody waits any more."""
    if keeper.stdin is not None:
        with contextlib.suppress(OSError, ValueError):
            keeper.stdin.close()


def _end(keeper: subprocess.Popen[bytes]) -> None:
    try:
        keeper.wait(5)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(keeper.pid, signal.SIGKILL)
            else:
                keeper.kill()
        keeper.wait()
    if keeper.stdout is not None:
        with contextlib.suppress(OSError, ValueError):
            keeper.stdout.close()


def _take_away(folder: Path) -> None:
    name = "onexc" if sys.version_info >= (3, 12) else "onerror"
    retry: dict[str, Any] = {name: _open_and_retry}
    shutil.rmtree(folder, **retry)


def _open_and_retry(again: Any, path: str, _: object) -> None:
    """Take away what a start had locked; what still cannot go stays in the folder of temporary files."""
    with contextlib.suppress(OSError):
        for each in (Path(path).parent, Path(path)):
            if not each.is_symlink():
                each.chmod(0o700)
        again(path)
