"""What the bytes of an interpreter or its library tell: operating system, processor, and Python version.

The head is read alone (4 KiB); the version is sought in bounded pieces. Nothing is ever run.
"""

from __future__ import annotations

import os
import re
import stat
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

HEAD = 4096
#: bytes looked through for a version; the largest interpreters (all libraries linked in) have about 100 MB
SEARCHED = 128 * 1024 * 1024
_PIECE = 4 * 1024 * 1024
_OVERLAP = 32

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)

#: e_machine of ELF (System V ABI) -> as platform.machine() says it
_ELF = {
    3: "i686",
    21: "ppc64le",
    22: "s390x",
    40: "armv7l",
    62: "x86_64",
    183: "aarch64",
    243: "riscv64",
    258: "loongarch64",
}
#: cputype of Mach-O (mach/machine.h)
_MACH = {0x01000007: "x86_64", 0x0100000C: "arm64", 7: "i386"}
#: Machine of a PE header (Microsoft's PE format)
_PE = {0x8664: "AMD64", 0xAA64: "ARM64", 0x14C: "x86"}

System = Literal["linux", "macos", "windows"]


class Header(NamedTuple):
    """What a program is made for; several architectures in a universal macOS program."""

    system: System
    architectures: tuple[str, ...] = ()


def read_header(path: Path) -> Header | None:
    """Read the head of a program or library; None where it is neither or cannot be read."""
    try:
        head = next(_pieces(path, HEAD, HEAD), b"")
        return _header(head)
    except (OSError, ValueError, struct.error):
        return None


def find_version(path: Path, minor: str) -> str:
    """Find the full version that a CPython program or library of a known X.Y holds as text, or empty."""
    pattern = re.compile(rb"(?<![0-9.])(" + re.escape(minor.encode()) + rb"\.\d{1,2}(?:(?:a|b|rc)\d{1,2})?)\+?\x00")
    tail = b""
    try:
        for piece in _pieces(path, SEARCHED, _PIECE):
            found = pattern.search(tail + piece)
            if found:
                return found[1].decode()
            tail = piece[-_OVERLAP:]
    except (OSError, ValueError):
        pass
    return ""


def _pieces(path: Path, limit: int, size: int) -> Iterator[bytes]:
    descriptor = os.open(path, _FLAGS)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return
        while limit > 0:
            piece = os.read(descriptor, min(size, limit))
            if not piece:
                return
            limit -= len(piece)
            yield piece
    finally:
        os.close(descriptor)


def _header(head: bytes) -> Header | None:
    if head.startswith(b"\x7fELF"):
        order = ">" if head[5:6] == b"\x02" else "<"
        machine = struct.unpack_from(order + "H", head, 18)[0]
        return Header("linux", tuple(filter(None, [_ELF.get(machine, "")])))
    if head.startswith((b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe")):
        return Header("macos", tuple(filter(None, [_MACH.get(struct.unpack_from("<I", head, 4)[0], "")])))
    if head.startswith((b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")):
        count = struct.unpack_from(">I", head, 4)[0]
        if count > 8:  # a Java class has the same first bytes and its version here
            return None
        step = 32 if head[3:4] == b"\xbf" else 20
        types = [struct.unpack_from(">I", head, 8 + step * index)[0] for index in range(count)]
        return Header("macos", tuple(_MACH[value] for value in types if value in _MACH))
    if head.startswith(b"MZ"):
        offset = struct.unpack_from("<I", head, 0x3C)[0]
        if head[offset : offset + 4] == b"PE\x00\x00":
            return Header("windows", tuple(filter(None, [_PE.get(struct.unpack_from("<H", head, offset + 4)[0], "")])))
    return None
