"""Folder trees as other systems and tools leave them, without any program that could run."""

from __future__ import annotations

import struct
from pathlib import Path

ELF_X86_64 = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HH", 3, 62) + bytes(44)
ELF_AARCH64 = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HH", 3, 183) + bytes(44)
MACH_ARM64 = b"\xcf\xfa\xed\xfe" + struct.pack("<I", 0x0100000C) + bytes(24)
MACH_UNIVERSAL = (
    b"\xca\xfe\xba\xbe" + struct.pack(">I", 2) + struct.pack(">5I", 0x01000007, 3, 0, 0, 0)
) + struct.pack(">5I", 0x0100000C, 0, 0, 0, 0)
PE_AMD64 = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<H", 0x8664) + bytes(18)


def put(path: Path, content: str | bytes = b"") -> Path:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def link(path: Path, target: str | Path) -> Path:
    """Make a link and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)
    return path


def posix_python(
    prefix: Path, version: str = "3.12.4", *, program: bytes = ELF_X86_64, lib: str = "lib", headers: bool = True
) -> Path:
    """A Python installation: bin/python3 -> python3.12, its standard library, its headers."""
    minor = ".".join(version.split(".")[:2])
    put(prefix / f"bin/python{minor}", program)
    for name in ("python", "python3"):
        if not (prefix / "bin" / name).is_symlink():
            link(prefix / "bin" / name, f"python{minor}")
    put(prefix / lib / f"python{minor}/os.py")
    (prefix / lib / f"python{minor}/site-packages").mkdir(parents=True)
    if headers:
        put(prefix / f"include/python{minor}/patchlevel.h", f'#define PY_VERSION      "{version}"\n')
    return prefix


def posix_venv(prefix: Path, base_program: str | Path, version: str = "3.12.4", *, extra: str = "") -> Path:
    """A virtual environment whose interpreter is a link."""
    home = str(base_program).rpartition("/")[0]
    put(prefix / "pyvenv.cfg", f"home = {home}\ninclude-system-site-packages = false\nversion = {version}\n{extra}")
    link(prefix / "bin/python", base_program)
    link(prefix / "bin/python3", "python")
    minor = ".".join(version.split(".")[:2])
    (prefix / f"lib/python{minor}/site-packages").mkdir(parents=True)
    return prefix


def conda_prefix(
    prefix: Path, version: str = "3.11.9", *, history: str | None = "==> 2026-01-02 03:04:05 <==\n"
) -> Path:
    """What conda leaves, with a Python."""
    posix_python(prefix, version, headers=False)
    put(prefix / f"conda-meta/python-{version}-hab00c5b_0_cpython.json", "{}")
    if history is not None:
        put(prefix / "conda-meta/history", history)
    return prefix


def windows_python(prefix: Path, version: str = "3.11.9") -> Path:
    """A Windows installation, as python.org's and conda's alike."""
    digits = "".join(version.split(".")[:2])
    put(prefix / "python.exe", PE_AMD64)
    put(prefix / f"python{digits}.dll", PE_AMD64)
    put(prefix / "python3.dll", PE_AMD64)
    put(prefix / "Lib/os.py")
    put(prefix / "include/patchlevel.h", f'#define PY_VERSION      "{version}"\n')
    (prefix / "Lib/site-packages").mkdir()
    (prefix / "Scripts").mkdir()
    return prefix


def windows_venv(prefix: Path, home: str, version: str = "3.11.9") -> Path:
    """A virtual environment of Windows: a copy of the launcher, home with backslashes."""
    text = f"home = {home}\r\ninclude-system-site-packages = false\r\nversion = {version}\r\n"
    put(prefix / "pyvenv.cfg", text)
    put(prefix / "Scripts/python.exe", PE_AMD64)
    (prefix / "Lib/site-packages").mkdir(parents=True)
    return prefix
