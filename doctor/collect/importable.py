"""Finds which of a project's imports the environment's Python could satisfy, by looking where it would look.

The folders of its import path are listed, those that .pth files add too, and the finders of editable installs are
read as text. Nothing is imported. What cannot be followed counts as found, for a module that is there and called
missing would be a false alarm.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Collection, Iterator

from doctor.collect.presence import is_remote, real_path
from doctor.facts import Facts
from doctor.reading.files import Unfit, read_bytes, read_text
from doctor.reading.python.startup_files import parse_pth
from doctor.target.environment import Request

#: names of one folder, folders, .pth files and finders that are looked at
_NAMES = 100_000
_FOLDERS = 500
_FILES = 500
_FINDERS = 200
#: bytes of a .pth and of a finder; those of large monorepos have some 100,000
_PTH_LIMIT = 1024 * 1024
_FINDER_LIMIT = 2 * 1024 * 1024
#: texts of one finder that are looked at
_TEXTS = 50_000

_COMPILED = (".so", ".pyd", ".dll", ".dylib")


class _Unknown(Exception):
    """A folder of the import path that cannot be listed."""


def find_importable(modules: Collection[str], request: Request, facts: Facts) -> tuple[str, ...] | None:
    """Which top-level modules Python finds outside the project; None where a folder of its path cannot be listed."""
    identity = facts.identity
    folders = [folder.path for folder in identity.site_folders if folder.active]
    if not identity.python_minor or not folders:
        return None
    wanted = set(modules)
    found: set[str] = set()
    try:
        for path in folders:
            found |= _of_site(real_path(path, request), wanted - found)
    except _Unknown:
        return None
    if identity.stdlib:
        stdlib = real_path(identity.stdlib, request)
        for folder in (stdlib, f"{stdlib}/lib-dynload"):
            try:
                found |= _lying_in(folder, wanted - found)
            except _Unknown:
                continue
    return tuple(sorted(found))


def _of_site(site: str, wanted: set[str]) -> set[str]:
    """What a site folder brings, the folders that its .pth files add and the finders that they start included."""
    names = _names(site)
    found = _among(site, names, wanted)
    for name in [name for name in names if name.endswith(".pth")][:_FILES]:
        try:
            lines = parse_pth(read_bytes(f"{site}/{name}", limit=_PTH_LIMIT))
        except Unfit:
            continue
        for _, text in lines.folders[:_FOLDERS]:
            found |= _added(text, site, wanted - found)
        for module in _started(lines.whole)[:_FINDERS]:
            if f"{module}.py" in names:
                found |= _of_finder(f"{site}/{module}.py", wanted - found)
    return found


def _added(text: str, site: str, wanted: set[str]) -> set[str]:
    """What a folder that a .pth names brings; the name of an archive stands for its module."""
    if "\0" in text or is_remote(text):
        return set()
    folder = posixpath.join(site, text)
    if os.path.isfile(folder):  # noqa: PTH113 - a text
        stem = text.replace("\\", "/").rpartition("/")[2].partition("-")[0]
        return wanted & {stem, stem.lower(), stem.replace("-", "_")}
    try:
        return _lying_in(folder, wanted)
    except _Unknown:
        return set()


def _lying_in(folder: str, wanted: set[str]) -> set[str]:
    return _among(folder, _names(folder), wanted) if wanted else set()


def _names(folder: str) -> set[str]:
    """The names in a folder; none where there is no such folder. Raises _Unknown where it cannot be listed."""
    names: set[str] = set()
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                names.add(entry.name)
                if len(names) >= _NAMES:
                    raise _Unknown
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return names
    except OSError:
        raise _Unknown from None
    return names


def _among(folder: str, names: set[str], wanted: set[str]) -> set[str]:
    """The wanted modules among the names of a folder."""
    files = {name.partition(".")[0] for name in names if name.endswith((".py", ".pyc", *_COMPILED))}
    folders = {name for name in wanted & names if _holds_something(f"{folder}/{name}")}
    return (wanted & files) | folders


def _holds_something(path: str) -> bool:
    """Whether a folder is a package, if only one without __init__.py: not what uninstalling left of one."""
    try:
        with os.scandir(path) as entries:
            return any(entry.name != "__pycache__" for entry in entries)
    except NotADirectoryError:
        return False
    except OSError:
        return True


def _started(code: str) -> list[str]:
    """The modules that the lines of a .pth import: __editable___mine_finder, _mine_editable."""
    found: dict[str, None] = {}
    for line in code.split("\n"):
        for part in line.split(";"):
            words = part.replace(",", " ").split()
            if words[:1] == ["import"]:
                found.update(dict.fromkeys(word.partition(".")[0] for word in words[1:]))
    return list(found)


def _of_finder(path: str, wanted: set[str]) -> set[str]:
    """The wanted modules that a finder of an editable install names in any of its texts."""
    return {module for module in _texts(path) if module in wanted} if wanted else set()


def _texts(path: str) -> Iterator[str]:
    import ast

    from doctor.reading.repository.parsing import parse_source

    try:
        tree = parse_source(read_text(path, limit=_FINDER_LIMIT))
    except (Unfit, SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for count, node in enumerate(ast.walk(tree)):
        if count > 10 * _TEXTS:
            return
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value.partition(".")[0]
