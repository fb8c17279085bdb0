"""Reads an ELF file's dynamic section: what it is for, what it needs and offers, where it would look.

Only the head, the program headers, the dynamic section, the version tables and a window around each name are read:
string tables have megabytes. Everything is found as the loader finds it, through program headers and dynamic tags;
section headers are not trusted for it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from doctor.reading.binaries.window import HEAD, Window, not_a_library
from doctor.reading.files import Unfit

MAGIC = b"\x7fELF"
#: e_machine (System V ABI) -> as platform.machine() says it; the second for files of 64 bits or little endian
_MACHINES = {
    3: "i686",
    8: "mips",
    20: "ppc",
    21: "ppc64",
    22: "s390x",
    40: "armv7l",
    62: "x86_64",
    183: "aarch64",
    243: "riscv64",
    258: "loongarch64",
}
_LOAD, _DYNAMIC, _INTERP, _PROPERTY = 1, 2, 3, 0x6474E553
#: the most of each that is read; the largest seen: 14 program headers, 700 dynamic entries, 81 needed, 220 versions
_PROGRAM_HEADERS, _DYNAMIC_ENTRIES, _NEEDED, _VERSIONS = 256, 8192, 2048, 4096

_TAG_NEEDED, _TAG_STRTAB, _TAG_STRSZ, _TAG_SONAME, _TAG_RPATH, _TAG_RUNPATH = 1, 5, 10, 14, 15, 29
_TAG_VERDEF, _TAG_VERDEFNUM, _TAG_VERNEED, _TAG_VERNEEDNUM = 0x6FFFFFFC, 0x6FFFFFFD, 0x6FFFFFFE, 0x6FFFFFFF
_TAG_FLAGS_1 = 0x6FFFFFFB
_NO_DEFAULT = 0x800
_BASE_VERSION = 1
_KEPT = frozenset(
    (
        *(_TAG_STRTAB, _TAG_STRSZ, _TAG_SONAME, _TAG_RPATH, _TAG_RUNPATH),
        *(_TAG_VERDEF, _TAG_VERDEFNUM, _TAG_VERNEED, _TAG_VERNEEDNUM, _TAG_FLAGS_1),
    )
)
_X86_LEVEL_NEEDED = 0xC0008002
_WINDOW = 4096
#: bytes of a version table; the largest seen has 6,000
_TABLE = 1024 * 1024


class Elf(NamedTuple):
    """What one ELF file says, as bytes decoded and nothing else done to them."""

    machine: str
    bits: int
    soname: str = ""
    needed: tuple[str, ...] = ()
    rpath: str = ""  #: also where RUNPATH takes its place
    runpath: str = ""
    needs: Mapping[str, tuple[str, ...]] = {}  #: file -> versions, in order
    offers: tuple[str, ...] = ()  #: without the base version, which is the file's own name
    interpreter: str = ""  #: the loader that a program asks for
    level: int = 0  #: of x86-64 that a property note says it needs
    dynamic: bool = True
    no_default: bool = False  #: linked so that the loader leaves its default folders out


class _Forms(NamedTuple):
    """How the tables of a file of one word size and byte order are laid out."""

    header: struct.Struct  #: where the program headers are, the size of one, how many
    program: struct.Struct
    dynamic: struct.Struct
    need: struct.Struct
    need_version: struct.Struct
    offer: struct.Struct
    offer_name: struct.Struct


@cache
def _forms(wide: bool, order: str) -> _Forms:
    return _Forms(
        struct.Struct(f"{order}32xQ14xHH" if wide else f"{order}28xI10xHH"),
        struct.Struct(f"{order}II6Q" if wide else f"{order}8I"),
        struct.Struct(f"{order}qQ" if wide else f"{order}iI"),
        struct.Struct(f"{order}2xHIII"),
        struct.Struct(f"{order}8xII"),
        struct.Struct(f"{order}2xHxxH4xII"),
        struct.Struct(f"{order}I"),
    )


class _Names:
    """The string table, read in windows; names that lie beside each other come out of one."""

    def __init__(self, window: Window, offset: int, size: int) -> None:
        self._window, self._offset, self._size = window, offset, size
        self._start, self._data = -1, b""
        self._known: dict[int, str] = {}

    def __getitem__(self, index: int) -> str:
        found = self._known.get(index)
        if found is None:
            inside = index - self._start
            end = self._data.find(b"\0", inside) if self._start >= 0 and inside >= 0 else -1
            raw = self._data[inside:end] if end >= 0 else self._read(index)
            found = self._known[index] = raw.decode("utf-8", "surrogateescape")
        return found

    def _read(self, index: int) -> bytes:
        if not 0 <= index < self._size:
            raise Unfit("a name outside its string table")
        self._start = max(0, index - _WINDOW // 2)
        self._data = self._window.some(self._offset + self._start, min(_WINDOW, self._size - self._start))
        inside = index - self._start
        end = self._data.find(b"\0", inside)
        return self._data[inside:end] if end >= 0 else self._window.name_at(self._offset + index)


def read_elf(window: Window) -> Elf:
    """Read one ELF file. Raises Unfit with the reason."""
    head = window.head
    if head[:4] != MAGIC:
        raise Unfit(not_a_library(window))
    if len(head) < 52:
        raise Unfit("cut short")
    wide, order = head[4] == 2, "<" if head[5] == 1 else ">"
    if head[4] not in (1, 2) or head[5] not in (1, 2):
        raise Unfit("its header makes no sense")
    machine = _machine(head[18] | head[19] << 8 if order == "<" else head[18] << 8 | head[19], wide, order)
    forms = _forms(wide, order)
    plain = Elf(machine, 64 if wide else 32)
    if len(head) < forms.header.size:
        raise Unfit("cut short")
    start, entry_size, count = forms.header.unpack_from(head)
    if count == 0:
        return plain._replace(dynamic=False)
    if count > _PROGRAM_HEADERS or entry_size != forms.program.size:
        raise Unfit("its header makes no sense")
    loads: list[tuple[int, int, int]] = []
    dynamic = interpreter = note = None
    for fields in forms.program.iter_unpack(window.at(start, entry_size * count)):
        kind = fields[0]
        if wide:
            _, _, offset, address, _, size, _, _ = fields
        else:
            _, offset, address, _, size, _, _, _ = fields
        if kind == _LOAD:
            loads.append((address, offset, size))
        elif kind == _DYNAMIC:
            dynamic = (offset, size)
        elif kind == _INTERP:
            interpreter = (offset, size)
        elif kind == _PROPERTY:
            note = (offset, size)
    if interpreter or note:
        level = _level(window, note, order, wide) if note and machine == "x86_64" else 0
        plain = plain._replace(interpreter=_interpreter(window, interpreter) if interpreter else "", level=level)
    if dynamic is None:
        return plain._replace(dynamic=False)
    return _dynamic(window, plain, loads, dynamic, forms)


def _machine(number: int, wide: bool, order: str) -> str:
    name = _MACHINES.get(number, f"machine {number}")
    if number == 21 and order == "<":
        return "ppc64le"
    if number == 62 and not wide:
        return "x32"
    if number == 243 and not wide:
        return "riscv32"
    return name


def _interpreter(window: Window, place: tuple[int, int]) -> str:
    offset, size = place
    return window.at(offset, min(size, _WINDOW)).partition(b"\0")[0].decode("utf-8", "surrogateescape")


def _level(window: Window, place: tuple[int, int], order: str, wide: bool) -> int:
    """The level of x86-64 that a GNU property note asks for; 0 where it asks for none, or makes no sense."""
    offset, size = place
    if size < 16 or size > HEAD:
        return 0
    data = window.some(offset, size)
    at, end, step = 16, min(len(data), size), 8 if wide else 4
    while at + 8 <= end:
        kind, length = struct.unpack_from(f"{order}II", data, at)
        if kind == _X86_LEVEL_NEEDED and length == 4 and at + 12 <= end:
            bits = struct.unpack_from(f"{order}I", data, at + 8)[0]
            level: int = (bits & 15).bit_length()
            return level if level > 1 else 0
        at += 8 + (length + step - 1) // step * step
    return 0


def _dynamic(
    window: Window, plain: Elf, loads: list[tuple[int, int, int]], place: tuple[int, int], forms: _Forms
) -> Elf:
    offset, size = place
    each = forms.dynamic.size
    if size > each * _DYNAMIC_ENTRIES:
        raise Unfit("its dynamic section is too long")
    if size + offset > window.size:
        raise Unfit("cut short")
    needed: list[int] = []
    tags: dict[int, int] = {}
    for tag, value in forms.dynamic.iter_unpack(window.at(offset, size - size % each)):
        if tag == _TAG_NEEDED:
            needed.append(value)
        elif tag == 0:
            break
        elif tag in _KEPT:
            tags[tag] = value
    if len(needed) > _NEEDED:
        raise Unfit("it needs too many libraries")
    if _TAG_STRTAB not in tags:
        if needed:
            raise Unfit("its dynamic section has no names")
        return plain
    start = _offset(loads, tags[_TAG_STRTAB])
    window.names = (start, min(tags.get(_TAG_STRSZ, window.size), window.size))
    names = _Names(window, *window.names)
    needs: dict[str, tuple[str, ...]] = {}
    offers: tuple[str, ...] = ()
    if _TAG_VERNEED in tags:
        needs = _needs(_table(window, _offset(loads, tags[_TAG_VERNEED])), tags.get(_TAG_VERNEEDNUM, 0), names, forms)
    if _TAG_VERDEF in tags:
        offers = _offers(_table(window, _offset(loads, tags[_TAG_VERDEF])), tags.get(_TAG_VERDEFNUM, 0), names, forms)
    return Elf(
        plain.machine,
        plain.bits,
        names[tags[_TAG_SONAME]] if _TAG_SONAME in tags else "",
        tuple([names[index] for index in needed]),
        names[tags[_TAG_RPATH]] if _TAG_RPATH in tags else "",
        names[tags[_TAG_RUNPATH]] if _TAG_RUNPATH in tags else "",
        needs,
        offers,
        plain.interpreter,
        plain.level,
        no_default=bool(tags.get(_TAG_FLAGS_1, 0) & _NO_DEFAULT),
    )


def _offset(loads: list[tuple[int, int, int]], address: int) -> int:
    """Where in the file the bytes lie that will lie at an address."""
    for start, offset, size in loads:
        if start <= address < start + size:
            return offset + address - start
    raise Unfit("an address that no part of it has")


def _table(window: Window, offset: int) -> Iterator[bytes]:
    """A version table, whose length nothing tells: a window that holds nearly every one, then a large one."""
    yield window.some(offset, _WINDOW)
    yield window.some(offset, _TABLE)


def _needs(table: Iterator[bytes], count: int, names: _Names, forms: _Forms) -> dict[str, tuple[str, ...]]:
    for data in table:
        found: dict[str, list[str]] = {}
        at, room = 0, _VERSIONS
        try:
            for _ in range(min(count, _VERSIONS)):
                several, file, inner, following = forms.need.unpack_from(data, at)
                versions = found.setdefault(names[file], [])
                inner += at
                room -= several
                if room < 0:
                    raise Unfit("its version table is too long")
                for _ in range(several):
                    name, beyond = forms.need_version.unpack_from(data, inner)
                    versions.append(names[name])
                    if not beyond:
                        break
                    inner += beyond
                if not following:
                    break
                at += following
        except struct.error:
            continue
        return {file: tuple(versions) for file, versions in found.items()}
    raise Unfit("its version table is cut short")


def _offers(table: Iterator[bytes], count: int, names: _Names, forms: _Forms) -> tuple[str, ...]:
    for data in table:
        found: list[str] = []
        at = 0
        try:
            for _ in range(min(count, _VERSIONS)):
                flags, several, first, following = forms.offer.unpack_from(data, at)
                if several and not flags & _BASE_VERSION:
                    found.append(names[forms.offer_name.unpack_from(data, at + first)[0]])
                if not following:
                    break
                at += following
        except struct.error:
            continue
        return tuple(found)
    raise Unfit("its version table is cut short")
