"""The grammar of the command line, with the help that goes with it."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

FORMATS = ("text", "json")

#: a finding, where an environment could stand as well: MIX006, MIX006:numpy, MIX003:numpy#2
_FINDING = re.compile(r"([A-Za-z]{3})\d{3}([:#].*)?", re.DOTALL)
#: an operation: 20261122-143015-3fa9
_OPERATION = re.compile(r"\d{8}-\d{6}-[0-9a-f]+")

_ABOUT = """\
Finds out what is wrong with a data-science Python environment, says why and how it knows, and repairs it.
Examining reads files only: nothing is changed, nothing of the environment is run, no network is used.
A repair is shown before it begins, saved against, examined again afterwards, and can be taken back."""

_EPILOG = """\
ENV is a conda environment's name, a folder, a project with .venv, or an interpreter; left out, it is the
active environment, else ./.venv, else the python on PATH.

  envdoctor                       open the app
  envdoctor --check               report on the active environment, with an exit status for scripts
  envdoctor check myenv           the same for another one
  envdoctor explain MIX001        what a check looks for, why it matters, what the fix does
  envdoctor explain numpy         who installed a package, why, and what needs it
  envdoctor find "MESSAGE"        what of this environment explains an error; or paste it on standard input
  envdoctor fix                   choose what to repair, read the plan, say yes, see it proven
  envdoctor fix myenv MIX006      repair one thing; --plan only shows what would be done
  envdoctor undo                  take the last repair back, byte for byte
  envdoctor history               what was repaired, and what the way back takes on disk
  envdoctor recover               put back what a crash left unfinished

Exit status: 0 nothing at or above --fail-on, or repaired; 1 findings; 2 could not do what was asked; 3 a repair
failed and the environment is as it was; 130 interrupted.
"""

COMMANDS = ("check", "list", "checks", "explain", "find", "fix", "undo", "history", "recover", "app")


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
    mixed = command in ("fix", "undo")  # whose words may stand before and behind options
    options = parser.parse_intermixed_args(words) if mixed else parser.parse_args(words)
    options.command = {"list": "listing", "checks": "catalogue"}.get(command, command)
    if hasattr(options, "words"):
        _sort_words(options, command)
    positional = getattr(options, "environment", None)
    if positional and getattr(options, "env", None):
        raise Usage("envdoctor: name the environment once, either as ENV or with --env\nTry: envdoctor --help", 2)
    if hasattr(options, "env"):
        options.environment = positional or options.env
    return options


def _sort_words(options: argparse.Namespace, command: str) -> None:
    """Tell the environment from what is to be repaired, or from the operation that is to be undone."""
    words = list(options.words)
    fits = _is_finding if command == "fix" else _is_operation
    options.environment = words.pop(0) if words and not fits(words[0]) else None
    options.codes = words
    strange = [word for word in words if not fits(word)]
    if strange or (command == "undo" and len(words) > 1):
        expected = "CODE, CODE:SUBJECT or CODE:SUBJECT#2" if command == "fix" else "one operation, as history names it"
        raise Usage(
            f"envdoctor: {(strange or words[1:])[0]!r} is out of place; expected {expected}\n"
            f"Try: envdoctor {command} --help",
            2,
        )


def _is_finding(word: str) -> bool:
    """Whether a word names a finding: env312 may well be an environment, for no family is called ENV."""
    found = _FINDING.fullmatch(word)
    if found is None:
        return False
    from doctor.checks import FAMILIES

    return found[1].upper() in FAMILIES


def _is_operation(word: str) -> bool:
    return _OPERATION.fullmatch(word) is not None


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


def _knowledge(parser: _Parser) -> None:
    parser.add_argument(
        "--knowledge", metavar="DIR", help="tables of facts newer than this release; refused where they are not"
    )


def _app() -> _Parser:
    parser = _parser("", _ABOUT, _EPILOG)
    parser.usage = (
        "envdoctor [ENV]  |  envdoctor --check [ENV]  |  envdoctor fix [ENV] [CODE...]\n"
        "       envdoctor {check,list,checks,explain,find,fix,undo,history,recover} ..."
    )
    _environment(parser)
    _project(parser)
    _knowledge(parser)
    parser.add_argument("--check", action="store_true", help="report instead of the app; see envdoctor check --help")
    parser.add_argument("--deep", action="store_true", help="also compare the hash of every installed file")
    parser.add_argument("--version", action="store_true", help="say the version")
    return parser


_LIVE = """\
--live starts the environment's own Python, which nothing else of envdoctor's checking does: each module in a process
of its own, with time, memory and number of processes limited, in an empty folder and without your secrets. It asks
first, or is told --yes. Start-up files (.pth with code, sitecustomize) are not run: an editable install that needs
one cannot be told. What fails and is needed makes the exit status 1.
"""


def _check() -> _Parser:
    parser = _parser("check", "Examine an environment and report; changes nothing and runs nothing of it.", _LIVE)
    _environment(parser)
    _project(parser)
    _knowledge(parser)
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
    parser.add_argument("--live", action="store_true", help="also import what the project imports, and ask torch; asks")
    parser.add_argument("--yes", action="store_true", help="with --live: do not ask")
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
    _knowledge(parser)
    return parser


def _find() -> _Parser:
    epilog = """\
MESSAGE is an error as it was printed, in quotes; - or nothing reads it from standard input, where a whole traceback,
notebook cell or output of pip or conda may stand. Without --env a traceback's own environment is examined, if it is
on this machine. Only the checks that could explain the message are run.

Exit status: 0 a cause was found here, or the message is harmless; 1 nothing here explains it, whether envdoctor knows
the message or not (--format json tells which: "recognised" is empty); 2 could not do what was asked; 130 interrupted.
"""
    parser = _parser("find", "Find what of an environment explains an error message; changes nothing.", epilog)
    parser.add_argument("message", nargs="*", metavar="MESSAGE", help="the error; - or nothing for standard input")
    parser.add_argument("--env", metavar="ENV", help="which environment; see envdoctor --help")
    _project(parser)
    _knowledge(parser)
    parser.add_argument("--format", choices=FORMATS, default="text", help="text or json")
    return parser


def _fix() -> _Parser:
    epilog = """\
CODE is a check's code; CODE:SUBJECT names one of its findings, and #2 at the end its second remedy. Without a CODE,
what can be repaired is listed to choose from; with --yes or --plan it is what is safe.

Exit status: 0 repaired, or planned; 2 refused, or not to be planned; 3 it failed or did not help, and the
environment is as it was; 130 interrupted, and the environment is as it was.
"""
    parser = _parser("fix", "Repair an environment: shown before, saved against, proven afterwards.", epilog)
    parser.usage = "envdoctor fix [ENV] [CODE[:SUBJECT][#N] ...] [options]"
    parser.add_argument("words", nargs="*", metavar="[ENV] CODE", help="which environment, and what to repair in it")
    parser.add_argument("--env", metavar="ENV", help="the environment, where a position would be unclear")
    _project(parser)
    _knowledge(parser)
    parser.add_argument("--deep", action="store_true", help="also compare the hash of every installed file")
    parser.add_argument("--plan", action="store_true", help="show the plan and stop; with --json as JSON")
    parser.add_argument("--plan-out", metavar="FILE", help="write the plan to a file and stop")
    parser.add_argument("--apply", metavar="FILE", help="carry out a plan that --plan-out wrote")
    parser.add_argument("--yes", action="store_true", help="do not ask; careful remedies have to be named")
    parser.add_argument("--json", action="store_true", help="print what happens as lines of JSON")
    parser.add_argument("--offline", action="store_true", help="use no network: caches and --wheels alone")
    parser.add_argument("--wheels", metavar="DIR", help="a folder of wheels to take packages from")
    parser.add_argument("--no-export", action="store_true", help="do not write down first what is installed")
    parser.add_argument("--no-preview", action="store_true", help="do not ask the package manager what would change")
    parser.add_argument("--allow", metavar="NAME", action="append", default=[], help="what a refusal names; repeatable")
    parser.add_argument("--allow-root", action="store_true", help="the same as --allow root")
    return parser


def _undo() -> _Parser:
    parser = _parser("undo", "Take a repair back: the environment is again as it was before, byte for byte.")
    parser.usage = "envdoctor undo [ENV] [ID] [options]"
    parser.add_argument("words", nargs="*", metavar="[ENV] ID", help="of which environment; which operation (the last)")
    parser.add_argument("--env", metavar="ENV", help="the environment, where a position would be unclear")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--anyway", action="store_true", help="also where something else changed it since")
    parser.add_argument("--json", action="store_true", help="print what happens as lines of JSON")
    return parser


def _history() -> _Parser:
    parser = _parser("history", "List what was repaired, and what the way back takes on disk.")
    _environment(parser)
    parser.add_argument("--format", choices=FORMATS, default="text", help="text or json")
    parser.add_argument("--prune", action="store_true", help="give up the way back of operations; frees their room")
    parser.add_argument("--keep", metavar="N", type=int, help="with --prune: all but the newest N")
    parser.add_argument("--older-than", metavar="DAYS", type=float, help="with --prune: those that are older")
    parser.add_argument("--yes", action="store_true", help="with --prune: do not ask")
    return parser


def _recover() -> _Parser:
    parser = _parser("recover", "Put back what a crash or a loss of power left unfinished.")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--json", action="store_true", help="print what happens as lines of JSON")
    return parser


_PARSERS = {
    "app": _app,
    "check": _check,
    "list": _list,
    "checks": _checks,
    "explain": _explain,
    "find": _find,
    "fix": _fix,
    "undo": _undo,
    "history": _history,
    "recover": _recover,
}
