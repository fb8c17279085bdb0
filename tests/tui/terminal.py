"""A real terminal for the app: a pty, with pyte to look at what it shows and the raw bytes kept."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

import pyte

KEYS = {
    "enter": "\r",
    "end": "\x1b[F",
    "home": "\x1b[H",
    "pagedown": "\x1b[6~",
    "escape": "\x1b",
    "down": "\x1b[B",
    "up": "\x1b[A",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "ctrl+c": "\x03",
    "ctrl+p": "\x10",
}


class Terminal:
    """One program in a pty of a given size."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        columns: int = 80,
        rows: int = 24,
        variables: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.status: int | None = None
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("NO_COLOR", "COLUMNS"))}
        environment |= {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1", **(variables or {})}
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:  # the child becomes the program
            try:
                signal.signal(signal.SIGINT, signal.SIG_DFL)  # a run in the background hands down that it is ignored
                os.chdir(cwd or "/")
                os.execvpe(sys.executable, [sys.executable, *arguments], environment)
            finally:
                os._exit(127)
        self.resize(columns, rows)

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size, as a user who drags its corner."""
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)

    def press(self, *keys: str) -> None:
        """Press keys: names of KEYS, or text to type."""
        for key in keys:
            os.write(self.descriptor, KEYS.get(key, key).encode())
            self._read(0.3 if key == "escape" else 0.05)  # a key right after Escape would be read as Alt and that key

    def text(self) -> str:
        """What the terminal shows, without spaces at line ends."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def wait_for(self, *texts: str, seconds: float = 60) -> str:
        """Wait until all texts are shown, and return the screen."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._read(0.05)
            if all(text in self.text() for text in texts):
                return self.text()
            if self.status is not None:
                break
        raise AssertionError(f"{texts} not shown (status {self.status}):\n{self.text()}")

    def wait_for_end(self, seconds: float = 20) -> int:
        """Wait until the program has ended and return its exit status."""
        deadline = time.monotonic() + seconds
        while self.status is None and time.monotonic() < deadline:
            self._read(0.05)
            self._reap()
        if self.status is None:
            raise AssertionError(f"still running after {seconds} s:\n{self.text()}")
        return self.status

    def _read(self, seconds: float) -> None:
        while select.select([self.descriptor], [], [], seconds)[0]:
            try:
                data = os.read(self.descriptor, 65_536)
            except OSError:  # the other side is closed
                self._reap()
                return
            if not data:
                self._reap()
                return
            self.raw += data
            self.stream.feed(data)
            seconds = 0.02

    def _reap(self) -> None:
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.descriptor)
