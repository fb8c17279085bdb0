"""Paths that more than one distribution recorded: which of them matter, and which cannot be right for both."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from doctor.facts import Distribution

_CODE = (".py", ".so", ".pyd", ".dll", ".dylib")
_NATIVE = (".so", ".pyd", ".dll", ".dylib")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_RUNS = re.compile(r"[-_.]+")

#: bytes; an __init__.py up to this size, shared by several, only opens a namespace
_NAMESPACE_SIZE = 600

#: folders that careless packages put beside their own: sharing them breaks nothing
_BYCATCH = frozenset(("test", "tests", "testing", "doc", "docs", "example", "examples", "benchmark", "benchmarks"))


class Clobber(NamedTuple):
    """Distributions that wrote over each other's files."""

    members: tuple[Distribution, ...]  #: by key
    paths: tuple[str, ...]  #: that at least two of them recorded, with different contents as far as is known


def is_native(path: str) -> bool:
    """Whether a path names an extension module or a shared library."""
    return path.endswith(_NATIVE) or ".so." in path.rpartition("/")[2]


def is_bytecode(path: str) -> bool:
    """Whether a path names what Python writes by itself."""
    return path.endswith((".pyc", ".pyo", "/__pycache__")) or "/__pycache__/" in path


def code_paths(paths: Iterable[str], sites: Iterable[str]) -> list[str]:
    """Paths of Python code in the site folders and of native code anywhere, without what is shared by accident."""
    starts = tuple(f"{site}/" for site in sites)
    found = []
    for path in paths:
        if path.startswith(starts):
            start = next(start for start in starts if path.startswith(start))
            inside = path[len(start) :]
            top = inside.partition("/")[0]
            if (path.endswith(_CODE) or is_native(path)) and top not in _BYCATCH and top != "setup.py":
                found.append(path)
        elif is_native(path):
            found.append(path)
    return found


def clashing(paths: Iterable[str], one: Distribution, other: Distribution | None) -> list[str]:
    """Those of the shared paths that cannot be right for both: known to differ, or no namespace's __init__.py."""
    first, second = digests(one), digests(other) if other is not None else {}
    found = []
    for path in paths:
        digest, opposite = first.get(path, ""), second.get(path, "")
        if digest and digest == opposite:
            continue
        if path.endswith("/__init__.py") and _namespace(digest) and (other is None or _namespace(opposite)):
            continue
        found.append(path)
    return found


def _namespace(digest: str) -> bool:
    """Whether a file is so small that, shared by several, it only opens a namespace."""
    size = digest.rpartition(",")[2]
    return not digest or (size.isdecimal() and int(size) <= 600)


def digests(dist: Distribution) -> dict[str, str]:
    """What RECORD says of the content of each path."""
    return dict(zip(dist.paths or (), dist.digests, strict=False))


def clobbers(
    dists: Sequence[Distribution], sites: Collection[str], excused: Callable[[Distribution, Distribution], bool]
) -> tuple[Clobber, ...]:
    """Group distributions that clash over code files; pairs that excused accepts share them by right."""
    shared: dict[tuple[int, int], list[str]] = defaultdict(list)
    for path, writers in sorted(_written_twice(dists).items()):
        for pair in combinations(writers, 2):
            shared[pair].append(path)
    groups: list[tuple[set[int], set[str]]] = []
    for pair, paths in shared.items():
        one, other = dists[pair[0]], dists[pair[1]]
        if one.key == other.key or requires(one, other) or requires(other, one) or excused(one, other):
            continue
        different = set(clashing(code_paths(paths, sites), one, other))
        if different:
            members = set(pair)
            for group in [group for group in groups if group[0] & members]:
                groups.remove(group)
                members |= group[0]
                different |= group[1]
            groups.append((members, different))
    found = []
    for numbers, different in groups:
        together = sorted((dists[number] for number in numbers), key=lambda dist: (dist.key, dist.site))
        found.append(Clobber(tuple(together), tuple(sorted(different))))
    return tuple(sorted(found, key=lambda clobber: clobber.members[0].key))


def _written_twice(dists: Sequence[Distribution]) -> Mapping[str, list[int]]:
    """The paths that several distributions recorded, with the positions of these distributions."""
    seen: set[str] = set()
    twice: set[str] = set()
    for dist in dists:
        twice.update(seen.intersection(dist.paths or ()))
        seen.update(dist.paths or ())
    writers: dict[str, list[int]] = defaultdict(list)
    for number, dist in enumerate(dists if twice else ()):
        for path in twice.intersection(dist.paths or ()):
            writers[path].append(number)
    return writers


def requires(one: Distribution, other: Distribution) -> bool:
    """Whether a distribution asks for another one without being asked for an extra."""
    for line in one.requires:
        wanted, _, marker = line.partition(";")
        name = _NAME.match(wanted.strip())
        if name and "extra" not in marker and _RUNS.sub("-", name[0]).lower() == other.key:
            return True
    return False
