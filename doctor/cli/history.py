"""envdoctor history: what was repaired, and what the way back takes on disk."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

from doctor.cli.asking import agreed, can_ask
from doctor.cli.show import show as show_lines
from doctor.cli.show import width, write
from doctor.cli.status import ExitCode
from doctor.facts.units import size
from doctor.failure import Failure
from doctor.fix.folders import state_folder
from doctor.fix.history import Operation, operations, prune
from doctor.reading.clean import clean
from doctor.reading.redact import show
from doctor.report.plan import ENDINGS
from doctor.report.text import Line, Span, wrapped
from doctor.report.words import count


def run(options: argparse.Namespace) -> int:
    """List operations, newest first, or give up the way back of old ones."""
    if options.prune:
        return _prune(options)
    if options.keep is not None or options.older_than is not None:
        raise Failure("--keep and --older-than say what --prune gives up; add --prune")
    found = operations(state_folder())
    if options.environment:
        from doctor.cli.undo import of_environment

        found = of_environment(found, options.environment)
    if options.format == "json":
        write(json.dumps([_data(one) for one in found], indent=2, ensure_ascii=False) + "\n")
    else:
        show_lines(_lines(found, width()))
    return ExitCode.FINE


def when(operation: Operation) -> str:
    """The moment at which it began, in local time."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(operation.began))


def told(one: Operation) -> str:
    """What it was about and what came of it, in one sentence."""
    if one.text and all(chosen.subject in one.text for chosen in one.plan.chosen):
        return one.text
    did = ", ".join(f"{chosen.code} {chosen.subject}" for chosen in one.plan.chosen)
    return f"{did}: {one.text}" if one.text else did


def _prune(options: argparse.Namespace) -> int:
    if options.environment:
        raise Failure("--prune counts over all environments; leave ENV out")
    if (options.keep is not None and options.keep < 0) or (options.older_than is not None and options.older_than < 0):
        raise Failure("--keep and --older-than take no number below 0")
    state = state_folder()
    if options.keep is None and options.older_than is None and not options.yes:
        every = [one for one in operations(state) if one.ending]
        if not every:
            print("There is nothing to give up", file=sys.stderr)
            return ExitCode.FINE
        if not can_ask():
            raise Failure("say what to give up with --keep N or --older-than DAYS, or add --yes for all of it")
        room = size(sum(one.size for one in every))
        if not agreed(f"Give up the way back of {count(len(every), 'operation')}, which takes {room}?"):
            print("Nothing was changed", file=sys.stderr)
            return ExitCode.FAILED
    gone = prune(state, keep=options.keep, days=options.older_than)
    if options.format == "json":
        write(json.dumps([_data(one) for one in gone], indent=2, ensure_ascii=False) + "\n")
    else:
        freed = size(sum(one.size for one in gone))
        show_lines([(Span(f"{count(len(gone), 'operation')} given up, {freed} freed"),)])
    return ExitCode.FINE


def _room(one: Operation) -> str:
    """What the saved copies take that stayed, which are those of what changed, and what they are good for."""
    if not one.ending:
        return f"{size(one.size)} saved, envdoctor recover puts it back"
    if one.can_undo:
        return f"{size(one.size)} saved, can be undone"
    kept = [f"{size(one.size)} saved"] if one.size else []
    return ", ".join([*kept, *(["no way back"] if one.ending in ("fixed", "done", "broken") else [])])


def _lines(found: Sequence[Operation], columns: int) -> Iterator[Line]:
    if not found:
        yield (Span("Nothing has been repaired here"),)
        return
    for one in found:
        mark, word, style = ENDINGS.get(one.ending, ("✗", "Unfinished", "error"))  # type: ignore[call-overload]
        yield (
            Span(f"{mark} {word}  ", style),
            Span(f"{when(one)}  {clean(one.name)}  ", "strong"),
            Span(_room(one)),
        )
        yield from wrapped(clean(told(one)), columns, "    ", "")
        yield (Span(f"    {one.id}  {clean(show(one.prefix))}", "dim"),)
    yield ()
    yield (
        Span(f"{count(len(found), 'operation')}, {size(sum(one.size for one in found))} of saved copies. ", "dim"),
        Span(_next(found), "command"),
    )


def _next(found: Sequence[Operation]) -> str:
    """The command that is likely wanted next."""
    if any(not one.ending for one in found):
        return "envdoctor recover"
    return "envdoctor undo ID" if any(one.can_undo for one in found) else ""


def _data(one: Operation) -> dict[str, Any]:
    return {
        "id": one.id,
        "what": one.what,
        "began": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(one.began)),
        "name": one.name,
        "prefix": str(one.prefix),
        "ending": one.ending or "unfinished",
        "text": one.text,
        "chosen": [{"code": c.code, "subject": c.subject, "remedy": c.remedy} for c in one.plan.chosen],
        "size": one.size,
        "can_undo": one.can_undo,
        "folder": str(one.folder),
    }
