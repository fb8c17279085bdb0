"""`%load_ext doctor` and `%envdoctor`: the verdict for the environment that a notebook's kernel runs in.

The environment is that of the running interpreter, sys.prefix, whatever the notebook's own notes or a shell's PATH
say. Nothing is changed, and nothing but the reading of files is done.
"""

from __future__ import annotations

import shlex
from typing import Any

from doctor.api import EnvdoctorError, Report, check


def load_ipython_extension(ipython: Any) -> None:
    """Make %envdoctor known to a session of IPython."""
    ipython.register_magic_function(envdoctor, "line", "envdoctor")


def unload_ipython_extension(ipython: Any) -> None:
    """Take %envdoctor away again."""
    ipython.magics_manager.magics["line"].pop("envdoctor", None)


def envdoctor(line: str) -> Report | None:
    """Examine the environment that this kernel runs in.

    %envdoctor                      what is wrong with it, and why
    %envdoctor --select NUM,GPU     only these checks; --ignore leaves some out
    %envdoctor --deep               also compare the hash of every installed file
    %envdoctor myenv                another environment: a name, a folder or an interpreter
    report = %envdoctor             the report as data: report.findings, report.to_json()
    """
    from doctor.cli.grammar.base import Usage
    from doctor.cli.grammar.notebook import magic_parser

    try:
        options = magic_parser().parse_args(shlex.split(line))
        return check(
            options.environment,
            project=options.project,
            select=options.select,
            ignore=options.ignore,
            deep=options.deep,
        )
    except Usage as told:
        if told.status == 0:
            print(told)  # noqa: T201 - help that was asked for
            return None
        raise _usage_error(str(told)) from None
    except (EnvdoctorError, ValueError) as error:  # ValueError: quotation marks that do not match
        raise _usage_error(str(error)) from None


def _usage_error(text: str) -> Exception:
    """The error that IPython shows as one line, without a traceback, and that stops a run of all cells."""
    from IPython.core.error import UsageError

    error: Exception = UsageError(text)
    return error
