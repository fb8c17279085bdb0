"""Searches the constants of a library (.rodata, __cstring, .rdata) for texts, and nothing else of it.

Headers are cheap and whole files are not: a library of 400 MB has 18 MB of constants.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from doctor.reading.binaries.elf import MAGIC
from doctor.reading.binaries.macho import is_macho, read_macho_sections
from doctor.reading.binaries.pe import is_pe, read_pe_sections
from doctor.reading.binaries.window import Window
from doctor.reading.clean import clean, decode
from doctor.reading.files import Unfit

#: bytes that are looked through of one library; the largest seen has 62 MB of constants
_SEARCHED = 256 * 1024 * 1024
_PIECE = 4 * 1024 * 1024
_OVERLAP = 256
_SECTIONS = 8192
#: section type of what has a size and no bytes
_NO_BYTES = 8

#: what every header of NumPy compiles into a module that uses its C interface. Source: numpy's __multiarray_api.h of
#: 1.x and 2.x; certainty: measured on 40 releases of 25 distributions
_NUMPY = b"numpy."
_NUMPY_MARKERS = (
    ("numpy-1", (b"numpy.core._multiarray_umath", b"numpy.core.multiarray")),
    ("numpy-2", (b"numpy._core._multiarray_umath", b"numpy._core.multiarray")),
)
#: a module that takes another one's C interface asks Python for a capsule
_CAPSULE = b"PyCapsule_"
#: what a BLAS or OpenMP library says of itself
_ABOUT = re.compile(
    rb"OpenBLAS \d+\.[\w.]{1,20}(?: +(?:USE64BITINT|DYNAMIC_ARCH|NO_AFFINITY|USE_OPENMP)\b)*"
    rb"|(?:Intel\(R\)|LLVM) OMP version: [\w.]{1,40}"
    rb"|Math Kernel Library Version \d[^\x00\n]{0,80}"
)
_ARCHITECTURES = re.compile(rb"sm_\d{2,3}[af]?(?: (?:sm|compute)_\d{2,3}[af]?)*\x00")


def numpy_markers(window: Window) -> tuple[str, ...]:
    """Which of NumPy's C interfaces a library was compiled against, by the names that it asks for."""
    if window.names is not None and not any(_CAPSULE in piece for piece in _pieces(window, [window.names])):
        return ()
    found: set[str] = set()
    for piece in constants(window):
        at = piece.find(_NUMPY)
        while at >= 0:
            rest = piece[at : at + 32]
            found.update(marker for marker, texts in _NUMPY_MARKERS if rest.startswith(texts))
            at = piece.find(_NUMPY, at + 1)
        if len(found) == len(_NUMPY_MARKERS):
            break
    return tuple(sorted(found))


def about(window: Window) -> str:
    """The line in which a BLAS or OpenMP library names its version; empty where it has none."""
    for piece in constants(window):
        found = _ABOUT.search(piece)
        if found:
            return clean(decode(found[0])).strip()
    return ""


def gpu_architectures(window: Window) -> tuple[str, ...]:
    """The list of GPU architectures that torch's Python library holds as one text: sm_80, compute_90."""
    best = b""
    for piece in constants(window):
        for found in _ARCHITECTURES.finditer(piece):
            if piece[found.start() - 1 : found.start()] in (b"\0", b""):  # a text of its own
                best = max(best, found[0][:-1], key=len)
    return tuple(best.decode("ascii").split())


def constants(window: Window) -> Iterator[bytes]:
    """The constants of a library in pieces that overlap."""
    return _pieces(window, _places(window))


def _pieces(window: Window, places: list[tuple[int, int]]) -> Iterator[bytes]:
    room = _SEARCHED
    for offset, size in places:
        end = min(offset + size, window.size, offset + room)
        room -= max(0, end - offset)
        while offset < end:
            piece = window.some(offset, min(_PIECE, end - offset))
            yield piece
            if not piece or offset + len(piece) >= end:
                break
            offset += max(1, len(piece) - _OVERLAP)


def _places(window: Window) -> list[tuple[int, int]]:
    """Offsets and sizes of the constants; the whole file where it does not say what lies where."""
    if window.head[:4] == MAGIC:
        return _elf_places(window)
    if is_macho(window):
        parts = read_macho_sections(window)
        return [(part.offset, part.size) for part in parts if part.name in ("__cstring", "__const")]
    if is_pe(window):
        return [(part.offset, part.size) for part in read_pe_sections(window) if part.name == ".rdata"]
    return []


def _elf_places(window: Window) -> list[tuple[int, int]]:
    head, everything = window.head, [(0, window.size)]
    if len(head) < 64:
        return []
    wide, order = head[4] == 2, "<" if head[5] == 1 else ">"
    start, each, count, names = struct.unpack_from(f"{order}40xQ10xHHH" if wide else f"{order}32xI10xHHH", head)
    form = struct.Struct(f"{order}II16xQQ24x" if wide else f"{order}II8xII16x")
    if not start or not count or count > _SECTIONS or names >= count or each != form.size:
        return everything
    try:
        table = window.at(start, each * count)
        _, _, offset, size = form.unpack_from(table, names * each)
        text = window.at(offset, size)
    except Unfit:
        return everything
    return [
        (offset, size)
        for name, kind, offset, size in form.iter_unpack(table)
        if kind != _NO_BYTES and text.startswith((b".rodata", b".lrodata"), name)
    ]
