"""Which Python version a prefix holds, as its files tell without being run."""

from __future__ import annotations

import re
from pathlib import Path

from doctor.reading.files import Unfit, read_text
from doctor.reading.rooted import REAL_ROOT, follow, names_in
from doctor.target.executable import find_version
from doctor.target.layout import Layout

#: bytes; patchlevel.h has 1,500
_HEADER_LIMIT = 64 * 1024

_PYTHON_RECORD = re.compile(r"python-(\d+\.\d+(?:\.\w+)?)-[^-]+\.json")
_FOLDER = re.compile(r"(?:(?:cpython|pypy|python@?)-?)?(\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?)(?![\d.])")
_HEADER_VERSION = re.compile(r'^#define\s+PY_VERSION\s+"(\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?)\+?"', re.MULTILINE)
_PYPY_VERSION = re.compile(r'^#define\s+PYPY_VERSION\s+"(\d+(?:\.\d+)*)', re.MULTILINE)


def read_version(layout: Layout, root: Path = REAL_ROOT) -> str:
    """Read X.Y.Z of a prefix that holds its own Python; X.Y where no file tells more, empty without a Python."""
    return (
        conda_version(layout.prefix, layout.minor)
        or _in_folder_name(layout)
        or _in_header(layout, _HEADER_VERSION)
        or _in_program(layout, root)
        or layout.minor
    )


def conda_version(prefix: Path, minor: str = "") -> str:
    """Read the version in the name of the python record, that of a minor version if two records are there."""
    matches = (_PYTHON_RECORD.fullmatch(name) for name in names_in(prefix / "conda-meta"))
    found = [match[1] for match in matches if match]
    fitting = [version for version in found if minor and version.startswith(f"{minor}.")]
    return next(iter(fitting or found), "")


def pypy_version(layout: Layout) -> str:
    """Read PyPy's own version (7.3.17) from its headers; empty where they are not there."""
    return _in_header(layout, _PYPY_VERSION, own=True)


def _in_folder_name(layout: Layout) -> str:
    """Pyenv's versions/3.12.4, uv's cpython-3.12.4-linux-x86_64-gnu."""
    match = _FOLDER.match(layout.prefix.name)
    return match[1] if match and layout.minor and match[1].startswith(f"{layout.minor}.") else ""


def _in_header(layout: Layout, pattern: re.Pattern[str], own: bool = False) -> str:
    suffix = "t" if layout.free_threaded else ""
    names = (f"python{layout.minor}{suffix}", f"python{layout.minor}m", f"pypy{layout.minor}")
    folders = (*(f"include/{name}" for name in names), "include", "Include")
    for folder in folders:
        try:
            text = read_text(layout.prefix / folder / "patchlevel.h", limit=_HEADER_LIMIT)
        except Unfit:
            continue
        match = pattern.search(text)
        if match and (own or not layout.minor or match[1].startswith(f"{layout.minor}.")):
            return match[1]
    return ""


def _in_program(layout: Layout, root: Path) -> str:
    """Distributions ship no headers by default: the interpreter or its library holds the version as text."""
    if not layout.minor or layout.implementation != "cpython":
        return ""
    prefix, minor, suffix = layout.prefix, layout.minor, "t" if layout.free_threaded else ""
    program = follow(layout.interpreter, root) if layout.interpreter else None
    digits = minor.replace(".", "")
    library = f"libpython{minor}{suffix}"
    candidates = [prefix / f"python{digits}{suffix}.dll"] if layout.style == "windows" else [program] if program else []
    if layout.style == "posix":
        candidates += [prefix / lib / f"{library}.so.1.0" for lib in ("lib", "lib64", "lib/x86_64-linux-gnu")]
        candidates += [prefix / "lib" / f"{library}.dylib", prefix / "Python", prefix / "Python3"]
    return next(filter(None, (find_version(path, minor) for path in candidates)), "")
