"""Reads the load commands of a Mach-O file: what it is for, what it loads, where it would look.

A universal file holds several; read is the one for the processor that is asked for, or else the first.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from doctor.reading.binaries.window import Window
from doctor.reading.files import Unfit

_WIDE, _NARROW = b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe"
_FAT, _FAT_WIDE = b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf"
#: cputype (mach/machine.h) -> as platform.machine() says it
_MACHINES = {0x01000007: "x86_64", 0x0100000C: "arm64", 7: "i386", 0x0200000C: "arm64_32", 18: "ppc"}
#: the most of each that is read; the largest seen: 4 architectures, 90 commands in 8,000 bytes. A Java class begins
#: with the bytes of a universal file, and its version stands where the number of architectures would
_ARCHITECTURES, _COMMANDS, _COMMAND_BYTES = 16, 4096, 1024 * 1024

_LOAD, _NAME, _LAZY, _RPATH = 0xC, 0xD, 0x20, 0x8000001C
_WEAK, _REEXPORT, _UPWARD = 0x80000018, 0x8000001F, 0x80000023
_MINIMUM, _BUILD_VERSION = 0x24, 0x32
_SEGMENT, _SEGMENT_WIDE = 0x1, 0x19


class MachO(NamedTuple):
    """What one Mach-O file says."""

    machines: tuple[str, ...]
    name: str = ""  #: its install name
    needed: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()  #: weak ones, and those loaded when first used
    rpaths: tuple[str, ...] = ()
    minimum: str = ""  #: the oldest macOS that it loads on


class Section(NamedTuple):
    """A section with bytes in the file."""

    name: str
    offset: int
    size: int


def is_macho(window: Window) -> bool:
    """Whether a file begins as Mach-O files do."""
    head = window.head
    if head[:4] in (_WIDE, _NARROW):
        return True
    return head[:4] in (_FAT, _FAT_WIDE) and 0 < int.from_bytes(head[4:8], "big") <= _ARCHITECTURES


def read_macho(window: Window, prefer: str = "") -> MachO:
    """Read one Mach-O file. Raises Unfit with the reason."""
    slices = _slices(window)
    machines = tuple(machine for machine, _, _ in slices)
    chosen = next((place for machine, *place in slices if machine == prefer), list(slices[0][1:]))
    name, minimum = "", ""
    needed: list[str] = []
    optional: list[str] = []
    rpaths: list[str] = []
    for kind, data in _commands(window, chosen[0], chosen[1]):
        if kind in (_LOAD, _REEXPORT, _UPWARD):
            needed.append(_string(data))
        elif kind in (_WEAK, _LAZY):
            optional.append(_string(data))
        elif kind == _NAME:
            name = _string(data)
        elif kind == _RPATH:
            rpaths.append(_string(data))
        elif kind == _MINIMUM and len(data) >= 12:
            minimum = _version(struct.unpack_from("<I", data, 8)[0])
        elif kind == _BUILD_VERSION and len(data) >= 16:
            minimum = _version(struct.unpack_from("<I", data, 12)[0])
    return MachO(machines, name, tuple(needed), tuple(optional), tuple(rpaths), minimum)


def read_macho_sections(window: Window) -> list[Section]:
    """The sections of the first architecture that have bytes in the file."""
    found: list[Section] = []
    _, start, size = _slices(window)[0]
    for kind, data in _commands(window, start, size):
        if kind not in (_SEGMENT, _SEGMENT_WIDE):
            continue
        head, each = (72, 80) if kind == _SEGMENT_WIDE else (56, 68)
        for at in range(head, len(data) - each + 1, each):
            name = data[at : at + 16].partition(b"\0")[0].decode("ascii", "replace")
            if kind == _SEGMENT_WIDE:
                length, offset = struct.unpack_from("<QI", data, at + 40)
            else:
                length, offset = struct.unpack_from("<II", data, at + 36)
            if offset and length <= size:
                found.append(Section(name, start + offset, length))
    return found


def _slices(window: Window) -> list[tuple[str, int, int]]:
    """Machine, offset and size of each architecture."""
    head = window.head
    if head[:4] in (_WIDE, _NARROW):
        return [(_machine(window.at(0, 8), "<"), 0, window.size)]
    count = int.from_bytes(head[4:8], "big")
    if head[:4] not in (_FAT, _FAT_WIDE) or not 0 < count <= _ARCHITECTURES:
        raise Unfit("not a library")
    form = struct.Struct(">I4xII4x" if head[:4] == _FAT else ">I4xQQ8x")
    found = []
    for kind, offset, size in form.iter_unpack(window.at(8, form.size * count)):
        if offset + size > window.size:
            raise Unfit("cut short")
        found.append((_MACHINES.get(kind, f"machine {kind}"), offset, size))
    return found


def _machine(head: bytes, order: str) -> str:
    kind = struct.unpack_from(f"{order}I", head, 4)[0]
    return _MACHINES.get(kind, f"machine {kind}")


def _commands(window: Window, start: int, size: int) -> list[tuple[int, bytes]]:
    head = window.at(start, 28)
    if head[:4] not in (_WIDE, _NARROW):
        raise Unfit("its header makes no sense")
    count, length = struct.unpack_from("<II", head, 16)
    begin = 32 if head[:4] == _WIDE else 28
    if count > _COMMANDS or length > _COMMAND_BYTES:
        raise Unfit("its header makes no sense")
    if begin + length > size:
        raise Unfit("cut short")
    data = window.at(start + begin, length)
    found, at = [], 0
    for _ in range(count):
        if at + 8 > length:
            raise Unfit("its load commands make no sense")
        kind, each = struct.unpack_from("<II", data, at)
        if each < 8 or at + each > length:
            raise Unfit("its load commands make no sense")
        found.append((kind, data[at : at + each]))
        at += each
    return found


def _string(command: bytes) -> str:
    """The text of a load command, whose place in it stands behind kind and size."""
    if len(command) < 12:
        raise Unfit("its load commands make no sense")
    at = struct.unpack_from("<I", command, 8)[0]
    if not 12 <= at <= len(command):
        raise Unfit("a name outside its load command")
    return command[at:].partition(b"\0")[0].decode("utf-8", "surrogateescape")


def _version(number: int) -> str:
    parts = (number >> 16, number >> 8 & 255, number & 255)
    return ".".join(map(str, parts if parts[2] else parts[:2]))
