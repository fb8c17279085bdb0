"""The binaries layer of environments on disk: which files, what of them, and what surrounds them."""

from __future__ import annotations

import os
import platform
import struct
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from doctor.collect import LayerRead, collect, library_contents
from doctor.facts import Alias, Binaries, Binary, Facts, serialise
from doctor.target.environment import Environment, Request
from tests.patients.elf import make_library
from tests.patients.foreign_binaries import mach_o, pe, universal, write
from tests.patients.venvs import make_venv

MACHINE = platform.machine()
on_linux = pytest.mark.skipif(
    sys.platform != "linux" or MACHINE not in ("x86_64", "aarch64"), reason="needs Linux and a known processor"
)
NUMPY_1 = b"\0numpy.core._multiarray_umath\0_ARRAY_API not found\0"
NUMPY_2 = b"\0numpy._core._multiarray_umath\0numpy.core._multiarray_umath\0"


def examine(prefix: Path, variables: dict[str, str] | None = None, **more: Any) -> Facts:
    request = Request(
        Environment(prefix, "venv", python=prefix / "bin/python"),
        variables=variables or {},
        home=prefix.parent / "home",
    )._replace(**more)
    *_, last = collect(request, {"binaries"})
    assert isinstance(last, LayerRead)
    assert last.facts.gaps == {}
    assert serialise.load(serialise.dump(last.facts)).binaries == last.facts.binaries, "facts survive JSON"
    return last.facts


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    return make_venv(tmp_path / "env")


@pytest.fixture
def site(prefix: Path) -> Path:
    return next(prefix.glob("lib/python*/site-packages"))


def by_name(binaries: Binaries) -> dict[str, Binary]:
    return {file.name: file for file in binaries.files}


@on_linux
def test_every_native_file_is_read_whoever_owns_it(prefix: Path, site: Path) -> None:
    tag = f"cpython-{sys.version_info[0]}{sys.version_info[1]}-{MACHINE}-linux-gnu"
    make_library(site / "a" / f"_m.{tag}.so", needs={"libc.so.6": ("GLIBC_2.2.5", "GLIBC_2.34", "GLIBC_2.4")})
    make_library(site / "a" / "stable.abi3.so", runpath="$ORIGIN/../a.libs:/opt/x", rpath="/never")
    make_library(site / "a" / "plain.so", rpath="/old")
    make_library(site / "a.libs" / "libq-1a2b.so.3.4.5", soname="libq-1a2b.so.3.4.5", offers=("Q_1", "Q_2"))
    make_library(prefix / "lib" / "libiomp5.so", soname="libiomp5.so", text=b"\0Intel(R) OMP version: 5.0.2024\0")
    write(site / "a" / "readme.so.txt", b"no library")
    found = by_name(examine(prefix).binaries)
    module = found[f"_m.{tag}.so"]
    assert (module.tag, module.is_extension, module.machine) == (tag, True, "x86_64")
    assert module.needs == {"libc.so.6": ("GLIBC_2.34",)}
    stable = found["stable.abi3.so"]
    assert (stable.tag, stable.runpath, stable.rpath) == ("abi3", ("$ORIGIN/../a.libs", "/opt/x"), ())
    assert (found["plain.so"].tag, found["plain.so"].is_extension, found["plain.so"].rpath) == ("", True, ("/old",))
    library = found["libq-1a2b.so.3.4.5"]
    assert (library.is_extension, library.offers) == (False, ("Q_1", "Q_2"))
    assert found["libiomp5.so"].about == "Intel(R) OMP version: 5.0.2024"
    assert "readme.so.txt" not in found


@on_linux
def test_links_are_told_with_where_they_lead(prefix: Path, site: Path, tmp_path: Path) -> None:
    make_library(prefix / "lib" / "libz.so.1.3")
    make_library(tmp_path / "system" / "libstdc++.so.6.0.33")
    (prefix / "lib" / "libz.so.1").symlink_to("libz.so.1.3")
    (prefix / "lib" / "libz.so").symlink_to("libz.so.1")
    (prefix / "lib" / "libstdc++.so.6").symlink_to(tmp_path / "system" / "libstdc++.so.6.0.33")
    (prefix / "lib" / "libgone.so").symlink_to("libgone.so.2")
    (prefix / "lib" / "libloop.so").symlink_to("libloop.so")
    found = {alias.path: alias for alias in examine(prefix).binaries.aliases}
    assert found["lib/libz.so"] == Alias("lib/libz.so", "lib/libz.so.1.3", True, "libz.so.1")
    outside = found["lib/libstdc++.so.6"]
    assert (outside.inside, outside.target) == (False, str(tmp_path / "system" / "libstdc++.so.6.0.33"))
    assert found["lib/libgone.so"].target == ""
    assert found["lib/libloop.so"].target == ""


@on_linux
def test_what_cannot_be_read_says_why_and_the_rest_is_read(prefix: Path, site: Path) -> None:
    whole = make_library(site / "whole.so", needed=("libc.so.6",)).read_bytes()
    write(site / "empty.so", b"")
    write(site / "short.so", whole[:200])
    write(site / "script.so", b"INPUT(-lfoo)\n")
    os.mkfifo(site / "fifo.so")
    (site / "folder.so").mkdir()
    start = time.monotonic()
    found = by_name(examine(prefix).binaries)
    assert time.monotonic() - start < 5
    assert {name: file.problem for name, file in found.items() if file.problem} == {
        "empty.so": "empty",
        "short.so": "cut short",
        "script.so": "a text, not a library",
        "fifo.so": "not a regular file",
    }
    assert found["whole.so"].needed == ("libc.so.6",)


@on_linux
def test_names_that_drive_a_terminal_are_cleaned(prefix: Path, site: Path) -> None:
    make_library(site / "m.so", needed=("lib\x1b]0;x\x07\u202e.so",), runpath="/x/\x1b[2J")
    found = by_name(examine(prefix).binaries)["m.so"]
    assert "\x1b" not in "".join((*found.needed, *found.runpath))
    assert "\u202e" not in found.needed[0]


@on_linux
def test_markers_are_sought_where_numpy_could_be_used(prefix: Path, site: Path) -> None:
    (site / "numpy").mkdir()
    make_library(site / "old.so", text=NUMPY_1)
    make_library(site / "new.so", text=NUMPY_2)
    make_library(site / "neither.so", text=b"\0numpy.random\0")
    for number in range(4):  # one of them crosses the boundary of two pieces
        make_library(site / f"far{number}.so", text=bytes(4 * 1024 * 1024 - 8 - 8 * number) + NUMPY_1)
    make_library(site / "numpy" / "own.so", text=NUMPY_1)
    make_library(site / "p" / "libarrow_python.so.1400", text=NUMPY_1)
    make_library(site / "p" / "libarrow.so.1400", text=NUMPY_1)
    found = {name: file.markers for name, file in by_name(examine(prefix).binaries).items() if file.markers}
    assert found == {
        "old.so": ("numpy-1",),
        **{f"far{number}.so": ("numpy-1",) for number in range(4)},
        "new.so": ("numpy-1", "numpy-2"),
        "libarrow_python.so.1400": ("numpy-1",),
    }


@on_linux
def test_a_module_that_asks_for_no_capsule_is_not_searched(prefix: Path, site: Path) -> None:
    """Its symbols' names are in .dynstr, and without PyCapsule among them it cannot have NumPy's interface."""
    (site / "numpy").mkdir()
    make_library(site / "with.so", text=NUMPY_1, symbols=("PyCapsule_GetPointer",))
    make_library(site / "without.so", text=NUMPY_1, symbols=("PyModule_Create2",))
    assert {file.name for file in examine(prefix).binaries.files if file.markers} == {"with.so"}


@on_linux
def test_without_numpy_nothing_is_searched(prefix: Path, site: Path) -> None:
    make_library(site / "old.so", text=NUMPY_1)
    assert by_name(examine(prefix).binaries)["old.so"].markers == ()


def test_a_search_without_end_is_ended(prefix: Path, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (site / "numpy").mkdir()
    make_library(site / "old.so", text=NUMPY_1)
    assert examine(prefix).binaries.complete
    monkeypatch.setattr(library_contents, "_SECONDS", -1)
    binaries = examine(prefix).binaries
    assert not binaries.complete
    assert (by_name(binaries)["old.so"].markers, by_name(binaries)["old.so"].machine) == ((), "x86_64")


def test_torch_says_for_which_gpus_it_was_built(prefix: Path, site: Path) -> None:
    text = b"x\0sm_\0compute_at\0sm_70\0sm_75 sm_80 sm_90a compute_90\0other sm_11\0"
    make_library(site / "torch/lib/libtorch_python.so", text=text)
    make_library(site / "elsewhere/libtorch_python.so", text=b"\0sm_50 sm_60 sm_61 sm_62 sm_70\0")
    assert examine(prefix).binaries.torch_architectures == ("sm_75", "sm_80", "sm_90a", "compute_90")


def test_tensorflow_s_build_is_read_and_not_run(prefix: Path, site: Path) -> None:
    path = site / "tensorflow/python/platform/build_info.py"
    write(
        path,
        b"""import collections
open("ran", "w")
build_info = collections.OrderedDict([("cpu_compiler", "/usr/lib/llvm-18/bin/clang"),
  ("cuda_compute_capabilities", ["sm_60", "sm_70", "compute_90"]), ("cuda_version", "12.5.1"),
  ("cudnn_version", "9"), ("is_cuda_build", True), ("is_rocm_build", False)])
""",
    )
    build = examine(prefix).binaries.tensorflow
    assert build is not None
    assert (build.cuda, build.rocm, build.cuda_version, build.cudnn_version) == (True, False, "12.5.1", "9")
    assert build.capabilities == ("sm_60", "sm_70", "compute_90")
    write(path, b"build_info = {'is_cuda_build': False, 'is_rocm_build': False}\n")
    build = examine(prefix).binaries.tensorflow
    assert build is not None
    assert (build.cuda, build.cuda_version, build.capabilities) == (False, "", ())


@on_linux
def test_what_lies_outside_is_told_with_all_it_needs(prefix: Path, site: Path, tmp_path: Path) -> None:
    shadow = tmp_path / "shadow"
    make_library(
        shadow / "libone.so.1", soname="libone.so.1", needed=("libtwo.so",), offers=("ONE_1",), machine=MACHINE
    )
    make_library(shadow / "libtwo.so", machine=MACHINE)
    make_library(shadow / "libunasked.so", machine=MACHINE)
    write(shadow / "readme.txt", b"")
    make_library(site / "m.so", needed=("libone.so.1", "libc.so.6"), machine=MACHINE)
    search = f"{shadow}:/nowhere/at/all::{prefix}/lib"
    binaries = examine(prefix, {"LD_LIBRARY_PATH": search, "LD_PRELOAD": f"{shadow}/libtwo.so libx.so"}).binaries
    paths = [(folder.path, folder.exists, folder.inside, folder.names) for folder in binaries.search.library_path]
    names = ("libone.so.1", "libtwo.so", "libunasked.so")
    assert paths == [
        (str(shadow), True, False, names),
        ("/nowhere/at/all", False, False, ()),
        (".", False, False, ()),
        ("lib", True, True, ()),
    ]
    outside = {(library.name, library.by): library for library in binaries.outside}
    assert outside["libone.so.1", "LD_LIBRARY_PATH"].offers == ("ONE_1",)
    assert outside["libtwo.so", "preload"].path == str(shadow / "libtwo.so")
    assert ("libunasked.so", "LD_LIBRARY_PATH") not in outside
    assert outside["libc.so.6", "cache"].offers
    assert binaries.search.preload == (f"{shadow}/libtwo.so", "libx.so")
    assert binaries.search.libc == "glibc"
    assert binaries.search.cache
    assert binaries.search.library_path_source == "$"
    program = [library for library in binaries.outside if library.by == "program"]
    assert [library.path for library in program] == [binaries.search.program]


@on_linux
def test_activation_leads_the_loader_before_this_process(prefix: Path, tmp_path: Path) -> None:
    activate = prefix / "bin" / "postactivate"
    activate.write_text('export LD_LIBRARY_PATH="$VIRTUAL_ENV/lib:/opt/mine:$LD_LIBRARY_PATH:$(pwd)"\n')
    search = examine(prefix, {"LD_LIBRARY_PATH": "/inherited"}).binaries.search
    assert [folder.path for folder in search.library_path] == ["lib", "/opt/mine", "/inherited"]
    assert search.library_path_source == "bin/postactivate"


def test_headers_of_macos_and_windows_are_read(prefix: Path, site: Path) -> None:
    arm, intel = mach_o(name="@rpath/liba.dylib", minimum=(11, 0)), mach_o(machine="x86_64")
    write(site / "a" / "liba.dylib", universal([("arm64", arm), ("x86_64", intel)]))
    module = mach_o(needed=("@rpath/liba.dylib",), rpaths=("@loader_path",), weak=("@rpath/libw.dylib",))
    write(site / "a" / "m.cpython-312-darwin.so", module)
    write(site / "a" / "m.cp312-win_amd64.pyd", pe(needed=("python312.dll",), delayed=("late.dll",)))
    found = by_name(examine(prefix).binaries)
    library = found["liba.dylib"]
    assert (library.kind, library.machine, library.minimum) == ("macho", "universal2", "11.0")
    mac = found["m.cpython-312-darwin.so"]
    assert (mac.machine, mac.needed, mac.optional, mac.rpath, mac.tag) == (
        "arm64", ("@rpath/liba.dylib",), ("@rpath/libw.dylib",), ("@loader_path",), "cpython-312-darwin"
    )  # fmt: skip
    windows = found["m.cp312-win_amd64.pyd"]
    assert (windows.kind, windows.machine, windows.needed, windows.optional, windows.tag) == (
        "pe", "AMD64", ("python312.dll",), ("late.dll",), "cp312-win_amd64"
    )  # fmt: skip


def cache_of(entries: list[tuple[str, str, int, int]], levels: tuple[str, ...] = (), *, old: bool = False) -> bytes:
    """An ld.so.cache as ldconfig writes it: (name, path, flags, hwcap)."""
    count = len(entries)
    strings, places = b"", []
    base = 48 + 24 * count
    for name, path, _, _ in entries:
        places.append((base + len(strings), base + len(strings) + len(name) + 1))
        strings += name.encode() + b"\0" + path.encode() + b"\0"
    level_places = []
    for level in levels:
        level_places.append(base + len(strings))
        strings += level.encode() + b"\0"
    extension = (base + len(strings) + 3) // 4 * 4 if levels else 0
    data = b"glibc-ld.so.cache1.1" + struct.pack("=IIB3xI12x", count, len(strings), 2, extension)
    for (_, _, flags, hwcap), (key, value) in zip(entries, places, strict=True):
        data += struct.pack("=iIIIQ", flags, key, value, 0, hwcap)
    data += strings
    if levels:
        data += bytes(extension - len(data)) + struct.pack("=II", 0xEAA42174, 1)
        data += struct.pack("=IIII", 1, 0, extension + 24, 4 * len(levels))
        data += struct.pack(f"={len(levels)}I", *level_places)
    if old:
        head = b"ld.so-1.7.0\0" + struct.pack("=I", 1) + bytes(12)
        data = head + bytes(-len(head) % 8) + data
    return data


@pytest.mark.parametrize("old", [False, True])
def test_the_loader_s_cache_is_read_with_its_better_builds(tmp_path: Path, old: bool) -> None:
    from doctor.reading.binaries.system_loader import read_cache
    from doctor.reading.files import Unfit

    better = 1 << 62
    entries = [
        ("libq.so.1", "/lib/glibc-hwcaps/x86-64-v2/libq.so.1", 0x0303, better | 1),
        ("libq.so.1", "/lib/glibc-hwcaps/x86-64-v3/libq.so.1", 0x0303, better | 0),
        ("libq.so.1", "/lib/libq.so.1", 0x0303, 0),
        ("libq.so.1", "/lib32/libq.so.1", 0x0003, 0),
        ("libr.so", "/lib/haswell/libr.so", 0x0303, 4),
    ]
    data = cache_of(entries, ("x86-64-v3", "x86-64-v2"), old=old)
    path = write(tmp_path / "ld.so.cache", data)
    plain = ("/lib/libq.so.1",)
    assert read_cache(path, "x86_64") == {"libq.so.1": plain}
    assert read_cache(path, "i686") == {"libq.so.1": ("/lib32/libq.so.1",)}
    v2, v3 = entries[0][1], entries[1][1]
    assert read_cache(path, "x86_64", ("x86-64-v3", "x86-64-v2"))["libq.so.1"] == (v3, v2, *plain)
    assert read_cache(path, "x86_64", ("x86-64-v2",))["libq.so.1"] == (v2, *plain)
    for length in range(0, len(data), 5):
        write(path, data[:length])
        try:
            read_cache(path, "x86_64")
        except Unfit:
            continue
        assert length > 48
