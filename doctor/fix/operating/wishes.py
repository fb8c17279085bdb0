"""Keeps what was asked for when conda links the same builds again.

conda notes the exact spec of such a command as the user's wish: it would hold what came as a dependency at one
build from then on, and name it in exports of what was asked for.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from doctor.fix.host.files import write_new
from doctor.fix.managers.operands import conda_name
from doctor.fix.plan import Command
from doctor.reading.conda.history import name_of
from doctor.reading.files import JSON_LIMIT, Unfit, read_bytes
from doctor.reading.rooted import names_in

_FAMILY = ("conda", "mamba", "micromamba")
#: records of one prefix
_MOST = 100_000
_FIELDS = ("requested_spec", "requested_specs")
_WISH = re.compile(r"^# (?P<verb>update|install|create|remove|uninstall|neutered) specs:(?P<specs>.*)$", re.MULTILINE)
_QUOTED = re.compile(r"'([^'\\\n]*)'|\"([^\"\\\n]*)\"")


class Wishes(NamedTuple):
    """What had been asked for of the packages that a command links again."""

    history: str  #: all of it
    in_history: Mapping[str, str]  #: the last spec of each package that was asked for
    in_records: Mapping[str, Mapping[str, Any]]  #: what the records of those that had one say of it


def wishes_of(prefix: Path, command: Command) -> Wishes | None:
    """What to keep to after a command; None for one that is more than the same builds linked again."""
    end = command.arguments.index("--") if "--" in command.arguments else 0
    if command.tool not in _FAMILY or not {"--force-reinstall", "--no-deps"} <= set(command.arguments[:end]):
        return None
    names = {conda_name(spec) for spec in command.arguments[end + 1 :]} - {""}
    try:
        text = _text(prefix / "conda-meta/history")
    except Unfit:
        return None
    wished = {name: spec for name, spec in _asked(text).items() if name in names}
    had = {name: {key: record[key] for key in _FIELDS if key in record} for name, _, record in _records(prefix, names)}
    of_history = {name: {"requested_spec": spec, "requested_specs": [spec]} for name, spec in wished.items()}
    return Wishes(text, wished, {**{name: {} for name in names}, **of_history, **had})


def keep_to(prefix: Path, wishes: Wishes) -> None:
    """Let history and records say what had been asked for; what cannot be written stays as conda wrote it."""
    with contextlib.suppress(OSError, Unfit):
        for name, path, record in _records(prefix, set(wishes.in_records)):
            kept = {key: value for key, value in record.items() if key not in _FIELDS}
            kept |= wishes.in_records[name]
            if kept != record:
                write_new(path, json.dumps(kept, indent=2, sort_keys=True) + "\n")
        history = prefix / "conda-meta/history"
        text = _text(history)
        if text.startswith(wishes.history):
            begun = len(wishes.history)
            specs = list(wishes.in_history.values())
            line = f"# update specs: {specs!r}\n" if specs else ""
            tail = re.sub(r"^# update specs:.*\n", lambda _: line, text[begun:], flags=re.MULTILINE)
            if tail != text[begun:]:
                write_new(history, text[:begun] + tail)


def _asked(history: str) -> dict[str, str]:
    """The last spec of each package that conda holds to, as it reads its history."""
    found: dict[str, str] = {}
    for wish in _WISH.finditer(history):
        for quoted in _QUOTED.finditer(wish["specs"]):
            spec = quoted[1] or quoted[2] or ""
            if wish["verb"] in ("remove", "uninstall"):
                found.pop(conda_name(spec), None)
            elif conda_name(spec):
                found[conda_name(spec)] = spec
    return found


def _records(prefix: Path, names: set[str]) -> Iterator[tuple[str, Path, dict[str, Any]]]:
    """Name, place and content of the records of these packages; what cannot be read is passed over."""
    meta = prefix / "conda-meta"
    for file in names_in(meta, _MOST):
        if not file.endswith(".json") or name_of(file.removesuffix(".json")) not in names:
            continue
        try:
            record = json.loads(read_bytes(meta / file, limit=JSON_LIMIT, within=prefix))
        except (Unfit, ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            yield name_of(file.removesuffix(".json")), meta / file, record


def _text(path: Path) -> str:
    return read_bytes(path, limit=JSON_LIMIT, within=path.parent).decode("utf-8", "surrogateescape")
