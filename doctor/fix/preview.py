"""Asks package managers what a plan would change, on stand-ins for the environment and never on itself.

The steps are gone through in their order, and each manager sees what the steps before would have left. Nothing of
the environment is started: its metadata and records are looked at, and its Python runs nothing of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from doctor.facts import CondaRecord, Facts
from doctor.fix.answers import Answer, key_of, of_conda, of_pip, of_uv, sizes_of_lock
from doctor.fix.arguments import commands_for
from doctor.fix.host.commands import Ran, run
from doctor.fix.host.scratch import PINS, scratch_folder, write_pins
from doctor.fix.operands import conda_name
from doctor.fix.options import Options
from doctor.fix.plan import Change, Command, Program
from doctor.fix.programs import environment_python, real_path
from doctor.fix.shadow import Held, conda_texts, distributions_held, python_texts, record_path, site_of
from doctor.model import Install, Move, Step, Uninstall
from doctor.reading.clean import clean
from doctor.reading.files import Unfit, read_json
from doctor.target.environment import Request

#: pip can say what it would do since this version
_ASKABLE = (22, 2)
_LINES = 50_000
#: flags that say where packages come from
_LOOKING = ("--index-url", "--no-index", "--find-links", "--offline", "--project")
_COMPLAINT = re.compile(r"\W*(?:error|fatal|critical)\b", re.IGNORECASE)


class Preview(NamedTuple):
    """The difference in packages that a plan makes."""

    changes: tuple[Change, ...]
    source: str  #: how it is known, or why it is not
    download: int | None  #: bytes; None where unknown
    network: bool  #: whether the plan needs one
    failure: str  #: why it cannot be carried out as asked; empty when it can


def silent(line: str) -> None:
    """Say nothing."""


def never() -> bool:
    """Do not stop."""
    return False


class _Cannot(Exception):
    """The plan cannot be solved; the text says why."""


def preview(
    steps: Sequence[Step],
    request: Request,
    facts: Facts,
    programs: Sequence[Program],
    options: Options,
    *,
    work: Path,
    say: Callable[[str], None] = silent,
    stop: Callable[[], bool] = never,
) -> Preview:
    """Find out what the steps would add, remove and change, in a folder of throw-away stand-ins."""
    asking = _Asking(request, facts, programs, options, work, say, stop)
    try:
        for step in steps:
            asking.go_through(step)
    except _Cannot as error:
        return Preview((), "", None, asking.network, str(error))
    return asking.outcome()


class _Asking:
    """What the environment holds after the steps gone through so far, and what was found out on the way."""

    def __init__(
        self,
        request: Request,
        facts: Facts,
        programs: Sequence[Program],
        options: Options,
        work: Path,
        say: Callable[[str], None],
        stop: Callable[[], bool],
    ) -> None:
        self.request, self.facts, self.programs, self.options = request, facts, programs, options
        self.work, self.say, self.stop = work, say, stop
        self.held = distributions_held(facts)
        self.records: dict[str, CondaRecord | Mapping[str, Any]] = {
            record.name: record for record in facts.conda.records
        }
        self.before = {"pip": _versions(self.held), "conda": _builds(self.records)}
        self.touched: dict[tuple[Literal["pip", "conda"], str], None] = {}
        self.sizes: dict[tuple[str, str], int] = {}
        self.sources: dict[str, None] = {}
        self.network = False

    def go_through(self, step: Step) -> None:
        """Let one step have happened."""
        match step:
            case Move(paths=paths):
                self._moved(paths)
            case Uninstall(manager="pip", names=names):
                self._commands(step)
                for name in names:
                    self._take(key_of(name))
            case Uninstall(dependencies=False, names=names):
                self._commands(step)
                for name in names:
                    self._unlink(name)
            case Install(manager="pip"):
                for command in self._commands(step):
                    self._install_by_pip(step, command)
            case Install() | Uninstall():
                for command in self._commands(step):
                    self._ask_conda(command, fresh=isinstance(step, Install) and step.fresh)

    def outcome(self) -> Preview:
        """All that was found out."""
        brought = {key for key, dist in self.held.items() if not dist.folders and dist.installer == "conda"}
        by_pip = {key: version for key, version in _versions(self.held).items() if key not in brought}
        after = {"pip": by_pip, "conda": _builds(self.records)}
        changes = []
        for manager, name in self.touched:
            was, becomes = self.before[manager].get(name, ""), after[manager].get(name, "")
            if was or becomes:
                size = self.sizes.get((manager, name), 0) if becomes else 0
                changes.append(Change(name, manager, was, becomes, _is_major(was, becomes), size))
        coming = [(change.manager, change.name) for change in changes if change.after]
        known = all(key in self.sizes for key in coming)
        download = sum(self.sizes.get(key, 0) for key in coming) if known else None
        source = "; ".join(self.sources) or "told by the steps themselves"
        return Preview(tuple(sorted(changes)), source, download, self.network, "")

    def _commands(self, step: Install | Uninstall) -> tuple[Command, ...]:
        commands = commands_for(step, self.request, self.facts, self.programs, self.options)
        if isinstance(commands, str):
            raise _Cannot(commands)
        self.network = self.network or any(command.network for command in commands)
        return commands

    def _moved(self, paths: Sequence[str]) -> None:
        gone = {path.rstrip("/") for path in paths}
        for key, dist in list(self.held.items()):
            left = dist.folders - gone
            if not left:
                self._take(key)
            elif left != dist.folders:
                self._keep_other(key, left)
        for name, record in list(self.records.items()):
            if isinstance(record, CondaRecord) and record_path(record) in gone:
                del self.records[name]  # its files stay: what is moved is the record

    def _keep_other(self, key: str, left: frozenset[str]) -> None:
        """Of a distribution with several metadata folders some went: the first of the others counts."""
        for dist in self.facts.distributions.installed:
            if dist.key == key and f"{dist.site}/{dist.folder}" in left:
                self.held[key] = Held(dist.name, dist.version, dist.requires, dist.requires_python, folders=left)
                self.touched["pip", key] = None
                return

    def _take(self, key: str) -> None:
        if self.held.pop(key, None) is not None:
            self.touched["pip", key] = None

    def _unlink(self, name: str) -> None:
        """Let a package of conda's go, and the metadata that it brought with it."""
        record = self.records.pop(name, None)
        self.touched["conda", name] = None
        if isinstance(record, CondaRecord):
            brought = {path.rpartition("/")[0] for path in record.files if path.endswith(".dist-info/METADATA")}
            for key, dist in list(self.held.items()):
                if dist.folders and dist.folders <= brought:
                    del self.held[key]

    def _install_by_pip(self, step: Install, command: Command) -> None:
        texts, links = python_texts(self.request, self.facts, self.held.values())
        with scratch_folder(self.work, texts, self._links(command) | links) as folder:
            answer = self._ask_uv(command, folder) if command.tool == "uv" else self._ask_pip(step, command, folder)
        if answer.failure:
            raise _Cannot(answer.failure)
        for key in answer.gone:
            self._take(key)
        for key, version in answer.come.items():
            there = self.held.get(key)
            self.held[key] = Held(
                there.name if there else key, version, folders=there.folders if there else frozenset()
            )
            self.touched["pip", key] = None
        self.sizes |= {("pip", key): size for key, size in answer.sizes.items()}

    def _links(self, command: Command) -> dict[str, Path]:
        """The environment's own pip is the only program of it that is used; it comes along by a link."""
        if command.tool != "pip" or command.arguments[0] != str(environment_python(self.request, self.facts)):
            return {}
        for dist in self.facts.distributions.installed:
            if dist.key == "pip":
                place = real_path(dist.site, self.request.home)
                return {f"{site_of(self.facts)}/pip": self.request.environment.prefix / place / "pip"}
        return {}

    def _ask_uv(self, command: Command, folder: Path) -> Answer:
        lines: list[str] = []
        arguments = _aimed(command.arguments, folder / "bin/python", "install", ("--dry-run",))
        ran = self._run(arguments, folder, {}, lines)
        if ran.status:
            raise _Cannot(_why("uv", ran))
        self._by("uv")
        answer = of_uv(lines)
        return answer._replace(sizes=self._weigh(command, folder, answer.come)) if answer.come else answer

    def _weigh(self, command: Command, folder: Path, come: Mapping[str, str]) -> Mapping[str, int]:
        """What these exact versions weigh, which only uv's lock file tells; nothing where this uv writes none."""
        write_pins(folder, [f"{name}=={version}" for name, version in come.items()])
        given = command.arguments[: command.arguments.index("--")]
        kept = [part for flag in _LOOKING for part in _flag(given, flag)]
        arguments = [
            given[0], "pip", "compile", "--no-deps", "--no-header", "--quiet", "--format", "pylock.toml",
            "--python", str(folder / "bin/python"), *kept, "--", str(folder / PINS),
        ]  # fmt: skip
        ran = run(arguments, folder=folder, stop=self.stop, capture=True)
        return sizes_of_lock(ran.output) if not ran.status else {}

    def _ask_pip(self, step: Install, command: Command, folder: Path) -> Answer:
        program = next(program for program in self.programs if command.arguments[: len(program.start)] == program.start)
        if _numbers(program.version) < _ASKABLE:
            return self._told_by_pip(step, program)
        report = folder / "report.json"
        arguments = _aimed(command.arguments, folder / "bin/python", "install", ("--dry-run", "--report", str(report)))
        lines: list[str] = []
        ran = self._run(arguments, folder, {**command.variables, "PIP_DRY_RUN": "1"}, lines)
        if ran.status:
            raise _Cannot(_why("pip", ran))
        self._by("pip")
        try:
            return of_pip(read_json(report), lines)
        except Unfit as error:
            return Answer(failure=f"pip's report cannot be read: {error.reason}")

    def _told_by_pip(self, step: Install, program: Program) -> Answer:
        """An old pip cannot say what it would do: exact versions speak for themselves, the rest is not known."""
        self.sources[f"pip {program.version} cannot say beforehand; taken from the steps"] = None
        exact = [spec.partition("==") for spec in step.specs]
        return Answer(come={key_of(name): version.strip() for name, found, version in exact if found})

    def _ask_conda(self, command: Command, *, fresh: bool) -> None:
        prefix = str(self.request.environment.prefix)
        with scratch_folder(self.work, conda_texts(self.request, self.records)) as folder:
            start = command.arguments.index("--prefix")
            arguments = [*command.arguments[: start + 1], str(folder), *command.arguments[start + 2 :]]
            arguments[start:start] = ["--dry-run", "--json"]
            variables = {name: value for name, value in command.variables.items() if name != "CONDA_PKGS_DIRS"}
            lines: list[str] = []
            ran = self._run(arguments, folder, variables | {"CONDA_JSON": "true", "CONDA_DRY_RUN": "true"}, lines, True)
        answer = of_conda(ran.output)
        if answer.failure and ran.status:
            told = answer.failure if "{" in ran.output else _why(command.tool, ran)
            raise _Cannot(f"{command.tool}: {told}".replace(str(folder), prefix))
        if answer.failure or ran.status:
            raise _Cannot(_why(command.tool, ran) if ran.status else f"{command.tool}: {answer.failure}")
        self._by(command.tool)
        for name in answer.gone:
            self._unlink(name)
        for name, record in answer.records.items():
            self.records[name] = record
            self.touched["conda", name] = None
            self._bring(name, record)
        sizes = {name: size for name, size in answer.sizes.items() if size or not fresh}
        self.sizes |= {("conda", name): size for name, size in sizes.items()}

    def _bring(self, name: str, record: Mapping[str, Any]) -> None:
        """A Python package of conda's brings metadata that pip and uv count as installed."""
        needs = record.get("depends")
        if isinstance(needs, list) and any(isinstance(need, str) and conda_name(need) == "python" for need in needs):
            self.held[key_of(name)] = Held(name, str(record["version"]), installer="conda")

    def _run(
        self,
        arguments: Sequence[str],
        folder: Path,
        variables: Mapping[str, str],
        lines: list[str],
        capture: bool = False,
    ) -> Ran:
        def hear(line: str) -> None:
            if len(lines) < _LINES:
                lines.append(line)
            self.say(line)

        ran = run(arguments, folder=folder, variables=variables, say=hear, stop=self.stop, capture=capture)
        if self.stop():
            raise _Cannot("stopped before the package manager had answered")
        return ran

    def _by(self, tool: str) -> None:
        version = next((program.version for program in self.programs if program.name == tool and program.version), "")
        self.sources[f"dry run by {tool} {version}".rstrip()] = None


def _flag(arguments: Sequence[str], flag: str) -> Sequence[str]:
    """A flag of a command with its value, or nothing."""
    if flag not in arguments:
        return ()
    at = arguments.index(flag)
    return arguments[at : at + (1 if flag in ("--no-index", "--offline") else 2)]


def _aimed(arguments: Sequence[str], python: Path, verb: str, more: Sequence[str]) -> list[str]:
    """The same command for another interpreter, with more flags after its verb."""
    aimed = list(arguments)
    if "--python" in aimed[: aimed.index("--")]:
        aimed[aimed.index("--python") + 1] = str(python)
    else:
        aimed[0] = str(python)
    at = aimed.index(verb) + 1
    aimed[at:at] = more
    return aimed


def _versions(held: Mapping[str, Held]) -> dict[str, str]:
    return {key: dist.version for key, dist in held.items()}


def _builds(records: Mapping[str, CondaRecord | Mapping[str, Any]]) -> dict[str, str]:
    found = {}
    for name, record in records.items():
        if isinstance(record, CondaRecord):
            found[name] = f"{record.version} {record.build}".rstrip()
        else:
            found[name] = f"{record['version']} {record.get('build', '')}".rstrip()
    return found


def _is_major(was: str, becomes: str) -> bool:
    """Whether the first number of the version differs, epochs counted."""
    return bool(was and becomes) and was.split()[0].split(".")[0] != becomes.split()[0].split(".")[0]


def _why(tool: str, ran: Ran) -> str:
    """What a tool said from its first complaint on; uv and pip give the cause after it."""
    said = [line.strip() for line in ran.tail if line.strip()]
    begin = next((at for at, line in enumerate(said) if _COMPLAINT.match(line)), None)
    return f"{tool}: {clean(' '.join(said[begin:][:8]), 500) if begin is not None else ran.why}"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
