"""The command line: parses, calls, prints; knows nothing of its own.

One module a command. stdout carries the report alone; progress, timings and errors go to stderr.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Sequence

from doctor.cli.aside import tell
from doctor.cli.parse import COMMANDS, Usage, parse
from doctor.cli.status import ExitCode
from doctor.failure import Failure


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit status; never a traceback for what a user may do."""
    _open_what_is_closed()
    try:
        options = parse(arguments)
        if options.command != "app":
            gc.disable()  # a command that lives for a second makes no garbage that is worth a search
        if getattr(options, "knowledge", None):
            _use(options.knowledge)
        code: int = importlib.import_module(f"doctor.cli.{options.command}").run(options)
        sys.stdout.flush()
    except Usage as error:
        return _explained(error, _meant(arguments))
    except Failure as error:
        tell(f"envdoctor: {error}{_meant(arguments)}")
        return ExitCode.FAILED
    except ModuleNotFoundError as error:
        return _not_carried(error)
    except KeyboardInterrupt:
        print("\nenvdoctor: interrupted; nothing was changed", file=sys.stderr)
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        return _unread()
    finally:
        gc.freeze()  # Python would search all of it for garbage on the way out
    return code


def _open_what_is_closed() -> None:
    """Put an empty stream in the place of each standard one that was closed by whoever started this, as services do."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - stays until the end


def _meant(arguments: Sequence[str]) -> str:
    """A line that names what command the first word nearly is; empty where it is one, near none, or a path."""
    from difflib import get_close_matches

    word = next(iter(arguments), "")
    if not word or word in COMMANDS or set(word) & set("/\\."):
        return ""
    begun = [command for command in COMMANDS if len(word) > 2 and command.startswith(word)]
    close = begun or get_close_matches(word, COMMANDS, 1, 0.7)
    return f"\nDid you mean the command: {' or '.join(f'envdoctor {one}' for one in close)}" if close else ""


def _explained(error: Usage, meant: str) -> int:
    """Say what does not parse, or the help that was asked for."""
    try:
        text = f"{error}{meant if error.status else ''}"
        print(text, file=sys.stderr if error.status else sys.stdout, flush=True)
    except BrokenPipeError:
        return _unread()
    return error.status


def _not_carried(error: ModuleNotFoundError) -> int:
    """Say what is lacking where envdoctor runs out of one file, which holds what checking needs and no more."""
    lacking = (error.name or "").partition(".")[0]
    if os.path.isdir(os.path.dirname(__file__)):  # noqa: PTH112, PTH120 - installed: a defect, to be seen as one
        raise error
    text = f"this needs {lacking or error}, which this file does not carry: install envdoctor, or add it to this Python"
    tell(f"envdoctor: {text}")
    return ExitCode.FAILED


def _unread() -> int:
    """The reader, head or less, has seen enough."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.FAILED


def _use(folder: str) -> None:
    """Take newer tables of facts before anything is judged by the old ones."""
    from pathlib import Path

    from doctor.reading.newer_knowledge import use_newer_knowledge

    for source in use_newer_knowledge(Path(folder)):
        print(f"knowledge: {source.name} of {source.as_of}, {source.source}", file=sys.stderr)
