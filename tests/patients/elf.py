"""Writes tiny ELF libraries that the real loader takes: no code, but all that says what they need and offer."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from pathlib import Path

_MACHINES = {"x86_64": 62, "aarch64": 183, "riscv64": 243}
_HEAD, _PROGRAM, _SECTION, _DYNAMIC = 64, 56, 64, 16
_LIBRARY, _GLOBAL_FLAG = 3, 1


def make_library(
    path: Path,
    *,
    soname: str = "",
    needed: Iterable[str] = (),
    rpath: str = "",
    runpath: str = "",
    needs: Mapping[str, Iterable[str]] | None = None,
    offers: Iterable[str] = (),
    text: bytes = b"",
    symbols: Iterable[str] = ("PyCapsule_GetPointer",),
    machine: str = "x86_64",
    interpreter: str = "",
    level: int = 0,
) -> Path:
    """Write a 64-bit library at a path, its folders too.

    needs says which versions it asks of which library (each of those is needed as well); offers are versions that
    it defines; text lies in its .rodata; symbols are names that it asks others for, as a module of Python asks for
    capsules; level is the x86-64 level that a property note asks for.
    """
    asked = {file: tuple(versions) for file, versions in (needs or {}).items()}
    said = tuple(needed)
    wanted = (*said, *(file for file in asked if file not in said))
    defined = (soname or path.name, *offers)
    names = _Names()
    imported = [names.add(symbol) for symbol in symbols]
    numbers = {name: names.add(name) for name in (*wanted, soname, rpath, runpath, *defined)}
    for versions in asked.values():
        numbers |= {version: names.add(version) for version in versions}
    count = 4 + bool(interpreter) + bool(level)
    start = _HEAD + _PROGRAM * count
    body = bytearray()

    def place(data: bytes) -> int:
        body.extend(b"\0" * (-(start + len(body)) % 8))
        offset = start + len(body)
        body.extend(data)
        return offset

    entries = [struct.pack("<IBBHQQ", number, 0x10, 0, 0, 0, 0) for number in imported]
    symbol_table = place(bytes(24) + b"".join(entries))
    table = place(struct.pack("<3I", 1, 1 + len(entries), 0) + bytes(4 * (1 + len(entries))))  # finds none of them
    dynamic = [(1, numbers[name]) for name in wanted]
    dynamic += [(tag, numbers[name]) for tag, name in ((14, soname), (15, rpath), (29, runpath)) if name]
    dynamic += [(4, table), (6, symbol_table), (11, 24)]
    if asked:
        dynamic += [(0x6FFFFFFE, place(_needs(asked, numbers))), (0x6FFFFFFF, len(asked))]
    if len(defined) > 1:
        dynamic += [(0x6FFFFFFC, place(_offers(defined, numbers))), (0x6FFFFFFD, len(defined))]
    if asked or len(defined) > 1:
        dynamic.append((0x6FFFFFF0, place(b"\1\0" * (1 + len(entries)))))
    strings = place(bytes(names.data))
    dynamic += [(5, strings), (10, len(names.data)), (0, 0)]
    section = place(b"".join(struct.pack("<qQ", *entry) for entry in dynamic))
    program_name = place(interpreter.encode() + b"\0")
    note = place(_property(level))
    constants = place(text)
    section_names = place(b"\0.rodata\0.shstrtab\0.dynstr\0")
    end = start + len(body)
    headers = place(
        bytes(_SECTION)
        + struct.pack("<IIQQQQIIQQ", 1, 1, 2, constants, constants, len(text), 0, 0, 1, 0)
        + struct.pack("<IIQQQQIIQQ", 9, 3, 0, 0, section_names, 27, 0, 0, 1, 0)
        + struct.pack("<IIQQQQIIQQ", 19, 3, 2, strings, strings, len(names.data), 0, 0, 1, 0)
    )
    programs = [(1, 6, 0, end, 0x1000), (2, 6, section, len(dynamic) * _DYNAMIC, 8), (0x6474E551, 6, 0, 0, 16)]
    programs.append((4, 4, note, len(_property(level)), 8))
    if level:
        programs.append((0x6474E553, 4, note, len(_property(level)), 8))
    if interpreter:
        programs.insert(0, (3, 4, program_name, len(interpreter) + 1, 1))
    ident = b"\x7fELF" + bytes((2, 1, 1, 0)) + bytes(8)
    head = ident + struct.pack(
        "<HHIQQQIHHHHHH", _LIBRARY, _MACHINES[machine], 1, 0, _HEAD, headers, 0, _HEAD, _PROGRAM, count, _SECTION, 4, 2
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(head + b"".join(map(_program, programs)) + body)
    return path


class _Names:
    def __init__(self) -> None:
        self.data = bytearray(b"\0")
        self._known = {"": 0}

    def add(self, name: str) -> int:
        if name not in self._known:
            self._known[name] = len(self.data)
            self.data += name.encode() + b"\0"
        return self._known[name]


def _program(fields: tuple[int, int, int, int, int]) -> bytes:
    kind, flags, offset, size, alignment = fields
    return struct.pack("<IIQQQQQQ", kind, flags, offset, offset, offset, size, size, alignment)


def _hash(name: str) -> int:
    """The System V hash, which the loader compares before it compares names."""
    value = 0
    for byte in name.encode():
        value = (value << 4) + byte
        high = value & 0xF0000000
        value = (value ^ (high >> 24)) & ~high & 0xFFFFFFFF
    return value


def _needs(asked: Mapping[str, tuple[str, ...]], numbers: Mapping[str, int]) -> bytes:
    data = b""
    index = 2
    for position, (file, versions) in enumerate(asked.items()):
        last_file = position == len(asked) - 1
        following = 0 if last_file else 16 + 16 * len(versions)
        data += struct.pack("<HHIII", 1, len(versions), numbers[file], 16, following)
        for at, version in enumerate(versions):
            beyond = 0 if at == len(versions) - 1 else 16
            data += struct.pack("<IHHII", _hash(version), 0, index, numbers[version], beyond)
            index += 1
    return data


def _offers(defined: tuple[str, ...], numbers: Mapping[str, int]) -> bytes:
    data = b""
    for position, name in enumerate(defined):
        following = 0 if position == len(defined) - 1 else 28
        base = _GLOBAL_FLAG if position == 0 else 0
        data += struct.pack("<HHHHIII", 1, base, position + 1, 1, _hash(name), 20, following)
        data += struct.pack("<II", numbers[name], 0)
    return data


def _property(level: int) -> bytes:
    """A GNU property note that asks for a level of x86-64, or for nothing."""
    kind, bits = 0xC0008002, (1 << level) - 1 if level else 0
    return struct.pack("<III4sIIII", 4, 16, 5, b"GNU\0", kind, 4, bits, 0)
