"""envdoctor export: writes down what is installed, in a form that an environment can be created from again."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from doctor.asked import environment_of, request_for, working_folder
from doctor.cli.aside import tell
from doctor.cli.status import ExitCode
from doctor.cli.unfinished import note_unfinished
from doctor.collect import LayerRead, collect
from doctor.facts import Facts
from doctor.failure import Failure
from doctor.fix.export.carried import said
from doctor.fix.export.editable import remotes_of
from doctor.fix.export.formats import USUAL_NAMES, Exported, best_format, export, format_of
from doctor.fix.export.gathering import Gathered, gather
from doctor.fix.host.files import write_new, write_only_new
from doctor.target.environment import Request

_LAYERS = {"identity", "distributions", "conda", "settings", "project", "locks"}
#: what a bill of materials tells beside
_MORE = {"files", "machine", "binaries"}


def run(options: argparse.Namespace) -> int:
    """Write one file or print it, and say on standard error what it carries and what to do with it."""
    output = None if options.output in (None, "-") else Path(options.output).expanduser()
    _refuse_nonsense(options, output)
    environment = environment_of(options.environment)
    note_unfinished(environment.prefix)
    request = request_for(environment, project=options.project, deep=False)._replace(imports=False, sizes=False)
    kind = options.format or (format_of(output.name) if output else "")
    facts = _facts(request, _LAYERS | (_MORE if kind == "cyclonedx" else set()))
    if not kind:
        kind, why = best_format(facts)
        _say(f"format {kind}: {why}; --format names another")
    wheels = Path(options.wheels).expanduser() if options.wheels else None
    exported = _made(kind, facts, request, wheels, output, dated=options.dated)
    if output is None:
        from doctor.cli.show import write

        write(exported.text)
    else:
        _write(output, exported.text, force=options.force)
    _tell(exported, output, environment.name)
    return ExitCode.FINE


def _refuse_nonsense(options: argparse.Namespace, output: Path | None) -> None:
    """Say before anything is read what cannot be done."""
    if output is None and options.force:
        raise Failure("--force is about the file that -o names, and there is none")
    if output is not None and output.is_dir():
        raise Failure(f"-o {options.output}: a folder; name the file in it")
    if output is not None and not output.parent.is_dir():
        raise Failure(f"-o {options.output}: there is no folder {output.parent}")
    if output is not None and not options.force and (output.exists() or output.is_symlink()):
        raise Failure(f"-o {options.output}: there is such a file; --force writes over it")
    if options.wheels and not Path(options.wheels).expanduser().is_dir():
        raise Failure(f"--wheels {options.wheels}: no such folder")


def _facts(request: Request, layers: set[str]) -> Facts:
    facts = Facts()
    for event in collect(request, layers):
        if isinstance(event, LayerRead):
            facts = event.facts
    for layer in ("identity", "distributions", "conda"):
        if layer in facts.gaps:
            raise Failure(f"the environment could not be read: {layer}: {facts.gaps[layer]}")
    return facts


def _made(
    kind: str, facts: Facts, request: Request, wheels: Path | None, output: Path | None, *, dated: bool
) -> Exported:
    gathered = Gathered()
    if kind in ("requirements", "pylock", "cyclonedx"):
        try:
            gathered = gather(facts, request, wheels)
        except OSError as error:
            raise Failure(f"--wheels {wheels}: {(error.strerror or str(error)).lower()}") from None
    elif wheels is not None:
        raise Failure(f"--wheels gives hashes to requirements and pylock; {kind} takes none from it")
    gathered = gathered._replace(remotes=remotes_of(facts, request))
    licences = {}
    if kind == "cyclonedx":
        from doctor.fix.export.licences import licences_of

        licences = dict(licences_of(facts, request))
    folder = output.absolute().parent if output else working_folder()
    return export(kind, facts, gathered, folder=folder, licences=licences, made=facts.now if dated else 0.0)


def _write(output: Path, text: str, *, force: bool) -> None:
    try:
        if force:
            write_new(output, text)
        else:
            write_only_new(output, text)
    except FileExistsError:
        raise Failure(f"-o {output}: there is such a file; --force writes over it") from None
    except OSError as error:
        raise Failure(f"-o {output}: cannot be written: {(error.strerror or str(error)).lower()}") from None


def _tell(exported: Exported, output: Path | None, name: str) -> None:
    file = str(output) if output else USUAL_NAMES[exported.kind]
    _say(f"{exported.kind} of {name}" + (f", written to {file}" if output else ""))
    is_in_sight = output is None and sys.stdout.isatty() and exported.kind != "cyclonedx"
    for line in () if is_in_sight else said(exported.layers):
        _say(f"  {line}")
    for left_out in exported.left_out:
        _say(f"  left out: {left_out}")
    for remark in exported.remarks:
        _say(f"  {remark.replace('THE-FILE', shlex.quote(file))}")
    if output is None and exported.next_steps:
        _say(f"next: the same command with -o {shlex.quote(file)} writes it")
    for label, step in exported.next_steps:
        label = "then" if output is None and label == "next" else label
        _say(f"{label}: {step.replace('THE-FILE', shlex.quote(file))}")


def _say(text: str) -> None:
    from doctor.reading.redact import hide_home

    tell(hide_home(text))
