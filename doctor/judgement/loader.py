"""Resolves the libraries that a file needs, in the order of the loader that would do it; over facts alone.

glibc's order: the RPATH of the file and of those that loaded it (where the file has no RUNPATH) and of the program,
LD_LIBRARY_PATH, the file's RUNPATH, ld.so.cache, the default folders; a library that is loaded already answers to its
soname. musl's: LD_LIBRARY_PATH, the search paths of the file and of those that loaded it, the default folders.
What is for another machine is passed over.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from doctor.facts import Binary, Facts, Outside
from doctor.judgement.foreign_loaders import find_on_macos, find_on_windows
from doctor.judgement.known_files import KnownFiles
from doctor.judgement.loaded import Answer, File, Found, How, Missing, Place, Step

_TOKENS = re.compile(r"\$\{(ORIGIN|LIB|PLATFORM)\}|\$(ORIGIN|LIB|PLATFORM)(?![A-Za-z0-9_])")
#: what programs are, not their libraries: the loader and what the kernel brings
_OF_THE_SYSTEM = re.compile(
    r"ld-linux.*\.so\.\d|ld64\.so\.\d|ld-musl-.*\.so\.1|libc\.musl-.*\.so\.1|linux-(?:vdso|gate)\.so\.1"
)
#: objects of one simulated load; the largest seen has 190
_MOST = 5_000


class _Asker(NamedTuple):
    """A file whose libraries are sought, in the place that it has in a load."""

    needed: tuple[str, ...]
    machine: str
    kind: str
    folder: str  #: in which it lies, where that matters for the names it asks for
    own: tuple[Place, ...]  #: its RUNPATH, with which the RPATHs of others do not count
    trail: int  #: the RPATHs of those that led to it, its own first, the program's last
    places: int  #: equal for all that look in the same places


class Loader(KnownFiles):
    """The loader of one environment's Python. Make it by loader_of, which keeps the last one."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self._search = facts.binaries.search
        self._cache: dict[str, list[Outside]] = {}
        for outside in facts.binaries.outside:
            if outside.by == "cache":
                self._cache.setdefault(outside.name, []).append(outside)
        self._askers: dict[tuple[str, int], _Asker] = {}
        self._known_places: dict[tuple[tuple[Place, ...], int, str, str], int] = {}
        self._trails: dict[tuple[Place, ...], int] = {}
        self._trail_places: list[tuple[Place, ...]] = []
        self._answers: dict[tuple[str, int], Answer] = {}
        self._of_program: Mapping[str, File] | None = None
        self.library_path: tuple[Place, ...] = tuple(
            ("LD_LIBRARY_PATH", folder.path) for folder in self._search.library_path
        )
        self.program: File | None = self.file_at(self._search.program) if self._search.program else None

    def resolve(self, file: File, chain: Sequence[File] = (), *, program: bool = True) -> Mapping[str, Answer]:
        """Find each library that a file needs itself.

        chain holds those that led to it, the nearest first. Without program, as ldd does: as if the file were
        looked at alone, outside any Python.
        """
        loaded = self._loaded_by_program() if program else {}
        trail = self._trail_of_program(program)
        for other in reversed(chain):
            trail = self._asker(other, trail).trail
        asker = self._asker(file, trail)
        return {name: self._find(name, asker, loaded) for name in file.needed}

    def load(self, file: File, *, program: bool = True, before: Mapping[str, File] | None = None) -> tuple[Step, ...]:
        """Do in thought what the loader does for a file: find all that it needs, and what those need, breadth first.

        before holds names that are loaded already; those of the program are, unless program is False.
        """
        loaded: dict[str, File] = {**(self._loaded_by_program() if program else {}), **(before or {})}
        return tuple(self._load(file, loaded, program))

    def names_of(self, steps: Sequence[Step]) -> dict[str, File]:
        """The names that are loaded once these steps were taken, to be given to another load as before."""
        found: dict[str, File] = {}
        for step in steps:
            if isinstance(step.answer, Found) and step.answer.file is not None:
                found[step.answer.name] = step.answer.file
                found.setdefault(step.answer.file.soname or step.answer.name, step.answer.file)
        return found

    def _load(self, file: File, loaded: dict[str, File], program: bool) -> Iterator[Step]:
        first = self._asker(file, self._trail_of_program(program))
        pending: deque[tuple[_Asker, tuple[str, ...]]] = deque([(first, (file.path,))])
        seen = {file.path}
        told = {file.soname}
        loaded.setdefault(file.soname or file.path, file)
        while pending:
            asker, paths = pending.popleft()
            for name in asker.needed:
                if name in told:
                    continue
                answer = self._find(name, asker, loaded)
                yield Step(paths, answer)
                if not isinstance(answer, Found):
                    continue  # another one that asks for it may look elsewhere
                told.add(name)
                found = answer.file
                if found is None:
                    continue
                loaded[name] = found
                loaded.setdefault(found.soname or name, found)
                if found.path not in seen and len(seen) < _MOST:
                    seen.add(found.path)
                    pending.append((self._asker(found, asker.trail, answer.path), (*paths, found.path)))

    def _loaded_by_program(self) -> Mapping[str, File]:
        """What Python itself has loaded before it imports anything."""
        if self._of_program is None:
            self._of_program = {}
            if self.program is not None:
                self._of_program = self.names_of(tuple(self._load(self.program, {}, True)))
        return self._of_program

    def _find(self, name: str, asker: _Asker, loaded: Mapping[str, File]) -> Answer:
        known = loaded.get(name)
        if known is not None:
            return Found(name, known.path, "loaded", known)
        key = (name, asker.places)
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = self._search_for(name, asker)
        return answer

    def _search_for(self, name: str, asker: _Asker) -> Answer:
        if asker.kind == "macho":
            return find_on_macos(self, name, asker.machine, asker.folder, self._trail_places[asker.trail])
        if asker.kind == "pe":
            return find_on_windows(self, name, asker.machine, asker.folder)
        if _OF_THE_SYSTEM.fullmatch(name):
            return Found(name, name, "loaded")
        if "/" in name:
            path = self.normal(name)
            known = self.file_at(path)
            return Found(name, path, "path", known) if known is not None else Missing(name, (("path", path),))
        searched: list[tuple[How, str]] = []
        passed_over: list[tuple[str, str]] = []
        for how, folder in self._places_for(name, asker):
            path = folder if how == "cache" else f"{folder}/{name}" if folder else name
            known = self.file_at(path)
            if known is None:
                searched.append((how, folder))
            elif known.machine and asker.machine and known.machine != asker.machine:
                passed_over.append((path, known.machine))
            else:
                return Found(name, path, how, known)
        return Missing(name, tuple(searched), tuple(passed_over), self.named(name))

    def _trail_of_program(self, program: bool) -> int:
        known = self.program if program else None
        if known is None or (known.runpath and self.kind == "elf" and self._search.libc != "musl"):
            return self._trail(())  # a RUNPATH serves the file that has it, and no other
        return self._trail(self._paths_of(known, self.program_folder))

    def _trail(self, places: tuple[Place, ...]) -> int:
        number = self._trails.setdefault(places, len(self._trails))
        if number == len(self._trail_places):
            self._trail_places.append(places)
        return number

    def _asker(self, file: File, trail: int, path: str = "") -> _Asker:
        """A file that asks for libraries, with the trail of RPATHs that those which led to it bring along.

        path is where it was found: of a link it is the link's own folder that counts as $ORIGIN.
        """
        path = path or file.path
        known = self._askers.get((path, trail))
        if known is None:
            came = trail
            own: tuple[Place, ...] = ()
            folder = self.absolute(path.rpartition("/")[0])
            kind = file.kind if isinstance(file, Binary) else self.kind
            if kind == "elf" and self._search.libc != "musl" and file.runpath:
                own = self._paths_of(file, folder)
            elif (file.rpath or file.runpath) and file is not self.program:
                trail = self._trail(tuple(dict.fromkeys((*self._paths_of(file, folder), *self._trail_places[trail]))))
            folder = "" if kind == "elf" else folder
            key = (own, -1 if own else trail, file.machine, folder)
            places = self._known_places.setdefault(key, len(self._known_places))
            known = _Asker(file.needed, file.machine, kind, folder, own, trail, places)
            self._askers[path, came] = known
        return known

    def _paths_of(self, file: File, folder: str) -> tuple[Place, ...]:
        how: How = "runpath" if file.runpath else "rpath"
        entries = file.runpath or file.rpath
        return tuple((how, self.normal(self._expand(entry, folder, file.machine))) for entry in entries)

    def _places_for(self, name: str, asker: _Asker) -> Iterator[Place]:
        """How and where the loader looks, in order; for the cache whole paths."""
        if self._search.libc == "musl":
            yield from self.library_path
            yield from self._trail_places[asker.trail]
            yield from (("default", self.place(folder)) for folder in self._search.default)
            return
        if not asker.own:
            for place in self._trail_places[asker.trail]:
                yield from self._levels(*place)
        for place in (*self.library_path, *asker.own):
            yield from self._levels(*place)
        yield from (("cache", self.place(outside.path)) for outside in self._cache.get(name, ()))
        for folder in self._search.default:
            yield from self._levels("default", self.place(folder))

    def _levels(self, how: How, folder: str) -> Iterator[Place]:
        """A folder, after those in it for processors such as this one."""
        for level in self._search.levels:
            better = f"{folder}/glibc-hwcaps/{level}".lstrip("/") if not folder.startswith("/") else ""
            if better and better in self.folders:
                yield how, better
        yield how, folder

    @property
    def program_folder(self) -> str:
        """The folder of the interpreter, absolute; empty where it is not known."""
        return self.absolute(self.program.path.rpartition("/")[0]) if self.program is not None else ""

    def _expand(self, entry: str, folder: str, machine: str) -> str:
        """An entry of a search path for a file in a folder, its words filled in."""
        if entry.startswith("@"):
            word, _, rest = entry.partition("/")
            return f"{self.program_folder if word == '@executable_path' else folder}/{rest}"
        default = self._search.default[0] if self._search.default else "/lib"
        values = {"ORIGIN": folder, "LIB": default.removeprefix("/usr").lstrip("/"), "PLATFORM": machine}
        return _TOKENS.sub(lambda found: values[found[1] or found[2]], entry)


_last: tuple[Facts, Loader] | None = None


def loader_of(facts: Facts) -> Loader:
    """The loader of these facts; checks that ask one after the other share it."""
    global _last
    if _last is None or _last[0].binaries is not facts.binaries or _last[0].files is not facts.files:
        _last = (facts, Loader(facts))
    return _last[1]
