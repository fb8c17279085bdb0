"""Reads the machine layer: system, processor, limits, GPUs, disks, tools on PATH, conda installations.

Everything is looked up below the request's root, so that a recorded tree reads like the machine it came from;
only the real machine is asked through NVML, psutil and the C library.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from doctor.collect.path_tools import read_tools
from doctor.facts import Facts
from doctor.facts.machine import Disk, Machine
from doctor.reading.clean import clean
from doctor.reading.files import Unfit, read_text
from doctor.reading.machine.gpus import ask_nvml, read_gpus
from doctor.reading.machine.processor import kernel_text, read_libc, read_limits, read_memory, read_processor
from doctor.reading.rooted import REAL_ROOT, exists, is_folder, place, shown
from doctor.target.environment import Request

#: where installers put conda below the home folder, and below the root
_HOME_ROOTS = ("miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba", ".local/share/mamba")
_SYSTEM_ROOTS = ("opt/conda", "opt/miniconda3", "opt/anaconda3", "opt/miniforge3", "opt/mambaforge")
_HOMEBREW_ROOTS = tuple(
    f"{top}/Caskroom/{name}/base" for top in ("opt/homebrew", "usr/local") for name in ("miniforge", "miniconda")
)


def read(request: Request, facts: Facts) -> Machine:  # noqa: ARG001 - as every collector is called
    """Read the machine that the request may look at."""
    root = request.root
    system = _system(root)
    processor = read_processor(root)
    architecture = _architecture(request, processor.architecture)
    limits = read_limits(root)
    return Machine(
        system=system,
        release=_release(root, system),
        libc=_libc(root, architecture) if system == "linux" else "",
        architecture=architecture,
        x86_64_level=processor.level,
        cores=_usable_cores() if root == REAL_ROOT else processor.cores,
        quota=limits.cores,
        memory=read_memory(root) or (_psutil_memory() if root == REAL_ROOT else 0),
        memory_limit=limits.memory,
        gpus=read_gpus(root, system == "windows", ask_nvml if root == REAL_ROOT else None),
        disks=tuple(_disks(request)),
        tools=read_tools(request.variables, root, request.home),
        conda_roots=tuple(shown(path, root, request.home) for path in _conda_roots(request)),
    )


def _system(root: Path) -> str:
    if root == REAL_ROOT:
        return {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")
    if is_folder(root / "Windows/System32"):
        return "windows"
    return "macos" if exists(root / "System/Library/CoreServices/SystemVersion.plist") else "linux"


def _release(root: Path, system: str) -> str:
    """The kernel's release on Linux, the product's version on macOS, version and build on Windows."""
    if system == "linux":
        return clean(kernel_text(root / "proc/sys/kernel/osrelease").strip(), 100)
    if system == "macos":
        try:
            plist = read_text(root / "System/Library/CoreServices/SystemVersion.plist", limit=65_536)
        except Unfit:
            return ""
        found = re.search(r"<key>ProductVersion</key>\s*<string>([\d.]{1,20})</string>", plist)
        return found[1] if found else ""
    if sys.platform == "win32" and root == REAL_ROOT:
        version = sys.getwindowsversion()
        return f"{version.major}.{version.minor}.{version.build}"
    return ""


def _architecture(request: Request, seen: str) -> str:
    if request.root == REAL_ROOT:
        if hasattr(os, "uname"):
            return os.uname().machine
        return request.variables.get("PROCESSOR_ARCHITEW6432") or request.variables.get("PROCESSOR_ARCHITECTURE", "")
    return clean(kernel_text(request.root / "proc/sys/kernel/arch").strip(), 20) or seen


def _libc(root: Path, architecture: str) -> str:
    """The C library, first from the one that runs us, where it is the machine's own."""
    if root == REAL_ROOT and hasattr(os, "confstr"):
        try:
            told = os.confstr("CS_GNU_LIBC_VERSION")
        except (OSError, ValueError):
            told = None
        if told and told.startswith("glibc "):
            return told
    return read_libc(root, architecture)


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 0


def _psutil_memory() -> int:
    import psutil

    return int(psutil.virtual_memory().total)


def _disks(request: Request) -> Iterator[Disk]:
    """The file systems of environment, caches, temporary files and home; a folder that is not there has none."""
    yield from _disk(request, "environment", request.environment.prefix)
    for cache in _caches(request):
        yield from _disk(request, "cache", cache)
    variables = request.variables
    told = [place(variables[name], request.root) for name in ("TMPDIR", "TEMP", "TMP") if variables.get(name)]
    temporary = next((path for path in (*told, request.root / "tmp") if path.is_absolute() and is_folder(path)), None)
    if temporary:
        yield from _disk(request, "temporary", temporary)
    yield from _disk(request, "home", request.home)


def _disk(request: Request, role: str, path: Path) -> Iterator[Disk]:
    try:
        device = str(path.stat().st_dev)
        if hasattr(os, "statvfs"):
            room = os.statvfs(path)
            total, free = room.f_blocks * room.f_frsize, room.f_bavail * room.f_frsize
            inodes, inodes_free = room.f_files, room.f_favail
        else:
            import psutil

            usage = psutil.disk_usage(str(path))
            total, free, inodes, inodes_free = usage.total, usage.free, 0, 0
    except (OSError, ValueError):
        return
    if total:
        yield Disk(role, shown(path, request.root, request.home), device, total, free, inodes, inodes_free)  # type: ignore[arg-type]


def _caches(request: Request) -> Iterator[Path]:
    """The folders that pip, uv and conda keep downloads and unpacked packages in, where they are there."""
    variables, home, root = request.variables, request.home, request.root
    if _system(root) == "windows":
        base = place(variables["LOCALAPPDATA"], root) if variables.get("LOCALAPPDATA") else home / "AppData/Local"
        usual = [("PIP_CACHE_DIR", base / "pip/Cache"), ("UV_CACHE_DIR", base / "uv/cache")]
    else:
        told = variables.get("XDG_CACHE_HOME", "")
        base = place(told, root) if told.startswith("/") else home / ".cache"
        pip = home / "Library/Caches/pip" if _system(root) == "macos" else base / "pip"
        usual = [("PIP_CACHE_DIR", pip), ("UV_CACHE_DIR", base / "uv")]
    found: dict[Path, None] = {}
    for name, folder in usual:
        told = variables.get(name, "")
        found.setdefault(place(told, root) if told else folder)
    for text in variables.get("CONDA_PKGS_DIRS", "").split(os.pathsep if os.name == "nt" else ","):
        if text.strip():
            found.setdefault(place(text.strip(), root))
    for conda_root in _conda_roots(request):
        found.setdefault(conda_root / "pkgs")
    found.setdefault(home / ".conda/pkgs")
    yield from (path for path in found if path.is_absolute() and is_folder(path))


def _conda_roots(request: Request) -> tuple[Path, ...]:
    """The conda installations on this machine, each once, the one in use first."""
    variables, root, home = request.variables, request.root, request.home
    candidates: list[Path] = []
    if variables.get("CONDA_EXE"):
        candidates.append(place(variables["CONDA_EXE"], root).parent.parent)
    candidates += [place(variables[name], root) for name in ("CONDA_ROOT", "MAMBA_ROOT_PREFIX") if variables.get(name)]
    prefix = request.environment.prefix
    candidates += [prefix.parent.parent] if prefix.parent.name == "envs" else [prefix]
    candidates += [home / name for name in _HOME_ROOTS]
    candidates += [root / name for name in (*_SYSTEM_ROOTS, *_HOMEBREW_ROOTS)]
    found: dict[str, Path] = {}
    for path in candidates:
        if path.is_absolute() and _is_conda_root(path):
            found.setdefault(os.path.realpath(path), path)
    return tuple(found.values())


def _is_conda_root(prefix: Path) -> bool:
    programs = ("condabin", "bin/conda", "Scripts/conda.exe", "_conda.exe")
    return is_folder(prefix / "conda-meta") and any(exists(prefix / name) for name in programs)
