"""Reads which Python the scripts of an environment start, and what another Python version left behind."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from doctor.collect.presence import is_there
from doctor.facts.distributions import Script
from doctor.facts.identity import Identity
from doctor.reading.clean import clean
from doctor.reading.python.metadata import name_and_version
from doctor.reading.python.shebangs import named_interpreter
from doctor.reading.redact import show
from doctor.reading.rooted import place, shown
from doctor.target.environment import Request

#: entries of bin, or of a stranded site-packages, that are looked at
ENTRY_LIMIT = 20_000

_PYTHON_FOLDER = re.compile(r"python(\d+\.\d+)t?")


def read_scripts(prefix: str, identity: Identity, request: Request) -> Iterator[Script]:
    """Read the first line of each regular file in bin or Scripts, in the order of their names."""
    folder = "Scripts" if identity.system == "windows" else "bin"
    names = _entries(f"{prefix}/{folder}", folders=False)
    known: dict[str, tuple[str, bool, bool]] = {}
    for name in names:
        interpreter = named_interpreter(f"{prefix}/{folder}/{name}")
        if not interpreter or name.endswith("-gdb.py"):  # Python's own, for the debugger, never started
            continue
        if interpreter not in known:
            known[interpreter] = _about(interpreter, prefix, request)
        yield Script(f"{folder}/{clean(name)}", *known[interpreter])


def _about(interpreter: str, prefix: str, request: Request) -> tuple[str, bool, bool]:
    """Say an interpreter, whether it lies in the prefix, and whether it is there."""
    path = place(interpreter, request.root)
    folder = os.path.dirname(path)  # noqa: PTH120 - of the link: a venv's python leads out
    folders = {_comparable(folder), _comparable(os.path.realpath(folder))}
    prefixes = {_comparable(prefix), _comparable(os.path.realpath(prefix))}
    inside = any(own.startswith(root) for own in folders for root in prefixes)
    on_drive = interpreter[1:2] == ":"
    said = show(interpreter.replace("\\", "/")) if on_drive else shown(path, request.root, request.home)
    return clean(said), inside, is_there(interpreter, request)


def _comparable(folder: str) -> str:
    return os.path.normcase(folder).replace("\\", "/").rstrip("/") + "/"


def read_other_pythons(prefix: str, identity: Identity) -> Iterator[tuple[str, dict[str, str]]]:
    """Read which distributions lie in site-packages folders of other minor versions than the interpreter's.

    Each folder comes with name and version of what its metadata folders are called.

    A system's Pythons share one prefix by design, so there every version is at home.
    """
    if identity.kind == "system" or not identity.python_minor:
        return
    at_home = {folder.path for folder in identity.site_folders}
    for name in _entries(f"{prefix}/lib", folders=True):
        match = _PYTHON_FOLDER.fullmatch(name)
        path = f"lib/{name}/site-packages"
        if match and match[1] != identity.python_minor and path not in at_home:
            inside = _entries(f"{prefix}/{path}", folders=True)
            left = dict(sorted(name_and_version(n) for n in inside if n.endswith((".dist-info", ".egg-info"))))
            if left:
                yield path, left


def _entries(folder: str, *, folders: bool) -> list[str]:
    """The names of a folder's own folders, or of its regular files; none where it cannot be listed."""
    found: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for number, entry in enumerate(entries):
                if number >= ENTRY_LIMIT:
                    break
                if entry.is_dir() if folders else entry.is_file(follow_symlinks=False):
                    found.append(entry.name)
    except OSError:
        pass
    return sorted(found)
