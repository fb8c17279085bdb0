"""envdoctor demo: a throw-away folder with real patients to try everything on."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from pathlib import Path

from doctor.cli.running import telling
from doctor.cli.show import show, width
from doctor.cli.status import ExitCode
from doctor.demo.as_text import no_installer, what_to_try
from doctor.demo.catalogue import PATIENTS, make_all
from doctor.demo.patient import Stage
from doctor.demo.stage import entering, leave_behind, removing, staged
from doctor.report.text import Span, plain_text


def run(options: argparse.Namespace) -> int:
    """Make the patients, show them, and take them away again."""
    if options.list:
        show(what_to_try(PATIENTS, width()))
        return ExitCode.FINE
    named = Path(options.folder).expanduser().absolute() if options.folder else None
    with staged(named, keep=options.keep) as stage:
        with telling() as say:
            for patient in make_all(stage):
                say(f"making {patient.name}")
        if not stage.can_install:
            print(no_installer(PATIENTS), file=sys.stderr)
        leave_behind(stage, plain_text(what_to_try(PATIENTS, 80)))
        if _has_screen() and not options.no_app:
            from doctor.tui.demo import open_demo

            status = open_demo(stage)
        else:
            status = _print(stage)
    _say_what_is_left(stage, kept=options.keep)
    return status


def _has_screen() -> bool:
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    return terminal and os.environ.get("TERM", "") not in ("", "dumb")


def _print(stage: Stage) -> int:
    """What to try, then the report of each environment."""
    from doctor.cli import check
    from doctor.cli.parse import parse

    show(what_to_try(PATIENTS, width()))
    for patient in PATIENTS:
        if patient.prefix:
            show([(), (Span("─" * min(width(), 80), "dim"),), ()])
            sys.stdout.flush()
            with suppress(OSError):
                os.chdir(stage.start)
            check.run(parse(["check", patient.target]))
    return ExitCode.FINE


def _say_what_is_left(stage: Stage, *, kept: bool) -> None:
    """Where a kept folder lies, how to enter it, and how to remove it."""
    if not kept:
        return
    print(f"The demonstration lies in {stage.root}", file=sys.stderr)
    print(f"  enter it    {entering(stage)}", file=sys.stderr)
    print(f"  remove it   {removing(stage)}", file=sys.stderr)
