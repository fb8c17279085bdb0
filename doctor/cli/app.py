"""envdoctor without a command: the app at a terminal, the report anywhere else."""

from __future__ import annotations

import argparse
import os
import sys

from doctor import __version__
from doctor.cli.status import ExitCode


def run(options: argparse.Namespace) -> int:
    """Open the app; print the report where there is no terminal that could show it."""
    if options.version:
        print(f"envdoctor {__version__}")
        return ExitCode.FINE
    if not is_terminal():
        return _reported(options)
    try:
        from doctor.tui.app import open_app
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "textual" and not (error.name or "").startswith("doctor.tui"):
            raise
        print("envdoctor: the app needs an installed envdoctor with textual; this is the report", file=sys.stderr)
        return _reported(options)

    return open_app(environment=options.environment, project=options.project, deep=options.deep)


def is_terminal() -> bool:
    """Whether there is a terminal on which screens can be drawn."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "") not in ("", "dumb")


def has_screen() -> bool:
    """Whether the app could open here."""
    if not is_terminal():
        return False
    from importlib.util import find_spec

    return find_spec("textual") is not None


def _reported(options: argparse.Namespace) -> int:
    """The report in place of the app."""
    from doctor.cli import check
    from doctor.cli.parse import parse

    words = [word for word in (options.environment,) if word]
    words += ["--project", options.project] if options.project else []
    words += ["--deep"] if options.deep else []
    return check.run(parse(["check", *words]))
