"""The native files that facts know of, by their paths and names, with links followed: pure."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from doctor.facts import Binary, Facts, Outside
from doctor.judgement.loaded import File


class KnownFiles:
    """What is known of files, wherever in the environment or outside they lie."""

    def __init__(self, facts: Facts) -> None:
        binaries = facts.binaries
        self.folders = facts.files.folders
        self.files: Mapping[str, Binary] = {file.path: file for file in binaries.files}
        self.outside: dict[str, Outside] = {}  #: by the path as facts say it
        self._aliases = {alias.path: alias for alias in binaries.aliases}
        self._by_name: dict[str, list[str]] = {}
        prefixes = [prefix.rstrip("/") for prefix in binaries.search.prefixes or (facts.identity.prefix,)]
        self._prefixes = tuple(f"{prefix}/" for prefix in dict.fromkeys(prefixes) if prefix)
        for known in binaries.outside:
            placed = self.place(known.path)
            self.outside.setdefault(placed, known if placed == known.path else known._replace(path=placed))
        self.kind = {"macos": "macho", "windows": "pe"}.get(facts.identity.system, "elf")
        for file in binaries.files:
            for name in {file.soname.rpartition("/")[2], file.name}:
                self._by_name.setdefault(name.lower() if self.kind == "pe" else name, []).append(file.path)
        for alias in binaries.aliases:
            self._by_name.setdefault(alias.path.rpartition("/")[2], []).append(alias.path)

    def place(self, path: str) -> str:
        """A path as facts say it: relative to the prefix where it lies inside."""
        for prefix in self._prefixes:
            if path.startswith(prefix):
                return path[len(prefix) :]
        return path

    def file_at(self, path: str) -> File | None:
        """What is known of the file at a path, links followed."""
        here = self.place(path)
        for _ in range(3):
            found = self.files.get(here) or self.outside.get(here)
            if found is not None:
                return found
            alias = self._aliases.get(here)
            if alias is None or not alias.target:
                return None
            here = self.place(alias.target)
        return None

    def real_path(self, path: str) -> str:
        """The path that a file has when its links are followed; as it is where it is no link."""
        file = self.file_at(path)
        if isinstance(file, Outside):
            return file.target or file.path
        return file.path if file is not None else path

    def named(self, name: str) -> tuple[str, ...]:
        """The files of the environment that answer to a name, wherever they lie; on Windows in any case."""
        return tuple(sorted(set(self._by_name.get(name.lower() if self.kind == "pe" else name, ()))))

    def absolute(self, path: str) -> str:
        """A path as facts say it, with the prefix in front where it lies inside."""
        if path.startswith(("/", "~")) or not self._prefixes:
            return path
        return f"{self._prefixes[-1]}{path}".rstrip("/")

    def is_for(self, path: str, machine: str) -> bool:
        """Whether what lies at a path is for a machine, as far as is known."""
        known = self.file_at(path)
        return known is not None and (not known.machine or not machine or known.machine == machine)

    def normal(self, path: str) -> str:
        """A path without . and .., relative to the prefix where it lies inside, folder links followed."""
        if not path.startswith(("/", "~")):
            return path  # relative to wherever the process was started: nobody can tell
        here = self.place(posixpath.normpath(path) + "/").rstrip("/")
        if here and not here.startswith(("/", "~")) and here not in self.folders:
            above = here
            while above:
                alias = self._aliases.get(above)
                if alias is not None and alias.target:
                    return posixpath.join(self.place(alias.target), here[len(above) :].lstrip("/")).rstrip("/")
                above = above.rpartition("/")[0]
        return here
