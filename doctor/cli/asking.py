"""Asks at the terminal: a yes that defaults to no, a name to be typed, numbers of a list."""

from __future__ import annotations

import contextlib
import re
import sys

from doctor.failure import Failure


def can_ask() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str) -> str:
    """Ask on standard error, which is no part of a report, and read one line; an end of input is no answer."""
    print(question, end=" ", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line.endswith("\n"):
        print(file=sys.stderr)
    return line.strip()


def agreed(question: str) -> bool:
    """Whether the answer is yes, given after the question; anything else is no."""
    _forget_what_was_typed_ahead()
    return ask(f"{question} [y/N]").casefold() in ("y", "yes")


def typed(question: str, expected: str) -> bool:
    """Whether exactly this was typed after the question."""
    _forget_what_was_typed_ahead()
    return ask(question) == expected


def _forget_what_was_typed_ahead() -> None:
    """Drop keys pressed while something ran: nobody agrees to what was not shown yet."""
    if not sys.stdin.isatty():
        return
    try:
        import termios
    except ImportError:
        if sys.platform == "win32":
            import msvcrt

            while msvcrt.kbhit():
                msvcrt.getwch()
        return
    with contextlib.suppress(termios.error):
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


def numbers(question: str, most: int, default: tuple[int, ...]) -> tuple[int, ...]:
    """Numbers of a list, from 1: 1 3, 2-4, all; Enter for the default, none where there is none."""
    for _ in range(3):
        answer = ask(question)
        if not answer:
            return default
        if answer.casefold() in ("all", "a"):
            return tuple(range(1, most + 1))
        if answer.casefold() in ("q", "quit", "n", "no", "none", "0"):
            return ()
        try:
            return _numbers(answer, most)
        except ValueError:
            print(f"Numbers from 1 to {most}, all, or q to leave", file=sys.stderr)
    raise Failure("no usable answer; nothing was changed")


def _numbers(answer: str, most: int) -> tuple[int, ...]:
    """Read 1 3, 1,3 and 2-4. Raises ValueError."""
    found: dict[int, None] = {}
    for part in re.split(r"[\s,]+", answer.strip(" ,")):
        first, dash, last = part.partition("-")
        start, end = int(first), int(last if dash else first)
        if not 1 <= start <= end <= most:
            raise ValueError
        found |= dict.fromkeys(range(start, end + 1))
    return tuple(found)
