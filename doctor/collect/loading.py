"""Looks where the loader of an environment's process would look outside the environment, and what it would find.

Read are the variables that lead it, ld.so.cache, the default folders, and the headers of those libraries there that
a file of the environment asks for, and of what those ask for in turn.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from doctor.collect.loading_macos import find_outside
from doctor.collect.presence import real_path
from doctor.facts import Alias, Binary, Facts, Outside, Search, SearchFolder
from doctor.facts.binaries import By
from doctor.reading.binaries.elf import Elf, read_elf
from doctor.reading.binaries.library import is_library, outside_of
from doctor.reading.binaries.system_loader import read_cache, read_default_folders, read_musl_folders
from doctor.reading.binaries.window import Window
from doctor.reading.clean import clean
from doctor.reading.files import Missing, Unfit
from doctor.reading.machine.processor import read_processor
from doctor.reading.redact import show
from doctor.reading.rooted import REAL_ROOT, follow, names_in, place, shown
from doctor.target.environment import Request

#: names of one folder of the search path that are kept, folders of it, libraries outside that are read
_NAMES, _ENTRIES, _LIBRARIES = 5_000, 64, 3_000
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::-[^}]*)?\}|(\w+))")
_LEVELS = ("x86-64-v4", "x86-64-v3", "x86-64-v2")
#: where a program's own note of its loader is missing
_USUAL = ("/lib64", "/usr/lib64", "/lib", "/usr/lib")
_MAC = ("/usr/local/lib", "/usr/lib")


class Surroundings(NamedTuple):
    """What lies around the environment's own libraries."""

    search: Search
    outside: tuple[Outside, ...] = ()
    aliases: tuple[Alias, ...] = ()  #: folders of search paths that are links


def read_surroundings(request: Request, facts: Facts, files: Sequence[Binary], root: str) -> Surroundings:
    """Read where the loader would look, and what it would find outside the environment."""
    known = tuple(dict.fromkeys((str(request.environment.prefix), root)))
    prefixes = tuple(shown(Path(prefix), request.root, request.home) for prefix in known)
    system = facts.identity.system
    program = _program_of(request, facts)
    where = _shown_program(program, request, root)
    if system == "windows":
        return Surroundings(Search(prefixes, program=where))
    path, source = _variable("LD_LIBRARY_PATH" if system == "linux" else "DYLD_LIBRARY_PATH", request, facts)
    preload, preload_source = _variable("LD_PRELOAD" if system == "linux" else "DYLD_INSERT_LIBRARIES", request, facts)
    search = Search(
        prefixes,
        library_path=tuple(_search_folders(path, request, known)),
        library_path_source=source,
        preload=tuple(clean(entry) for entry in re.split(r"[:\s]+", preload) if entry)[:_ENTRIES],
        preload_source=preload_source,
        program=where,
        default=_MAC,
    )
    if system == "macos":
        return Surroundings(search, find_outside(request, files, facts.identity.architecture))
    return _Linux(request, facts, files, root, search, preload).read(program)


def _program_of(request: Request, facts: Facts) -> Path | None:
    """The interpreter's real file."""
    interpreter = facts.identity.interpreter
    return follow(request.environment.prefix / interpreter.path, request.root) if interpreter else None


def _shown_program(program: Path | None, request: Request, root: str) -> str:
    if program is None:
        return ""
    if str(program).startswith(root + os.sep):
        return clean(str(program)[len(root) + 1 :].replace(os.sep, "/"))
    return shown(program, request.root, request.home)


def _variable(name: str, request: Request, facts: Facts) -> tuple[str, str]:
    """A variable as the environment's process would have it, and who sets it: its activation, or this process."""
    inherited = request.variables.get(name, "")
    prefix = str(request.environment.prefix)
    known = {**request.variables, name: inherited, "CONDA_PREFIX": prefix, "VIRTUAL_ENV": prefix}
    for variable in facts.settings.activation:
        if variable.name == name:
            text = _VARIABLE.sub(lambda found: known.get(found[1] or found[2], ""), variable.value)
            kept = [entry for entry in text.split(":") if "$" not in entry and "`" not in entry]
            return ":".join(kept), variable.source
    return inherited, "$" if inherited else ""


def _search_folders(path: str, request: Request, prefixes: Sequence[str]) -> Iterator[SearchFolder]:
    if not path:
        return
    for entry in re.split("[:;]", path)[:_ENTRIES]:
        if not entry.startswith(("/", "~")):  # empty or relative: the folder in which the process was started
            yield SearchFolder(clean(entry) or ".", False)
            continue
        real = real_path(entry, request) if entry.startswith("~") else str(place(entry, request.root))
        real = os.path.normpath(real)
        inside = next((p for p in prefixes if real == p or real.startswith(f"{p}/")), None)
        where = clean(real[len(inside) + 1 :]) if inside else shown(Path(real), request.root, request.home)
        names = tuple(clean(name) for name in names_in(Path(real), 4 * _NAMES) if is_library(name))[:_NAMES]
        yield SearchFolder(where, os.path.isdir(real), inside is not None, names)  # noqa: PTH112


class _Linux:
    """The search outside the environment on Linux; grows while one library leads to the next."""

    def __init__(
        self, request: Request, facts: Facts, files: Sequence[Binary], root: str, search: Search, preload: str
    ) -> None:
        self.request, self.facts, self.files, self.root, self.search = request, facts, files, root, search
        self.preload = preload
        self.show = partial(shown, root=request.root, home=request.home)
        self.found: dict[tuple[str, str], Outside] = {}
        self.listed: dict[str, frozenset[str]] = {}
        self.library_path: dict[str, None] = {}  # its folders outside, in order
        self.folders: dict[str, None] = {}  # outside, that RPATHs name
        self.aliases: dict[str, Alias] = {}
        self.seen: set[tuple[str, str]] = set()  # folders of files with entries of their search paths
        self.cache: Mapping[str, tuple[str, ...]] = {}

    def read(self, program: Path | None) -> Surroundings:
        own = self._program(program) if program is not None else None
        machine = own.machine if own is not None else self.facts.identity.architecture
        self._system(machine, own.interpreter if own is not None else "")
        for folder in self.search.library_path:
            if folder.exists and not folder.inside:
                real_folder = real_path(folder.path, self.request)
                self.library_path[real_folder] = None
                self.listed[real_folder] = frozenset(folder.names)
        wanted: deque[str] = deque()
        asked: set[str] = set()
        several: list[Binary | Outside] = [*self.files, *self.found.values()]
        for file in several:
            self._look_along(file)
            wanted += file.needed
        for entry in re.split(r"[:\s]+", self.preload)[:_ENTRIES]:
            if entry.startswith("/"):
                library = self._take(entry.rpartition("/")[2], entry, "preload")
                wanted += library.needed if library is not None else ()
            elif entry:
                wanted.append(entry)
        while wanted and len(self.found) < _LIBRARIES:
            name = wanted.popleft()
            if name not in asked:
                asked.add(name)
                for library in self._candidates(name):
                    self._look_along(library)
                    wanted += library.needed
        outside = sorted(self.found.values(), key=lambda library: library.name)
        return Surroundings(self.search, tuple(outside), tuple(self.aliases.values()))

    def _program(self, real: Path) -> Elf | None:
        """What the interpreter's header says; its facts are kept where it lies outside."""
        where = self.search.program
        try:
            found = _header(str(real))
        except Unfit:
            return None
        if not any(file.path == where for file in self.files):
            self.found[real.name, str(real)] = outside_of(found, real.name, where, "program")
        return found

    def _system(self, machine: str, interpreter: str) -> None:
        """What the machine's loader goes by."""
        root = self.request.root
        libc: Literal["glibc", "musl", ""] = ""
        default: tuple[str, ...] = ()
        levels: tuple[str, ...] = ()
        if "ld-musl" in interpreter:
            libc, default = "musl", read_musl_folders(root / f"etc/ld-musl-{machine}.path")
        elif interpreter:
            libc = "glibc"
            loader = follow(place(interpreter, root), root)
            default = read_default_folders(loader) if loader is not None else ()
        if not default:
            several = (f"/lib/{machine}-linux-gnu", f"/usr/lib/{machine}-linux-gnu", *_USUAL)
            default = tuple(folder for folder in several if place(folder, root).is_dir())
        if machine == "x86_64" and libc == "glibc":
            level = read_processor(root).level
            levels = tuple(name for name in _LEVELS if int(name[-1]) <= level)
        has_cache = False
        if libc != "musl":
            try:
                self.cache = read_cache(root / "etc/ld.so.cache", machine, levels)
                has_cache = True
            except Unfit:
                pass
        self.search = self.search._replace(libc=libc, default=default, cache=has_cache, levels=levels)

    def _look_along(self, file: Binary | Outside) -> None:
        """Note the folders outside that a file's search path names, and those inside that are links."""
        above = file.path.rpartition("/")[0]
        for entry in (*file.rpath, *file.runpath):
            if (above, entry) in self.seen:
                continue
            self.seen.add((above, entry))
            origin = f"{self.root}/{above}" if isinstance(file, Binary) else real_path(above, self.request)
            text = entry.replace("${ORIGIN}", origin).replace("$ORIGIN", origin)
            if not text.startswith(("/", "~")) or len(self.folders) > 500:
                continue
            folder = os.path.normpath(text if text.startswith(self.root) else real_path(text, self.request))
            here = folder[len(self.root) + 1 :] if folder.startswith(self.root + os.sep) else ""
            if here and (here in self.facts.files.folders or self._note_link(folder, here)):
                continue
            if os.path.isdir(folder):  # noqa: PTH112
                self.folders[folder] = None

    def _note_link(self, folder: str, here: str) -> bool:
        """Whether a folder inside is reached by a link, which is then noted."""
        while here and not os.path.islink(f"{self.root}/{here}"):  # noqa: PTH114
            here = here.rpartition("/")[0]
        real = os.path.realpath(f"{self.root}/{here}")
        if not here or not os.path.isdir(folder):  # noqa: PTH112
            return False
        inside = real.startswith(self.root + os.sep)
        target = clean(real[len(self.root) + 1 :]) if inside else self.show(Path(real))
        self.aliases[here] = Alias(clean(here), target, inside)
        if not inside:
            self.folders[folder] = None
        return True

    def _candidates(self, name: str) -> Iterator[Outside]:
        """The files outside that the loader would consider for a name."""
        places: list[tuple[str, By]] = []
        if "/" not in name:
            for folder in self.library_path:
                if name in self.listed[folder]:
                    places.append((f"{folder}/{name}", "LD_LIBRARY_PATH"))
            places += [(f"{folder}/{name}", "rpath") for folder in self.folders if name in self._names(folder)]
            cached = self.cache.get(name, ())
            places += [(path, "cache") for path in cached]
            for folder in () if cached else self.search.default:
                if name in self._names(str(place(folder, self.request.root))):
                    places.append((f"{folder}/{name}", "default"))
        for path, by in places:
            library = self._take(name, path, by)
            if library is not None:
                yield library

    def _names(self, folder: str) -> frozenset[str]:
        found = self.listed.get(folder)
        if found is None:
            found = self.listed[folder] = frozenset(filter(is_library, names_in(Path(folder), 50_000)))
        return found

    def _take(self, name: str, path: str, by: By) -> Outside | None:
        """Read a library outside; None where there is none, or it is known already."""
        if self.request.root == REAL_ROOT:
            placed, real = path, os.path.realpath(path)
            where, known = clean(show(placed)), clean(show(real))
        else:
            here = place(path, self.request.root)
            there = follow(here, self.request.root)
            placed, real = str(here), str(there or here)
            where, known = self.show(here), self.show(there or here)
        key = (name, placed)
        if key in self.found:
            return None
        target = known if known != where else ""
        try:
            library = outside_of(_header(real), name, where, by, target)
        except Missing:
            return None
        except Unfit as error:
            library = Outside(clean(name), where, by, target=target, problem=error.reason)
        self.found[key] = library
        return library


def _header(path: str) -> Elf:
    window = Window(path)
    try:
        return read_elf(window)
    finally:
        window.close()
