"""Where things lie in a prefix, decided from the files alone."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

import pytest

from doctor.target.executable import find_version, read_header
from doctor.target.layout import is_executable_name, read_layout, site_folders
from doctor.target.pyvenv import normalise, read_config
from doctor.target.versions import read_version
from tests.target.trees import (
    ELF_AARCH64,
    ELF_X86_64,
    MACH_ARM64,
    MACH_UNIVERSAL,
    PE_AMD64,
    link,
    posix_python,
    posix_venv,
    put,
    windows_python,
    windows_venv,
)


def below(prefix: Path, paths: tuple[Path, ...]) -> list[str]:
    return [path.relative_to(prefix).as_posix() for path in paths]


@pytest.mark.skipif(os.name == "nt", reason="a POSIX installation is asked")
def test_the_base_of_the_running_python_is_read_as_it_says_itself() -> None:
    layout = read_layout(Path(sys.base_prefix))
    minor = f"{sys.version_info[0]}.{sys.version_info[1]}"
    asked = read_layout(Path(sys.base_prefix), minor=minor)
    assert asked.stdlib is not None
    assert asked.stdlib.resolve() == Path(sysconfig.get_path("stdlib")).resolve()
    assert asked.minor == minor
    assert layout.style == "posix"


def test_debian_keeps_packages_in_dist_packages_and_ignores_site_packages(tmp_path: Path) -> None:
    posix_python(tmp_path, "3.11.2")
    (tmp_path / "lib/python3/dist-packages").mkdir(parents=True)
    (tmp_path / "local/lib/python3.11/dist-packages").mkdir(parents=True)
    found = site_folders(read_layout(tmp_path))
    assert below(tmp_path, found) == ["local/lib/python3.11/dist-packages", "lib/python3/dist-packages"]


def test_fedora_reads_lib64_before_lib_and_local_first(tmp_path: Path) -> None:
    posix_python(tmp_path, "3.13.1", lib="lib64")
    (tmp_path / "lib/python3.13/site-packages").mkdir(parents=True)
    (tmp_path / "local/lib/python3.13/site-packages").mkdir(parents=True)
    layout = read_layout(tmp_path)
    assert layout.stdlib == tmp_path / "lib64/python3.13"
    assert below(tmp_path, site_folders(layout)) == [
        "local/lib/python3.13/site-packages",
        "lib64/python3.13/site-packages",
        "lib/python3.13/site-packages",
    ]


def test_a_lib64_that_is_a_link_to_lib_is_told_once(tmp_path: Path) -> None:
    posix_venv(tmp_path / "env", "/nowhere/bin/python3")
    link(tmp_path / "env/lib64", "lib")
    assert below(tmp_path / "env", site_folders(read_layout(tmp_path / "env"))) == ["lib/python3.12/site-packages"]


def test_pypy_has_its_library_under_its_own_name(tmp_path: Path) -> None:
    put(tmp_path / "bin/pypy3", ELF_X86_64)
    put(tmp_path / "lib/pypy3.10/os.py")
    (tmp_path / "lib/pypy3.10/site-packages").mkdir()
    layout = read_layout(tmp_path)
    assert (layout.implementation, layout.minor) == ("pypy", "3.10")
    assert below(tmp_path, site_folders(layout)) == ["lib/pypy3.10/site-packages"]


def test_of_two_pythons_the_links_of_python3_decide(tmp_path: Path) -> None:
    posix_python(tmp_path, "3.11.2")
    posix_python(tmp_path, "3.13.0")
    assert read_layout(tmp_path).minor == "3.11"
    asked = read_layout(tmp_path, interpreter=tmp_path / "bin/python3.13")
    assert (asked.minor, asked.stdlib) == ("3.13", tmp_path / "lib/python3.13")
    by_version = read_layout(tmp_path, minor="3.13")
    assert by_version.interpreter == tmp_path / "bin/python3.13"


def test_free_threaded_and_ordinary_python_do_not_share_packages(tmp_path: Path) -> None:
    posix_python(tmp_path, "3.13.0")
    put(tmp_path / "bin/python3.13t", ELF_X86_64)
    put(tmp_path / "lib/python3.13t/os.py")
    (tmp_path / "lib/python3.13t/site-packages").mkdir()
    ordinary = read_layout(tmp_path)
    free = read_layout(tmp_path, interpreter=tmp_path / "bin/python3.13t")
    assert below(tmp_path, site_folders(ordinary)) == ["lib/python3.13/site-packages"]
    assert below(tmp_path, site_folders(free)) == ["lib/python3.13t/site-packages"]
    assert free.free_threaded
    assert not ordinary.free_threaded


def test_a_library_that_an_update_left_behind_is_not_the_current_one(tmp_path: Path) -> None:
    posix_python(tmp_path, "3.9.1")
    (tmp_path / "lib/python3.12/site-packages").mkdir(parents=True)
    layout = read_layout(tmp_path)
    assert layout.minor == "3.9"
    assert {library.minor: library.has_stdlib for library in layout.libraries} == {"3.9": True, "3.12": False}


def test_windows_installation_and_venv(tmp_path: Path) -> None:
    windows_python(tmp_path / "conda", "3.11.9")
    layout = read_layout(tmp_path / "conda")
    assert (layout.style, layout.minor) == ("windows", "3.11")
    assert layout.interpreter == tmp_path / "conda/python.exe"
    assert layout.scripts == tmp_path / "conda/Scripts"
    assert layout.stdlib == tmp_path / "conda/Lib"
    assert site_folders(layout) == (tmp_path / "conda/Lib/site-packages",)
    windows_venv(tmp_path / "venv", "C:\\Python311")
    venv = read_layout(tmp_path / "venv", minor="3.11")
    assert (venv.style, venv.stdlib) == ("windows", None)
    assert venv.interpreter == tmp_path / "venv/Scripts/python.exe"


def test_embedded_windows_python_has_its_library_in_a_zip(tmp_path: Path) -> None:
    put(tmp_path / "python.exe", PE_AMD64)
    put(tmp_path / "python312.zip")
    layout = read_layout(tmp_path)
    assert (layout.minor, layout.stdlib) == ("3.12", tmp_path / "python312.zip")


@pytest.mark.parametrize(
    ("content", "system", "architectures"),
    [
        (ELF_X86_64, "linux", ("x86_64",)),
        (ELF_AARCH64, "linux", ("aarch64",)),
        (MACH_ARM64, "macos", ("arm64",)),
        (MACH_UNIVERSAL, "macos", ("x86_64", "arm64")),
        (PE_AMD64, "windows", ("AMD64",)),
    ],
)
def test_headers(tmp_path: Path, content: bytes, system: str, architectures: tuple[str, ...]) -> None:
    header = read_header(put(tmp_path / "python", content))
    assert header is not None
    assert (header.system, header.architectures) == (system, architectures)


@pytest.mark.parametrize(
    "content", [b"", b"\x7fELF", b"MZ", b"#!/bin/sh\n", b"\xca\xfe\xba\xbe\x00\x00\x00\x34", PE_AMD64[:66]]
)
def test_no_program_has_no_header(tmp_path: Path, content: bytes) -> None:
    assert read_header(put(tmp_path / "python", content)) is None


def test_a_fifo_has_no_header_and_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "python")
    assert read_header(tmp_path / "python") is None
    assert find_version(tmp_path / "python", "3.11") == ""


def test_the_version_is_found_across_the_pieces_it_is_read_in(tmp_path: Path) -> None:
    padding = b"x" * (4 * 1024 * 1024 - 4)
    program = put(tmp_path / "libpython", padding + b"\x003.11.14\x00" + b"x" * 100)
    assert find_version(program, "3.11") == "3.11.14"
    assert find_version(program, "3.1") == ""


def test_without_headers_the_program_tells_the_version(tmp_path: Path) -> None:
    posix_python(tmp_path, "3.11.2", headers=False, program=ELF_X86_64 + b"\x00/build/Python-3.11.2\x00")
    assert read_version(read_layout(tmp_path)) == "3.11.2"
    put(tmp_path / "bin/python3.11", ELF_X86_64)
    assert read_version(read_layout(tmp_path)) == "3.11"


def test_a_header_of_another_version_is_not_believed(tmp_path: Path) -> None:
    posix_python(tmp_path, "3.11.2", headers=False)
    put(tmp_path / "include/python3.11/patchlevel.h", '#define PY_VERSION "3.10.1"\n')
    assert read_version(read_layout(tmp_path)) == "3.11"


@pytest.mark.parametrize(
    ("written", "version"),
    [
        ("3.11.7", "3.11.7"),
        ("3.11.7.final.0", "3.11.7"),
        ("3.14.0.candidate.2", "3.14.0rc2"),
        ("3.14.0a6", "3.14.0a6"),
        ("3.13.0+", "3.13.0"),
        ("3.12", "3.12"),
        ("three", ""),
        ("", ""),
    ],
)
def test_versions_as_makers_write_them(written: str, version: str) -> None:
    assert normalise(written) == version


@pytest.mark.parametrize(
    ("text", "system_site", "problem"),
    [
        ("home = /usr/bin\ninclude-system-site-packages = true\n", True, False),
        ("HOME=/usr/bin\nInclude-System-Site-Packages=FALSE\n", False, False),
        ("home = /usr/bin\n", True, False),  # as site.py takes it
        ("", True, True),
        ("\0\0\0", True, True),
    ],
)
def test_pyvenv_cfg_is_read_as_python_reads_it(tmp_path: Path, text: str, system_site: bool, problem: bool) -> None:
    put(tmp_path / "pyvenv.cfg", text)
    config = read_config(tmp_path)
    assert config.system_site is system_site
    assert bool(config.problem) is problem


@pytest.mark.parametrize(
    "name", ["python", "python3", "python3.13t", "python.exe", "pythonw.exe", "pypy3", "python2.7"]
)
def test_names_of_interpreters(name: str) -> None:
    assert is_executable_name(name)


@pytest.mark.parametrize("name", ["python3-config", "pip", "pythonista", "ipython", "python.txt", "python3.11-gdb.py"])
def test_names_of_others(name: str) -> None:
    assert not is_executable_name(name)
