"""The commands for whoever comes new to a repository, or begins one."""

from __future__ import annotations

from doctor.cli.grammar.base import Parser, new_parser


def onboard_parser() -> Parser:
    """The words of envdoctor onboard."""
    epilog = """\
Each step is shown with its time, size and way back before it is taken; without a terminal nothing is changed unless
--yes agrees to all of it. It can be left at any time and goes on where it was.

Exit status: 0 the environment is there and sound; 1 it is there, and something differs or is wrong; 2 could not do
what was asked; 3 a step failed, and what it had done is taken back; 130 interrupted.
"""
    parser = new_parser("onboard", "From a fresh clone to a verified environment, step by step.", epilog, "--plan")
    parser.add_argument("folder", nargs="?", metavar="DIR", help="the repository (the working folder)")
    parser.add_argument("--env", metavar="ENV", help="take this environment instead of the best there is")
    parser.add_argument("--plan", action="store_true", help="say what would be done, and stop")
    parser.add_argument("--yes", action="store_true", help="do not ask before each step")
    parser.add_argument("--again", action="store_true", help="begin anew instead of going on where it was left")
    parser.add_argument("--offline", action="store_true", help="use no network: caches and --wheels alone")
    parser.add_argument("--wheels", metavar="DIR", help="a folder of wheels to take packages from")
    parser.add_argument("--probe", action="store_true", help="compare numbers with the baseline's as well; asks")
    parser.add_argument("--summary", metavar="FILE", help="write the summary, as Markdown, to a file")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="text or json")
    parser.add_argument("--allow-root", action="store_true", help="also as root where it would be refused")
    return parser


def advise_parser() -> Parser:
    """The words of envdoctor advise."""
    epilog = """\
PROBLEM is exploration, script, ml, research or throw-away; left out, it is asked for at a terminal.
"""
    parser = new_parser(
        "advise", "pip or uv, conda or pixi, or both: which suits this project, and why.", epilog, "--for research"
    )
    parser.add_argument("folder", nargs="?", metavar="DIR", help="the project (the working folder)")
    parser.add_argument(
        "--for",
        dest="problem",
        choices=("exploration", "script", "ml", "research", "throw-away"),
        metavar="PROBLEM",
        help="which problem is being solved",
    )
    parser.add_argument("--package", metavar="NAME", help="only: should this one come from pip or from conda here?")
    parser.add_argument("--env", metavar="ENV", help="with --package: the environment that it is for")
    parser.add_argument("--write", action="store_true", help="write the specification, after showing it; asks")
    parser.add_argument("--yes", action="store_true", help="with --write: do not ask")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="text or json")
    return parser


def demo_parser() -> Parser:
    """The words of envdoctor demo."""
    epilog = """\
It needs no network and touches nothing of yours: home, state, caches and temporary files of the demonstration lie in
one folder, which is gone when you leave. Without a terminal it prints what there is to try, and a report of each
environment.

Exit status: 0 it was there to try; 2 the folder could not be made; 130 interrupted.
"""
    parser = new_parser(
        "demo", "Real environments with real faults, made on the spot, to try everything on.", epilog, "--list"
    )
    parser.add_argument("--list", action="store_true", help="say what there is to try, and make nothing")
    parser.add_argument("--keep", action="store_true", help="leave the folder there, and say how to remove it")
    parser.add_argument("--folder", metavar="DIR", help="make it in this folder, which must be empty or not yet there")
    parser.add_argument("--no-app", action="store_true", help="print what there is to try and the reports instead")
    return parser
