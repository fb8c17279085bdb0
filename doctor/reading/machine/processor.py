"""Reads what Linux says of processor, memory, C library and container limits, under any root.

Small text files of the kernel only; nothing is asked of a running process and nothing is started.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from doctor.reading.clean import decode
from doctor.reading.files import Unfit, read_bytes

#: bytes; /proc/cpuinfo of a machine with 256 processors has 400,000
_KERNEL_FILE = 1024 * 1024

#: psABI x86-64 levels by the flags that Linux shows for them; each level needs those of the levels below it
#: source: x86-64 psABI, table 3.1 (micro-architecture levels); certainty: high
_LEVELS = (
    frozenset({"cmov", "cx8", "fpu", "fxsr", "mmx", "sse", "sse2"}),
    frozenset({"cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"}),
    frozenset({"abm", "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe", "xsave"}),
    frozenset({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}),
)

#: a cgroup v1 limit at or above this many bytes is the kernel's way to say that there is none
_NO_LIMIT = 1 << 60

_GLIBC = re.compile(rb"GNU C Library[^\n]{0,100}?version (\d+\.\d+)")
_MUSL = re.compile(rb"\x00(1\.\d\.\d{1,2})\x00")
_LIBC_FOLDERS = ("lib/{}-linux-gnu", "usr/lib/{}-linux-gnu", "lib64", "usr/lib64", "lib", "usr/lib")


def kernel_text(path: Path) -> str:
    """Read a file of /proc or /sys, whose size the kernel gives as 0; empty where it cannot be read."""
    parts: list[bytes] = []
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except (OSError, ValueError):
        return ""
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            while sum(map(len, parts)) < _KERNEL_FILE and (part := os.read(descriptor, 65_536)):
                parts.append(part)
    except OSError:
        pass
    finally:
        os.close(descriptor)
    return decode(b"".join(parts))


class Processor(NamedTuple):
    """What /proc/cpuinfo says."""

    cores: int = 0
    level: int = 0  #: x86-64 level, 1 to 4; 0 where it is no x86-64 or the flags are not there
    architecture: str = ""  #: x86_64, aarch64 or empty


def read_processor(root: Path) -> Processor:
    """Count the processors and tell their x86-64 level from the flags that all of them share."""
    text = kernel_text(root / "proc/cpuinfo")
    count = len(re.findall(r"^processor\s*:", text, re.MULTILINE))
    flags = [set(line.split()) for line in dict.fromkeys(re.findall(r"^flags\s*:(.*)$", text, re.MULTILINE))]
    if not flags:
        arm = re.search(r"^CPU implementer\s*:", text, re.MULTILINE)
        return Processor(count, 0, "aarch64" if arm else "")
    shared = set.intersection(*flags)
    if "lm" not in shared:
        return Processor(count)
    level = 0
    for wanted in _LEVELS:
        if not wanted <= shared:
            break
        level += 1
    return Processor(count, level, "x86_64")


def read_memory(root: Path) -> int:
    """Bytes of memory; 0 where /proc/meminfo does not say."""
    found = re.search(r"^MemTotal:\s*(\d+) kB", kernel_text(root / "proc/meminfo"), re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def read_libc(root: Path, architecture: str) -> str:
    """Tell the C library from its own file: glibc 2.36, musl 1.2; empty where there is none.

    The text that glibc prints about itself when it is run stands in the file, so it need not be run.
    """
    machine = {"arm64": "aarch64", "AMD64": "x86_64"}.get(architecture, architecture)
    for folder in _LIBC_FOLDERS:
        found = _search(root / folder.format(machine) / "libc.so.6", _GLIBC)
        if found:
            return f"glibc {found}"
    for folder in ("lib", "usr/lib"):
        found = _search(root / folder / f"ld-musl-{machine}.so.1", _MUSL)
        if found:
            return f"musl {'.'.join(found.split('.')[:2])}"
    return ""


def _search(path: Path, pattern: re.Pattern[bytes]) -> str:
    try:
        found = pattern.search(read_bytes(path))
    except Unfit:
        return ""
    return found[1].decode("ascii") if found else ""


class Limits(NamedTuple):
    """What the control groups of this process allow it; 0 where there is no limit."""

    cores: float = 0.0
    memory: int = 0


def read_limits(root: Path) -> Limits:
    """Read processor quota and memory limit of cgroup v1 and v2: the smallest on the way up counts."""
    cores: list[float] = []
    memory: list[int] = []
    for folder in _groups(root, "cpu"):
        quota, period = _quota(folder)
        if quota > 0 and period > 0:
            cores.append(quota / period)
    for folder in _groups(root, "memory"):
        for name in ("memory.max", "memory.limit_in_bytes"):
            text = kernel_text(folder / name).strip()
            if text.isdigit() and 0 < int(text) < _NO_LIMIT:
                memory.append(int(text))
    return Limits(round(min(cores, default=0.0), 3), min(memory, default=0))


def _quota(folder: Path) -> tuple[int, int]:
    words = kernel_text(folder / "cpu.max").split()
    if not words:
        words = [kernel_text(folder / f"cpu.cfs_{part}_us").strip() for part in ("quota", "period")]
    if len(words) == 2 and all(word.isdigit() for word in words):
        return int(words[0]), int(words[1])
    return 0, 0


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """The folders of this process's groups for a controller, from its own up to the top."""
    mounts = list(_mounts(root))
    for line in kernel_text(root / "proc/self/cgroup").splitlines()[:200]:
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        unified = number == "0" and not controllers
        if not unified and controller not in controllers.split(","):
            continue
        for mount, top, kind, options in mounts:
            if kind != ("cgroup2" if unified else "cgroup") or (not unified and controller not in options):
                continue
            inside = path[len(top) :] if top != "/" and (path + "/").startswith(top + "/") else path
            parts = [part for part in inside.split("/") if part and part != ".."]
            for depth in range(min(len(parts), 64), -1, -1):
                yield root.joinpath(mount.lstrip("/"), *parts[:depth])
            break


def _mounts(root: Path) -> Iterator[tuple[str, str, str, list[str]]]:
    """Where control groups are mounted: (folder, the group that it shows, cgroup or cgroup2, options)."""
    for line in kernel_text(root / "proc/self/mountinfo").splitlines()[:5_000]:
        before, _, after = line.partition(" - ")
        fields, words = before.split(), after.split()
        if len(fields) >= 6 and len(words) >= 3 and words[0] in ("cgroup", "cgroup2"):
            folder = fields[4].replace("\\040", " ")
            yield folder, fields[3], words[0], words[2].split(",")
