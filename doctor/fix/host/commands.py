"""Runs a command in a process group of its own and hands on what it prints, line by line, cleaned and redacted."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import selectors
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from doctor.reading.clean import clean, decode
from doctor.reading.redact import redact

#: bytes of standard output that are kept where it is captured, and of a line that is shown
_CAPTURE = 64 * 1024 * 1024
_LINE = 2_000
_TAIL = 40
#: seconds between asking a command to stop and making it
_PATIENCE = 5.0

#: what would turn a package manager to another environment than the one its arguments name
_MISLEADING = re.compile(
    r"PYTHON|_?CE_|__PYVENV|VIRTUAL_ENV|CONDA_(PREFIX|DEFAULT_ENV|SHLVL|PROMPT_MODIFIER|PYTHON_EXE|ENVS_PATH)"
    r"|PIP_(TARGET|USER|PREFIX|ROOT|PYTHON|REQUIRE_VIRTUALENV|REQUIRE_HASHES|DRY_RUN|IGNORE_INSTALLED|NO_DEPS|REPORT)"
    r"|PIP_(CONSTRAINT|REQUIREMENT|EDITABLE|UPGRADE|FORCE_REINSTALL|QUIET|VERBOSE|LOG)"
    r"|UV_(PROJECT|SYSTEM_PYTHON|PYTHON$|TARGET|PREFIX|WORKING_DIR|LINK_MODE|CONSTRAINT|OVERRIDE|BREAK_SYSTEM|NO_SYNC)"
    r"|UV_(REQUIRE_HASHES|VERIFY_HASHES|COMPILE_BYTECODE|RESOLUTION)"
)
#: what every command is given: no questions, no colours, nothing of the user's own site folder, and nothing of what
#: settings files could turn it to; pip takes an empty variable for none
_GIVEN = {
    "PYTHONNOUSERSITE": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONSAFEPATH": "1",
    "PYTHONUTF8": "1",
    "PYTHONUNBUFFERED": "1",
    "PIP_NO_INPUT": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_ROOT_USER_ACTION": "ignore",
    "PIP_PROGRESS_BAR": "off",
    "PIP_USER": "0",
    "PIP_REQUIRE_VIRTUALENV": "0",
    "PIP_REQUIRE_HASHES": "0",
    "PIP_DRY_RUN": "0",
    "PIP_IGNORE_INSTALLED": "0",
    "PIP_NO_DEPS": "0",
    "PIP_FORCE_REINSTALL": "0",
    "PIP_UPGRADE": "0",
    "UV_PYTHON_DOWNLOADS": "never",
    "UV_NO_PROGRESS": "1",
    "UV_NO_PROJECT": "1",
    "CONDA_ALWAYS_YES": "true",
    "CONDA_DRY_RUN": "false",
    "CONDA_DOWNLOAD_ONLY": "false",
    "CONDA_JSON": "false",
    "CONDA_ALWAYS_SOFTLINK": "false",
    "CONDA_NOTIFY_OUTDATED_CONDA": "false",
    "CONDA_REPORT_ERRORS": "false",
    "MAMBA_ALWAYS_YES": "true",
    "CI": "1",
    "NO_COLOR": "1",
    "TERM": "dumb",
}


class Ran(NamedTuple):
    """What came of a command."""

    status: int  #: its exit status; 127 where it could not be started, negative where a signal ended it
    output: str = ""  #: standard output as text, where it was captured
    tail: tuple[str, ...] = ()  #: the last lines of all that it printed, cleaned and redacted

    @property
    def why(self) -> str:
        """Why it failed: its last lines that say something, as one sentence."""
        said = [line.strip() for line in self.tail if line.strip()]
        errors = list(dict.fromkeys(_with_list(said, at) for at, line in enumerate(said) if _ERROR.match(line)))
        text = " ".join(errors[:2] or said[-2:])
        return clean(text, 400).rstrip(".") or f"exit status {self.status}"


#: how package managers begin the line that says what is wrong: ERROR:, error:, CondaHTTPError:, x No solution found
_ERROR = re.compile(
    r"\W*(?:(?:\w*error|fatal|\w*exception)\b(?!s)|(?:could not|no matching|no solution)\b)", re.IGNORECASE
)


def _with_list(said: Sequence[str], at: int) -> str:
    """An error's line, with the entries of the list that it ends before: not available: demo=9."""
    if not said[at].endswith(":"):
        return said[at]
    entries = itertools.takewhile(lambda line: line.startswith("- "), said[at + 1 : at + 4])
    return f"{said[at]} {', '.join(entry.removeprefix('- ') for entry in entries)}".rstrip(" :")


def _silent(line: str) -> None:
    """Say nothing."""


def _never() -> bool:
    return False


def run(
    arguments: Sequence[str],
    *,
    folder: Path,
    variables: Mapping[str, str] = {},
    say: Callable[[str], None] = _silent,
    stop: Callable[[], bool] = _never,
    capture: bool = False,
    began: Callable[[int], None] | None = None,
    keep: Sequence[int] = (),
) -> Ran:
    """Run a command to its end, in a working folder; the first argument is an absolute path.

    It cannot ask anything, and a ^C at the terminal does not reach it: when stop answers True it is asked to end,
    then made to. began is told its process id; it inherits the descriptors of keep.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - an argument list, its first a path that was found once
            list(arguments),
            cwd=folder,
            env=environment(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if capture else subprocess.STDOUT,
            start_new_session=True,
            pass_fds=tuple(keep) if os.name != "nt" else (),
        )
    except OSError as error:
        return Ran(127, tail=(f"{arguments[0]} could not be started: {error.strerror or error}",))
    try:
        if began:
            began(process.pid)
        heard = _listen(process, say, stop, capture)
    except BaseException:
        _end(process, signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
        raise
    status = process.wait()
    _end(process, signal.SIGTERM)  # whatever it left running in its group
    return Ran(status, heard.output, tuple(heard.tail))


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables of a command: those of this process that do not mislead it, what is always given, and these."""
    own = {name: value for name, value in os.environ.items() if not _MISLEADING.match(name)}
    return {**own, **_GIVEN, **variables}


class _Heard:
    """Collects what a command prints."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.output = ""
        self.tail: deque[str] = deque(maxlen=_TAIL)
        self._say = say
        self._rest = b""

    def add(self, data: bytes) -> None:
        *lines, self._rest = re.split(rb"[\r\n]+", self._rest + data)
        for line in lines:
            self._line(line)
        if len(self._rest) > 16 * _LINE:  # a line without end
            self._line(self._rest)
            self._rest = b""

    def end(self) -> None:
        self._line(self._rest)

    def _line(self, data: bytes) -> None:
        text = redact(clean(_ESCAPES.sub("", decode_line(data)), _LINE)).rstrip()
        if text:
            self.tail.append(text)
            self._say(text)


_ESCAPES = re.compile("\x1b\\[[0-9;?]*[ -/]*[@-~]")


def decode_line(data: bytes) -> str:
    """Bytes as text whose colours can still be told from other escapes."""
    return data.decode("utf-8", "replace")


def _listen(
    process: subprocess.Popen[bytes], say: Callable[[str], None], stop: Callable[[], bool], capture: bool
) -> _Heard:
    heard, captured = _Heard(say), bytearray()
    asked = 0.0
    with selectors.DefaultSelector() as selector:
        for stream in filter(None, (process.stdout, process.stderr)):
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select(0.1):
                data = os.read(key.fd, 65_536)
                if not data:
                    selector.unregister(key.fileobj)
                elif capture and key.fileobj is process.stdout:
                    captured += data[: max(_CAPTURE - len(captured), 0)]
                else:
                    heard.add(data)
            if process.poll() is not None and not selector.select(0):
                break  # a child of its own still holds the pipe open
            if stop():
                asked = asked or time.monotonic()
                late = time.monotonic() - asked
                _signal(process, signal.SIGINT if not late else signal.SIGTERM if late < _PATIENCE else signal.SIGKILL)
    heard.end()
    heard.output = decode(bytes(captured))
    for stream in filter(None, (process.stdout, process.stderr)):
        stream.close()
    return heard


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, number)
        else:
            process.terminate()
    except (ProcessLookupError, PermissionError):
        pass


def _end(process: subprocess.Popen[bytes], number: int) -> None:
    _signal(process, number)
    if process.poll() is None:
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def end_group(process: int, *, by_force: bool) -> None:
    """Ask the group of a command to end, or make it."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process, signal.SIGKILL if by_force else signal.SIGTERM)
