"""Plans how a conda environment is created anew.

With the same Python and channels, and every package's address known, it is the same builds without a solver. Else
conda is asked for what had been asked for: at the same versions, then at those or later ones. Each package comes from
one installer: what both had comes from conda.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from doctor.facts import CondaRecord, Facts
from doctor.facts.units import several
from doctor.fix.export.explicit_list import address_line, platform_of
from doctor.fix.export.installed import (
    asked_for,
    channel_name,
    channels_of,
    covered_by_pip,
    in_order,
    is_conda_package,
    of_pip,
)
from doctor.fix.managers.operands import Unusable
from doctor.fix.managers.operands import channels as usable_channels
from doctor.fix.managers.programs import program_for
from doctor.fix.options import Options
from doctor.fix.plan import Anew, Command, Program
from doctor.fix.rebuild.another_python import layer_for
from doctor.fix.rebuild.carried import layer_of, settings_files, told, unowned_startup
from doctor.fix.rebuild.dry_run import solve
from doctor.fix.rebuild.installing import File, fill, installer_for, reaching
from doctor.judgement.overlap import Vanished, vanished
from doctor.knowledge.conda_names import pypi_key
from doctor.knowledge.reinstall import spec_of
from doctor.model import Rebuild
from doctor.reading.files import Unfit, read_text
from doctor.target.environment import Request

#: packages that say which build of torch is meant, in the channel pytorch alone
_OF_PYTORCH = frozenset(("pytorch-cuda", "pytorch-mutex", "torchtriton"))
_SPEC = re.compile(r"(?:[\w./:-]+::)?[A-Za-z0-9_][\w.-]*(?:=[\w.!+]+){0,2}", re.ASCII)


class _Way(NamedTuple):
    """One way to have conda create it."""

    rule: str
    commands: tuple[Command, ...]
    files: tuple[File, ...]
    names: frozenset[str]  #: packages that come from conda, where they are known


def plan_conda(
    step: Rebuild,
    request: Request,
    facts: Facts,
    programs: Sequence[Program],
    options: Options,
    *,
    say: Callable[[str], None],
    stop: Callable[[], bool],
) -> Anew | str:
    """Plan the commands that create it; a text says why it must be done by hand."""
    program = program_for("conda", facts, programs)
    if isinstance(program, str):
        return program
    if facts.conda.problems and any(problem.path.endswith(".json") for problem in facts.conda.problems):
        return f"not every record can be read: {facts.conda.problems[0].path}"
    gone = vanished(facts, pypi_key)
    way = _way(step, facts, program, options, gone, say, stop)
    if isinstance(way, str):
        return way
    changed = bool(step.python) and ".".join(step.python.split(".")[:2]) != facts.identity.python_minor
    of_conda = {pypi_key(name) for name in way.names}
    of_conda |= {dist.key for dist in covered_by_pip(facts).values()} | {found.dist.key for found in gone}
    by_pip = [dist for dist in of_pip(facts) if dist.key != "pip"]
    both = [dist.key for dist in by_pip if dist.key in of_conda]
    dists = [dist for dist in by_pip if dist.key not in of_conda]
    layer = layer_of(dists, request)
    if layer.blocked:
        return layer.blocked
    rule = "at the same versions"
    if changed and dists:
        fitting = layer_for(
            step.python, None, dists, layer, facts, programs, options, say=say, stop=stop, provided=of_conda
        )
        if isinstance(fitting, str):
            return f"pip's packages do not fit Python {step.python}: {fitting}"
        layer, rule = fitting
    commands, files = way.commands, way.files
    if layer.size:
        python = "{prefix}/python.exe" if facts.identity.system == "windows" else "{prefix}/bin/python"
        installer = installer_for(facts, programs, options, python)
        if not isinstance(installer, str) and way.names and "pip" not in way.names:
            installer = reaching(installer, programs)
        if isinstance(installer, str):
            return installer
        more, more_files = fill(layer, installer, options)
        commands, files = (*commands, *more), (*files, *more_files)
    lost = [*layer.lost, *(f"{path} (nobody's file)" for path in unowned_startup(facts))]
    copies = settings_files(request, facts)
    if changed and _pins_python(request):
        copies = tuple(path for path in copies if path != "conda-meta/pinned")
        lost.append("conda-meta/pinned (it pins another Python)")
    sentence = f"Create the environment anew by {program.name}: {way.rule}"
    if layer.size:
        sentence += f"; then {several(layer.size, 'package')} of pip {rule}"
    if both:
        sentence += f"; {', '.join(both)} from conda alone"
    return Anew(sentence + told(lost), commands, files, copies)


def _way(
    step: Rebuild,
    facts: Facts,
    program: Program,
    options: Options,
    gone: Sequence[Vanished],
    say: Callable[[str], None],
    stop: Callable[[], bool],
) -> _Way | str:
    records = facts.conda.records
    same_python = not step.python or ".".join(step.python.split(".")[:2]) == facts.identity.python_minor
    lines = [address_line(record) for record in in_order(records)]
    secure = not any(line.startswith("http://") for line in lines)
    if not step.channels and same_python and not gone and lines and all(lines) and secure:
        return _by_addresses(lines, facts, program, options)
    try:
        channels = usable_channels(step.channels) if step.channels else _channels(facts)
    except Unusable as error:
        return str(error)
    if not step.channels and same_python:
        specs = [_exact(record, facts) for record in in_order(records) if is_conda_package(record)]
        specs += [spec_of(found.remembered) if found.remembered else found.name for found in gone]
        return _by_specs([("the same builds", specs)], channels, facts, program, options, say, stop)
    return _by_specs([*_tiers(step, facts, gone, same_python)], channels, facts, program, options, say, stop)


def _by_addresses(lines: Sequence[str], facts: Facts, program: Program, options: Options) -> _Way:
    platform = platform_of(facts)
    text = "\n".join([*([f"# platform: {platform}"] if platform else []), "@EXPLICIT", *lines]) + "\n"
    arguments = (
        *program.start, "create", "--yes", "--prefix", "{prefix}",
        *(["--offline"] if options.offline else []), "--file", "{work}/explicit.txt",
    )  # fmt: skip
    sentence = f"Link the same {several(len(lines), 'build')}"
    command = Command(sentence, arguments, program.name, _variables(), network=not options.offline)
    names = frozenset(record.name for record in facts.conda.records)
    return _Way(f"the same {several(len(lines), 'build')}", (command,), (("explicit.txt", text),), names)


def _by_specs(
    tiers: Sequence[tuple[str, list[str]]],
    channels: Sequence[str],
    facts: Facts,
    program: Program,
    options: Options,
    say: Callable[[str], None],
    stop: Callable[[], bool],
) -> _Way | str:
    """The first tier that can be solved, with its packages pinned; without a preview the first one as it is."""
    where = tuple(part for channel in channels for part in ("--channel", channel))
    where = (*(("--override-channels",) if channels else ()), *where, *(("--offline",) if options.offline else ()))
    defaults = program.name == "conda" and "create_default_packages" in facts.settings.condarc
    failure = "nothing had been asked for"
    for rule, specs in tiers:
        if bad := [spec for spec in specs if not _SPEC.fullmatch(spec.replace(">=", "="))]:
            return f"{bad[0]!r} is no conda spec"
        names: frozenset[str] = frozenset()
        if options.preview:
            solved = solve(program, where, specs, _variables(), say=say, stop=stop)
            if stop():
                return "stopped"
            if isinstance(solved, str):
                failure = solved
                continue
            specs, names = [package.spec for package in solved], frozenset(package.name for package in solved)
        arguments = (
            *program.start, "create", "--yes", "--prefix", "{prefix}",
            *(("--no-default-packages",) if defaults else ()), *where, "--file", "{work}/specs.txt",
        )  # fmt: skip
        sentence = f"Create it from {', '.join(channels) or 'the configured channels'}"
        command = Command(sentence, arguments, program.name, _variables(), network=not options.offline)
        rule += f" from {', '.join(channels)}" if channels else ""
        return _Way(rule, (command,), (("specs.txt", "".join(f"{spec}\n" for spec in specs)),), names)
    return f"it cannot be created so: {failure}"


def _tiers(step: Rebuild, facts: Facts, gone: Sequence[Vanished], same_python: bool) -> Iterator[tuple[str, list[str]]]:
    """What is tried, the nearest to what is there first."""
    records = [record for record in facts.conda.records if is_conda_package(record)]
    if step.channels and "pytorch" not in step.channels:
        records = [record for record in records if record.name not in _OF_PYTORCH]
    asked = [record for record in asked_for(records) if record.name != "python"]
    back = [found.name for found in gone]
    here = next((record.version for record in records if record.name == "python"), "")
    python = [f"python={step.python or here}"] if step.python or here else []
    loose = [f"python={step.python or facts.identity.python_minor}"] if python else []
    if same_python:
        everything = [f"{record.name}={record.version}" for record in records if record.name != "python"]
        yield "every package at the same version", [*python, *everything, *back]
    exact = [f"{record.name}={record.version}" for record in asked]
    yield "what was asked for at the same versions, and what it needs", [*python, *exact, *back]
    later = [f"{record.name}>={record.version}" for record in asked]
    yield "what was asked for at the same or later versions, and what it needs", [*loose, *later, *back]
    yield "what was asked for at the versions that fit, and what it needs", [*loose, *(r.name for r in asked), *back]


def _exact(record: CondaRecord, facts: Facts) -> str:
    channel = channel_name(record.channel, facts)
    spec = f"{record.name}={record.version}" + (f"={record.build}" if record.build else "")
    return f"{channel}::{spec}" if channel and "://" not in channel else spec


def _channels(facts: Facts) -> list[str]:
    """The channels that the packages came from, where all can be named; else those that are configured."""
    if any(not channel_name(record.channel, facts) for record in facts.conda.records):
        return []
    channels = channels_of(facts.conda.records, facts)
    return [] if any(channel.startswith("http://") for channel in channels) else usable_channels(channels)


def _pins_python(request: Request) -> bool:
    try:
        text = read_text(request.environment.prefix / "conda-meta/pinned", within=request.environment.prefix)
    except Unfit:
        return False
    return re.search(r"^\s*(?:\S+::)?python\b", text, re.MULTILINE) is not None


def _variables() -> dict[str, str]:
    """Keep a trial out of the list of environments, whose final one is in it already."""
    return {"CONDA_REGISTER_ENVS": "false"}
