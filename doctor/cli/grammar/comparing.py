"""The commands that say what differs, between environments and over time, and that write down what there is."""

from __future__ import annotations

from doctor.cli.grammar.base import Parser, add_environment, add_project, new_parser


def snapshot_parser() -> Parser:
    """The words of envdoctor snapshot."""
    epilog = """\
The file is redacted: no token, password, user name or home folder is in it. It can be sent to a colleague, whose
envdoctor compares it. --probe computes small numbers in the environment's own Python; it asks first, or is told --yes.
"""
    parser = new_parser(
        "snapshot", "Write down what of an environment decides results, for a comparison.", epilog, "-o mine.json"
    )
    add_environment(parser)
    add_project(parser)
    parser.add_argument("-o", "--output", metavar="FILE", help="where to; - for standard output (NAME.json)")
    parser.add_argument("--probe", action="store_true", help="also compute numbers in its own Python; asks")
    parser.add_argument("--vary", action="store_true", help="with --probe: also with one thing changed at a time")
    parser.add_argument("--baseline", action="store_true", help="as the project's own: .envdoctor/baseline.json")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    return parser


def compare_parser() -> Parser:
    """The words of envdoctor compare."""
    epilog = """\
Each A, B, C is a file that snapshot wrote, a folder of such files, or an environment of this machine.

Exit status: 0 nothing that can change results differs; 1 something does; 2 could not do what was asked.
"""
    parser = new_parser(
        "compare", "Say what differs between environments, and whether it changes results.", epilog, "theirs.json"
    )
    parser.add_argument("what", nargs="+", metavar="FILE|FOLDER|ENV", help="one or more; one is set against this one")
    add_project(parser)
    parser.add_argument(
        "--format",
        choices=("text", "json", "markdown", "html"),
        default="text",
        metavar="FORMAT",
        help="text, json, markdown or html (text)",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="where to, instead of standard output")
    parser.add_argument("--probe", action="store_true", help="also compute numbers in the environments of this machine")
    parser.add_argument("--layers", metavar="NAMES", help="only these: conda,distributions,native,...")
    parser.add_argument("--yes", action="store_true", help="with --probe: do not ask")
    return parser


def timeline_parser() -> Parser:
    """The words of envdoctor timeline."""
    epilog = """\
A and B are names of the list (c12 is conda's revision 12, s3 the third snapshot), dates, or now. Of snapshots and of
now everything is known, of conda's revisions the conda packages; pip and uv keep no history.

Exit status of --between: 0 nothing that can change results differs; 1 something does.
"""
    parser = new_parser(
        "timeline", "Say what changed in an environment, and when: what changed since it worked?", epilog, "--since 14d"
    )
    add_environment(parser)
    add_project(parser)
    parser.add_argument("--since", metavar="DATE", help="only from then on: 2026-11-01, or 14d")
    parser.add_argument("--between", nargs=2, metavar=("A", "B"), help="the difference between two moments of the list")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="text or json")
    return parser


def export_parser() -> Parser:
    """The words of envdoctor export."""
    epilog = """\
Without --format the name of FILE says which, else what suits the environment best:

  explicit         conda's list of addresses and hashes: the same packages on the same kind of machine
  environment.yml  what was asked for of conda and pip, with versions and channels: for any machine
  requirements     pip's packages, with hashes where those of all are known
  pylock           pip's packages by file and hash (PEP 751); refused where one is not known
  cyclonedx        a bill of materials (CycloneDX 1.6, JSON) with licences, builds, channels and BLAS

Hashes are told by the installer's notes, the project's locks, --wheels and pip's cache. Each file says in its head
what of the environment it cannot hold, and no token or password is ever in it.
"""
    parser = new_parser(
        "export", "Write down what is installed, so that it can be created again.", epilog, "-o environment.yml"
    )
    add_environment(parser)
    add_project(parser)
    parser.add_argument(
        "--format",
        choices=("explicit", "environment.yml", "requirements", "pylock", "cyclonedx"),
        metavar="FORMAT",
        help="one of those below",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="where to; left out, standard output")
    parser.add_argument("--force", action="store_true", help="write over a file that is there")
    parser.add_argument("--wheels", metavar="DIR", help="a folder of wheels and archives to take hashes from")
    parser.add_argument("--dated", action="store_true", help="cyclonedx: say in it when it was made")
    return parser
