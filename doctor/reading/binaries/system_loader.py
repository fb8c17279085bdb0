"""Reads what the machine's own loader goes by: ld.so.cache, and the default folders built into ld.so itself."""

from __future__ import annotations

import re
import struct
import sys
from collections.abc import Mapping
from pathlib import Path

from doctor.reading.clean import decode
from doctor.reading.files import Unfit, read_bytes

#: bytes; the cache of a machine with 5,000 libraries has 400,000
_CACHE_LIMIT, _LOADER_LIMIT = 32 * 1024 * 1024, 8 * 1024 * 1024
_ENTRIES = 200_000

_OLD, _NEW = b"ld.so-1.7.0\0", b"glibc-ld.so.cache1.1"
#: flags of an entry (glibc, sysdeps/generic/ldconfig.h): a library of ELF for libc 6, and of which kind
_FLAGS = {
    "x86_64": 0x0303,
    "x32": 0x0803,
    "i686": 0x0003,
    "aarch64": 0x0A03,
    "armv7l": 0x0903,
    "ppc64le": 0x0503,
    "s390x": 0x0403,
    "riscv64": 0x1003,
    "loongarch64": 0x1203,
}
_BY_LEVEL = 1 << 62
_LEVELS_SECTION = 1
_EXTENSION_MAGIC = 0xEAA42174

#: the list of default folders as it stands in ld.so: each ends with a slash and a NUL
_DEFAULTS = re.compile(rb"(?:/[\w.+-]+(?:/[\w.+-]+)*/\x00){2,12}")


def read_cache(path: Path, machine: str, levels: tuple[str, ...] = ()) -> Mapping[str, tuple[str, ...]]:
    """Library name -> paths in the order in which the loader prefers them. Raises Unfit.

    levels are the folders of glibc-hwcaps that the processor takes, best first.
    """
    data = read_bytes(path, limit=_CACHE_LIMIT)
    try:
        return _entries(data, _new_part(data), _FLAGS.get(machine, -1), levels)
    except struct.error:
        raise Unfit("cut short") from None


def _new_part(data: bytes) -> int:
    """Where the newer format begins: at once, or behind the older one."""
    if data.startswith(_NEW):
        return 0
    if data.startswith(_OLD):
        count = int.from_bytes(data[12:16], sys.byteorder)
        at = (16 + 12 * count + 7) // 8 * 8
        if data[at : at + len(_NEW)] == _NEW:
            return at
    raise Unfit("not a cache of glibc's loader")


def _entries(data: bytes, start: int, wanted: int, levels: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    count, _, _, extension = struct.unpack_from("=IIB3xI", data, start + 20)
    if count > _ENTRIES:
        raise Unfit("more entries than a cache may have")
    named = _named_levels(data, start, extension) if extension else ()
    found: dict[str, list[tuple[int, str]]] = {}
    for number in range(count):
        flags, key, value, _, capabilities = struct.unpack_from("=iIIIQ", data, start + 48 + 24 * number)
        if flags != wanted:
            continue
        rank = len(levels)
        if capabilities & _BY_LEVEL:
            index = capabilities & 0xFFFFFFFF
            if index >= len(named) or named[index] not in levels:
                continue
            rank = levels.index(named[index])
        elif capabilities:  # folders of processors that loaders before glibc 2.37 knew
            continue
        found.setdefault(_text(data, start + key), []).append((rank, _text(data, start + value)))
    return {name: tuple(path for _, path in sorted(paths, key=lambda pair: pair[0])) for name, paths in found.items()}


def _named_levels(data: bytes, start: int, extension: int) -> tuple[str, ...]:
    """The names that entries refer to by number: x86-64-v3, x86-64-v2."""
    magic, sections = struct.unpack_from("=II", data, start + extension)
    if magic != _EXTENSION_MAGIC:
        return ()
    for number in range(min(sections, 16)):
        tag, _, offset, size = struct.unpack_from("=IIII", data, start + extension + 8 + 16 * number)
        if tag == _LEVELS_SECTION:
            several = min(size // 4, 256)
            return tuple(_text(data, start + at) for at in struct.unpack_from(f"={several}I", data, start + offset))
    return ()


def _text(data: bytes, at: int) -> str:
    end = data.find(b"\0", at, at + 4096)
    if end < 0:
        raise Unfit("a name outside the file")
    return decode(data[at:end])


def read_default_folders(loader: Path) -> tuple[str, ...]:
    """The default folders that a glibc's ld.so was built with; empty where they cannot be found in it."""
    try:
        data = read_bytes(loader, limit=_LOADER_LIMIT)
    except Unfit:
        return ()
    for found in _DEFAULTS.findall(data):
        folders = tuple(decode(folder).rstrip("/") for folder in found.split(b"\0") if folder)
        if any(folder.rpartition("/")[2].startswith("lib") for folder in folders):
            return folders
    return ()


def read_musl_folders(path: Path) -> tuple[str, ...]:
    """The folders of musl's loader: those of its own file, /etc/ld-musl-ARCH.path, or the built-in ones."""
    try:
        text = decode(read_bytes(path, limit=65_536))
    except Unfit:
        return ("/lib", "/usr/local/lib", "/usr/lib")
    return tuple(folder for folder in re.split(r"[:\n]", text) if folder)
