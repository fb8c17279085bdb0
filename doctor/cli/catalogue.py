"""envdoctor checks: the catalogue, made from the checks themselves."""

from __future__ import annotations

import argparse
import json

from doctor import checks
from doctor.asked import codes, unknown_check
from doctor.cli.show import show, write
from doctor.cli.status import ExitCode
from doctor.failure import Failure
from doctor.report.catalogue import as_data, render


def run(options: argparse.Namespace) -> int:
    """List all checks or those of the given codes."""
    chosen = codes(options.codes)
    loaded = checks.load(chosen)
    for code in chosen:
        if not any(check.code.startswith(code) for check in loaded):
            raise Failure(unknown_check(code))
    if options.format == "json":
        write(json.dumps(as_data(loaded), indent=2, ensure_ascii=False) + "\n")
    else:
        show(render(loaded, {check.family: checks.heading(check.family) for check in loaded}))
    return ExitCode.FINE
