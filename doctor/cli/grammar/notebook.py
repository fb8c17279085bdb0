"""The words of %envdoctor in a notebook."""

from __future__ import annotations

from doctor.cli.grammar.base import Parser, add_project, new_parser


def magic_parser() -> Parser:
    """The words of %envdoctor."""
    parser = new_parser("", "Examine the environment that this kernel runs in; changes nothing and runs nothing of it.")
    parser.prog = "%envdoctor"
    parser.add_argument("environment", nargs="?", metavar="ENV", help="another environment: a name, folder or python")
    add_project(parser)
    parser.add_argument("--select", metavar="CODES", action="append", default=[], help="only these: MIX001,GPU or MIX")
    parser.add_argument("--ignore", metavar="CODES", action="append", default=[], help="all but these")
    parser.add_argument("--deep", action="store_true", help="also compare the hash of every installed file")
    return parser
