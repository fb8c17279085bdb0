"""The Python that runs in an environment: its own or that of its base, its version, system and processor.

Read from files alone; for a recorded tree of another system as for an environment of this machine.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from doctor.reading.clean import clean
from doctor.reading.files import Unfit, read_text
from doctor.reading.rooted import chain, exists, follow, is_absolute, names_in, place, real_folder, shown
from doctor.target.environment import Request
from doctor.target.executable import Header, System, read_header
from doctor.target.layout import Layout, read_layout, site_folders
from doctor.target.pyvenv import Config, normalise, read_config
from doctor.target.recognise import environment_of
from doctor.target.versions import read_version

#: WHEEL files looked at for a platform, where the interpreter is gone, and bytes of each
_WHEELS = 40
_WHEEL_LIMIT = 64 * 1024
#: platform tags of wheels, by their ending
_ENDINGS = {
    "linux_x86_64": "x86_64",
    "linux_aarch64": "aarch64",
    "_x86_64": "x86_64",
    "_aarch64": "aarch64",
    "_arm64": "arm64",
    "win_amd64": "AMD64",
}

#: versions whose extension modules carry the flag m; from 3.8 on it is gone
_WITH_PYMALLOC = ("3.4", "3.5", "3.6", "3.7")


class TargetPython(NamedTuple):
    """Which Python runs in the environment that a request is about."""

    request: Request
    config: Config
    own: Layout
    base: Layout | None  #: of the Python that a virtual environment was made from, if it is there
    version: str
    implementation: str
    free_threaded: bool
    system: System
    architecture: str

    @property
    def minor(self) -> str:
        """The version as X.Y, or empty."""
        return ".".join(self.version.split(".")[:2])

    @property
    def abi(self) -> str:
        """The tag of extension modules: cp311, cp313t, pp310; empty without a Python."""
        if not self.minor:
            return ""
        short = {"cpython": "cp", "pypy": "pp"}.get(self.implementation, self.implementation)
        flag = "t" if self.free_threaded else "m" if short == "cp" and self.minor in _WITH_PYMALLOC else ""
        return f"{short}{self.minor.replace('.', '')}{flag}"

    @property
    def is_virtual(self) -> bool:
        """Whether it has its standard library from a base."""
        return self.request.environment.kind == "venv"

    @property
    def stdlib(self) -> Path | None:
        """The standard library, of its own or of its base."""
        return self.own.stdlib or (self.base.stdlib if self.base else None)

    def show(self, path: Path) -> str:
        """Say a path: relative inside the prefix, else absolute with ~."""
        prefix = self.request.environment.prefix
        for folder in (prefix, real_folder(prefix)):
            if path.is_relative_to(folder):
                return clean(path.relative_to(folder).as_posix())
        return shown(path, self.request.root, self.request.home)


def read_python(request: Request) -> TargetPython:
    """Read which Python runs in an environment; what cannot be read stays empty."""
    environment, root = request.environment, request.root
    prefix = environment.prefix
    config = read_config(prefix) if environment.kind in ("venv", "unknown") else Config()
    minor = ".".join(environment.version.split(".")[:2])
    own = read_layout(prefix, minor=minor, interpreter=environment.python, root=root)
    base = _base_layout(config, own, root) if own.stdlib is None and environment.kind != "conda" else None
    version = environment.version
    if base is not None:
        there = read_version(base, root)
        if not version or there.startswith(f"{minor}."):  # what runs is the base of today, down to its patch level
            version = there
    header = _program_header(own, base, root)
    system = header.system if header else _system(own, base, config, root)
    architecture = _architecture(header, own, base)
    implementation, free_threaded = own.implementation, own.free_threaded
    if base is not None:
        same = base.minor == own.minor
        free_threaded = free_threaded or (same and base.free_threaded)
        implementation = implementation if own.libraries else base.implementation
    if config.implementation in ("cpython", "pypy", "graalpy"):
        implementation = config.implementation
    version = normalise(version) or version
    return TargetPython(request, config, own, base, version, implementation, free_threaded, system, architecture)


def _base_layout(config: Config, own: Layout, root: Path) -> Layout | None:
    """The layout of the Python that the interpreter's links lead to, or that lies in pyvenv.cfg's home."""
    for interpreter in _base_interpreters(config, own, root):
        real = follow(interpreter, root)
        if real is None:
            continue
        found = environment_of(real, root=root)
        if found is not None and found.prefix != own.prefix:
            minor = ".".join(found.version.split(".")[:2])
            return read_layout(found.prefix, minor=minor, interpreter=found.python, root=root)
    return None


def _base_interpreters(config: Config, own: Layout, root: Path) -> Iterator[Path]:
    if own.interpreter is not None and own.interpreter.is_symlink():
        yield own.interpreter
    if is_absolute(config.home):
        home = place(config.home, root)
        names = (f"python{own.minor}", f"pypy{own.minor}") if own.minor else ()
        for name in (*names, "python3", "python", "pypy3", "python.exe", "pypy3.exe", "bin/python3"):
            if exists(home / name):
                yield home / name


def _program_header(own: Layout, base: Layout | None, root: Path) -> Header | None:
    for layout in filter(None, (own, base)):
        real = follow(layout.interpreter, root) if layout.interpreter else None
        header = read_header(real) if real else None
        if header is not None:
            return header
    return None


def _system(own: Layout, base: Layout | None, config: Config, root: Path) -> System:
    """The operating system, where no interpreter's header tells it: from names that only one system has."""
    if own.style == "windows" or config.home[1:2] == ":":
        return "windows"
    for layout in filter(None, (own, base)):
        if any(name.endswith(".dylib") for name in names_in(layout.prefix / "lib")):
            return "macos"
        stdlib = layout.stdlib
        if stdlib is not None and any(name.endswith("-darwin.so") for name in names_in(stdlib / "lib-dynload")):
            return "macos"
    places = (config.home, shown(chain(own.interpreter, root)[-1], root) if own.interpreter else "")
    apple = ("/Library/", "/opt/homebrew/", "/Users/", "/Applications/")
    return "macos" if any(place.startswith(apple) for place in places) else "linux"


def _architecture(header: Header | None, own: Layout, base: Layout | None) -> str:
    if header is not None and len(header.architectures) == 1:
        return header.architectures[0]
    if header is not None and header.architectures:  # a universal program runs as what the machine is
        mine = os.uname().machine if hasattr(os, "uname") else ""
        return mine if mine in header.architectures else "arm64"
    for layout in filter(None, (own, base)):
        if layout.stdlib is not None:
            for name in names_in(layout.stdlib / "lib-dynload"):
                tag = name.split(".")[-2] if name.endswith(".so") and name.count(".") > 1 else ""
                parts = tag.split("-")  # cpython-311-x86_64-linux-gnu
                if len(parts) > 3 and parts[3] == "linux":
                    return parts[2]
    return _architecture_of_wheels(own)


def _architecture_of_wheels(own: Layout) -> str:
    """The processor that the installed wheels were built for: what is left when the interpreter is gone."""
    looked = 0
    for site in site_folders(own):
        for name in names_in(site):
            if not name.endswith(".dist-info") or looked >= _WHEELS:
                continue
            looked += 1
            try:
                text = read_text(site / name / "WHEEL", limit=_WHEEL_LIMIT)
            except Unfit:
                continue
            for line in text.splitlines():
                platform = line.rpartition("-")[2] if line.startswith("Tag:") else ""
                for ending, machine in _ENDINGS.items():
                    if platform.endswith(ending):
                        return machine
    return ""
