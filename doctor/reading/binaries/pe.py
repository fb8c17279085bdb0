"""Reads the headers of a PE file (.pyd, .dll, .exe): what it is for and which libraries it imports."""

from __future__ import annotations

import struct
from typing import NamedTuple

from doctor.reading.binaries.window import Window
from doctor.reading.files import Unfit

#: Machine of the COFF header (Microsoft's PE format) -> as platform.machine() says it
_MACHINES = {0x8664: "AMD64", 0xAA64: "ARM64", 0x14C: "x86", 0xA641: "ARM64", 0xA64E: "ARM64", 0x1C4: "ARM"}
#: the most of each that is read; the largest seen: 30 sections, 60 imported libraries
_SECTIONS, _IMPORTS = 256, 1024
_EXPORT, _IMPORT, _DELAYED = 0, 1, 13


class Pe(NamedTuple):
    """What one PE file says."""

    machine: str
    needed: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()  #: loaded when first used
    name: str = ""  #: by which it was linked, where it exports something


class Section(NamedTuple):
    """A section with bytes in the file."""

    name: str
    offset: int
    size: int


class _Header(NamedTuple):
    machine: str
    base: int
    folders: tuple[tuple[int, int], ...]  #: address and size of each table
    sections: tuple[tuple[str, int, int, int, int], ...]  #: name, address, size there, offset, size in the file


def is_pe(window: Window) -> bool:
    """Whether a file begins as PE files do."""
    return window.head[:2] == b"MZ"


def read_pe(window: Window) -> Pe:
    """Read one PE file. Raises Unfit with the reason."""
    header = _header(window)
    return Pe(
        header.machine,
        _imports(window, header, _IMPORT, 20, 12),
        _imports(window, header, _DELAYED, 32, 4),
        _name(window, header),
    )


def read_pe_sections(window: Window) -> list[Section]:
    """The sections that have bytes in the file."""
    return [Section(name, offset, size) for name, _, _, offset, size in _header(window).sections if offset]


def _header(window: Window) -> _Header:
    if not is_pe(window) or len(window.head) < 64:
        raise Unfit("not a library")
    start = struct.unpack_from("<I", window.head, 60)[0]
    head = window.at(start, 24)
    if head[:4] != b"PE\0\0":
        raise Unfit("not a library")
    kind, count, length = struct.unpack_from("<HH12xH", head, 4)
    optional = window.at(start + 24, length)
    if count > _SECTIONS or length < 96:
        raise Unfit("its header makes no sense")
    wide = optional[:2] == b"\x0b\x02"
    if not wide and optional[:2] != b"\x0b\x01":
        raise Unfit("its header makes no sense")
    at = 112 if wide else 96
    base = struct.unpack_from("<Q" if wide else "<I", optional, 24 if wide else 28)[0]
    several = min(struct.unpack_from("<I", optional, at - 4)[0], 16, (length - at) // 8) if length >= at else 0
    folders = tuple(struct.unpack_from("<II", optional, at + 8 * number) for number in range(several))
    sections = []
    for name, size, address, stored, offset in struct.iter_unpack(
        "<8sIIII16x", window.at(start + 24 + length, 40 * count)
    ):
        text = name.partition(b"\0")[0].decode("ascii", "replace")
        sections.append((text, address, size, offset, min(stored, max(0, window.size - offset))))
    return _Header(_MACHINES.get(kind, f"machine {kind}"), base, folders, tuple(sections))


def _offset(header: _Header, address: int) -> int:
    for _, start, size, offset, stored in header.sections:
        if start <= address < start + max(size, stored):
            if address - start >= stored:
                break
            return offset + address - start
    raise Unfit("an address that no part of it has")


def _imports(window: Window, header: _Header, table: int, each: int, name_at: int) -> tuple[str, ...]:
    if table >= len(header.folders) or not header.folders[table][0]:
        return ()
    at = _offset(header, header.folders[table][0])
    found: list[str] = []
    for _ in range(_IMPORTS):
        entry = window.at(at, each)
        address = struct.unpack_from("<I", entry, name_at)[0]
        if not address or not entry.strip(b"\0"):
            return tuple(found)
        if table == _DELAYED and not entry[0] & 1:  # old linkers wrote addresses in memory
            address -= header.base
        found.append(window.name_at(_offset(header, address)).decode("utf-8", "surrogateescape"))
        at += each
    raise Unfit("it imports too many libraries")


def _name(window: Window, header: _Header) -> str:
    if not header.folders or not header.folders[_EXPORT][0]:
        return ""
    try:
        table = window.at(_offset(header, header.folders[_EXPORT][0]), 40)
        address = struct.unpack_from("<I", table, 12)[0]
        return window.name_at(_offset(header, address)).decode("utf-8", "surrogateescape") if address else ""
    except Unfit:
        return ""
