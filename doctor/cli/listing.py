"""envdoctor list: the environments of this machine."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterable, Iterator
from typing import Any

from doctor.asked import home, working_folder
from doctor.cli.show import show, width, write
from doctor.cli.status import ExitCode
from doctor.collect.measure import measure
from doctor.facts.units import size as in_units
from doctor.reading.redact import show as show_path
from doctor.report.text import Line, Span
from doctor.report.words import count
from doctor.target.discover import discover
from doctor.target.environment import Environment


def run(options: argparse.Namespace) -> int:
    """Print the environments, most relevant first."""
    found: Iterable[Environment] = discover(variables=os.environ, cwd=working_folder(), home=home())
    environments = [measure(environment) if options.sizes else environment for environment in found]
    if options.format == "json":
        write(json.dumps([_data(environment) for environment in environments], indent=2, ensure_ascii=False) + "\n")
    else:
        show(_lines(environments, width()))
    return ExitCode.FINE


def _lines(environments: list[Environment], columns: int) -> Iterator[Line]:
    if not environments:
        yield (Span("No environment was found; name one by its folder: envdoctor check FOLDER"),)
        return
    names = max(min(max(len(e.name) for e in environments), 24), 4)
    makers = max(len(_kind(e)) for e in environments)
    sized = any(e.size is not None for e in environments)
    for environment in environments:
        active = "active" in environment.origins
        name = environment.name if len(environment.name) <= names else environment.name[: names - 1] + "…"
        size = f"{'' if environment.size is None else in_units(environment.size):>9}  " if sized else ""
        room = columns - names - makers - 14 - len(size)
        yield (
            Span(f"{'*' if active else ' '} {name:<{names}}  ", "strong" if active else ""),
            Span(f"{_kind(environment):<{makers}}  {environment.version or '?':<8}  {size}"),
            Span(_shortened(show_path(environment.prefix), max(room, 20)), "dim"),
        )
    active_is = "; * is active" if any("active" in environment.origins for environment in environments) else ""
    yield ()
    yield (
        Span(f"{count(len(environments), 'environment')}{active_is}. ", "dim"),
        Span("envdoctor check NAME|FOLDER", "command"),
    )


def _kind(environment: Environment) -> str:
    if environment.maker in ("unknown", environment.kind):
        return environment.kind
    return f"{environment.kind}/{environment.maker}"


def _shortened(path: str, room: int) -> str:
    return path if len(path) <= room else "…" + path[-(room - 1) :]


def _data(environment: Environment) -> dict[str, Any]:
    used = environment.last_use
    return {
        "name": environment.name,
        "prefix": show_path(environment.prefix),
        "kind": environment.kind,
        "maker": environment.maker,
        "python": environment.version,
        "origins": list(environment.origins),
        "size": environment.size,
        "last_use": time.strftime("%Y-%m-%d", time.localtime(used)) if used else None,
    }
