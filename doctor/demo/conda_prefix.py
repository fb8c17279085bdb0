"""Writes a conda environment by hand, as conda leaves one: files, a record of each package, and the history."""

from __future__ import annotations

import hashlib
import json
import sys
import sysconfig
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from doctor.demo.writing import folder, link, write

PYTHON = "{}.{}".format(*sys.version_info[:2])
SITE = f"lib/python{PYTHON}/site-packages"
_FORGE, _DEFAULTS = "https://conda.anaconda.org/conda-forge", "https://repo.anaconda.com/pkgs/main"
#: what conda calls the platforms that it builds for
_SUBDIRS = {
    "linux-x86_64": "linux-64", "linux-aarch64": "linux-aarch64", "linux-ppc64le": "linux-ppc64le",
    "macosx-arm64": "osx-arm64", "macosx-x86_64": "osx-64", "win-amd64": "win-64",
}  # fmt: skip
_SHORT = PYTHON.replace(".", "")


class Built(NamedTuple):
    """One conda package."""

    name: str
    version: str
    files: Mapping[str, str | bytes] = {}  #: path in the prefix -> content
    links: Mapping[str, str] = {}  #: path in the prefix -> what the link says
    depends: Sequence[str] = ()
    channel: str = "conda-forge"  #: or pkgs/main
    number: int = 0
    noarch: bool = False
    asked: str = ""  #: the spec by which the user asked for it

    @property
    def build(self) -> str:
        """The build string."""
        return f"{'pyh' if self.noarch else f'py{_SHORT}h'}3d0c70{self.number}_{self.number}"

    @property
    def dist(self) -> str:
        """Name, version and build."""
        return f"{self.name}-{self.version}-{self.build}"


class Change(NamedTuple):
    """One transaction of conda's history."""

    time: float
    command: str  #: what stands behind conda
    added: Sequence[Built]


def make_conda(prefix: Path, *changes: Change) -> Path:
    """Write the environment that these transactions leave; return its prefix."""
    meta = folder(prefix / "conda-meta")
    lines = []
    for change in changes:
        for package in change.added:
            _place(prefix, package)
            write(meta / f"{package.dist}.json", json.dumps(_record(package), indent=2))
        lines += [
            f"==> {time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(change.time))} <==",
            f"# cmd: conda {change.command}",
            "# conda version: 26.7.2",
            *(f"+{_channel_name(package)}/{_subdir(package)}::{package.dist}" for package in change.added),
            f"# update specs: {[package.asked for package in change.added if package.asked]!r}",
        ]
    write(meta / "history", "\n".join(lines) + "\n")
    return prefix


def python_package() -> Built:
    """A Python that starts: a copy of the running one's program, and links to its standard library.

    It is a copy because a link would lead Python to the real one's folders, and a package manager to its packages.
    Where that is not to be had on this system, a stand-in that only says so.
    """
    version = "{}.{}.{}".format(*sys.version_info[:3])
    links = {"bin/python": f"python{PYTHON}", "bin/python3": f"python{PYTHON}"}
    program = Path(getattr(sys, "_base_executable", "") or sys.executable).resolve()
    library = Path(sysconfig.get_path("stdlib"))
    files: dict[str, str | bytes] = {f"{SITE}/README.txt": "site-packages\n"}
    if not sys.platform.startswith("linux") or not (library / "os.py").is_file():
        text = '#!/bin/sh\necho "This Python is a stand-in of envdoctor\'s demonstration" >&2\nexit 1\n'
        files |= {f"bin/python{PYTHON}": text, f"lib/python{PYTHON}/os.py": ""}
        return Built("python", version, files, links, asked=f"python={PYTHON}")
    files[f"bin/python{PYTHON}"] = program.read_bytes()
    left_out = {"site-packages", "dist-packages", "__pycache__", "EXTERNALLY-MANAGED", "sitecustomize.py"}
    for path in library.iterdir():
        if path.name not in left_out:
            links[f"lib/python{PYTHON}/{path.name}"] = str(path.resolve())
    shared = Path(sysconfig.get_config_var("LIBDIR") or "/", sysconfig.get_config_var("INSTSONAME") or "none")
    if ".so" in shared.name and shared.is_file():
        files[f"lib/{shared.name}"] = shared.read_bytes()
    return Built("python", version, files, links, asked=f"python={PYTHON}")


def _place(prefix: Path, package: Built) -> None:
    for path, content in package.files.items():
        write(prefix / path, content, program=path.startswith("bin/"))
    for path, target in package.links.items():
        link(prefix / path, target)


def _record(package: Built) -> dict[str, Any]:
    base = _FORGE if package.channel == "conda-forge" else _DEFAULTS
    subdir = _subdir(package)
    cached = f"/opt/conda/pkgs/{package.dist}"
    held = [_entry(path, content) for path, content in package.files.items()]
    held += [{"_path": path, "path_type": "softlink", "size_in_bytes": 0} for path in package.links]
    whole = repr((package.dist, sorted(package.files))).encode()
    return {
        "arch": None if package.noarch else subdir.partition("-")[2],
        "build": package.build,
        "build_number": package.number,
        "channel": f"{base}/{subdir}",
        "constrains": [],
        "depends": list(package.depends),
        "extracted_package_dir": cached,
        "files": [entry["_path"] for entry in held],
        "fn": f"{package.dist}.conda",
        "license": "BSD-3-Clause",
        "link": {"source": cached, "type": 1},
        "md5": hashlib.md5(whole, usedforsecurity=False).hexdigest(),
        "name": package.name,
        **({"noarch": "python", "package_type": "noarch_python"} if package.noarch else {}),
        "package_tarball_full_path": f"{cached}.conda",
        "paths_data": {"paths": held, "paths_version": 1},
        "requested_spec": package.asked,
        "requested_specs": [package.asked] if package.asked else [],
        "sha256": hashlib.sha256(whole).hexdigest(),
        "size": sum(entry["size_in_bytes"] for entry in held),
        "subdir": subdir,
        "timestamp": 1_767_600_000_000,
        "url": f"{base}/{subdir}/{package.dist}.conda",
        "version": package.version,
    }


def _entry(path: str, content: str | bytes) -> dict[str, Any]:
    data = content.encode() if isinstance(content, str) else content
    found = hashlib.sha256(data).hexdigest()
    return {
        "_path": path, "path_type": "hardlink", "sha256": found, "sha256_in_prefix": found, "size_in_bytes": len(data),
    }  # fmt: skip


def _subdir(package: Built) -> str:
    return "noarch" if package.noarch else _SUBDIRS.get(sysconfig.get_platform(), "linux-64")


def _channel_name(package: Built) -> str:
    return "defaults" if package.channel == "pkgs/main" else package.channel
