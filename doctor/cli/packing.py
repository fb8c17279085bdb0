"""envdoctor zipapp: one file that runs where nothing may be installed."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from doctor.carry.archive import archive
from doctor.cli.status import ExitCode
from doctor.facts.units import size
from doctor.failure import Failure
from doctor.fix.host.files import write_new, write_only_new


def run(options: argparse.Namespace) -> int:
    """Write the file, and say how to use it."""
    output = Path(options.output).expanduser()
    if output.is_dir():
        raise Failure(f"-o {options.output}: a folder; name the file in it")
    content = archive()
    text = content.decode("utf-8", "surrogateescape")  # files are written as text, which keeps these bytes as they are
    try:
        (write_new if options.force else write_only_new)(output, text, mode=0o755)
    except FileExistsError:
        raise Failure(f"-o {output}: there is such a file; --force writes over it") from None
    except OSError as error:
        raise Failure(f"-o {output}: cannot be written: {(error.strerror or str(error)).lower()}") from None
    print(f"{output}: {size(len(content))}, runs with any Python from 3.11 on", file=sys.stderr)
    print(f"next: python3 {shlex.quote(str(output))} check", file=sys.stderr)
    return ExitCode.FINE
