"""Says a remedy's steps: as a sentence, and as the command that a user could copy.

Commands are what a person would type for this environment: with its own interpreter and prefix, quoted for a
POSIX shell, or for PowerShell where the environment is laid out for Windows.
"""

from __future__ import annotations

import re
import shlex

from doctor.facts import Facts
from doctor.model import Edit, Export, Install, Move, Protect, Rebuild, Remedy, Run, SetVariable, Step, Tell, Uninstall

_BARE_HOME = re.compile(r"~(/[\w@%+=:,./-]*)?")
_NAME = re.compile(r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?", re.ASCII)
_BARE_WINDOWS = re.compile(r"[\w@%+=:,./\\~-]+")


def sentence(step: Step) -> str:
    """Say what a step does, without a final stop."""
    match step:
        case Install(force=True):
            return f"Reinstall {_these(step.specs)}{'' if step.dependencies else ', leaving everything else alone'}"
        case Install():
            return f"Install {_these(step.specs)}{'' if step.dependencies else ', leaving everything else alone'}"
        case Uninstall():
            return f"Uninstall {_these(step.names)}"
        case Move():
            return f"Move aside, to where undo finds it: {_these(step.paths)}"
        case Protect():
            return f"Let only owner and group write to {_these(step.paths)}"
        case Edit(before=""):
            return f"Add to {step.path}: {_one_line(step.after)}"
        case Edit():
            return f"In {step.path}, replace {_one_line(step.before)} by {_one_line(step.after) or 'nothing'}"
        case SetVariable(value=""):
            return f"Unset {step.name} whenever this environment is activated"
        case SetVariable():
            return f"Set {step.name}={step.value} whenever this environment is activated"
        case Export():
            return f"Write down what is installed ({', '.join(step.formats)})"
        case Rebuild():
            python = f" with Python {step.python}" if step.python else ""
            return f"Create the environment anew beside this one{python}, examine it, then swap their names"
        case Run():
            return f"Run {shlex.join(step.arguments)}"
        case Tell():
            return step.text


def command(step: Step, facts: Facts) -> str:
    """The command line that does a step by hand, or an empty text where there is none."""
    identity = facts.identity
    match step:
        case Install(manager="conda"):
            return _quoted(
                [_conda(facts), "install", "--prefix", identity.prefix, *conda_flags(step), *step.specs], facts
            )
        case Install():
            by_uv = _by_uv(facts)
            past = ["--no-cache" if by_uv else "--no-cache-dir"] if step.fresh else []
            flags = [*(uv_flags(step) if by_uv else pip_flags(step)), *past]
            return _quoted([*_pip(facts, "install"), *flags, *step.specs], facts)
        case Uninstall(manager="conda"):
            flags = [] if step.dependencies else ["--force"]
            return _quoted([_conda(facts), "remove", "--prefix", identity.prefix, *flags, *step.names], facts)
        case Uninstall():
            yes = [] if _by_uv(facts) else ["-y"]
            return _quoted([*_pip(facts, "uninstall"), *yes, *step.names], facts)
        case SetVariable() if identity.kind == "conda" and step.value:
            setting = f"{step.name}={step.value}"
            return _quoted([_conda(facts), "env", "config", "vars", "set", "--prefix", identity.prefix, setting], facts)
        case Protect() if identity.system != "windows":
            return _quoted(["chmod", "-R", "o-w", "--", *(f"{identity.prefix}/{path}" for path in step.paths)], facts)
        case Run(arguments=arguments) | Tell(command=arguments) if arguments:
            return _quoted(list(arguments), facts)
    return ""


def steps_of(remedy: Remedy, facts: Facts) -> list[tuple[str, str]]:
    """Each step as (sentence, command or empty)."""
    return [(sentence(step), command(step, facts)) for step in remedy.steps]


def pip_flags(step: Install) -> list[str]:
    """What a step of pip's family asks of pip."""
    again = ["--force-reinstall"] if step.force else []
    return [*again, *([] if step.dependencies else ["--no-deps"]), *_index(step)]


def uv_flags(step: Install) -> list[str]:
    """What a step of pip's family asks of uv: only what is named is installed again."""
    again = ["--reinstall"] if step.force else []
    if step.force and step.dependencies:
        again = [part for spec in step.specs for part in ("--reinstall-package", name_of(spec))]
    return [*again, *([] if step.dependencies else ["--no-deps"]), *_index(step)]


def conda_flags(step: Install) -> list[str]:
    """What a step of conda's family asks of conda, mamba or micromamba."""
    channels = [part for channel in step.channels for part in ("--channel", channel)]
    again = ["--force-reinstall"] if step.force else []
    return [*channels, *again, *([] if step.dependencies else ["--no-deps"])]


def name_of(spec: str) -> str:
    """The name that a requirement begins with."""
    found = _NAME.match(spec)
    return found[0] if found else ""


def _index(step: Install) -> list[str]:
    return ["--index-url", step.index_url] if step.index_url else []


def _pip(facts: Facts, verb: str) -> list[str]:
    identity = facts.identity
    python = identity.interpreter.path if identity.interpreter else "bin/python"
    interpreter = f"{identity.prefix.rstrip('/')}/{python}"
    if _by_uv(facts):
        return ["uv", "pip", verb, "--python", identity.prefix]
    if _has_pip(facts):
        return [interpreter, "-m", "pip", verb]
    return ["python3", "-m", "pip", "--python", interpreter, verb]


def _by_uv(facts: Facts) -> bool:
    """Whether pip's work is uv's here: the environment holds no pip, and uv made it or is at hand."""
    at_hand = any(tool.name == "uv" for tool in facts.machine.tools)
    return not _has_pip(facts) and (facts.identity.maker == "uv" or at_hand)


def _has_pip(facts: Facts) -> bool:
    own = {folder.path for folder in facts.identity.site_folders if folder.kind == "environment"}
    return any(dist.key == "pip" and dist.site in own for dist in facts.distributions.installed)


def _conda(facts: Facts) -> str:
    return facts.identity.maker if facts.identity.maker in ("mamba", "micromamba") else "conda"


def _quoted(arguments: list[str], facts: Facts) -> str:
    if facts.identity.system == "windows":
        return " ".join(a if _BARE_WINDOWS.fullmatch(a) else "'" + a.replace("'", "''") + "'" for a in arguments)
    return " ".join(shell_word(argument) for argument in arguments)


def shell_word(argument: str) -> str:
    """Quote one word for a POSIX shell and leave a leading ~/ to it."""
    if argument.startswith("~/"):  # a quoted tilde would not mean the home folder
        return argument if _BARE_HOME.fullmatch(argument) else "~/" + shlex.quote(argument[2:])
    return shlex.quote(argument)


def _these(names: tuple[str, ...]) -> str:
    return ", ".join(names) if len(names) <= 4 else f"{', '.join(names[:3])} and {len(names) - 3} more"


def _one_line(text: str) -> str:
    lines = text.strip().splitlines()
    return "" if not lines else lines[0] if len(lines) == 1 else f"{lines[0]} … ({len(lines)} lines)"
