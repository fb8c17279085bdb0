"""envdoctor onboard: from a fresh clone to a verified environment, one step and one question at a time."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from doctor.asked import working_folder
from doctor.cli.aside import tell
from doctor.cli.asking import agreed, ask, can_ask
from doctor.cli.fingerprinting import write_output
from doctor.cli.running import Wish, follow, heard, telling
from doctor.cli.show import show, width, write
from doctor.cli.status import ExitCode
from doctor.failure import Failure
from doctor.fix.events import Ended, Event
from doctor.fix.folders import state_folder
from doctor.fix.options import Options
from doctor.onboard import as_json, as_text
from doctor.onboard.data import Onboarding, OnboardStep, Verdict, Wishes
from doctor.onboard.looking import look
from doctor.onboard.summary import summary
from doctor.onboard.taking import decline, prepare, take
from doctor.onboard.verifying import verify
from doctor.reading.redact import show as show_path
from doctor.report.plan import event_line, whole
from doctor.report.text import Span, plain_text

_AGAIN = "envdoctor onboard goes on from here"


class _Gone(NamedTuple):
    """How far the path was gone."""

    onboarding: Onboarding
    failed: bool = False  #: a step failed, and what it had done is taken back
    refused: bool = False  #: a step could not be begun
    left: bool = False  #: the user left before the end
    interrupted: bool = False


def run(options: argparse.Namespace) -> int:
    """Look, say what would be done, and take each step that the user says yes to."""
    state = state_folder()
    as_text_ = options.format == "text"
    with telling() as say:
        onboarding = look(_folder(options), _wishes(options), state, say=say)
    if as_text_:
        show(as_text.opening(onboarding, width()))
    asked = options.yes or (as_text_ and can_ask())
    if options.plan or not asked:
        return _only_told(onboarding, options)
    if as_text_:
        show(((), *as_text.path(onboarding, width())))
    try:
        gone = _walk(onboarding, options)
        return _ended(gone, options)
    except KeyboardInterrupt:
        print(f"\nLeft; {_AGAIN}", file=sys.stderr)
        return ExitCode.INTERRUPTED


def _folder(options: argparse.Namespace) -> Path:
    return working_folder() / Path(options.folder or ".").expanduser()


def _wishes(options: argparse.Namespace) -> Wishes:
    wheels = (working_folder() / Path(options.wheels).expanduser()).resolve() if options.wheels else None
    if wheels is not None and not wheels.is_dir():
        raise Failure(f"--wheels {options.wheels}: {'not a folder' if wheels.exists() else 'no such folder'}")
    allow = frozenset({"root"}) if options.allow_root else frozenset[str]()
    chosen = Options(offline=options.offline, wheels=wheels, export_first=False, allow=allow)
    return Wishes(options.env or "", options.again, chosen)


def _only_told(onboarding: Onboarding, options: argparse.Namespace) -> int:
    """Print the whole path; without --plan this is no success, for nothing was done."""
    if options.format == "json":
        write(as_json.dump(onboarding))
    else:
        show(((), *as_text.path(onboarding, width(), whole=True)))
    if options.summary:
        _write_summary(onboarding, None, options)
    if not options.plan and onboarding.next is not None:
        tell(
            "envdoctor: nothing was done, for nobody is here to answer; --yes takes every step, --plan says that this "
            "is all you want to see"
        )
        return ExitCode.FAILED
    if _cannot(onboarding):
        return ExitCode.FAILED
    seen = onboarding.examination.findings if onboarding.examination and not options.plan else ()
    return ExitCode.FINDINGS if any(finding.severity.value == "error" for finding in seen) else ExitCode.FINE


def _cannot(onboarding: Onboarding) -> bool:
    return any(step.key == "create" and step.state == "cannot" for step in onboarding.steps)


def _walk(onboarding: Onboarding, options: argparse.Namespace) -> _Gone:
    """Take step after step, looking again after each."""
    passed: set[str] = set()
    failed = refused = False
    while True:
        step = next((s for s in onboarding.steps if s.open and s.key != "examine" and s.name not in passed), None)
        if step is None:
            return _Gone(onboarding, failed, refused)
        passed.add(step.name)
        with telling() as say:
            try:
                step = prepare(step, onboarding, say=say)
            except Failure as error:
                tell(f"\n{step.title}\n  cannot be done now: {error}")
                refused = True
                continue
        if step.plan is not None and step.plan.blocked:
            tell(f"\n{step.title}\n  refused today: {'; '.join(step.plan.blocked)}")
            refused = True
            continue
        answer = _answer(step, onboarding, options)
        if answer == "quit":
            return _Gone(onboarding, failed, refused, left=True)
        if answer == "no":
            decline(step, onboarding)
            if step.key in ("recover", "create"):
                return _Gone(onboarding, failed, refused, left=True)
            continue
        with heard(can_stop=True) as wish:
            try:
                status = _followed(take(step, onboarding, stop=wish), wish, options)
            except Failure as error:
                tell(f"envdoctor: {error}")
                refused = True
                continue
        if wish.wanted:
            return _Gone(onboarding, True, refused, interrupted=True)
        failed = failed or not _worked(step, status)
        if not _worked(step, status) and step.key in ("recover", "create"):
            return _Gone(onboarding, True, refused)
        with telling() as say:
            onboarding = look(onboarding.folder, onboarding.wishes, onboarding.state, say=say, before=onboarding)


Answer = Literal["yes", "no", "quit"]


def _answer(step: OnboardStep, onboarding: Onboarding, options: argparse.Namespace) -> Answer:
    """Show a step and ask; yes where --yes has said so for all."""
    columns = width()
    if options.format == "text":
        show(((), *as_text.step_lines(step, onboarding, columns, whole=True)))
    if options.yes:
        return "yes"
    while True:
        answer = ask("Take this step? [y/N, s shows all of it, q leaves]").casefold()
        if answer in ("s", "show") and step.plan is not None:
            show(whole(step.plan, columns))
            continue
        if answer in ("q", "quit"):
            return "quit"
        return "yes" if answer in ("y", "yes") else "no"


def _followed(events: Iterator[Event], wish: Wish, options: argparse.Namespace) -> int:
    """Show a step while it runs; beside JSON, which has standard output to itself, only how it ended."""
    if options.format == "text":
        return follow(events, wish, as_json=False)[1]
    status: int = ExitCode.FAILED
    for event in events:
        if isinstance(event, Ended):
            print(plain_text([line for line in [event_line(event)] if line]), end="", file=sys.stderr)
            status = {"done": ExitCode.FINE, "fixed": ExitCode.FINE, "put-back": ExitCode.PUT_BACK}.get(
                event.ending, ExitCode.FAILED
            )
    return status


def _worked(step: OnboardStep, status: int) -> bool:
    """Whether a step came out as it was meant: recovering is meant to put back."""
    return status == ExitCode.FINE or (step.key == "recover" and status == ExitCode.PUT_BACK)


def _ended(gone: _Gone, options: argparse.Namespace) -> int:
    """Examine what there is now, say how it ended, and write the summary."""
    onboarding, verdict = gone.onboarding, None
    if onboarding.chosen is not None and not gone.left and not gone.interrupted:
        verdict = _verified(onboarding, options)
    if options.format == "json":
        write(as_json.dump(onboarding, verdict))
    elif verdict is not None:
        show(((), *as_text.closing(onboarding, verdict, width())))
    if options.summary:
        _write_summary(onboarding, verdict, options)
    if gone.interrupted:
        print(f"Left; {_AGAIN}", file=sys.stderr)
        return ExitCode.INTERRUPTED
    if gone.failed:
        return ExitCode.PUT_BACK
    if gone.left:
        print(f"Left; {_AGAIN}", file=sys.stderr)
        return ExitCode.FAILED if onboarding.chosen is None else ExitCode.FINDINGS
    if verdict is None or gone.refused:
        return ExitCode.FAILED
    return ExitCode.FINE if verdict.sound else ExitCode.FINDINGS


def _verified(onboarding: Onboarding, options: argparse.Namespace) -> Verdict:
    probe = options.probe and (options.yes or _may_probe(onboarding))
    with telling() as say:
        return verify(onboarding, probe=probe, say=say)


def _may_probe(onboarding: Onboarding) -> bool:
    """Ask before the environment's own Python is started."""
    from doctor.live.numbers import numbers_question

    asked, about = numbers_question(onboarding.request, onboarding.facts)
    print(f"{asked}\n{about}", file=sys.stderr)
    return agreed("Start it?")


def _write_summary(onboarding: Onboarding, verdict: Verdict | None, options: argparse.Namespace) -> None:
    text = summary(onboarding, verdict)
    if options.summary == "-":
        write(text)
        return
    path = Path(options.summary).expanduser()
    write_output(path, text, option="--summary", may_replace=lambda there: there.startswith("# Onboarding: "))
    if options.format == "text":
        show([(Span("Summary: ", "dim"), Span(show_path(path)))])
