"""Turns the header of any native library into facts: recognises its kind, cleans its names, keeps what is compared."""

from __future__ import annotations

import re
import sys
from functools import lru_cache

from doctor.facts.binaries import Binary, By, Outside
from doctor.reading.binaries.elf import MAGIC, Elf, read_elf
from doctor.reading.binaries.macho import MachO, is_macho, read_macho
from doctor.reading.binaries.pe import Pe, is_pe, read_pe
from doctor.reading.binaries.window import Window, not_a_library
from doctor.reading.clean import clean
from doctor.reading.files import Unfit
from doctor.reading.redact import show

#: what a library may be called; libfoo.so.1.2.3 too
_LIBRARY = re.compile(r"\.(?:so(?:\.\d[\w.]*)?|dylib|pyd|dll)$", re.IGNORECASE)
_ENDINGS = (".so", ".dylib", ".pyd", ".dll")
_TAG = re.compile(r"^[^.]+\.((?:cpython|pypy|graalpy|cp)[\w-]*|abi3t?)\.(?:so|pyd)$")
_EXTENSION = re.compile(r"^\w+(?:\.[\w-]+)?\.(?:so|pyd)$")
#: entries of one search path that are kept
_FOLDERS = 200


def is_library(name: str) -> bool:
    """Whether a file is named like a native library or an extension module."""
    if name.endswith(_ENDINGS):
        return True
    return (".so." in name or name[-4:].lower() == ".dll") and _LIBRARY.search(name) is not None


def read_library(window: Window, path: str, machine: str = "") -> Binary:
    """Read what the header of one file says; of a universal file the part for a machine. Raises Unfit."""
    if window.head[:4] == MAGIC:
        return _from_elf(read_elf(window), path)
    if is_macho(window):
        return _from_macho(read_macho(window, machine), path)
    if is_pe(window):
        return _from_pe(read_pe(window), path)
    raise Unfit(not_a_library(window))


def _tag_of(path: str) -> tuple[str, bool]:
    """The ABI tag in a file's name, and whether Python could import the file."""
    name = path.rpartition("/")[2]
    tag = _TAG.match(name)
    if tag:
        return sys.intern(tag[1]), True
    return "", not name.startswith("lib") and _EXTENSION.match(name) is not None


def _from_elf(found: Elf, path: str) -> Binary:
    tag, is_extension = _tag_of(path)
    return Binary(
        path,
        "elf",
        found.machine,
        text(found.soname),
        tuple([text(wanted) for wanted in found.needed]),
        (),
        () if found.runpath else folders(found.rpath),
        folders(found.runpath),
        {text(file): highest(versions) for file, versions in found.needs.items()} if found.needs else {},
        tuple([text(version) for version in found.offers]),
        tag,
        is_extension,
        level=found.level,
    )


def _from_macho(found: MachO, path: str) -> Binary:
    tag, is_extension = _tag_of(path)
    return Binary(
        path,
        "macho",
        "universal2" if set(found.machines) == {"x86_64", "arm64"} else "+".join(found.machines),
        text(show(found.name)),
        tuple([text(show(wanted)) for wanted in found.needed]),
        tuple([text(show(wanted)) for wanted in found.optional]),
        tuple([text(show(folder)) for folder in found.rpaths[:_FOLDERS]]),
        tag=tag,
        is_extension=is_extension,
        minimum=found.minimum,
    )


def _from_pe(found: Pe, path: str) -> Binary:
    tag, is_extension = _tag_of(path)
    return Binary(
        path,
        "pe",
        found.machine,
        text(found.name),
        tuple([text(wanted) for wanted in found.needed]),
        tuple([text(wanted) for wanted in found.optional]),
        tag=tag,
        is_extension=is_extension,
    )


def outside_of(found: Elf, name: str, path: str, by: By, target: str = "") -> Outside:
    """The facts of a library outside the environment."""
    return Outside(
        clean(name),
        path,
        by,
        found.machine,
        text(found.soname),
        tuple([text(wanted) for wanted in found.needed]),
        () if found.runpath else folders(found.rpath),
        folders(found.runpath),
        {text(file): highest(versions) for file, versions in found.needs.items()},
        tuple([text(version) for version in found.offers]),
        target,
    )


def text(name: str) -> str:
    """A name out of a file, fit for people; one object for each name, since many files need the same."""
    return sys.intern(name if name.isascii() and name.isprintable() else clean(name))


@lru_cache(2048)
def folders(path: str) -> tuple[str, ...]:
    """A search path's entries as written, with ~ for the home folder."""
    return tuple([text(show(folder)) for folder in path.split(":")[:_FOLDERS]]) if path else ()


@lru_cache(2048)
def highest(versions: tuple[str, ...]) -> tuple[str, ...]:
    """The highest version of each family: GLIBC_2.34 of GLIBC_2.2.5 and GLIBC_2.34."""
    if len(versions) == 1:
        return (text(versions[0]),)
    best: dict[str, tuple[tuple[int, ...], str]] = {}
    for version in versions:
        family, numbers = split_version(version)
        known = best.get(family)
        if known is None or known[0] < numbers:
            best[family] = (numbers, version)
    return tuple(sorted([text(version) for _, version in best.values()]))


def split_version(version: str) -> tuple[str, tuple[int, ...]]:
    """The family of a symbol version and its number; one without a number is a family of its own."""
    family, _, number = version.rpartition("_")
    parts = number.split(".")
    if family and all(part.isdecimal() and part.isascii() and len(part) < 9 for part in parts):
        return family, tuple(map(int, parts))
    return version, ()
