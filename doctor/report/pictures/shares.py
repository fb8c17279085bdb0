"""Who and what takes the room of an environment: packages, their folders and files, and kinds of files."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from doctor.facts import Facts
from doctor.facts.rooms import Portion, Rooms
from doctor.facts.units import size
from doctor.judgement.needs import name_of
from doctor.knowledge.cuda_stack import is_cuda_conda, is_cuda_wheel, library
from doctor.report.pictures.bars import Part, divided, legend
from doctor.report.text import Line, Span, wrapped

#: kind of files -> its shade and style, in the order of the bar; neighbours differ in density
KINDS: Mapping[str, tuple[str, str]] = {
    "CUDA": ("█", "fine"),
    "compiled": ("▒", "note"),
    "Python": ("▓", "command"),
    "bytecode": ("░", "dim"),
    "other": ("·", "dim"),
}
CUDA, COMPILED, PYTHON, BYTECODE, REST = range(5)
#: what nobody owns
NOBODYS = "owned by no package"

_COMPILED = (".so", ".pyd", ".dll", ".dylib", ".a", ".exe")
_PYTHON = (".py", ".pyi", ".pyx", ".pxd")


class Share(NamedTuple):
    """What one package, folder or file takes, in bytes."""

    key: str  #: owner, or the path below the owner's top
    name: str
    own: int = 0
    shared: int = 0
    files: int = 0
    kinds: tuple[int, ...] = (0,) * len(KINDS)
    is_file: bool = False

    @property
    def total(self) -> int:
        """Bytes as du counts them."""
        return self.own + self.shared

    @property
    def kind(self) -> str:
        """The kind that most of it is."""
        most = max(range(len(KINDS)), key=lambda place: self.kinds[place])
        return list(KINDS)[most]


def packages(rooms: Rooms) -> tuple[Share, ...]:
    """What each owner takes, the largest first."""
    found = [_sum(owner, _name(owner, rooms.by_owner), portions, owner) for owner, portions in rooms.by_owner.items()]
    return tuple(sorted((share for share in found if share.total), key=lambda share: (-share.total, share.name)))


def packages_of(facts: Facts) -> tuple[Share, ...]:
    """The same out of the sizes layer, which knows neither folders nor kinds."""
    rooms = facts.sizes.by_owner
    found = [Share(key, _name(key, rooms), room.own, room.shared, room.files) for key, room in rooms.items()]
    return tuple(sorted((share for share in found if share.total), key=lambda share: (-share.total, share.name)))


def caches(facts: Facts, width: int) -> Iterator[Line]:
    """What package managers keep beside the environment, in a line."""
    told = [
        f"{cache.tool} {'' if cache.complete else 'more than '}{size(cache.total)}"
        + (f" ({size(cache.free or cache.estimate)} unshared)" if cache.free or cache.estimate else "")
        for cache in facts.sizes.caches
        if cache.total
    ]
    if told:
        yield from wrapped(", ".join(told), width, " caches  " if width >= 56 else "caches ", "dim")


def whole(shares: Iterable[Share]) -> Share:
    """All shares as one."""
    every = list(shares)
    kinds = tuple(map(sum, zip(*(share.kinds for share in every), strict=True))) or Share("", "").kinds
    own, shared, files = (sum(share[place] for share in every) for place in (2, 3, 4))  # type: ignore[misc]
    return Share("", "everything", own, shared, files, kinds)


def below(rooms: Rooms, owner: str, top: str = "") -> tuple[Share, ...]:
    """What lies in one folder of an owner, the largest first; top is a path as in the keys of what this returns."""
    gpu = _is_gpu(owner)
    found: dict[str, list[int]] = {}
    files: set[str] = set()
    start = f"{top}/" if top else ""
    for portion in rooms.by_owner.get(owner, ()):
        path = _below_site(portion.path, rooms.sites)
        if path == top:
            for name, own, shared, kind in _files(portion, gpu):
                files.add(name)
                _add(found.setdefault(name, [0] * (3 + len(KINDS))), own, shared, 1, kind)
        elif path.startswith(start):
            row = found.setdefault(path[len(start) :].partition("/")[0], [0] * (3 + len(KINDS)))
            _add(row, portion.folder, 0, 0, REST)
            for _, own, shared, kind in _files(portion, gpu):
                _add(row, own, shared, 1, kind)
    shares = [
        Share(start + name, name, own, shared, number, tuple(kinds), name in files)
        for name, (own, shared, number, *kinds) in found.items()
    ]
    return tuple(sorted(shares, key=lambda share: (-share.total, share.name)))


def causes(share: Share, width: int) -> Iterator[Line]:
    """Divided bars: whose the room is, where others share it, and what kinds of files take it."""
    if share.shared:
        keeps = "shared with caches or environments by hard links" if width >= 80 else "shared by hard links"
        own = Part("own", share.own, size(share.own), "█", "dim")
        yield from _divided("whose", [own, Part(keeps, share.shared, size(share.shared), "░", "dim")], width)
    parts = [
        Part(kind, value, size(value), *KINDS[kind]) for kind, value in zip(KINDS, share.kinds, strict=True) if value
    ]
    yield from _divided("made of", parts, width)


def _divided(label: str, parts: Sequence[Part], width: int) -> Iterator[Line]:
    lead = f" {label:<8}"
    if width < 56:
        yield divided(parts, width)
        yield from legend(parts, width)
        return
    yield (Span(lead, "dim"), *divided(parts, width - len(lead) - 1))
    yield from legend(parts, width, " " * len(lead))


def _name(owner: str, others: Container[str]) -> str:
    """As people call it; what conda and pip both have is told apart."""
    name = name_of(owner)
    return f"{name} (conda)" if name != owner and name in others else name or NOBODYS


def _sum(key: str, name: str, portions: Iterable[Portion], owner: str) -> Share:
    row = [0] * (3 + len(KINDS))
    gpu = _is_gpu(owner)
    for portion in portions:
        _add(row, portion.folder, 0, 0, REST)
        for _, own, shared, kind in _files(portion, gpu):
            _add(row, own, shared, 1, kind)
    own, shared, files, *kinds = row
    return Share(key, name, own, shared, files, tuple(kinds))


def _add(row: list[int], own: int, shared: int, files: int, kind: int) -> None:
    row[0] += own
    row[1] += shared
    row[2] += files
    row[3 + kind] += own + shared


def _files(portion: Portion, gpu: bool) -> Iterator[tuple[str, int, int, int]]:
    shared = portion.shared or (0,) * len(portion.names)
    if portion.path.endswith("__pycache__"):
        kinds: Iterable[int] = [BYTECODE] * len(portion.names)
    elif gpu:
        kinds = [CUDA] * len(portion.names)
    else:
        kinds = map(_kind, portion.names)
    return zip(portion.names, portion.own, shared, kinds, strict=True)


def _kind(name: str) -> int:
    if name.endswith(_PYTHON):
        return PYTHON
    if name.endswith(_COMPILED) or ".so." in name:
        return CUDA if "cuda" in name or library(name) else COMPILED
    return BYTECODE if name.endswith(".pyc") else REST


def _is_gpu(owner: str) -> bool:
    return is_cuda_conda(name_of(owner)) if owner.startswith("conda:") else is_cuda_wheel(owner)


def _below_site(path: str, sites: Sequence[str]) -> str:
    for site in sites:
        if path == site:
            return ""
        if path.startswith(f"{site}/"):
            return path[len(site) + 1 :]
    return path
