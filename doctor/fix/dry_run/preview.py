"""Asks package managers what a plan would change, on stand-ins for the environment and never on itself.

The steps are gone through in their order, and each manager sees what the steps before would have left. Nothing of
the environment is started: its metadata and records are looked at, and its Python runs nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from doctor.facts import CondaRecord, Facts
from doctor.fix.dry_run.answers import key_of
from doctor.fix.dry_run.asking import Cannot, Hearing, ask_conda, ask_pip, ask_uv, can_say, told_by
from doctor.fix.dry_run.shadow import Held, conda_texts, distributions_held, python_texts, record_path, site_of
from doctor.fix.host.scratch import scratch_folder
from doctor.fix.managers.arguments import commands_for
from doctor.fix.managers.operands import conda_name
from doctor.fix.managers.programs import environment_python, real_path
from doctor.fix.options import Options
from doctor.fix.plan import Change, Command, Program
from doctor.model import Install, Move, Step, Uninstall
from doctor.target.environment import Request


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
    except Cannot as error:
        return Preview((), "", None, asking.network, str(error))
    seen = asking.outcome()
    if not seen.changes and not asking.untold and all(isinstance(step, Install | Uninstall) for step in steps):
        return seen._replace(failure="nothing would change: as the package manager sees it, all is as asked for")
    return seen


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
        self.work, self.hearing = work, Hearing(say, stop)
        self.held = distributions_held(facts)
        self.records: dict[str, CondaRecord | Mapping[str, Any]] = {
            record.name: record for record in facts.conda.records
        }
        self.before = {"pip": _versions(self.held), "conda": _builds(self.records)}
        self.touched: dict[tuple[Literal["pip", "conda"], str], None] = {}
        self.sizes: dict[tuple[str, str], int] = {}
        self.sources: dict[str, None] = {}
        self.network = False
        self.untold = False  #: whether some tool could not say what it would do

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
        known = not self.untold and all(key in self.sizes for key in coming)
        download = sum(self.sizes.get(key, 0) for key in coming) if known else None
        source = "; ".join(self.sources) or "told by the steps themselves"
        return Preview(tuple(sorted(changes)), source, download, self.network, "")

    def _commands(self, step: Install | Uninstall) -> tuple[Command, ...]:
        commands = commands_for(step, self.request, self.facts, self.programs, self.options)
        if isinstance(commands, str):
            raise Cannot(commands)
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
        start = command.arguments[: command.arguments.index("install")]
        program = next((one for one in self.programs if one.start == start), None)
        if program is not None and program.name == "pip" and not can_say(program):
            self.sources[f"pip {program.version} cannot say beforehand; taken from the steps"] = None
            answer, self.untold = told_by(step.specs), True
        else:
            with scratch_folder(self.work, texts, self._links(command) | links) as folder:
                answer = (ask_uv if command.tool == "uv" else ask_pip)(command, folder, self.hearing)
            self._by(command.tool)
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

    def _ask_conda(self, command: Command, *, fresh: bool) -> None:
        with scratch_folder(self.work, conda_texts(self.request, self.records)) as folder:
            answer = ask_conda(command, self.request.environment.prefix, folder, self.hearing)
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

    def _by(self, tool: str) -> None:
        version = next((program.version for program in self.programs if program.name == tool and program.version), "")
        self.sources[f"dry run by {tool} {version}".rstrip()] = None


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
