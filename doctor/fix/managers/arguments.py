"""Writes the exact command lines that carry out a step that a package manager does.

A command changes the environment it names and no other, whatever the user's settings say: options are given on
the command line, and variables take back what files might set. Settings that name indexes, channels, proxies and
certificates stay in force.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from doctor.facts import Facts
from doctor.fix.managers import operands, reaching
from doctor.fix.managers.caches import uv_links
from doctor.fix.managers.operands import Unusable
from doctor.fix.managers.programs import environment_python, program_for
from doctor.fix.options import Options
from doctor.fix.plan import Command, Program
from doctor.model import Install, Run, Uninstall
from doctor.report.steps import conda_flags, pip_flags, sentence, uv_flags
from doctor.target.environment import Request

#: a folder of the operation's own; it lies on the environment's file system
_PRIVATE_UV = {"UV_CACHE_DIR": "{work}/uv-cache", "UV_NO_CACHE": "0"}
_PRIVATE_CONDA = {"CONDA_PKGS_DIRS": "{work}/pkgs"}
_NOTHING_FRESH = "without a network there is no other copy than the damaged one in the cache: give a folder of wheels"


def commands_for(
    step: Install | Uninstall | Run, request: Request, facts: Facts, programs: Sequence[Program], options: Options
) -> tuple[Command, ...] | str:
    """The commands that carry out a step, or why it has to be done by hand."""
    try:
        match step:
            case Run():
                return _run(step, request, programs)
            case Install(manager="conda") | Uninstall(manager="conda"):
                return _by_conda(step, request, facts, programs, options)
            case Install() if facts.identity.maker == "pixi":
                return _pixi(step, request)
            case _:
                return _by_pip(step, request, facts, programs, options)
    except Unusable as error:
        return str(error)


def _by_pip(
    step: Install | Uninstall, request: Request, facts: Facts, programs: Sequence[Program], options: Options
) -> tuple[Command, ...] | str:
    offline = options.offline
    program = program_for("pip", facts, programs, offline=offline)
    if isinstance(program, str):
        return program
    if isinstance(step, Uninstall):
        names = operands.names(step.names)
        managed = _managed(facts, options)
        if program.name == "uv":
            where = ("--python", str(environment_python(request, facts)))
            arguments = (*program.start, "pip", "uninstall", *where, *managed, "--", *names)
            return (Command(sentence(step), arguments, "uv", network=False),)
        arguments = (*program.start, "uninstall", "--yes", "--no-input", *managed, "--", *names)
        return (Command(sentence(step), arguments, "pip", network=False),)
    if program.name == "uv":
        private = step.fresh or not uv_links(request, facts)
        if not (offline and private and not options.wheels):
            return (install_by_uv(step, request, facts, program, options, private=private),)
        pips = [other for other in programs if other.name == "pip"]
        if step.fresh or not pips:
            return _NOTHING_FRESH if step.fresh else "uv's cache lies on another file system: give a folder of wheels"
        program = pips[0]
    if offline and not options.wheels:
        return "pip has nothing to install from without a network: give a folder of wheels"
    return install_by_pip(step, request, facts, program, options)


def install_by_uv(
    step: Install, request: Request, facts: Facts, program: Program, options: Options, *, private: bool
) -> Command:
    """The command by which uv installs; private where it must not link from the user's cache."""
    arguments = (
        *program.start, "pip", "install",
        "--python", str(environment_python(request, facts)),
        "--link-mode", "hardlink",
        *uv_flags(step), *_sources(options), *(["--offline"] if options.offline else []),
        *_project(request, facts), *_managed(facts, options),
        "--", *_checked(step, request),
    )  # fmt: skip
    variables = _PRIVATE_UV if private else {}
    network = not options.offline and reaching.by_uv(facts.settings, arguments)
    return Command(sentence(step), arguments, "uv", variables, network=network)


def install_by_pip(
    step: Install, request: Request, facts: Facts, program: Program, options: Options
) -> tuple[Command, ...]:
    """The commands by which pip installs: to install again what is named and not all it needs takes two."""
    if step.force and step.dependencies:
        alone = step._replace(dependencies=False)
        after = step._replace(force=False)
        return (
            *install_by_pip(alone, request, facts, program, options),
            *install_by_pip(after, request, facts, program, options),
        )
    arguments = (
        *program.start, "install", "--no-input", "--disable-pip-version-check",
        *pip_flags(step), *(["--no-cache-dir"] if step.fresh else []), *_sources(options), *_managed(facts, options),
        "--", *_checked(step, request),
    )  # fmt: skip
    network = not options.offline and reaching.by_pip(facts.settings, arguments)
    return (Command(sentence(step), arguments, "pip", network=network),)


def _checked(step: Install, request: Request) -> list[str]:
    if step.index_url:
        operands.address(step.index_url)
    return operands.requirements(step.specs, request.home)


def _sources(options: Options) -> list[str]:
    """Where packages may come from beside the indexes in effect."""
    wheels = ["--find-links", str(options.wheels.absolute())] if options.wheels else []
    return [*(["--no-index"] if options.offline and options.wheels else []), *wheels]


def _project(request: Request, facts: Facts) -> list[str]:
    """Let uv read the project's settings as it would in the project's folder, where there are any."""
    own = (setting.source.rpartition("/")[2] == "pyproject.toml" for setting in facts.settings.uv)
    if request.project and (any(own) or (request.project / "uv.toml").is_file()):
        return ["--project", str(request.project)]
    return []


def _managed(facts: Facts, options: Options) -> list[str]:
    marked = facts.identity.externally_managed and "managed" in options.allow
    return ["--break-system-packages"] if marked else []


def _by_conda(
    step: Install | Uninstall, request: Request, facts: Facts, programs: Sequence[Program], options: Options
) -> tuple[Command, ...] | str:
    if facts.identity.maker == "pixi":
        return _pixi(step, request)
    program = program_for("conda", facts, programs)
    if isinstance(program, str):
        return program
    where = ("--prefix", str(request.environment.prefix), "--yes")
    offline = ["--offline"] if options.offline else []
    network = not options.offline and reaching.by_conda(facts.settings)
    if isinstance(step, Uninstall):
        flags = [] if step.dependencies else ["--force"]
        names = operands.names(step.names, conda=True)
        arguments = (*program.start, "remove", *where, *flags, *offline, "--", *names)
        return (Command(sentence(step), arguments, program.name, network=network and step.dependencies),)
    if step.fresh and options.offline:
        return "without a network there is no other copy than the damaged one in the cache"
    named = [setting for setting in facts.settings.condarc.get("pkgs_dirs", ()) if not setting.source.startswith("$")]
    if step.fresh and named:
        return (
            f"the damaged copy lies in a package cache that {named[0].source} names ({named[0].value}), from which "
            f"{program.name} would link it again: take its folder out of that cache, then reinstall"
        )
    variables = _PRIVATE_CONDA if step.fresh else {}
    arguments = (*program.start, "install", *where, *conda_operands(step), *offline, "--", *operands.specs(step.specs))
    return (Command(sentence(step), arguments, program.name, variables, network=network),)


def conda_operands(step: Install) -> list[str]:
    """Flags and channels of an install; exact specs that name their channels need no others. Raises Unusable."""
    named = [operands.channel_of(spec) for spec in step.specs]
    alone = all(named) and not step.dependencies
    channels = operands.channels(dict.fromkeys((*step.channels, *(named if alone else ()))))
    return [*conda_flags(step._replace(channels=tuple(channels))), *(["--override-channels"] if alone else [])]


def _pixi(step: Install | Uninstall, request: Request) -> str:
    """Why a pixi environment is left alone, with the command that does the like."""
    prefix = request.environment.prefix
    folder = prefix.parent.parent.parent if prefix.parent.name == "envs" else prefix
    given = step.specs if isinstance(step, Install) else step.names
    verb = "reinstall" if isinstance(step, Install) and step.force else "add" if isinstance(step, Install) else "remove"
    words = [operands.conda_name(text) or text for text in given] if verb == "reinstall" else list(given)
    names = " ".join(f"'{text}'" if set(text) & set(" <>=!*[") else text for text in words)
    pypi = " --pypi" if step.manager == "pip" and verb != "reinstall" else ""
    where = f" --environment {prefix.name}" if verb == "reinstall" and prefix.name != "default" else ""
    return f"pixi changes this environment, from its manifest: in {folder}, run pixi {verb}{pypi}{where} {names}"


def _run(step: Run, request: Request, programs: Sequence[Program]) -> tuple[Command, ...] | str:
    if not step.arguments:
        return "there is nothing to run"
    name, *rest = step.arguments
    program = next((program for program in programs if program.name == name), None)
    if program is None:
        return f"{name} was not found"
    start = program.start
    if "--python" in start:  # what pip does to its own cache concerns no environment
        start = start[: start.index("--python")]
    arguments = (*start, *(operands.word(text, request.home) if text[:1] != "-" else text for text in rest))
    return (Command(sentence(step), arguments, name, network=False, changes=_changes(rest)),)


def _changes(rest: Sequence[str]) -> Literal["environment", "cache", "nothing"]:
    if {"--dry-run", "-d"} & set(rest) or rest[:2] in (["cache", "info"], ["cache", "dir"], ["cache", "list"]):
        return "nothing"
    return "cache" if rest and rest[0] in ("cache", "clean") else "environment"
