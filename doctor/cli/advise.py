"""envdoctor advise: which package manager suits this project, and the file that says so."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from doctor.asked import environment_of
from doctor.cli.aside import tell
from doctor.cli.asking import agreed, ask, can_ask
from doctor.cli.show import show, width, write
from doctor.cli.status import ExitCode
from doctor.facts import Facts
from doctor.failure import Failure
from doctor.onboard.advice import telling
from doctor.onboard.advice.one_package import origin_of
from doctor.onboard.advice.packages import packages_of
from doctor.onboard.advice.seen import folder_of, seen
from doctor.onboard.advice.weighing import PROBLEMS, Problem, advise
from doctor.onboard.advice.writing import Draft, draft, write_down


def run(options: argparse.Namespace) -> int:
    """Ask which problem is being solved, recommend, and write the specification where that is wanted."""
    if options.package:
        return _one_package(options)
    if options.env:
        raise Failure("--env goes with --package; a project's own environment is found by itself")
    if options.yes and not options.write:
        raise Failure("--yes answers the question of --write, which is not there")
    folder = folder_of(options.folder)
    problem: Problem = options.problem or _asked()
    _, facts = seen(folder)
    advice = advise(problem, packages_of(facts), facts)
    drafted = draft(advice, facts, folder)
    if options.format == "json":
        write(json.dumps({"schema_version": 1} | telling.as_data(advice, drafted), indent=1, ensure_ascii=False) + "\n")
    else:
        show(telling.lines_of(advice, drafted, width()))
        _not_read(facts)
    if options.write:
        _write(options, drafted, folder)
    return ExitCode.FINE


def _one_package(options: argparse.Namespace) -> int:
    environment = environment_of(options.env)
    _, facts = seen(folder_of(options.folder), environment)
    origin = origin_of(options.package, facts)
    if options.format == "json":
        write(json.dumps({"schema_version": 1} | telling.origin_data(origin), indent=1, ensure_ascii=False) + "\n")
    else:
        show(telling.lines_of_origin(origin, width()))
    return ExitCode.FINE


def _asked() -> Problem:
    if not can_ask():
        raise Failure(f"which problem is being solved? Say it with --for: {', '.join(PROBLEMS)}")
    print("Which problem are you solving now?", file=sys.stderr)
    names = list(PROBLEMS)
    for number, name in enumerate(names, 1):
        print(f"  {number}  {PROBLEMS[name]}", file=sys.stderr)
    for _ in range(3):
        answer = ask(f"Number (1 to {len(names)}):")
        if answer in PROBLEMS:
            return answer
        if answer.isdecimal() and 1 <= int(answer) <= len(names):
            return names[int(answer) - 1]
    raise Failure("no usable answer")


def _not_read(facts: Facts) -> None:
    for problem in facts.project.problems[:3]:
        tell(f"not read: {problem.path}: {problem.reason}")


def _write(options: argparse.Namespace, drafted: Draft, folder: Path) -> None:
    if not drafted.path and not drafted.commands:
        raise Failure(f"nothing is written: {'; '.join(drafted.told)}")
    if not drafted.path:
        print("There is no file to write; the commands above do it.", file=sys.stderr)
        return
    if not options.yes:
        if not can_ask():
            raise Failure("nobody is here to be asked; write --write --yes to agree to that difference")
        if not agreed(f"Write {drafted.path}?"):
            print("Nothing was written.", file=sys.stderr)
            return
    kept = write_down(drafted, folder)
    print(f"{drafted.path} is written." + (f" What it was is kept in {kept}" if kept else ""), file=sys.stderr)
