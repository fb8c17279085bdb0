"""envdoctor timeline: what changed in an environment, and when, with the difference between any two moments."""

from __future__ import annotations

import argparse
import json
import re
import time

from doctor.cli.fingerprinting import Taken, take
from doctor.cli.show import show, width, write
from doctor.cli.status import ExitCode
from doctor.compare.comparison import Side
from doctor.compare.difference import compare
from doctor.compare.timeline import Moment, Timeline, moment_named
from doctor.compared.past import LAYERS, past_of
from doctor.facts import FINGERPRINT_LAYERS
from doctor.failure import Failure
from doctor.fix.folders import state_folder
from doctor.reading.clean import clean
from doctor.report.text import Span
from doctor.report.timeline import body, moment_time, render

_AGO = re.compile(r"(\d{1,5})\s*([dwmy])")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


def run(options: argparse.Namespace) -> int:
    """Read all that tells of the past, put it in order, and print it or the difference of two moments."""
    since = _since(options.since)
    taken = take(options.environment, options.project, more_layers=LAYERS)
    timeline, changed, newest = past_of(taken, state_folder())
    if options.between:
        return _between(options, taken, timeline)
    if since:
        timeline = timeline._replace(moments=tuple(one for one in timeline.moments if one.time >= since))
    if options.format == "json":
        told = body(timeline, taken.facts.identity, changed)
        write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
        return ExitCode.FINE
    show(render(timeline, taken.facts.identity, since=changed, newest=newest, width=width()))
    _next(timeline, options)
    return ExitCode.FINE


def _next(timeline: Timeline, options: argparse.Namespace) -> None:
    able = [one.name for one in timeline.moments if one.fingerprint is not None]
    target = f" {options.environment}" if options.environment else ""
    if able:
        command = f"envdoctor timeline{target} --between {able[0]} now"
        show([(), (Span("Next: ", "dim"), Span(command, "command"), Span("  the difference in full", "dim"))])


def _since(text: str | None) -> float:
    """2026-11-01 or 14d as seconds since the epoch; 0 for none. Raises Failure."""
    if text is None:
        return 0.0
    ago = _AGO.fullmatch(text.strip().lower())
    if ago:
        return max(time.time() - int(ago[1]) * _DAYS[ago[2]] * 86_400, 1.0)
    for form in ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"):
        try:
            return time.mktime(time.strptime(text.strip(), form))
        except (ValueError, OverflowError):
            continue
    raise Failure(f"--since {clean(text, 40)}: expected a date such as 2026-11-01, or 14d, 6w, 3m, 1y")


def _between(options: argparse.Namespace, taken: Taken, timeline: Timeline) -> int:
    """The difference between two moments: of snapshots in everything, of conda revisions in conda's packages."""
    first, second = (_side(text, taken, timeline) for text in options.between)
    layers = [
        name for name in FINGERPRINT_LAYERS if name in first.fingerprint.layers and name in second.fingerprint.layers
    ]
    comparison = compare((first, second), layers=() if len(layers) == len(FINGERPRINT_LAYERS) else layers)
    if options.format == "json":
        from doctor.report.comparison_json import render as render_json

        write(render_json(comparison))
    else:
        from doctor.report.comparison import render as render_comparison

        show(render_comparison(comparison, width=width()))
    return ExitCode.FINE if comparison.changes_results == "no" else ExitCode.FINDINGS


def _side(text: str, taken: Taken, timeline: Timeline) -> Side:
    if text.strip().lower() == "now":
        return Side(f"{taken.fingerprint.name} now", taken.fingerprint, taken.facts)
    moment = moment_named(timeline, text) or _by_date(text, timeline)
    if moment is None:
        raise Failure(f"--between {clean(text, 60)}: there is no such moment{_able(timeline)}")
    fingerprint = moment.fingerprint
    if fingerprint is None:
        raise Failure(
            f"--between {clean(text, 60)}: nobody wrote down what was installed then; snapshots, conda's revisions "
            f"and now can be set side by side{_able(timeline)}"
        )
    when = moment_time(moment)
    return Side(f"{moment.name}{f' of {when}' if when else ''}", fingerprint)


def _by_date(text: str, timeline: Timeline) -> Moment | None:
    """The last moment at or before a date of which it is known what was installed."""
    if not re.match(r"\d{4}-\d\d-\d\d|\d{1,5}\s*[dwmy]$", text.strip().lower()):
        return None
    limit = _since(text)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text.strip()):
        limit += 86_399
    return next((one for one in timeline.moments if one.fingerprint is not None and 0 < one.time <= limit), None)


def _able(timeline: Timeline) -> str:
    names = [one.name for one in timeline.moments if one.fingerprint is not None]
    shown = ", ".join(["now", *names[:10]]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    return f"; there are {shown}, or a date"
