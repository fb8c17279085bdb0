from __future__ import annotations

import os
import random
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerDefSection, GNUVerNeedSection
from elftools.elf.segments import InterpSegment

from doctor.reading.binaries import window as window_module
from doctor.reading.binaries.elf import Elf, read_elf
from doctor.reading.binaries.window import Window
from doctor.reading.files import Missing, Unfit
from tests.patients.elf import make_library

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="ELF files lie on Linux")


@contextmanager
def opened(path: Path) -> Iterator[Window]:
    window = Window(str(path))
    try:
        yield window
    finally:
        window.close()


def read(path: Path) -> Elf:
    with opened(path) as window:
        return read_elf(window)


def by_pyelftools(path: Path) -> dict[str, Any]:
    """The same facts by an independent reader, which finds versions by sections and not by dynamic tags."""
    machines = {"EM_X86_64": "x86_64", "EM_AARCH64": "aarch64", "EM_386": "i686", "EM_RISCV": "riscv64"}
    with path.open("rb") as file:
        elf = ELFFile(file)
        told: dict[str, Any] = {"soname": "", "rpath": "", "runpath": "", "interpreter": "", "needs": {}, "offers": ()}
        told |= {"machine": machines[elf["e_machine"]], "bits": elf.elfclass, "needed": (), "dynamic": False}
        for segment in elf.iter_segments():
            if isinstance(segment, InterpSegment):
                told["interpreter"] = segment.get_interp_name()
            if isinstance(segment, DynamicSegment):
                told["dynamic"] = True
                for tag in segment.iter_tags():
                    key = str(tag.entry.d_tag).removeprefix("DT_").lower()
                    if key == "needed":
                        told[key] += (getattr(tag, key),)
                    elif key in ("soname", "rpath", "runpath"):
                        told[key] = getattr(tag, key)
        for section in elf.iter_sections():
            if isinstance(section, GNUVerNeedSection):
                told["needs"] = {
                    file.name: tuple(one.name for one in several) for file, several in section.iter_versions()
                }
            elif isinstance(section, GNUVerDefSection):
                defined = [(one["vd_flags"] & 1, next(several).name) for one, several in section.iter_versions()]
                told["offers"] = tuple(name for base, name in defined if not base)
        return told


def real_libraries() -> list[Path]:
    """Libraries of the Python that runs the tests, of what is installed in it, and of the system."""
    folders = [Path(sys.base_prefix) / "lib", Path(sys.prefix) / "lib", Path("/usr/lib"), Path("/lib64")]
    found: dict[tuple[int, int], Path] = {}
    for folder in folders:
        several = (path for path in folder.rglob("*.so*") if path.is_file() and not path.is_symlink())
        for path in islice(several, 120):
            with path.open("rb") as file:
                if file.read(4) == b"\x7fELF":
                    found[path.stat().st_dev, path.stat().st_ino] = path
    return list(found.values())


@on_linux
def test_every_library_here_reads_as_pyelftools_reads_it() -> None:
    paths = real_libraries()
    assert len(paths) > 100
    different = {}
    for path in paths:
        mine, theirs = read(path)._asdict(), by_pyelftools(path)
        wrong = {key: (mine[key], value) for key, value in theirs.items() if mine[key] != value}
        if wrong:
            different[path] = wrong
    assert different == {}
    assert sum(len(read(path).needs) for path in paths) > 100
    assert any(read(path).offers for path in paths)


def test_all_that_a_library_says_is_read(tmp_path: Path) -> None:
    path = make_library(
        tmp_path / "libmany.so.1",
        soname="libmany.so.1",
        needed=("libm.so.6", "libz.so.1"),
        runpath="$ORIGIN/../lib:/opt/lib",
        needs={"libc.so.6": ("GLIBC_2.2.5", "GLIBC_2.34"), "libstdc++.so.6": ("GLIBCXX_3.4.30", "CXXABI_1.3.13")},
        offers=("MANY_1.0", "MANY_2.0"),
        level=3,
    )
    found = read(path)
    assert found == Elf(
        "x86_64",
        64,
        "libmany.so.1",
        ("libm.so.6", "libz.so.1", "libc.so.6", "libstdc++.so.6"),
        "",
        "$ORIGIN/../lib:/opt/lib",
        {"libc.so.6": ("GLIBC_2.2.5", "GLIBC_2.34"), "libstdc++.so.6": ("GLIBCXX_3.4.30", "CXXABI_1.3.13")},
        ("MANY_1.0", "MANY_2.0"),
        "",
        3,
    )
    theirs = by_pyelftools(path)
    assert (theirs["needed"], theirs["runpath"], theirs["soname"]) == (found.needed, found.runpath, found.soname)


def test_an_old_search_path_and_another_processor_are_told(tmp_path: Path) -> None:
    found = read(make_library(tmp_path / "a.so", rpath="/old", machine="aarch64"))
    assert (found.machine, found.rpath, found.runpath) == ("aarch64", "/old", "")


def test_a_program_names_its_loader(tmp_path: Path) -> None:
    assert read(make_library(tmp_path / "run", interpreter="/lib/ld-musl-x86_64.so.1")).interpreter == (
        "/lib/ld-musl-x86_64.so.1"
    )


def narrow(order: str, machine: int) -> bytes:
    """A 32-bit library of either byte order that needs one other and has a name."""
    strings = b"\0libother.so.2\0libme.so\0"
    at = 52 + 2 * 32
    entries = ((1, 1), (14, 15), (5, at + 48), (10, len(strings)), (0, 0), (0, 0))
    dynamic = b"".join(struct.pack(f"{order}iI", *entry) for entry in entries)
    end = at + len(dynamic) + len(strings)
    ident = b"\x7fELF" + bytes((1, 1 if order == "<" else 2, 1)) + bytes(9)
    head = ident + struct.pack(f"{order}HHIIIIIHHHHHH", 3, machine, 1, 0, 52, 0, 0, 52, 32, 2, 40, 0, 0)
    load = struct.pack(f"{order}8I", 1, 0, 0, 0, end, end, 5, 4096)
    section = struct.pack(f"{order}8I", 2, at, at, at, len(dynamic), len(dynamic), 6, 4)
    return head + load + section + dynamic + strings


@pytest.mark.parametrize(("order", "number", "machine"), [("<", 3, "i686"), ("<", 40, "armv7l"), (">", 20, "ppc")])
def test_narrow_words_and_the_other_byte_order(tmp_path: Path, order: str, number: int, machine: str) -> None:
    path = tmp_path / "libme.so"
    path.write_bytes(narrow(order, number))
    found = read(path)
    assert (found.machine, found.bits, found.soname, found.needed) == (machine, 32, "libme.so", ("libother.so.2",))


def rich(tmp_path: Path) -> bytes:
    return make_library(
        tmp_path / "rich.so",
        soname="librich.so.1",
        needed=("liba.so", "libb.so"),
        runpath="$ORIGIN",
        needs={"liba.so": ("A_1", "A_2"), "libc.so.6": ("GLIBC_2.2.5",)},
        offers=("R_1", "R_2"),
        level=2,
        symbols=(),
        interpreter="/lib64/ld-linux-x86-64.so.2",
    ).read_bytes()


def test_a_library_cut_anywhere_is_unfit_and_nothing_worse(tmp_path: Path) -> None:
    whole = rich(tmp_path)
    complete = read(tmp_path / "rich.so")
    path = tmp_path / "cut.so"
    unfit = 0
    for length in range(0, len(whole), 3):
        path.write_bytes(whole[:length])
        try:
            assert read(path).machine == complete.machine
        except Unfit:
            unfit += 1
    assert unfit > len(whole) / 3 * 0.5


def test_bytes_turned_at_random_never_raise_anything_but_unfit(tmp_path: Path) -> None:
    whole = rich(tmp_path)
    chance = random.Random(4)
    path = tmp_path / "turned.so"
    read_all = unfit = 0
    for _ in range(3000):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            at = chance.choice((chance.randrange(4, 64 + 56 * 6), chance.randrange(len(data))))
            data[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        path.write_bytes(data)
        try:
            read(path)
            read_all += 1
        except Unfit:
            unfit += 1
    assert read_all > 100
    assert unfit > 100


@pytest.mark.parametrize("following", [0, 1, 16, 0xFFFFFFFF])
def test_version_tables_that_lead_in_circles_end(tmp_path: Path, following: int) -> None:
    """The first entry says that there are 65,535 more, at no distance, within itself, or far away."""
    data = bytearray(rich(tmp_path))
    at = data.find(struct.pack("<HHII", 1, 2, 1, 16))  # two versions of the library whose name comes first
    assert at > 0
    struct.pack_into("<HHIII", data, at, 1, 0xFFFF, 1, 16, following)
    struct.pack_into("<I", data, at + 16 + 12, following)
    path = tmp_path / "circle.so"
    path.write_bytes(data)
    with suppress(Unfit):
        assert len(read(path).needs) < 5


def test_a_table_of_names_beyond_one_window(tmp_path: Path) -> None:
    needed = tuple(f"lib{'x' * 90}{number}.so" for number in range(400))
    path = make_library(tmp_path / "wide.so", needed=needed, runpath="/r" * 1500)
    found = read(path)
    assert found.needed == needed
    assert found.runpath == "/r" * 1500


def test_many_versions_go_beyond_the_first_window(tmp_path: Path) -> None:
    asked = {f"lib{number}.so": tuple(f"V{number}_{one}" for one in range(20)) for number in range(40)}
    offers = tuple(f"W_{number}" for number in range(500))
    found = read(make_library(tmp_path / "versions.so", needs=asked, offers=offers))
    assert found.needs == asked
    assert found.offers == offers


def test_what_is_no_library_says_so(tmp_path: Path) -> None:
    cases = {
        b"": "empty",
        b"/* GNU ld script */\nINPUT(-lfoo)\n": "a text, not a library",
        bytes(5000): "nothing but zeros",
        b"\x7fELF\x02\x01\x01": "cut short",
        b"\x89PNG\0\0": "not a library",
    }
    for data, reason in cases.items():
        path = tmp_path / "x.so"
        path.write_bytes(data)
        with pytest.raises(Unfit, match=reason):
            read(path)


@on_linux
def test_only_regular_files_are_opened_and_no_links(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.so")
    (tmp_path / "link.so").symlink_to(make_library(tmp_path / "real.so"))
    for name in ("fifo.so", "link.so", "."):
        with pytest.raises(Unfit):
            read(tmp_path / name)
    with pytest.raises(Missing):
        read(tmp_path / "gone.so")


def test_without_pread_files_are_read_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_library(tmp_path / "wide.so", needed=[f"lib{'x' * 90}{number}.so" for number in range(400)])
    expected = read(path)
    monkeypatch.setattr(window_module, "_read_at", window_module._read_by_seeking)
    monkeypatch.setattr(window_module, "_NO_FOLLOW", 0)
    assert read(path) == expected
    (tmp_path / "link.so").symlink_to(path)
    with pytest.raises(Unfit, match="a link"):
        read(tmp_path / "link.so")
