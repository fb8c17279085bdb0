from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import lief
import pytest

from doctor.reading.binaries.macho import MachO, is_macho, read_macho, read_macho_sections
from doctor.reading.binaries.window import Window
from doctor.reading.files import Unfit
from tests.patients.foreign_binaries import mach_o, universal, write

lief.disable_leak_warning()  # its own, when Python ends

NEEDED = ("@rpath/libomp.dylib", "/usr/lib/libSystem.B.dylib", "/opt/homebrew/opt/x/lib/libx.1.dylib")


@contextmanager
def opened(path: Path) -> Iterator[Window]:
    window = Window(str(path))
    try:
        yield window
    finally:
        window.close()


def read(path: Path, prefer: str = "") -> MachO:
    with opened(path) as window:
        return read_macho(window, prefer)


def library(machine: str = "arm64", text: bytes = b"numpy.core.multiarray\0") -> bytes:
    rpaths = ("@loader_path/.dylibs", "/usr/local/lib")
    return mach_o(
        machine=machine,
        name=f"@rpath/lib{machine}.dylib",
        needed=NEEDED,
        weak=("@rpath/libweak.dylib",),
        rpaths=rpaths,
        minimum=(12, 3),
        text=text,
    )


def test_all_that_a_library_says_is_read_as_lief_reads_it(tmp_path: Path) -> None:
    path = write(tmp_path / "a.dylib", library())
    found = read(path)
    assert found == MachO(
        ("arm64",),
        "@rpath/libarm64.dylib",
        NEEDED,
        ("@rpath/libweak.dylib",),
        ("@loader_path/.dylibs", "/usr/local/lib"),
        "12.3",
    )
    several = lief.MachO.parse(str(path))
    assert several is not None
    theirs = several.at(0)
    assert theirs is not None
    kinds = lief.MachO.LoadCommand.TYPE
    by_kind = [(one.command, one.name) for one in theirs.libraries]
    assert tuple(name for kind, name in by_kind if kind == kinds.LOAD_DYLIB) == found.needed
    assert tuple(name for kind, name in by_kind if kind == kinds.LOAD_WEAK_DYLIB) == found.optional
    assert tuple(name for kind, name in by_kind if kind == kinds.ID_DYLIB) == (found.name,)
    assert tuple(one.path for one in theirs.commands if isinstance(one, lief.MachO.RPathCommand)) == found.rpaths
    with opened(path) as window:
        mine = [(part.name, part.offset, part.size) for part in read_macho_sections(window)]
    assert mine == [(part.name, part.offset, part.size) for part in theirs.sections]


def test_of_a_universal_file_the_wanted_part_is_read(tmp_path: Path) -> None:
    data = universal([("x86_64", library("x86_64")), ("arm64", library("arm64"))])
    path = write(tmp_path / "both.dylib", data)
    assert read(path, "arm64").name == "@rpath/libarm64.dylib"
    assert read(path, "x86_64").name == "@rpath/libx86_64.dylib"
    assert read(path).name == "@rpath/libx86_64.dylib"
    assert read(path).machines == ("x86_64", "arm64")
    theirs = lief.MachO.parse(str(path))
    assert theirs is not None
    assert theirs.size == 2


def test_a_java_class_is_no_universal_file(tmp_path: Path) -> None:
    path = write(tmp_path / "Main.class", b"\xca\xfe\xba\xbe\x00\x00\x00\x34" + bytes(200))
    with opened(path) as window:
        assert not is_macho(window)
    with pytest.raises(Unfit):
        read(path)


@pytest.mark.parametrize("data", [library(), universal([("x86_64", library("x86_64")), ("arm64", library())])])
def test_a_library_cut_or_turned_is_unfit_and_nothing_worse(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "bad.dylib"
    chance = random.Random(7)
    read_all = unfit = 0
    for step in range(1500):
        if step < 300:
            broken = data[: len(data) * step // 300]
        else:
            turned = bytearray(data)
            at = chance.choice((chance.randrange(min(64, len(data))), chance.randrange(len(data))))
            turned[at] = chance.choice((0, 0xFF, 0x80, chance.randrange(256)))
            broken = bytes(turned)
        path.write_bytes(broken)
        try:
            with opened(path) as window:
                read_macho(window)
                read_macho_sections(window)
            read_all += 1
        except Unfit:
            unfit += 1
    assert read_all > 50
    assert unfit > 50
