"""The libraries that an environment's files need and would not find, each once, with the way that leads to it.

A bundled library is judged along the ways on which it is loaded, from an extension module on: repaired wheels give
their search path to the module alone. A library that no module leads to (a plug-in, something that a program opens by
hand) is judged by itself, and told as such. What a package's requirements have loaded before it is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from doctor.facts import Binary, Facts
from doctor.judgement.loaded import Found, Missing
from doctor.judgement.loader import loader_of
from doctor.judgement.needs import closure, graph
from doctor.judgement.owners import owner_of

#: libraries of NVIDIA's wheels: whoever uses them opens them by path first (torch, jax, TensorFlow, CuPy all do)
_OPENED_BY_PATH = re.compile(r"(?:^|/)nvidia/(?:.*/)?lib/[^/]+$")


class Lack(NamedTuple):
    """A library that a file needs and that its loader would not find."""

    name: str
    file: str  #: that needs it, relative to the prefix or absolute with ~
    chain: tuple[str, ...]  #: from the module that leads to it to the file itself
    owner: str  #: of the first of the chain: a distribution's key, conda:NAME, or empty
    imported: bool  #: whether an extension module leads to it; otherwise somebody would have to open it by hand
    missing: Missing = Missing("")
    #: the owner of what has loaded it before, where a requirement of the owner does, and of NVIDIA's wheels
    before: str = ""


def lacking(facts: Facts) -> tuple[Lack, ...]:
    """Find every library that is needed and not found, by file and name."""
    return tuple(sorted(_Search(facts).read()))


class _Search:
    def __init__(self, facts: Facts) -> None:
        self.facts, self.loader, self.owners = facts, loader_of(facts), owner_of(facts)
        self.needs = graph(facts, extras=True)
        self.required: dict[str, set[str]] = {}  # owner -> all that it needs, directly or not
        self.files_of: dict[str, list[Binary]] = {}
        for file in facts.binaries.files:
            if not file.problem:
                self.files_of.setdefault(self.owners.get(file.path, ""), []).append(file)
        self.loaded_by: dict[str, frozenset[str]] = {}

    def read(self) -> Iterator[Lack]:
        reached: set[str] = set()
        told: set[tuple[str, str]] = set()
        files = [file for several in self.files_of.values() for file in several]
        for imported in (True, False):
            for file in files:
                if file.is_extension == imported and (imported or file.path not in reached):
                    for lack in self._from(file, imported, reached):
                        if (lack.file, lack.name) not in told:
                            told.add((lack.file, lack.name))
                            yield lack

    def _from(self, root: Binary, imported: bool, reached: set[str]) -> Iterator[Lack]:
        owner = self.owners.get(root.path, "")
        for step in self.loader.load(root):
            answer = step.answer
            if isinstance(answer, Found):
                if answer.file is not None:
                    reached.add(answer.file.path)
                continue
            if isinstance(answer, Missing):
                before = self._before(answer, owner)
                yield Lack(answer.name, step.chain[-1], step.chain, owner, imported, answer, before)

    def _before(self, missing: Missing, owner: str) -> str:
        for path in missing.elsewhere:
            real = self.loader.real_path(path)
            holder = self.owners.get(real) or self.owners.get(path, "")
            if holder != owner and holder in self._required(owner) and missing.name in self._loaded_by(holder):
                return holder
            if _OPENED_BY_PATH.search(path):
                return holder
        return ""

    def _required(self, owner: str) -> set[str]:
        if owner not in self.required:
            self.required[owner] = closure(self.needs, (owner,)) if owner else set()
        return self.required[owner]

    def _loaded_by(self, owner: str) -> frozenset[str]:
        """The names that are loaded once a package is imported; of all its modules, since nobody can tell which."""
        found = self.loaded_by.get(owner)
        if found is None:
            names: set[str] = set()
            for file in self.files_of.get(owner, ()):
                if file.is_extension:
                    names.update(self.loader.names_of(self.loader.load(file)))
            found = self.loaded_by[owner] = frozenset(names)
        return found
