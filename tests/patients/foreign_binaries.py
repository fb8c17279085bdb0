"""Writes the headers of Mach-O and PE libraries: no code, but all that says what they need."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

_MACH = {"x86_64": (0x01000007, 3), "arm64": (0x0100000C, 0)}
_PE = {"AMD64": 0x8664, "ARM64": 0xAA64, "x86": 0x14C}


def mach_o(
    *,
    machine: str = "arm64",
    name: str = "",
    needed: Iterable[str] = (),
    weak: Iterable[str] = (),
    rpaths: Iterable[str] = (),
    minimum: tuple[int, int] = (11, 0),
    text: bytes = b"",
) -> bytes:
    """A 64-bit Mach-O library; text lies in its __cstring."""
    commands = [_named(0xD, name, 24)] if name else []
    commands += [_named(0xC, library, 24) for library in needed]
    commands += [_named(0x80000018, library, 24) for library in weak]
    commands += [_named(0x8000001C, folder, 12) for folder in rpaths]
    commands.append(struct.pack("<6I", 0x32, 24, 1, minimum[0] << 16 | minimum[1] << 8, minimum[0] << 16, 0))
    start = 32 + sum(map(len, commands)) + 152
    segment = struct.pack("<II16sQQQQIIII", 0x19, 152, b"__TEXT", 0, 0x1000, 0, start + len(text), 5, 5, 1, 0)
    segment += struct.pack("<16s16sQQIIIIIIII", b"__cstring", b"__TEXT", start, len(text), start, 0, 0, 0, 2, 0, 0, 0)
    commands.insert(0, segment)
    kind, variant = _MACH[machine]
    body = b"".join(commands)
    return struct.pack("<8I", 0xFEEDFACF, kind, variant, 6, len(commands), len(body), 0x85, 0) + body + text


def universal(slices: Sequence[tuple[str, bytes]]) -> bytes:
    """A universal Mach-O file of several."""
    offset = 4096
    head, body = struct.pack(">II", 0xCAFEBABE, len(slices)), b""
    for machine, data in slices:
        head += struct.pack(">5I", *_MACH[machine], offset + len(body), len(data), 12)
        body += data + bytes(-len(data) % 4096)
    return head + bytes(offset - len(head)) + body


def _named(kind: int, text: str, begin: int) -> bytes:
    data = text.encode() + b"\0"
    size = (begin + len(data) + 7) // 8 * 8
    numbers = struct.pack("<III", kind, size, begin)
    if begin == 24:
        numbers += struct.pack("<III", 2, 0x10000, 0x10000)
    return numbers + data + bytes(size - begin - len(data))


def pe(
    *,
    machine: str = "AMD64",
    needed: Iterable[str] = (),
    delayed: Iterable[str] = (),
    text: bytes = b"",
) -> bytes:
    """A PE library; text lies in its .rdata."""
    wide = machine != "x86"
    address, offset = 0x1000, 0x400
    data = bytearray()

    def place(piece: bytes) -> int:
        data.extend(bytes(-len(data) % 8))
        at = address + len(data)
        data.extend(piece)
        return at

    thunk = place(bytes(16))
    names = {library: place(library.encode() + b"\0") for library in (*needed, *delayed)}
    imports = b"".join(struct.pack("<5I", thunk, 0, 0, names[library], thunk) for library in needed) + bytes(20)
    late = b"".join(struct.pack("<8I", 1, names[library], 0, thunk, thunk, 0, 0, 0) for library in delayed) + bytes(32)
    tables = [(0, 0)] * 16
    tables[1] = (place(imports), len(imports))
    if tuple(delayed):
        tables[13] = (place(late), len(late))
    place(text)
    stored = (len(data) + 511) // 512 * 512
    folders = b"".join(struct.pack("<II", *table) for table in tables)
    if wide:
        optional = struct.pack("<HBBIIIIIQIIHHHHHHIIIIHHQQQQII", 0x20B, 14, 0, 0, 0, 0, 0, 0x1000, 0x180000000, 0x1000,
                               0x200, 6, 0, 0, 0, 6, 0, 0, 0x10000, 0x400, 0, 2, 0, 0, 0, 0, 0, 0, 16)  # fmt: skip
    else:
        optional = struct.pack("<HBBIIIIIIIIIHHHHHHIIIIHHIIIIII", 0x10B, 14, 0, 0, 0, 0, 0, 0x1000, 0x1000, 0x10000000,
                               0x1000, 512, 6, 0, 0, 0, 6, 0, 0, 65536, 0x400, 0, 2, 0, 0, 0, 0, 0, 0, 16)  # fmt: skip
    head = b"MZ" + bytes(58) + struct.pack("<I", 64)
    head += b"PE\0\0" + struct.pack("<HHIIIHH", _PE[machine], 1, 0, 0, 0, len(optional) + len(folders), 0x2022)
    head += optional + folders
    head += struct.pack("<8sIIIIIIHHI", b".rdata", len(data), address, stored, offset, 0, 0, 0, 0, 0x40000040)
    return head + bytes(offset - len(head)) + bytes(data) + bytes(stored - len(data))


def write(path: Path, data: bytes) -> Path:
    """Write one of these at a path, its folders too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path
