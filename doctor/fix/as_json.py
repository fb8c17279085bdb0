"""Plans as files and events as lines: doctor/fix/plan.schema.json describes both.

A plan is read back with suspicion: what does not fit is named with its place, what was shown to people must be what
would be done, and no path may lead out of where it belongs.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from doctor.facts.serialise import NotFacts, typed, whole
from doctor.failure import Failure
from doctor.fix.events import Event, StepStarted
from doctor.fix.plan import Anew, Aside, Command, Plan, Protect, Write, WriteDown
from doctor.reading.clean import clean_lines

SCHEMA_VERSION = 1


def dump(plan: Plan) -> str:
    """Write a plan as JSON that ends with a line feed."""
    return json.dumps(body(plan), indent=2, ensure_ascii=False) + "\n"


def body(plan: Plan) -> dict[str, Any]:
    """A plan as plain data: every field, and of each text that is written the difference."""
    data = whole(plan)
    for step, written in zip(data["steps"], plan.steps, strict=True):
        if isinstance(written, Write):
            step["diff"] = diff(written)
    return {"schema_version": SCHEMA_VERSION, "plan": data}


def load(text: str) -> Plan:
    """Read what dump wrote. Raises Failure and names the place that does not fit."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise Failure(f"line {error.lineno}: not JSON: {error.msg}") from None
    except (RecursionError, ValueError) as error:
        raise Failure(f"not usable JSON: {error}") from None
    if not isinstance(data, dict) or not isinstance(data.get("plan"), dict):
        raise Failure('no plan in it: expected {"schema_version": 1, "plan": {...}}, as --plan-out writes it')
    if data.get("schema_version") != SCHEMA_VERSION:
        raise Failure(f"schema_version {data.get('schema_version')!r}; this envdoctor reads {SCHEMA_VERSION}")
    try:
        shown = _take_diffs(data["plan"])
        plan: Plan = typed(Plan, data["plan"], "plan")
    except NotFacts as error:
        raise Failure(str(error)) from None
    except RecursionError:
        raise Failure("nested too deeply") from None
    for place, problem in _problems(plan, shown):
        raise Failure(f"plan.{place}: {problem}")
    return plan


def diff(step: Write) -> str:
    """The unified difference that a step makes to its file, with three lines around each change."""
    before, after = (step.before or "").splitlines(keepends=True), step.after.splitlines(keepends=True)
    old = step.path if step.before is not None else "/dev/null"
    lines = difflib.unified_diff(before, after, old, step.path)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def event_json(event: Event) -> str:
    """One event as one line of JSON, without the line feed; a text that is written goes as its difference."""
    data = whole(event)
    if isinstance(event, StepStarted) and isinstance(event.step, Write):
        data["step"]["diff"] = diff(event.step)
    return json.dumps({"event": data.pop("kind"), **data}, ensure_ascii=False)


def _take_diffs(data: dict[str, Any]) -> dict[int, Any]:
    """Take the derived field away from each step, and keep it by the step's place."""
    steps = data.get("steps")
    found = {}
    for number, step in enumerate(steps if isinstance(steps, list) else ()):
        if isinstance(step, dict) and step.get("kind") == "write" and "diff" in step:
            found[number] = step.pop("diff")
    return found


def _problems(plan: Plan, shown: dict[int, Any]) -> Iterator[tuple[str, str]]:
    """What a plan that was made here never holds."""
    if not _is_absolute(plan.prefix):
        yield "prefix", "expected an absolute path"
    for name, text in _texts(whole(plan)):
        if "\0" in text or (clean_lines(text) != text and not name.endswith((".before", ".after"))):
            yield name, "holds characters that could deceive"
    for number, step in enumerate(plan.steps):
        place = f"steps[{number}]"
        match step:
            case Command():
                yield from _of_command(step, place)
            case Anew():
                for n, command in enumerate(step.commands):
                    yield from _of_command(command, f"{place}.commands[{n}]")
                for n, path in enumerate((*(name for name, _ in step.files), *step.copies)):
                    if not _is_inside(path):
                        yield place, f"path {n + 1}, {path!r}, leads out of its folder"
            case Aside() | Protect():
                for n, path in enumerate(step.paths):
                    if not _is_inside(path):
                        yield f"{place}.paths[{n}]", f"{path!r} leads out of the environment"
            case Write():
                if not _is_absolute(step.path) and not _is_inside(step.path):
                    yield f"{place}.path", f"{step.path!r} leads out of the environment"
                if number in shown and shown[number] != diff(step):
                    yield f"{place}.diff", "is not the difference between before and after"
            case WriteDown():
                if not _is_absolute(step.folder):
                    yield f"{place}.folder", "expected an absolute path"


def _of_command(command: Command, place: str) -> Iterator[tuple[str, str]]:
    program = command.arguments[0] if command.arguments else ""
    created = program.startswith("{prefix}/") and _is_inside(program.removeprefix("{prefix}/"))
    if not _is_absolute(program) and not created:
        yield f"{place}.arguments", "the first must be a program's absolute path"
    if command.folder and not _is_absolute(command.folder):
        yield f"{place}.folder", "expected an absolute path"


def _is_absolute(path: str) -> bool:
    return os.path.isabs(path) and ".." not in PurePath(path).parts  # noqa: PTH117 - a text, not yet a path


def _is_inside(path: str) -> bool:
    return bool(path) and not os.path.isabs(path) and ".." not in PurePath(path).parts  # noqa: PTH117


def _texts(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Every text with its place."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, f"{where}.{key}" if where else key)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _texts(item, f"{where}[{number}]")
