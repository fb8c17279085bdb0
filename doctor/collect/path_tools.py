"""Finds package managers and Pythons on PATH and tells, from files alone, their version and environment."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from doctor.facts.machine import Tool
from doctor.reading.files import Unfit, read_json, read_text
from doctor.reading.rooted import exists, follow, is_folder, names_in, place, real_folder, shown
from doctor.target.layout import read_layout, site_folders
from doctor.target.pyvenv import read_config

NAMES = ("pip", "pip3", "python", "python3", "conda", "mamba", "micromamba", "pixi", "uv", "jupyter")
#: the distribution that a script's version is that of
_DISTRIBUTIONS = {"pip": "pip", "pip3": "pip", "uv": "uv", "jupyter": "jupyter_core", "conda": "conda"}
_FOLDER_LIMIT = 200
_HEAD = 4096
_PATCHLEVEL = re.compile(r'^#define PY_VERSION\s+"(\d+\.\d+\.\d+\w*)', re.MULTILINE)
#: a launcher for paths too long for a first line: #!/bin/sh and '''exec' /long/path/python "$0" "$@"
_LAUNCHED = re.compile(r"^'''exec' \"?([^\"\n]+?)\"? \"\$0\"", re.MULTILINE)


def read_tools(variables: Mapping[str, str], root: Path, home: Path) -> tuple[Tool, ...]:
    """List the tools on PATH: the one that wins for each name, then those it hides, both in PATH's order."""
    winners: list[Tool] = []
    hidden: list[Tool] = []
    seen: set[str] = set()
    versions: dict[tuple[str, Path | None], str] = {}
    for folder in search_path(variables, root):
        for name, path in _tools_in(folder):
            prefix = environment_of(name, path, root)
            key = (name.rstrip("3"), prefix)
            if key not in versions:
                versions[key] = _version(name, path, prefix, root, home)
            tool = Tool(name, shown(path, root, home), versions[key], shown(prefix, root, home) if prefix else "")
            (hidden if name in seen else winners).append(tool)
            seen.add(name)
    return (*winners, *hidden)


def search_path(variables: Mapping[str, str], root: Path) -> Iterator[Path]:
    """The absolute folders of PATH, each once; /bin is left out where it is a link to /usr/bin that came before."""
    found: dict[str, Path] = {}
    for text in variables.get("PATH", "").split(os.pathsep)[:_FOLDER_LIMIT]:
        if text and Path(text).is_absolute() and "\0" not in text:
            folder = place(text, root)
            found.setdefault(str(real_folder(folder)), folder)
    yield from found.values()


def _tools_in(folder: Path) -> Iterator[tuple[str, Path]]:
    endings = (".exe", ".bat", ".cmd") if os.name == "nt" else ("", ".exe")
    for name in NAMES:
        for ending in endings:
            path = folder / (name + ending)
            if _is_program(path, ending):
                yield name, path
                break


def _is_program(path: Path, ending: str) -> bool:
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(mode) and bool(ending or mode & 0o111)


def environment_of(name: str, path: Path, root: Path) -> Path | None:
    """The prefix that a tool works on: a script's is its interpreter's, a program's is where it lies."""
    first, _, rest = _head(path).partition("\n")
    if name.startswith("python"):
        return None if first.startswith("#!") else prefix_of_interpreter(path, root)  # a script is pyenv's or conda's
    if first.startswith("#!"):
        launched = _LAUNCHED.search(rest)
        interpreter = launched[1] if launched else first[2:].strip().split(" -")[0]
        if re.fullmatch(r"(?:python|pypy)w?[\d.]*(?:\.exe)?", re.split(r"[\\/]", interpreter)[-1]):
            return prefix_of_interpreter(place(interpreter, root), root)
        return None
    prefix = path.parent.parent if path.parent.name in ("bin", "Scripts", "condabin") else path.parent
    return prefix if _is_environment(prefix) else None


def prefix_of_interpreter(path: Path, root: Path) -> Path:
    """The prefix of an interpreter: the environment it lies in, else the one that its links lead to."""
    prefix = _above(path)
    if _is_environment(prefix):
        return prefix
    real = follow(path, root)
    prefix = _above(real) if real else prefix
    return root / "usr" if prefix == root else prefix


def _above(path: Path) -> Path:
    return path.parent.parent if path.parent.name in ("bin", "Scripts") else path.parent


def _is_environment(prefix: Path) -> bool:
    return exists(prefix / "pyvenv.cfg") or is_folder(prefix / "conda-meta")


def _version(name: str, path: Path, prefix: Path | None, root: Path, home: Path) -> str:
    if prefix is None:
        return _receipt(home) if name == "uv" and path.parent == home / ".local/bin" else ""
    if name.startswith("python"):
        return _python_version(prefix, path)
    found = conda_version(prefix, name)
    if found:
        return found
    wanted = _DISTRIBUTIONS.get(name)
    if wanted:
        for folder in site_folders(read_layout(prefix, root=root)):
            for entry in names_in(folder):
                if entry.startswith(f"{wanted}-") and entry.endswith((".dist-info", ".egg-info")):
                    return entry.rpartition(".")[0].split("-")[1]
    return ""


def _python_version(prefix: Path, path: Path) -> str:
    found = read_config(prefix).version or conda_version(prefix, "python")
    if found:
        return found
    real = follow(path) or path
    minor = re.search(r"(\d\.\d{1,2})", real.name)
    for folder in [f"python{minor[1]}"] if minor else names_in(prefix / "include"):
        try:
            header = _PATCHLEVEL.search(read_text(prefix / "include" / folder / "patchlevel.h", limit=65_536))
        except Unfit:
            continue
        if header:
            return header[1]
    return minor[1] if minor else ""


def conda_version(prefix: Path, name: str) -> str:
    """The version of a conda package by the name of its record, or empty."""
    for entry in names_in(prefix / "conda-meta"):
        parts = entry.removesuffix(".json").rsplit("-", 2)
        if entry.endswith(".json") and len(parts) == 3 and parts[0] == name:
            return parts[1]
    return ""


def _receipt(home: Path) -> str:
    """The version that uv's own installer wrote down."""
    try:
        body = read_json(home / ".config/uv/uv-receipt.json", limit=65_536)
    except Unfit:
        return ""
    version = body.get("version") if isinstance(body, dict) else None
    return version if isinstance(version, str) and re.fullmatch(r"[\w.+-]{1,30}", version) else ""


def _head(path: Path) -> str:
    """The first bytes of a program, which may be hundreds of megabytes long."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except (OSError, ValueError):
        return ""
    try:
        return os.read(descriptor, _HEAD).decode("utf-8", "replace") if _regular(descriptor) else ""
    except OSError:
        return ""
    finally:
        os.close(descriptor)


def _regular(descriptor: int) -> bool:
    return stat.S_ISREG(os.fstat(descriptor).st_mode)
