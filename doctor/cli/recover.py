"""envdoctor recover: puts back what a crash or a loss of power left unfinished."""

from __future__ import annotations

import argparse
import sys

from doctor.cli.aside import tell
from doctor.cli.asking import agreed, can_ask
from doctor.cli.history import when
from doctor.cli.running import follow, heard
from doctor.cli.status import ExitCode
from doctor.failure import Failure
from doctor.fix.folders import state_folder
from doctor.fix.history import unfinished
from doctor.fix.recover import recover
from doctor.reading.clean import clean
from doctor.reading.redact import show


def run(options: argparse.Namespace) -> int:
    """Bring every unfinished operation to an end, newest first; the worst status counts."""
    state = state_folder()
    found = unfinished(state)
    if not found:
        print("Nothing is unfinished", file=sys.stderr)
        return ExitCode.FINE
    for one in found:
        tell(clean(f"unfinished: {one.id} on {one.name} ({show(one.prefix)}), begun {when(one)}"))
    if not options.yes:
        if options.json or not can_ask():
            raise Failure("nobody is there to answer; to put the old state back, add --yes")
        if not agreed("Put the old state back?"):
            print("Nothing was changed", file=sys.stderr)
            return ExitCode.FAILED
    failed = False
    with heard(can_stop=False) as wish:
        for one in found:
            try:
                ended, _ = follow(recover(one, state), wish, as_json=options.json)
            except Failure as error:
                tell(f"envdoctor: {one.id}: {error}")
                failed = True
            else:
                failed = failed or ended.ending == "broken"
    return ExitCode.FAILED if failed else ExitCode.FINE
