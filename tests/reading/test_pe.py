from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import lief
import pytest

from doctor.reading.binaries.pe import Pe, read_pe, read_pe_sections
from doctor.reading.binaries.window import Window
from doctor.reading.files import Unfit
from tests.patients.foreign_binaries import pe, write

lief.disable_leak_warning()  # its own, when Python ends

NEEDED = ("python311.dll", "KERNEL32.dll", "libopenblas-abc.dll")


@contextmanager
def opened(path: Path) -> Iterator[Window]:
    window = Window(str(path))
    try:
        yield window
    finally:
        window.close()


def read(path: Path) -> Pe:
    with opened(path) as window:
        return read_pe(window)


@pytest.mark.parametrize("machine", ["AMD64", "x86", "ARM64"])
def test_all_that_a_library_says_is_read_as_lief_reads_it(tmp_path: Path, machine: str) -> None:
    path = write(tmp_path / "a.pyd", pe(machine=machine, needed=NEEDED, delayed=("late.dll",), text=b"numpy"))
    found = read(path)
    assert found == Pe(machine, NEEDED, ("late.dll",))
    theirs = lief.PE.parse(str(path))
    assert theirs is not None
    assert tuple(one.name for one in theirs.imports) == found.needed
    assert tuple(one.name for one in theirs.delay_imports) == found.optional
    with opened(path) as window:
        assert [part.name for part in read_pe_sections(window)] == [part.name for part in theirs.sections]


def test_a_library_without_imports(tmp_path: Path) -> None:
    assert read(write(tmp_path / "a.dll", pe())) == Pe("AMD64")


def test_a_program_of_dos_is_no_library(tmp_path: Path) -> None:
    with pytest.raises(Unfit):
        read(write(tmp_path / "old.exe", b"MZ" + bytes(200)))


def test_a_library_cut_or_turned_is_unfit_and_nothing_worse(tmp_path: Path) -> None:
    data = pe(needed=NEEDED, delayed=("late.dll",))
    path = tmp_path / "bad.dll"
    chance = random.Random(9)
    read_all = unfit = 0
    for step in range(2000):
        if step < 300:
            broken = data[: len(data) * step // 300]
        else:
            turned = bytearray(data)
            for _ in range(2):
                at = chance.choice(
                    (chance.randrange(64, 512), chance.randrange(0x400, 0x500), chance.randrange(len(data)))
                )
                turned[at] = chance.choice((0, 0xFF, 0x80, chance.randrange(256)))
            broken = bytes(turned)
        path.write_bytes(broken)
        try:
            read(path)
            read_all += 1
        except Unfit:
            unfit += 1
    assert read_all > 50
    assert unfit > 50
