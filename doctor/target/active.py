"""What is active in the user's shell: the variables that activation sets, and the python that PATH finds first."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from doctor.reading.files import Unfit, read_text
from doctor.reading.rooted import REAL_ROOT, follow, is_absolute, is_folder, names_in, place, real_folder, there
from doctor.target.environment import Environment
from doctor.target.executable import read_header
from doctor.target.recognise import environment_of

_NAMES = ("python3", "python", "python.exe")
#: entries of PATH looked at, and folders that a .python-version file is sought in
_BOUND = 200


class Activation(NamedTuple):
    """A variable that names an active environment."""

    variable: str
    prefix: Path


def activations(variables: Mapping[str, str], *, root: Path = REAL_ROOT) -> tuple[Activation, ...]:
    """What VIRTUAL_ENV and CONDA_PREFIX name; if both do, the one whose programs PATH finds first comes first."""
    found = [
        Activation(name, place(variables[name], root))
        for name in ("VIRTUAL_ENV", "CONDA_PREFIX")
        if is_absolute(variables.get(name, ""))
    ]
    order = path_folders(variables, root=root)
    reals = [real_folder(folder) for folder in order]

    def rank(activation: Activation) -> int:
        own = {real_folder(activation.prefix / name) for name in ("bin", "Scripts", "")}
        return next((index for index, folder in enumerate(reals) if folder in own), len(reals))

    return tuple(sorted(found, key=rank))


def path_folders(variables: Mapping[str, str], *, root: Path = REAL_ROOT) -> tuple[Path, ...]:
    """The folders of PATH; relative ones are left out, as they mean another folder everywhere."""
    text = variables.get("PATH", "")
    separator = ";" if os.name == "nt" or re.match(r"[A-Za-z]:\\", text) else ":"
    parts = [part.strip('"') for part in text.split(separator)[:_BOUND]]
    return tuple(place(part, root) for part in parts if is_absolute(part) and "\0" not in part)


def pythons_on_path(variables: Mapping[str, str], *, cwd: Path, root: Path = REAL_ROOT) -> Iterator[Environment]:
    """The environments whose python a shell would start, first on PATH first; pyenv's shims are looked through."""
    for folder in path_folders(variables, root=root):
        for name in _NAMES:
            interpreter = folder / name
            if not there(interpreter):
                continue
            if folder.name == "shims":
                chosen = pyenv_choice(folder.parent, variables, cwd=cwd)
                interpreter = chosen / "bin" / name if chosen else interpreter
            found = environment_of(interpreter, root=root) if is_program(interpreter, root) else None
            if found is not None:
                yield found
                break


def is_program(interpreter: Path, root: Path = REAL_ROOT) -> bool:
    """Whether a file is a compiled program, or a link that leads nowhere; scripts such as shims are neither."""
    real = follow(interpreter, root)
    if real is None:
        return there(interpreter)
    return read_header(real) is not None


def pyenv_choice(pyenv: Path, variables: Mapping[str, str], *, cwd: Path) -> Path | None:
    """The version that pyenv's shims start here: PYENV_VERSION, a .python-version upwards, or pyenv's own file."""
    asked = variables.get("PYENV_VERSION", "").split(":")
    if not any(asked):
        files = [folder / ".python-version" for folder in (cwd, *cwd.parents)][:_BOUND]
        asked = next(filter(None, (_version_file(file) for file in (*files, pyenv / "version"))), [])
    present = names_in(pyenv / "versions")
    for version in filter(None, asked):
        if version == "system":
            return None
        newest = max(
            (name for name in present if name == version or name.startswith(f"{version}.")), key=_order, default=""
        )
        if newest and is_folder(pyenv / "versions" / newest):
            return pyenv / "versions" / newest
    return None


def _version_file(file: Path) -> list[str]:
    try:
        lines = read_text(file, limit=4096).splitlines()
    except Unfit:
        return []
    words = [line.split("#")[0].strip() for line in lines]
    return [word for word in words if word and "/" not in word and not word.startswith(".")]


def _order(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", name)[:4])
