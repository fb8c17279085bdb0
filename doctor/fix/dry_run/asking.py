"""Puts one question to one package manager, about a stand-in, and reads what a command would change."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from doctor.fix.dry_run.answers import Answer, key_of, of_conda, of_pip, of_uv, sizes_of_lock
from doctor.fix.host.commands import Ran, run
from doctor.fix.host.scratch import PINS, write_pins
from doctor.fix.plan import Command, Program
from doctor.reading.clean import clean
from doctor.reading.files import Unfit, read_json

#: pip can say what it would do since this version
_ASKABLE = (22, 2)
_LINES = 50_000
#: flags that say where packages come from
_LOOKING = ("--index-url", "--no-index", "--find-links", "--offline", "--project")
_COMPLAINT = re.compile(r"\W*(?:error|fatal|critical)\b", re.IGNORECASE)


class Cannot(Exception):
    """The plan cannot be carried out as asked; the text says why."""


class Hearing(NamedTuple):
    """Who listens while package managers are asked, and may end it."""

    say: Callable[[str], None]
    stop: Callable[[], bool]

    def run(
        self,
        arguments: Sequence[str],
        folder: Path,
        variables: Mapping[str, str],
        lines: list[str],
        *,
        capture: bool = False,
    ) -> Ran:
        """Run a dry run and keep its lines. Raises Cannot where it was stopped."""

        def hear(line: str) -> None:
            if len(lines) < _LINES:
                lines.append(line)
            self.say(line)

        ran = run(arguments, folder=folder, variables=variables, say=hear, stop=self.stop, capture=capture)
        if self.stop():
            raise Cannot("stopped before the package manager had answered")
        return ran


def ask_uv(command: Command, folder: Path, hearing: Hearing) -> Answer:
    """What uv would do in the virtual environment in this folder. Raises Cannot."""
    lines: list[str] = []
    ran = hearing.run(_aimed(command.arguments, folder, ("--dry-run",)), folder, {}, lines)
    if ran.status:
        raise Cannot(_why("uv", ran))
    answer = of_uv(lines)
    return answer._replace(sizes=_weigh(command, folder, answer.come, hearing)) if answer.come else answer


def _weigh(command: Command, folder: Path, come: Mapping[str, str], hearing: Hearing) -> Mapping[str, int]:
    """What these exact versions weigh, which only uv's lock file tells; nothing where this uv writes none."""
    write_pins(folder, [f"{name}=={version}" for name, version in come.items()])
    given = command.arguments[: command.arguments.index("--")]
    kept = [part for flag in _LOOKING for part in _flag(given, flag)]
    arguments = [
        given[0], "pip", "compile", "--no-deps", "--no-header", "--quiet", "--format", "pylock.toml",
        "--python", str(folder / "bin/python"), *kept, "--", str(folder / PINS),
    ]  # fmt: skip
    ran = run(arguments, folder=folder, stop=hearing.stop, capture=True)
    return sizes_of_lock(ran.output) if not ran.status else {}


def ask_pip(command: Command, folder: Path, hearing: Hearing) -> Answer:
    """What pip would do in the virtual environment in this folder. Raises Cannot."""
    report = folder / "report.json"
    lines: list[str] = []
    arguments = _aimed(command.arguments, folder, ("--dry-run", "--report", str(report)))
    ran = hearing.run(arguments, folder, dict(command.variables), lines)
    if ran.status:
        raise Cannot(_why("pip", ran))
    try:
        answer = of_pip(read_json(report), lines)
    except Unfit as error:
        raise Cannot(f"pip's report cannot be read: {error.reason}") from None
    if answer.failure:
        raise Cannot(answer.failure)
    return answer


def can_say(program: Program) -> bool:
    """Whether this pip can be asked at all."""
    return tuple(int(part) for part in program.version.split(".")[:2] if part.isdigit()) >= _ASKABLE


def told_by(specs: Sequence[str]) -> Answer:
    """What exact requirements say themselves."""
    exact = [spec.partition("==") for spec in specs]
    return Answer(come={key_of(name): version.strip() for name, found, version in exact if found})


def ask_conda(command: Command, prefix: Path, folder: Path, hearing: Hearing) -> Answer:
    """What a member of conda's family would do in the prefix in this folder, instead of the real one. Raises Cannot."""
    start = command.arguments.index("--prefix")
    arguments = [*command.arguments[:start], "--dry-run", "--json", "--prefix", str(folder)]
    arguments += command.arguments[start + 2 :]
    variables = {name: value for name, value in command.variables.items() if name != "CONDA_PKGS_DIRS"}
    variables |= {"CONDA_JSON": "true", "CONDA_DRY_RUN": "true"}
    ran = hearing.run(arguments, folder, variables, [], capture=True)
    answer = of_conda(ran.output)
    if ran.status and (not answer.failure or "{" not in ran.output):
        raise Cannot(_why(command.tool, ran))
    if answer.failure:
        raise Cannot(f"{command.tool}: {answer.failure}".replace(str(folder), str(prefix)))
    return answer


def _flag(arguments: Sequence[str], flag: str) -> Sequence[str]:
    """A flag of a command with its value, or nothing."""
    if flag not in arguments:
        return ()
    at = arguments.index(flag)
    return arguments[at : at + (1 if flag in ("--no-index", "--offline") else 2)]


def _aimed(arguments: Sequence[str], folder: Path, more: Sequence[str]) -> list[str]:
    """The same installation into the virtual environment in this folder, with more flags."""
    aimed, python = list(arguments), str(folder / "bin/python")
    if "--python" in aimed[: aimed.index("--")]:
        aimed[aimed.index("--python") + 1] = python
    else:
        aimed[0] = python
    at = aimed.index("install") + 1
    aimed[at:at] = more
    return aimed


def _why(tool: str, ran: Ran) -> str:
    """What a tool said from its first complaint on; uv and pip give the cause after it."""
    said = [line.strip() for line in ran.tail if line.strip()]
    begin = next((at for at, line in enumerate(said) if _COMPLAINT.match(line)), None)
    return f"{tool}: {clean(' '.join(said[begin:][:8]), 500) if begin is not None else ran.why}"
