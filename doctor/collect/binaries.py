"""Reads the binaries layer: the headers of every native library, extension module and interpreter."""

from __future__ import annotations

import os
from collections.abc import Iterator

from doctor.collect.library_contents import Contents, read_tensorflow
from doctor.collect.loading import read_surroundings
from doctor.facts import Alias, Binaries, Binary, Facts
from doctor.reading.binaries.library import is_library, read_library
from doctor.reading.binaries.window import Window
from doctor.reading.clean import clean
from doctor.reading.files import Missing, Unfit
from doctor.reading.redact import show
from doctor.reading.rooted import follow
from doctor.target.environment import Request

#: files of one environment that are read; the largest seen has 4,200
_MOST = 100_000


def read(request: Request, facts: Facts) -> Binaries:
    """Read what lies under the prefix, then where the loader would look for the rest."""
    root = os.path.realpath(request.environment.prefix)
    contents = Contents(facts)
    files: list[Binary] = []
    aliases: list[Alias] = []
    paths = sorted({*_candidates(facts), *_interpreters(request, facts, root)})
    for number, path in enumerate(paths[:_MOST]):
        request.tell("binaries", number, len(paths))
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
            found = read_library(window, path, facts.identity.architecture)
            files.append(contents.look_into(window, found))
        except Unfit as error:
            files.append(Binary(path, "", problem=error.reason))
        finally:
            window.close()
    around = read_surroundings(request, facts, files, root)
    aliases += around.aliases
    aliases.sort()
    return Binaries(
        tuple(files),
        tuple(aliases),
        around.outside,
        around.search,
        contents.architectures,
        read_tensorflow(root, facts),
        len(paths) <= _MOST and contents.complete,
    )


def _candidates(facts: Facts) -> Iterator[str]:
    for folder, names in facts.files.folders.items():
        for name in names:
            if "." in name and is_library(name):
                yield f"{folder}/{name}" if folder else name


def _interpreters(request: Request, facts: Facts, root: str) -> Iterator[str]:
    """The interpreter as it is called, and the file that it is, where that lies inside."""
    if facts.identity.interpreter is not None:
        yield facts.identity.interpreter.path
        real = follow(request.environment.prefix / facts.identity.interpreter.path, request.root)
        if real is not None and str(real).startswith(root + os.sep):
            yield str(real)[len(root) + 1 :].replace(os.sep, "/")


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
