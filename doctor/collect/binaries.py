"""Reads the binaries layer: the headers of every native library, extension module and interpreter."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator

from doctor.facts import Alias, Binaries, Binary, Facts
from doctor.reading.binaries.elf import MAGIC, read_elf
from doctor.reading.binaries.window import Window
from doctor.reading.clean import clean
from doctor.reading.files import Missing, Unfit
from doctor.reading.redact import show
from doctor.target.environment import Request

#: what a library may be called; libfoo.so.1.2.3 too
_LIBRARY = re.compile(r"\.(?:so(?:\.\d[\w.]*)?|dylib|pyd|dll)$")
_TAG = re.compile(r"^[^.]+\.((?:cpython|pypy|cp|graalpy)[\w-]*|abi3t?)\.(?:so|pyd)$")


def read(request: Request, facts: Facts) -> Binaries:
    """Read what lies under the prefix."""
    root = os.path.realpath(request.environment.prefix)
    files: list[Binary] = []
    aliases: list[Alias] = []
    for path in sorted(_candidates(facts)):
        try:
            window = Window(f"{root}/{path}")
        except Missing:
            continue
        except Unfit as error:
            alias = _alias(root, path)
            if alias is not None:
                aliases.append(alias)
            else:
                files.append(Binary(path, "", problem=error.reason))
            continue
        try:
            files.append(_binary(path, window))
        except Unfit as error:
            files.append(Binary(path, "elf" if window.head[:4] == MAGIC else "", problem=error.reason))
        finally:
            window.close()
    return Binaries(tuple(files), tuple(aliases))


def _candidates(facts: Facts) -> Iterator[str]:
    for folder, names in facts.files.folders.items():
        for name in names:
            if _LIBRARY.search(name):
                yield f"{folder}/{name}" if folder else name
    if facts.identity.interpreter is not None:
        yield facts.identity.interpreter.path


def _alias(root: str, path: str) -> Alias | None:
    full = f"{root}/{path}"
    try:
        written = os.readlink(full)  # noqa: PTH115 - text, as everywhere here
    except (OSError, ValueError):
        return None
    real = os.path.realpath(full)
    there = os.path.exists(real)  # noqa: PTH110
    inside = real.startswith(root + os.sep)
    target = (real[len(root) + 1 :] if inside else show(real)) if there else ""
    return Alias(path, clean(target), inside, clean(show(written)))


def _binary(path: str, window: Window) -> Binary:
    if not window.size:
        raise Unfit("empty")
    if window.head[:4] != MAGIC:
        raise Unfit("not a library")
    found = read_elf(window)
    tag = _TAG.match(path.rpartition("/")[2])
    return Binary(
        path,
        "elf",
        found.machine,
        _text(found.soname),
        tuple(map(_text, found.needed)),
        (),
        () if found.runpath else _folders(found.rpath),
        _folders(found.runpath),
        {_text(file): _highest(versions) for file, versions in found.needs.items()},
        tuple(map(_text, found.offers)),
        tag[1] if tag else "",
        tag is not None,
        level=found.level,
    )


def _text(name: str) -> str:
    return sys.intern(clean(name))


def _folders(path: str) -> tuple[str, ...]:
    return tuple(clean(show(folder)) for folder in path.split(":")) if path else ()


def _highest(versions: tuple[str, ...]) -> tuple[str, ...]:
    best: dict[str, tuple[tuple[int, ...], str]] = {}
    for version in versions:
        family, numbers = _split(version)
        best[family] = max(best.get(family, ((), "")), (numbers, version))
    return tuple(sorted(_text(version) for _, version in best.values()))


def _split(version: str) -> tuple[str, tuple[int, ...]]:
    family, _, number = version.rpartition("_")
    parts = number.split(".")
    if family and all(part.isdecimal() and len(part) < 9 for part in parts):
        return family, tuple(map(int, parts))
    return version, ()
