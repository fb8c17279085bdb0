"""The commands that examine: none of them changes anything."""

from __future__ import annotations

from doctor.cli.grammar.base import Parser, add_environment, add_knowledge, add_project, new_parser

FORMATS = ("text", "json")
#: of check's report
REPORTS = (*FORMATS, "jsonl", "sarif", "junit", "github", "markdown", "html")

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
  envdoctor snapshot -o my.json   what of this environment decides results, to compare it with a colleague's
  envdoctor compare theirs.json   what differs, whether it changes results, and how to make both the same
  envdoctor timeline              what changed in this environment, and when
  envdoctor export                write down what is installed, so that it can be created again
  envdoctor onboard               from a fresh clone to a verified environment
  envdoctor advise                pip or conda for this project, and why
  envdoctor demo                  real environments with real faults, to try everything on
  envdoctor completion bash       words at Tab, for bash, zsh or fish
  envdoctor zipapp                one file that runs where nothing may be installed

Exit status: 0 nothing at or above --fail-on, or repaired; 1 findings; 2 could not do what was asked; 3 a repair
failed and the environment is as it was; 130 interrupted.
"""


def app_parser() -> Parser:
    """The words of envdoctor without a command."""
    parser = new_parser("", _ABOUT, _EPILOG)
    parser.usage = (
        "envdoctor [ENV]  |  envdoctor --check [ENV]\n"
        "       envdoctor {check,list,checks,explain,find,fix,undo,history,recover,"
        "\n                  snapshot,compare,timeline,export,onboard,advise,"
        "\n                  demo,completion,zipapp} ..."
    )
    add_environment(parser)
    add_project(parser)
    add_knowledge(parser)
    parser.add_argument("--check", action="store_true", help="report instead of the app; see envdoctor check --help")
    parser.add_argument("--deep", action="store_true", help="also compare the hash of every installed file")
    parser.add_argument("--version", action="store_true", help="say the version")
    return parser


_CHECK = """\
FORMAT is one of
  text      for people; coloured at a terminal
  json      for programs, by a schema; jsonl the same, a finding a line
  sarif     for code scanning; junit for test reports of Jenkins, GitLab and others
  github    annotations of a workflow, and the job's summary where $GITHUB_STEP_SUMMARY names it
  markdown  to paste into an issue
  html      one page with pictures, which also says what differs from .envdoctor/baseline.json or --compare FILE

An old project begins with --write-baseline FILE, and from then on --baseline FILE lets only new findings count.
Findings to live with stand in [tool.envdoctor] of pyproject.toml, each with a reason, also until a date:
  ignore = [{ code = "MIX002", reason = "our HDF5", until = "2027-03-31" }]

--live starts the environment's own Python, which nothing else of envdoctor's checking does: each module in a process
of its own, with time, memory and number of processes limited, in an empty folder and without your secrets. It asks
first, or is told --yes. Start-up files (.pth with code, sitecustomize) are not run: an editable install that needs
one cannot be told. What fails and is needed makes the exit status 1.

Exit status: 0 nothing at or above --fail-on; 1 findings; 2 could not do what was asked, or a check crashed;
130 interrupted.
"""


def check_parser() -> Parser:
    """The words of envdoctor check."""
    parser = new_parser(
        "check",
        "Examine an environment and report; changes nothing and runs nothing of it.",
        _CHECK,
        "myenv --fail-on warning --output html=report.html",
    )
    add_environment(parser)
    add_project(parser)
    add_knowledge(parser)
    parser.add_argument(
        "--format", choices=REPORTS, default="text", metavar="FORMAT", help="what goes to standard output (text)"
    )
    parser.add_argument(
        "--output", metavar="FORMAT=PATH", action="append", default=[], help="also write a report to a file; repeatable"
    )
    parser.add_argument(
        "--fail-on",
        choices=("error", "warning", "note"),
        help="the least severity that makes the exit status 1 (error)",
    )
    parser.add_argument("--baseline", metavar="FILE", help="findings that were known before, which do not count")
    parser.add_argument("--write-baseline", metavar="FILE", help="write what is found as such a baseline; status 0")
    parser.add_argument(
        "--compare", metavar="FILE", help="in the HTML page: what differs from a file that envdoctor snapshot wrote"
    )
    parser.add_argument("--select", metavar="CODES", action="append", default=[], help="only these: MIX001,GPU or MIX")
    parser.add_argument("--ignore", metavar="CODES", action="append", default=[], help="all but these")
    parser.add_argument("--deep", action="store_true", help="also compare the hash of every installed file")
    parser.add_argument("--live", action="store_true", help="also import what the project imports, and ask torch; asks")
    parser.add_argument("--yes", action="store_true", help="with --live: do not ask")
    parser.add_argument(
        "--repository", action="store_true", help="the project's files alone, without any environment; for CI and hooks"
    )
    parser.add_argument(
        "--own-environment", action="store_true", help="the project's own environment; done at once where it has none"
    )
    parser.add_argument("--save", metavar="FILE", help="keep the facts that were read, redacted, as JSON")
    parser.add_argument(
        "--from", metavar="FILE", dest="facts", help="judge facts kept by --save instead of an environment"
    )
    parser.add_argument("--timings", action="store_true", help="say on standard error what took how long")
    return parser


def list__parser() -> Parser:
    """The words of envdoctor list."""
    parser = new_parser("list", "List the environments found on this machine.", example="--sizes")
    parser.add_argument("--format", choices=FORMATS, default="text", help="text or json")
    parser.add_argument("--sizes", action="store_true", help="also measure the size of each (reads every folder)")
    return parser


def checks_parser() -> Parser:
    """The words of envdoctor checks."""
    parser = new_parser("checks", "List the checks.", example="GPU MIX")
    parser.add_argument("--format", choices=FORMATS, default="text", help="text or json")
    parser.add_argument("codes", nargs="*", metavar="CODE", help="only these codes or families")
    return parser


def explain_parser() -> Parser:
    """The words of envdoctor explain."""
    parser = new_parser(
        "explain", "Explain a check by its code or name, or a package of an environment.", example="numpy --env myenv"
    )
    parser.add_argument("what", metavar="CODE|PACKAGE")
    parser.add_argument("--env", metavar="ENV", help="the environment that holds the package")
    add_project(parser)
    add_knowledge(parser)
    return parser


def find_parser() -> Parser:
    """The words of envdoctor find."""
    epilog = """\
MESSAGE is an error as it was printed, in quotes; - or nothing reads it from standard input, where a whole traceback,
notebook cell or output of pip or conda may stand. Without --env a traceback's own environment is examined, if it is
on this machine. Only the checks that could explain the message are run.

Exit status: 0 a cause was found here, or the message is harmless; 1 nothing here explains it, whether envdoctor knows
the message or not (--format json tells which: "recognised" is empty); 2 could not do what was asked; 130 interrupted.
"""
    parser = new_parser(
        "find",
        "Find what of an environment explains an error message; changes nothing.",
        epilog,
        "\"No module named 'yaml'\"",
    )
    parser.add_argument("message", nargs="*", metavar="MESSAGE", help="the error; - or nothing for standard input")
    parser.add_argument("--env", metavar="ENV", help="which environment; see envdoctor --help")
    add_project(parser)
    add_knowledge(parser)
    parser.add_argument("--format", choices=FORMATS, default="text", help="text or json")
    return parser
