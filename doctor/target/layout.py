"""Where things lie inside a prefix, on every system and for every maker.

Decided from the files that are found, never from the system that envdoctor runs on, so that a folder tree
recorded on another system reads the same.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, NamedTuple

from doctor.reading.rooted import REAL_ROOT, exists, follow, is_folder, names_in, there

#: lib/python3.11, lib/python3.13t (free-threaded), lib/pypy3.10
_LIBRARY = re.compile(r"(python|pypy)([23]\.\d{1,2})(t?)")
#: python, python3, python3.13t, python3.12d, pypy3.10, pythonw, graalpy; with .exe on Windows
_EXECUTABLE = re.compile(
    r"(python|pypy|graalpy)w?((?:[23](?:\.\d{1,2})?)?)(t?)d?(?:-intel64)?(?:\.exe)?", re.IGNORECASE
)
#: python311.dll, python313t.dll, python311.zip
_WINDOWS_LIBRARY = re.compile(r"python([23])(\d{1,2})(t?)\.(?:dll|zip)", re.IGNORECASE)

Style = Literal["posix", "windows"]


class Library(NamedTuple):
    """One lib/pythonX.Y of a prefix."""

    path: Path
    minor: str
    implementation: str
    free_threaded: bool = False
    has_stdlib: bool = False  #: False for the one of a virtual environment, or one that an update left behind


class Layout(NamedTuple):
    """A prefix's places, as far as they are known."""

    prefix: Path
    style: Style = "posix"
    scripts: Path | None = None  #: bin or Scripts
    interpreter: Path | None = None  #: links kept, possibly leading nowhere
    minor: str = ""
    implementation: str = "cpython"
    free_threaded: bool = False
    stdlib: Path | None = None  #: the standard library, where this prefix holds one
    libraries: tuple[Library, ...] = ()


def read_layout(prefix: Path, *, minor: str = "", interpreter: Path | None = None, root: Path = REAL_ROOT) -> Layout:
    """Find the places of a prefix; a minor version or an interpreter that is known chooses among several Pythons."""
    libraries = find_libraries(prefix)
    if _is_windows(prefix, libraries):
        return _windows(prefix, minor, interpreter)
    named, threaded = _named_version(interpreter, root) if interpreter else ("", None)
    library = _choose(libraries, minor or named, threaded)
    several = sum(library.has_stdlib for library in libraries) > 1
    likely = minor or (library.minor if library else "")
    found = interpreter or _posix_interpreter(prefix, likely, bool(minor) and several, root)
    if interpreter is None and found is not None:
        named, threaded = _named_version(found, root)
        library = _choose(libraries, minor or named, threaded) or library
    implementation = "pypy" if found is not None and found.name.startswith("pypy") else "cpython"
    return Layout(
        prefix,
        "posix",
        prefix / "bin" if is_folder(prefix / "bin") else None,
        found,
        minor or named or (library.minor if library else ""),
        library.implementation if library else implementation,
        library.free_threaded if library else bool(threaded),
        library.path if library and library.has_stdlib else None,
        libraries,
    )


def site_folders(layout: Layout) -> tuple[Path, ...]:
    """The folders of installed packages of a prefix that are there, in import order."""
    windows = layout.style == "windows"
    candidates = [layout.prefix / "Lib" / "site-packages"] if windows else _posix_sites(layout)
    found: list[Path] = []
    seen: set[Path] = set()
    for folder in candidates:
        if not is_folder(folder):
            continue
        real = folder.resolve()
        if real not in seen:
            seen.add(real)
            found.append(folder)
    return tuple(found)


def find_libraries(prefix: Path) -> tuple[Library, ...]:
    """Every lib/pythonX.Y and lib64/pythonX.Y of a prefix."""
    found: list[Library] = []
    for folder in (prefix / "lib", prefix / "lib64"):
        if folder.name == "lib64" and folder.is_symlink():
            continue
        for name in names_in(folder):
            match = _LIBRARY.fullmatch(name)
            path = folder / name
            if match and is_folder(path):
                stdlib = exists(path / "os.py") or exists(path / "os.pyc")
                found.append(
                    Library(path, match[2], "pypy" if match[1] == "pypy" else "cpython", bool(match[3]), stdlib)
                )
    return tuple(found)


def is_executable_name(name: str) -> bool:
    """Whether a file is called as Python interpreters are."""
    return _EXECUTABLE.fullmatch(name) is not None


def _is_windows(prefix: Path, libraries: tuple[Library, ...]) -> bool:
    if libraries:
        return False
    return any(
        there(prefix / place) for place in ("Scripts", "python.exe", "Lib/site-packages", "Lib/os.py", "Library")
    )


def _windows(prefix: Path, minor: str, interpreter: Path | None) -> Layout:
    places = ("python.exe", "Scripts/python.exe", "Scripts/pypy3.exe", "pypy3.exe", "bin/python.exe")
    found = interpreter or next((prefix / place for place in places if there(prefix / place)), None)
    free_threaded = False
    stdlib = prefix / "Lib" if exists(prefix / "Lib" / "os.py") else None
    for name in names_in(prefix):
        match = _WINDOWS_LIBRARY.fullmatch(name)
        if match and match[2]:
            minor = minor or f"{match[1]}.{match[2]}"
            free_threaded = free_threaded or bool(match[3])
            if stdlib is None and name.lower().endswith(".zip"):
                stdlib = prefix / name
    implementation = "pypy" if found is not None and found.name.lower().startswith("pypy") else "cpython"
    scripts = prefix / "Scripts"
    return Layout(
        prefix, "windows", scripts if is_folder(scripts) else None, found, minor, implementation, free_threaded, stdlib
    )


def _choose(libraries: tuple[Library, ...], minor: str, threaded: bool | None) -> Library | None:
    """The library of a version; one with the standard library before any other, then the newest."""
    fitting = [library for library in libraries if not minor or library.minor == minor]

    def rank(library: Library) -> tuple[bool, ...] | tuple[int, ...]:
        return (library.has_stdlib, library.free_threaded == bool(threaded), *_numbers(library.minor))

    return max(fitting, key=rank, default=None)


def _numbers(minor: str) -> tuple[int, ...]:
    return tuple(int(part) for part in minor.split("."))


def _posix_interpreter(prefix: Path, minor: str, exactly: bool, root: Path) -> Path | None:
    names = ["python", "python3"]
    if minor:
        names += [f"python{minor}", f"python{minor}t", f"pypy{minor}"]
    present = [
        prefix / "bin" / name for name in (*names, "pypy3", "pypy", "python.exe") if there(prefix / "bin" / name)
    ]
    fitting = [path for path in present if _named_version(path, root)[0] == minor] if exactly else []
    return next(iter(fitting or present), None)


def _named_version(path: Path, root: Path) -> tuple[str, bool | None]:
    """The X.Y in an interpreter's name or in the name its links lead to, and whether it is free-threaded."""
    real = follow(path, root)
    for name in (path.name, real.name if real else ""):
        match = _EXECUTABLE.fullmatch(name)
        if match and "." in match[2]:
            return match[2], bool(match[3])
    return "", None


def _posix_sites(layout: Layout) -> list[Path]:
    prefix = layout.prefix
    fitting = [
        library
        for library in layout.libraries
        if (library.minor, library.free_threaded) == (layout.minor, layout.free_threaded)
    ]
    wide_first = sorted(fitting, key=lambda library: library.path.parent.name != "lib64")
    sites = [library.path / "site-packages" for library in wide_first]
    if layout.implementation == "pypy" and layout.stdlib is None:
        sites.append(prefix / "site-packages")  # PyPy before 7.3.6
    if layout.stdlib is None:
        return sites
    folder = layout.stdlib.name
    if layout.stdlib.parent.name == "lib64":  # Fedora's Python puts what pip installs under /usr/local first
        local = [prefix / "local" / lib / folder / "site-packages" for lib in ("lib64", "lib")]
        sites = local + sites
    debian = prefix / "lib" / f"python{layout.minor.partition('.')[0]}" / "dist-packages"
    if is_folder(debian):  # Debian's Python ignores site-packages of its own prefix
        sites = [prefix / "local" / "lib" / folder / "dist-packages", debian]
        sites += [library.path / "dist-packages" for library in fitting]
    return sites
