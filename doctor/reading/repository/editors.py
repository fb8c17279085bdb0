"""Reads the interpreters that an editor's settings of the project name: VS Code's folder and workspace settings."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from doctor.facts.project import EditorInterpreter
from doctor.reading.files import Unfit, read_text
from doctor.reading.redact import redact
from doctor.reading.repository.relaxed_json import RelaxedJson, text_of
from doctor.reading.repository.specifications import holds, names_of
from doctor.reading.rooted import there

#: bytes; the largest in the wild have 30,000
_LIMIT = 256 * 1024
_FILES = 5
_KEYS = ("python.defaultInterpreterPath", "python.pythonPath")
_FOLDER = re.compile(r"\$\{workspaceFolder(?::[^}]*)?\}|\$\{workspaceRoot\}")
_HOMES = re.compile(r"^(?:/home|/Users|[A-Za-z]:[\\/]+Users)[\\/]+[^\\/]+(?=$|[\\/])")


def read_editors(project: Path, names: list[str] | None = None) -> tuple[EditorInterpreter, ...]:
    """Read all of them; a file that cannot be read, as an editor would not either, adds none."""
    top = names_of(project) if names is None else names
    workspaces = [name for name in top if name.endswith(".code-workspace")]
    found: list[EditorInterpreter] = []
    folder = [".vscode/settings.json"] if holds(top, ".vscode") else []
    for path in (*folder, *workspaces[:_FILES]):
        try:
            file = RelaxedJson(read_text(project / path, limit=_LIMIT, within=project))
        except Unfit:
            continue
        inner = file.values.get("settings")
        settings = inner if path != ".vscode/settings.json" and isinstance(inner, Mapping) else file.values
        for key in _KEYS:
            written = text_of(settings.get(key), 500)
            if written:
                shown = _HOMES.sub("~", redact(written))
                found.append(EditorInterpreter(shown, path, file.line(key), _exists(project, written)))
    return tuple(found)


def _exists(project: Path, written: str) -> bool | None:
    """Whether it is there; None for a command, and for what another system or another variable would say."""
    text = _FOLDER.sub(lambda _: str(project), written)
    text = re.sub(r"^(?:~(?=/)|\$\{env:HOME\}|\$\{userHome\})", lambda _: os.path.expanduser("~"), text)  # noqa: PTH111
    if "$" in text or text.startswith("~") or (os.name != "nt" and ("\\" in text or re.match(r"[A-Za-z]:", text))):
        return None
    if "/" not in text and os.sep not in text:
        return None
    return there(project / text)  # a link to an interpreter that is gone is another matter
