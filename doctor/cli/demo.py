"""envdoctor demo: a throw-away folder with real patients to try everything on."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from doctor.cli.app import has_screen
from doctor.cli.running import telling
from doctor.cli.show import show, width
from doctor.cli.status import ExitCode
from doctor.demo.as_text import no_installer, what_to_try
from doctor.demo.catalogue import PATIENTS, make_all
from doctor.demo.patient import Stage
from doctor.demo.stage import entering, leave_behind, removing, staged
from doctor.failure import Failure
from doctor.report.text import Span, plain_text


def run(options: argparse.Namespace) -> int:
    """Make the patients, show them, and take them away again."""
    if options.list:
        show(what_to_try(PATIENTS, width()))
        return ExitCode.FINE
    if os.name == "nt":
        raise Failure("the demonstration needs links and folders as Linux and macOS have them; it does not run here")
    named = Path(options.folder).expanduser().absolute() if options.folder else None
    with staged(named, keep=options.keep) as stage:
        try:
            return _shown(stage, in_app=has_screen() and not options.no_app, keep=options.keep)
        finally:
            if options.keep:
                _say_where(stage)


def _shown(stage: Stage, *, in_app: bool, keep: bool) -> int:
    """Make the patients, and show them in the app, or print what there is to try with the reports."""
    _make(stage)
    if not stage.can_install:
        print(no_installer(PATIENTS), file=sys.stderr)
    leave_behind(stage, plain_text(what_to_try(PATIENTS, 80)))
    if in_app:
        from doctor.tui.demo import open_demo

        return open_demo(stage)
    _print()
    if not keep:
        print("The demonstration is gone again; envdoctor demo --keep leaves it there to try this", file=sys.stderr)
    return ExitCode.FINE


def _make(stage: Stage) -> None:
    """Make every patient. Raises Failure where the disk does not take them."""
    try:
        with telling() as say:
            for patient in make_all(stage):
                say(f"made {patient.name}")
    except OSError as error:
        raise Failure(f"the demonstration could not be made in {stage.root}: {error.strerror or error}") from None


def _print() -> None:
    """What to try, then the report of each environment."""
    from doctor.cli import check
    from doctor.cli.parse import parse

    show(what_to_try(PATIENTS, width()))
    for patient in PATIENTS:
        if patient.prefix:
            show([(), (Span("─" * width(), "dim"),), ()])
            check.run(parse(["check", patient.target]))
    sys.stdout.flush()


def _say_where(stage: Stage) -> None:
    """Where a kept folder lies, how to enter it, and how to remove it."""
    print(f"The demonstration lies in {stage.root}", file=sys.stderr)
    print(f"  enter it    {entering(stage)}", file=sys.stderr)
    print(f"  remove it   {removing(stage)}", file=sys.stderr)
