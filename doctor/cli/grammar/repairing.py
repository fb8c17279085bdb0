"""The commands that repair, and that lead back."""

from __future__ import annotations

from doctor.cli.grammar.base import Parser, add_environment, add_knowledge, add_project, new_parser
from doctor.cli.grammar.examining import FORMATS


def fix_parser() -> Parser:
    """The words of envdoctor fix."""
    epilog = """\
CODE is a check's code; CODE:SUBJECT names one of its findings, and #2 at the end its second remedy. Without a CODE,
what can be repaired is listed to choose from; with --yes or --plan it is what is safe.

Exit status: 0 repaired, or planned; 2 refused, or not to be planned; 3 it failed or did not help, and the
environment is as it was; 130 interrupted, and the environment is as it was.
"""
    parser = new_parser(
        "fix",
        "Repair an environment: shown before, saved against, proven afterwards.",
        epilog,
        "myenv MIX006:numpy --plan",
    )
    parser.usage = "envdoctor fix [ENV] [CODE[:SUBJECT][#N] ...] [options]"
    parser.add_argument("words", nargs="*", metavar="[ENV] CODE", help="which environment, and what to repair in it")
    parser.add_argument("--env", metavar="ENV", help="the environment, where a position would be unclear")
    add_project(parser)
    add_knowledge(parser)
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


def undo_parser() -> Parser:
    """The words of envdoctor undo."""
    epilog = """\
Exit status: 0 it is as it was before; 2 refused, nothing to undo, or not all could be put back, which is said;
130 interrupted.
"""
    text = "Take a repair back: the environment is again as it was before, byte for byte."
    parser = new_parser("undo", text, epilog, "myenv")
    parser.usage = "envdoctor undo [ENV] [ID] [options]"
    parser.add_argument("words", nargs="*", metavar="[ENV] ID", help="of which environment; which operation (the last)")
    parser.add_argument("--env", metavar="ENV", help="the environment, where a position would be unclear")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--anyway", action="store_true", help="also where something else changed it since")
    parser.add_argument("--json", action="store_true", help="print what happens as lines of JSON")
    return parser


def history_parser() -> Parser:
    """The words of envdoctor history."""
    parser = new_parser(
        "history", "List what was repaired, and what the way back takes on disk.", example="--prune --keep 5"
    )
    add_environment(parser)
    parser.add_argument("--format", choices=FORMATS, default="text", help="text or json")
    parser.add_argument("--prune", action="store_true", help="give up the way back of operations; frees their room")
    parser.add_argument("--keep", metavar="N", type=int, help="with --prune: all but the newest N")
    parser.add_argument("--older-than", metavar="DAYS", type=float, help="with --prune: those that are older")
    parser.add_argument("--yes", action="store_true", help="with --prune: do not ask")
    return parser


_RECOVER = """\
Exit status: 0 all is put back, or nothing was unfinished; 2 something could not be put back.
"""


def recover_parser() -> Parser:
    """The words of envdoctor recover."""
    parser = new_parser("recover", "Put back what a crash or a loss of power left unfinished.", _RECOVER, "--yes")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--json", action="store_true", help="print what happens as lines of JSON")
    return parser
