"""The commands that fill a new environment with what pip or uv had installed in the old one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from doctor.facts import Facts
from doctor.facts.units import several
from doctor.fix.managers.indexes import misdirected, unknown_to_uv
from doctor.fix.options import Options
from doctor.fix.plan import Command, Program
from doctor.fix.rebuild.carried import Layer
from doctor.knowledge.torch import INDEX

File = tuple[str, str]


class Installer(NamedTuple):
    """uv, or the pip that the new environment brings."""

    name: str  #: uv or pip
    start: tuple[str, ...]
    python: str  #: the new environment's interpreter, with {prefix} in it


def installer_for(facts: Facts, programs: Sequence[Program], options: Options, python: str) -> Installer | str:
    """Choose who fills the new environment, or say why nobody can."""
    uv = next((program for program in programs if program.name == "uv"), None)
    private = "" if options.offline else unknown_to_uv(facts.settings)
    wrong_uv, wrong_pip = misdirected(facts.settings.uv), misdirected(facts.settings.pip)
    if uv is not None and not private and not wrong_uv:
        return Installer("uv", uv.start, python)
    if wrong_pip:
        return f"{wrong_pip}, which would install elsewhere: take that setting away"
    if options.offline and not options.wheels:
        return "pip has nothing to install from without a network: give a folder of wheels"
    return Installer("pip", (python, "-I", "-m", "pip"), python)


def reaching(installer: Installer, programs: Sequence[Program]) -> Installer | str:
    """The same for an environment that gets no pip of its own: another pip that can work on it."""
    if installer.name != "pip":
        return installer
    for program in programs:
        if program.name == "pip" and "--python" in program.start:
            start = program.start[: program.start.index("--python")]
            return installer._replace(start=(*start, "--python", installer.python))
    return "neither uv nor a pip that can work on another environment was found: install uv"


def fill(layer: Layer, installer: Installer, options: Options) -> tuple[tuple[Command, ...], tuple[File, ...]]:
    """The commands, and the files that they read, that install a layer; dependencies are left alone."""
    commands, files = [], []
    for number, (index, lines) in enumerate(layer.lines.items()):
        name = f"requirements-{index.removeprefix(INDEX)}.txt" if number and index else "requirements.txt"
        files.append((name, "".join(f"{line}\n" for line in lines)))
        source = ("--index-url", index) if index and not options.offline else ()
        sentence = f"Install {several(len(lines), 'package')}" + (f" from {index}" if index else "")
        commands.append(
            command(installer, options, sentence, ("--no-deps", *source, "--requirement", f"{{work}}/{name}"))
        )
    for folder in layer.editable:
        commands.append(
            command(installer, options, f"Install {folder} in editable mode", ("--no-deps", "--editable", folder))
        )
    return tuple(commands), tuple(files)


def command(installer: Installer, options: Options, sentence: str, arguments: Sequence[str]) -> Command:
    """One install into the new environment."""
    network = not options.offline
    if installer.name == "uv":
        flags = ("--python", installer.python, *(() if network else ("--offline",)))
        line = (*installer.start, "pip", "install", *flags, *sources(options), *arguments)
        return Command(sentence, line, "uv", network=network)
    flags = ("--no-input", "--disable-pip-version-check")
    return Command(
        sentence,
        (*installer.start, "install", *flags, *sources(options), *arguments),
        "pip",
        network=network,
    )


def take_away(installer: Installer, names: Sequence[str]) -> Iterator[Command]:
    """Uninstall what a new environment brings and the old one did not have; pip takes itself away last."""
    if names:
        line = (*installer.start, "uninstall", "--yes", "--no-input", *names)
        yield Command(f"Take {' and '.join(names)} away again, as before", line, "pip", network=False)


def sources(options: Options) -> tuple[str, ...]:
    """Where packages may come from beside the indexes in effect."""
    wheels = ("--find-links", str(options.wheels.absolute())) if options.wheels else ()
    return (*(("--no-index",) if options.offline and options.wheels else ()), *wheels)
