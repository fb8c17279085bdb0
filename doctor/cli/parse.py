"""The grammar of the command line, with the help that goes with it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

FORMATS = ("text", "json")

_ABOUT = """\
Finds out what is wrong with a data-science Python environment and says why, how it knows, and what to do.
It reads files only: nothing is changed, nothing of the environment is run, no network is used."""

_EPILOG = """\
ENV is a conda environment's name, a folder, a project with .venv, or an interpreter; left out, it is the
active environment, else ./.venv, else the python on PATH.

  envdoctor                       open the app
  envdoctor --check               report on the active environment, with an exit status for scripts
  envdoctor check myenv           the same for another one
  envdoctor explain MIX001        what a check looks for, why it matters, what the fix does
  envdoctor explain numpy         who installed a package, why, and what needs it

Exit status: 0 nothing at or above --fail-on, 1 findings, 2 could not do what was asked, 130 interrupted.
"""

COMMANDS = ("check", "list", "checks", "explain", "app")


class Usage(Exception):
    """A command line that does not parse (status 2), or help that was asked for (status 0)."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal; argparse makes one of these for each option, and by itself imports shutil."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


def _columns() -> int:
    told = os.environ.get("COLUMNS", "")
    try:
        return int(told) if told.isdecimal() and int(told) else os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except (OSError, ValueError, AttributeError):  # no terminal, or no output at all
        return 80


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Usage(f"envdoctor: {message}\nTry: {self.prog} --help", 2)

    def print_help(self, file: Any = None) -> None:  # noqa: ARG002 - argparse calls it so
        raise Usage(self.format_help().rstrip(), 0)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Turn arguments into options; options.command names the command. Raises Usage."""
    words = list(arguments)
    if words[:1] and words[0] in COMMANDS:
        command = words.pop(0)
    elif "--check" in words:
        command = "check"
        words.remove("--check")
    else:
        command = "app"
    parser = _PARSERS[command]()
    options = parser.parse_args(words)
    options.command = {"list": "listing", "checks": "catalogue"}.get(command, command)
    positional = getattr(options, "environment", None)
    if positional and getattr(options, "env", None):
        raise Usage("envdoctor: name the environment once, either as ENV or with --env\nTry: envdoctor --help", 2)
    if hasattr(options, "env"):
        options.environment = positional or options.env
    return options


def _parser(command: str, description: str, epilog: str = "") -> _Parser:
    prog = f"envdoctor {command}".rstrip()
    return _Parser(
        prog=prog,
        description=description,
        epilog=epilog,
        formatter_class=_Help,
        allow_abbrev=False,
    )


def _environment(parser: _Parser) -> None:
    parser.add_argument("environment", nargs="?", metavar="ENV", help="which environment; see envdoctor --help")
    parser.add_argument("--env", metavar="ENV", help="the same, where a position would be unclear")


def _project(parser: _Parser) -> None:
    parser.add_argument("--project", metavar="DIR", help="the repository whose policy and files count")


def _app() -> _Parser:
    parser = _parser("", _ABOUT, _EPILOG)
    parser.usage = "envdoctor [ENV]  |  envdoctor --check [ENV]  |  envdoctor {check,list,checks,explain} ..."
    _environment(parser)
    _project(parser)
    parser.add_argument("--check", action="store_true", help="report instead of the app; see envdoctor check --help")
    parser.add_argument("--deep", action="store_true", help="also compare the hash of every installed file")
    parser.add_argument("--version", action="store_true", help="say the version")
    return parser


def _check() -> _Parser:
    parser = _parser("check", "Examine an environment and report; changes nothing and runs nothing of it.")
    _environment(parser)
    _project(parser)
    parser.add_argument("--format", choices=FORMATS, default="text", help="what goes to standard output (text)")
    parser.add_argument(
        "--output", metavar="FORMAT=PATH", action="append", default=[], help="also write a report to a file; repeatable"
    )
    parser.add_argument(
        "--fail-on",
        choices=("error", "warning", "note"),
        help="the least severity that makes the exit status 1 (error)",
    )
    parser.add_argument("--select", metavar="CODES", action="append", default=[], help="only these: MIX001,GPU or MIX")
    parser.add_argument("--ignore", metavar="CODES", action="append", default=[], help="all but these")
    parser.add_argument("--deep", action="store_true", help="also compare the hash of every installed file")
    parser.add_argument("--save", metavar="FILE", help="keep the facts that were read, redacted, as JSON")
    parser.add_argument(
        "--from", metavar="FILE", dest="facts", help="judge facts kept by --save instead of an environment"
    )
    parser.add_argument("--timings", action="store_true", help="say on standard error what took how long")
    return parser


def _list() -> _Parser:
    parser = _parser("list", "List the environments found on this machine.")
    parser.add_argument("--format", choices=FORMATS, default="text", help="text or json")
    parser.add_argument("--sizes", action="store_true", help="also measure the size of each (reads every folder)")
    return parser


def _checks() -> _Parser:
    parser = _parser("checks", "List the checks.")
    parser.add_argument("--format", choices=FORMATS, default="text", help="text or json")
    parser.add_argument("codes", nargs="*", metavar="CODE", help="only these codes or families")
    return parser


def _explain() -> _Parser:
    parser = _parser("explain", "Explain a check by its code or name, or a package of an environment.")
    parser.add_argument("what", metavar="CODE|PACKAGE")
    parser.add_argument("--env", metavar="ENV", help="the environment that holds the package")
    _project(parser)
    return parser


_PARSERS = {"app": _app, "check": _check, "list": _list, "checks": _checks, "explain": _explain}
