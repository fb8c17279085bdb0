"""envdoctor check: a report and an exit status."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from doctor.asked import checks_for, environment_of, policy_of, request_for
from doctor.cli.aside import tell
from doctor.cli.grammar.examining import REPORTS
from doctor.cli.status import ExitCode
from doctor.cli.unfinished import note_unfinished
from doctor.collect import LayerStarted
from doctor.examine import Examined, examine, examine_facts
from doctor.facts.project import Policy
from doctor.failure import Failure
from doctor.model import Examination, Severity
from doctor.target.environment import Request

if TYPE_CHECKING:
    from doctor.compare.comparison import Side


def run(options: argparse.Namespace) -> int:
    """Examine, write what was asked for, and say by the exit status how it went."""
    outputs = [_output(text) for text in options.output]
    _refuse_nonsense(options)
    other = _other_side(options, outputs)
    if options.own_environment and not _found_own(options):
        return ExitCode.FINE
    start = time.perf_counter()
    examination, policy, project = _from_file(options) if options.facts else _examined(options)
    if "identity" in examination.facts.gaps:
        raise Failure(f"the environment could not be read: {examination.facts.gaps['identity']}")
    if options.save:
        from doctor.facts.serialise import dump

        _write(Path(options.save), dump(examination.facts) + "\n", "--save")
    if options.baseline:
        from doctor.cli.reporting import with_baseline

        examination = with_baseline(examination, options.baseline)
    least = Severity(options.fail_on or policy.fail_on or "error")
    for kind, path in outputs:
        _write(path, _rendered(kind, examination, options, least, project, other), f"--output {kind}=")
    _print(options.format, examination, options, least, project, other)
    if options.write_baseline:
        _write_baseline(examination, options.write_baseline)
    if options.timings:
        _timings(examination, time.perf_counter() - start)
    return _status(examination, least, known=bool(options.write_baseline))


def _examined(options: argparse.Namespace) -> tuple[Examination, Policy, Path | None]:
    request = _request(options)
    chosen = checks_for(options.select, options.ignore, request.policy)
    if options.repository:
        from doctor.of_project import of_repository

        chosen = of_repository(chosen)
    progress = sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    examination = None
    for event in examine(request, chosen):
        if isinstance(event, Examined):
            examination = event.examination
        elif progress and isinstance(event, LayerStarted):
            print(f"\r\x1b[Kreading {event.layer} …", end="", file=sys.stderr, flush=True)
    if progress:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    assert examination is not None
    if options.compare:
        examination = _with_layers_to_compare(request, examination)
    if options.live:
        from doctor.cli.live import tried

        examination = tried(request, examination, agreed=options.yes)
    return examination, request.policy, request.project


def _with_layers_to_compare(request: Request, examination: Examination) -> Examination:
    """The same with the layers that a comparison needs and no chosen check has read."""
    from doctor.compare.fingerprint import FACTS_NEEDED
    from doctor.onboard.ranking import cheap_facts

    facts = examination.facts
    missing = [layer for layer in FACTS_NEEDED if layer not in facts.layers and layer not in facts.gaps]
    if not missing:
        return examination
    more = cheap_facts(request._replace(imports=False, sizes=False), missing)
    values = {layer: getattr(more, layer) for layer in missing if layer in more.layers}
    gaps = {**facts.gaps, **{layer: more.gaps[layer] for layer in missing if layer in more.gaps}}
    return examination._replace(facts=facts._replace(**values, layers=(*facts.layers, *values), gaps=gaps))


def _request(options: argparse.Namespace) -> Request:
    if options.repository:
        from doctor.of_project import request_for_repository

        return request_for_repository(options.project)
    environment = environment_of(options.environment)
    note_unfinished(environment.prefix)
    return request_for(environment, project=options.project, deep=options.deep)


def _found_own(options: argparse.Namespace) -> bool:
    """Name the project's own environment as the one to examine; say where there is none, which is no failure."""
    from doctor.of_project import own_environment

    found = own_environment(options.project)
    if found is None:
        tell("envdoctor: this project has no environment here yet; envdoctor onboard makes one")
        return False
    options.environment = str(found.prefix)
    return True


def _refuse_nonsense(options: argparse.Namespace) -> None:
    """Say before anything is read what cannot be done."""
    if options.yes and not options.live:
        raise Failure("--yes answers the question of --live, which is not there")
    alone = [name for name in ("repository", "own_environment") if getattr(options, name)]
    if alone and (len(alone) > 1 or options.environment or options.facts or (options.repository and options.live)):
        name = alone[0].replace("_", "-")
        raise Failure(f"--{name} says what to examine; leave ENV, --from, --live and other words of that kind out")
    if options.live:
        from doctor.cli.live import refuse_unasked

        if options.facts:
            raise Failure("--live tries what is on this machine, and --from judges a file; leave one of them out")
        refuse_unasked(agreed=options.yes)


def _from_file(options: argparse.Namespace) -> tuple[Examination, Policy, Path | None]:
    from doctor.facts.serialise import NotFacts, load
    from doctor.reading.clean import clean_lines
    from doctor.reading.files import Unfit, read_text

    if options.environment:
        raise Failure("--from judges a file; leave the environment out")
    try:
        facts = load(read_text(Path(options.facts), limit=256 * 1024 * 1024), clean_lines)
    except Unfit as error:
        raise Failure(f"--from {options.facts}: {error}") from None
    except NotFacts as error:
        raise Failure(f"--from {options.facts}: {error}") from None
    tell(f"envdoctor: judged from {options.facts}{_read_on(facts.now)}")
    policy = policy_of(Path(options.project).absolute()) if options.project else facts.project.policy
    chosen = checks_for(options.select, options.ignore, policy)
    project = Path(options.project).absolute() if options.project else None
    return examine_facts(facts, chosen, policy), policy, project


def _read_on(moment: float) -> str:
    """When facts were read, in local time; empty where that is not known or no calendar has it."""
    try:
        return f", read on {time.strftime('%Y-%m-%d %H:%M', time.localtime(moment))}" if moment else ""
    except (OverflowError, ValueError, OSError):
        return ""


def _output(text: str) -> tuple[str, Path]:
    kind, equals, path = text.partition("=")
    if not equals or kind not in REPORTS or not path:
        raise Failure(f"--output {text}: expected FORMAT=PATH with a format of {', '.join(REPORTS)}")
    return kind, Path(path)


def _write(path: Path, text: str, option: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failure(f"{option} {path}: cannot be written: {(error.strerror or str(error)).lower()}") from None


def _other_side(options: argparse.Namespace, outputs: list[tuple[str, Path]]) -> Side | None:
    """What --compare names, read before anything is examined; None without it."""
    if not options.compare:
        return None
    if options.repository:
        raise Failure("--repository judges files without any environment; leave --compare out")
    if "html" not in (options.format, *(kind for kind, _ in outputs)):
        from doctor.report.steps import shell_word

        raise Failure(
            "--compare adds to the page that --format html or --output html=PATH writes; as text: "
            f"envdoctor compare {shell_word(options.compare)}"
        )
    from doctor.cli.reporting import other_side

    return other_side(options.compare)


def _rendered(
    kind: str,
    examination: Examination,
    options: argparse.Namespace,
    least: Severity,
    project: Path | None,
    other: Side | None,
) -> str:
    if kind == "json":
        from doctor.report.as_json import render

        return render(examination)
    if kind != "text":
        from doctor.cli.reporting import rendered

        return rendered(kind, examination, least, project, other)
    from doctor.report import text

    return text.plain_text(text.render(examination, command_line=_named(options)))


def _print(
    kind: str,
    examination: Examination,
    options: argparse.Namespace,
    least: Severity,
    project: Path | None,
    other: Side | None,
) -> None:
    from doctor.cli.show import show, width, write

    if kind != "text":
        write(_rendered(kind, examination, options, least, project, other))
        if kind == "github":
            from doctor.cli.reporting import append_step_summary

            append_step_summary(examination)
        return
    from doctor.cli.app import has_screen
    from doctor.report.text import render

    lines = render(examination, width=width(), command_line=_named(options), app=has_screen())
    if os.environ.get("GITHUB_ACTIONS"):
        from doctor.cli.reporting import without_commands

        lines = without_commands(lines)
    show(lines)


def _write_baseline(examination: Examination, path: str) -> None:
    from doctor.cli.reporting import baseline_text

    _write(Path(path), baseline_text(examination), "--write-baseline")
    tell(f"envdoctor: {path} holds what is known; from here on: envdoctor check --baseline {path}")


def _named(options: argparse.Namespace) -> str | None:
    """The environment as a command names it, empty for the usual one; None where no command could reach it."""
    if options.facts or options.repository:
        return None
    if not options.environment:
        return ""
    from doctor.reading.clean import clean
    from doctor.reading.redact import show
    from doctor.report.steps import shell_word

    return shell_word(clean(show(options.environment)))


def _timings(examination: Examination, total: float) -> None:
    rows = sorted(examination.timings.items(), key=lambda row: -row[1])
    for name, seconds in rows:
        if seconds >= 0.0005:
            print(f"{seconds * 1000:9.1f} ms  {name}", file=sys.stderr)
    print(f"{total * 1000:9.1f} ms  together (layers are read side by side)", file=sys.stderr)


def _status(examination: Examination, least: Severity, *, known: bool) -> int:
    """The exit status; where all was written as known, findings do not count."""
    if examination.crashed:
        return ExitCode.FAILED
    found = not known and any(finding.severity.rank >= least.rank for finding in examination.findings)
    return ExitCode.FINDINGS if found or examination.facts.live.failed else ExitCode.FINE
