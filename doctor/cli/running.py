"""Shows an operation while it runs, and turns ^C into a wish to stop that is met between two steps."""

from __future__ import annotations

import os
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from doctor.cli.aside import tell
from doctor.cli.show import show, width, write
from doctor.cli.status import ExitCode
from doctor.fix.as_json import event_json
from doctor.fix.events import Ended, Event, Saving, Verified, Verifying
from doctor.reading.clean import clean
from doctor.report.plan import event_line, verdict
from doctor.report.text import plain_text


class Wish:
    """Whether the user wants it to stop; asking it is the stop of an operation."""

    def __init__(self, *, can_stop: bool) -> None:
        self.wanted = False
        self._can_stop = can_stop

    def __call__(self) -> bool:
        """Answer as operate asks."""
        return self.wanted and self._can_stop

    def hear(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - signal calls it so
        """Note the wish, and say what comes of it. It never raises: that would end whatever runs now."""
        self.wanted = True
        if number == getattr(signal, "SIGHUP", None):
            _leave_terminal()
            return
        text = (
            "it stops when the step that runs now is done, and puts the environment back"
            if self._can_stop
            else "the old state is being put back; that is not interrupted"
        )
        with suppress(OSError):
            os.write(2, f"\nenvdoctor: {text}\n".encode())


def _leave_terminal() -> None:
    """Let go of a terminal that is gone: writing to it fails, and what has begun has to come to its end."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        with suppress(OSError):
            if stat.S_ISCHR(os.fstat(descriptor).st_mode):
                os.dup2(nowhere, descriptor)
    os.close(nowhere)


@contextmanager
def heard(*, can_stop: bool) -> Iterator[Wish]:
    """While this is entered, ^C and the wish to terminate do not kill, but are noted."""
    wish = Wish(can_stop=can_stop)
    numbers = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    before = {number: signal.signal(number, wish.hear) for number in numbers}
    try:
        yield wish
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def telling() -> Iterator[Callable[[str], None]]:
    """Tell what is done now, over and over on one line of the terminal; nothing where there is none."""
    live = _is_live()

    def say(text: str) -> None:
        if live:
            print(f"\r\x1b[K{clean(text, 70)} …", end="", file=sys.stderr, flush=True)

    try:
        yield say
    finally:
        if live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _is_live() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def follow(events: Iterator[Event], wish: Wish, *, as_json: bool) -> tuple[Ended, int]:
    """Show every event and the verdict; return the last event and the exit status.

    JSON goes to standard output, a line for each event. Otherwise the verdict alone does, and what happens on the
    way goes to standard error.
    """
    ended, seen = None, None
    counting = _Counting(quiet=as_json)
    try:
        for event in events:
            if isinstance(event, Ended):
                ended = event
            elif isinstance(event, Verified):
                seen = event
            if as_json:
                write(event_json(event) + "\n")
                sys.stdout.flush()
            else:
                counting.show(event)
    finally:
        close = getattr(events, "close", None)
        if close:
            close()
    assert ended is not None
    if not as_json:
        show(verdict(ended, seen, width()))
    return ended, _status(ended, wish)


def _status(ended: Ended, wish: Wish) -> int:
    if ended.ending in ("fixed", "done", "undone"):
        return ExitCode.FINE
    if ended.ending == "put-back":
        return ExitCode.INTERRUPTED if wish() else ExitCode.PUT_BACK
    return ExitCode.FAILED


class _Counting:
    """Prints events on standard error; at a terminal what only counts on overwrites itself."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._live = _is_live()
        self._open = False
        self._last: Event | None = None

    def show(self, event: Event) -> None:
        """Print one event."""
        if self._quiet or isinstance(event, Ended):
            self._clear()
        elif isinstance(event, Saving | Verifying):
            text = _counted(event)
            if self._live and text:
                print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
                self._open = True
            elif isinstance(event, Verifying) and not isinstance(self._last, Verifying):
                print("Examining …", file=sys.stderr, flush=True)
        else:
            self._clear()
            line = event_line(event)
            if line is not None:
                tell(plain_text([line]).removesuffix("\n"))
        self._last = event

    def _clear(self) -> None:
        if self._open:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._open = False


def _counted(event: Saving | Verifying) -> str:
    if isinstance(event, Saving):
        return (
            f"saving {event.files:,} of {event.total:,} files …" if event.total else f"saving {event.files:,} files …"
        )
    return f"examining {event.layer} …" if event.layer else "examining …"
