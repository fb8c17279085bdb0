"""envdoctor snapshot: writes down what of an environment decides results, to be kept, sent and compared."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from doctor.cli.aside import tell
from doctor.cli.fingerprinting import Taken, is_fingerprint, probed, refuse_unasked, take, write_output
from doctor.cli.show import show, width, write
from doctor.cli.status import ExitCode
from doctor.collect.project import BASELINE
from doctor.compare.as_json import dump
from doctor.facts import Fingerprint
from doctor.facts.units import size
from doctor.failure import Failure
from doctor.fix.folders import state_folder
from doctor.fix.host.files import make_folder
from doctor.fix.kept_fingerprints import keep
from doctor.reading.clean import clean
from doctor.reading.redact import show as show_path
from doctor.report.comparison_words import LAYER_TITLES
from doctor.report.steps import shell_word
from doctor.report.text import Line, Span, plain_text, wrapped
from doctor.report.words import FINE, count


def run(options: argparse.Namespace) -> int:
    """Read, compute where that was agreed to, write, keep a copy, and say what is in it."""
    _refuse_nonsense(options)
    taken = take(options.environment, options.project)
    path = _baseline_path(taken) if options.baseline else _path(options.output, taken.fingerprint)
    if options.probe:
        taken = probed(taken, vary=options.vary, yes=options.yes)
    fingerprint = taken.fingerprint._replace(made=0.0) if options.baseline else taken.fingerprint
    text = dump(fingerprint)
    replaced = False
    if path is None:
        write(text)
    else:
        if options.baseline:
            _make_baseline_folder(path)
        replaced = write_output(
            path, text, option="--baseline" if options.baseline else "-o", may_replace=is_fingerprint
        )
    _keep(taken)
    lines = _told(taken, path, len(text), replaced=replaced, baseline=options.baseline)
    if path is None:
        print(plain_text(lines), end="", file=sys.stderr)
    else:
        show(lines)
    return ExitCode.FINE


def _refuse_nonsense(options: argparse.Namespace) -> None:
    if options.vary and not options.probe:
        raise Failure("--vary computes numbers with one thing changed at a time; add --probe")
    if options.yes and not options.probe:
        raise Failure("--yes answers the question of --probe, which is not there")
    if options.baseline and options.output:
        raise Failure("--baseline says where the file goes; leave -o out")
    if options.probe:
        refuse_unasked(yes=options.yes)


def _path(output: str | None, fingerprint: Fingerprint) -> Path | None:
    if output == "-":
        return None
    if output is not None and not output.strip():
        raise Failure("-o: an empty name is no file; name one, or - for standard output")
    if output:
        return Path(output).expanduser()
    return Path(file_name(fingerprint))


def file_name(fingerprint: Fingerprint) -> str:
    """NAME.json after the environment: .venv of main gives main.json."""
    name = fingerprint.name.rpartition(" of ")[2]
    word = re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII).strip("-.")[:60]
    return f"{word or 'environment'}.json"


def _baseline_path(taken: Taken) -> Path:
    project = taken.request.project
    if project is None:
        raise Failure("--baseline belongs to a project, and this environment has none; name one with --project DIR")
    path = project / (taken.request.policy.baseline or BASELINE)
    if not path.resolve().is_relative_to(project.resolve()):
        raise Failure(f"--baseline {show_path(path)}: leads out of the project")
    return path


def _make_baseline_folder(path: Path) -> None:
    try:
        make_folder(path.parent)
    except OSError as error:
        raise Failure(f"--baseline {show_path(path)}: {(error.strerror or str(error)).lower()}") from None


def _keep(taken: Taken) -> None:
    """Keep a copy for the timeline; that it cannot be kept is no reason to fail."""
    try:
        keep(state_folder(), taken.facts.identity, taken.fingerprint)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        tell(f"envdoctor: no copy could be kept for the timeline: {why}")


def _told(taken: Taken, path: Path | None, length: int, *, replaced: bool, baseline: bool) -> Iterator[Line]:
    columns, fingerprint = width(), taken.fingerprint
    named = clean(show_path(path)) if path is not None else "standard output"
    over = ", in place of an older one" if replaced else ""
    yield (Span(f"{FINE} {named}", "fine"), Span(f"  {size(length)}{over}"))
    for name, part in fingerprint.layers.items():
        title = LAYER_TITLES.get(name, name)
        if part.gap:
            yield from wrapped(f"{title}: could not be read: {part.gap}", columns, "  ! ", "warning")
        elif part.items:
            yield from wrapped(f"{title}: {_said(name, part.items)}", columns, "  · ", "")
    yield from _numbers_told(fingerprint, columns)
    yield ()
    target = shell_word(named)
    if baseline:
        yield from wrapped("Commit it, and envdoctor check and onboard hold other environments to it.", columns, "", "")
    elif path is not None:
        yield from wrapped("No path, user, host, token or password is in it: it can be sent.", columns, "", "dim")
    if path is not None:
        yield (Span("Next: ", "dim"), Span(f"envdoctor compare {target} TEAMMATE.json", "command"))


def _said(layer: str, items: object) -> str:
    """What a layer holds, in a few words."""
    assert hasattr(items, "items")
    found: dict[str, dict[str, str]] = dict(items.items())
    if layer == "interpreter":
        python = found.get("python", {})
        return " ".join(filter(None, (python.get("version"), python.get("architecture"), python.get("build"))))
    if layer == "native":
        named = [
            f"{what} {fields.get('vendor', '')} {fields.get('version', '')}".strip()
            for what, fields in found.items()
            if what.startswith(("BLAS of numpy", "cuDNN", "NCCL", "CUDA runtime"))
        ]
        rest = len(found) - len(named)
        return ", ".join(
            [
                *named,
                *(
                    [f"{rest} more"]
                    if rest and named
                    else [count(rest, "library").replace("librarys", "libraries")]
                    if rest
                    else []
                ),
            ]
        )
    if layer in ("machine", "settings", "channels"):
        return ", ".join(list(found)[:8]) + (f" and {len(found) - 8} more" if len(found) > 8 else "")
    return f"{len(found):,}"


def _numbers_told(fingerprint: Fingerprint, columns: int) -> Iterator[Line]:
    numbers = fingerprint.numbers
    if numbers.problem:
        yield from wrapped(f"numbers: {numbers.problem}", columns, "  ! ", "warning")
    elif numbers.runs:
        series = {one.name for run in numbers.runs for one in run.series}
        seconds = sum(run.seconds for run in numbers.runs)
        text = f"numbers: {count(len(series), 'computation')} in {count(len(numbers.runs), 'run')}, {seconds:.1f} s"
        yield from wrapped(text, columns, "  · ", "")
        for run in numbers.runs:
            if run.problem:
                yield from wrapped(f"{run.label}: {run.problem}", columns, "  ! ", "warning")
    else:
        yield from wrapped("numbers: none; --probe computes some, and compare then shows them", columns, "  - ", "dim")
