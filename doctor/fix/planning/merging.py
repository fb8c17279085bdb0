"""Many remedies as one row of steps: equal ones once, installs that go together in one command, conflicts refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from doctor.failure import Failure
from doctor.knowledge.conda_names import PYPI_NAMES
from doctor.model import (
    Edit,
    Export,
    Install,
    Move,
    Protect,
    Rebuild,
    Remedy,
    Run,
    SetVariable,
    Step,
    Tell,
    Uninstall,
)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
#: a name that stands alone, exactly pinned: numpy==1.26.4, numpy=1.26.4=py311_0
_EXACT = re.compile(r"==?(?!\s*[<>~!=])\s*[^\s,|*<>~!]+")
#: formats in the order in which they are written
_FORMATS = ("explicit", "environment.yml", "requirements")


class _Wish(NamedTuple):
    """What one remedy wants to become of one package."""

    who: str
    manager: str
    spec: str  #: empty where it is to be removed


def merge(remedies: Iterable[Remedy]) -> tuple[Step, ...]:
    """The steps of all remedies, each remedy's in its own order, with everything joined that can be.

    Of all steps whose turn it is, the one that should stand earliest is taken, together with its like.
    """
    rows = [list(remedy.steps) for remedy in remedies]
    merged: list[Step] = []
    while any(rows):
        rows = [row for row in rows if row]
        kind = _kind(min((row[0] for row in rows), key=_turn))
        taken: list[Step] = []
        for row in rows:
            while row and _kind(row[0]) == kind:
                taken.append(row.pop(0))
        merged += _joined(taken)
    return tuple(dict.fromkeys(merged))


def refuse_conflicts(remedies: Sequence[tuple[str, Remedy]]) -> None:
    """Raise Failure, with the reason, where two remedies (each with the name of its finding) exclude each other."""
    wishes: dict[str, list[_Wish]] = {}
    moved: list[tuple[str, str]] = []
    written: list[tuple[str, str]] = []
    variables: dict[str, tuple[str, str]] = {}
    edits: dict[tuple[str, str], tuple[str, str]] = {}
    rebuilds: dict[Rebuild, str] = {}
    for who, remedy in remedies:
        for package, wish in _wishes(who, remedy).items():
            wishes.setdefault(package, []).append(wish)
        for step in remedy.steps:
            match step:
                case Move():
                    moved += [(path, who) for path in step.paths]
                case Protect():
                    written += [(path, who) for path in step.paths]
                case Rebuild():
                    rebuilds.setdefault(step, who)
                case Edit():
                    written.append((step.path, who))
                    after, other = edits.setdefault((step.path, step.before), (step.after, who))
                    if step.before and after != step.after:
                        raise Failure(f"{other} and {who} want to change the same passage of {step.path} differently")
                case SetVariable():
                    value, other = variables.setdefault(step.name, (step.value, who))
                    if value != step.value:
                        raise Failure(f"{other} and {who} want to set {step.name} to different values")
    if len(rebuilds) > 1:
        raise Failure(f"{' and '.join(rebuilds.values())} want to create the environment anew in different ways")
    _refuse_moves(moved, written, remedies)
    for package, several in sorted(wishes.items()):
        _refuse_wishes(package, several)


def _refuse_moves(
    moved: list[tuple[str, str]], written: list[tuple[str, str]], remedies: Sequence[tuple[str, Remedy]]
) -> None:
    for path, who in moved:
        others = [name for name, _ in remedies if name != who]
        if path == "." and others:
            raise Failure(f"{who} takes the whole environment away, so {others[0]} cannot be repaired in the same plan")
        for other_path, other in written:
            if other != who and _is_below(other_path, path):
                raise Failure(f"{who} moves {path} aside, and {other} wants to change {other_path}")


def _refuse_wishes(package: str, wishes: list[_Wish]) -> None:
    for number, one in enumerate(wishes):
        for other in wishes[number + 1 :]:
            if one.who == other.who:
                continue
            if bool(one.spec) != bool(other.spec):
                keeper, remover = (one, other) if one.spec else (other, one)
                raise Failure(f"{keeper.who} keeps {package} and {remover.who} removes it; choose one of them")
            if one.spec and one.manager != other.manager:
                raise Failure(
                    f"{one.who} takes {package} from {one.manager} and {other.who} from {other.manager}; choose one"
                )
            if _exclude(one, other):
                raise Failure(f"{one.who} wants {one.spec} and {other.who} wants {other.spec}; choose one of them")


def _wishes(who: str, remedy: Remedy) -> dict[str, _Wish]:
    """What a remedy leaves of each package that it names: its last word counts."""
    wishes: dict[str, _Wish] = {}
    for step in remedy.steps:
        match step:
            case Install():
                for spec in step.specs:
                    wishes[_package(spec, step.manager)] = _Wish(who, step.manager, spec)
            case Uninstall():
                for name in step.names:
                    wishes[_package(name, step.manager)] = _Wish(who, step.manager, "")
    return wishes


def _package(spec: str, manager: str) -> str:
    """The package that a spec names, as pip's normalised name."""
    found = _NAME.match(spec.rpartition("::")[2].strip())
    name = re.sub(r"[-_.]+", "-", found[0]).lower() if found else spec
    return PYPI_NAMES.get(name, name) if manager == "conda" else name


def _exclude(one: _Wish, other: _Wish) -> bool:
    if one.spec == other.spec:
        return False
    exact = [_EXACT.fullmatch(_rest(wish)) is not None for wish in (one, other)]
    if one.manager == "conda":  # numpy=1.26.3 leaves the build open, numpy=1.26.3=py311_0 does not
        return all(exact) and (_version(one) != _version(other) or one.spec.count("=") == other.spec.count("="))
    if any(exact):
        from packaging.specifiers import InvalidSpecifier, SpecifierSet
        from packaging.version import InvalidVersion, Version

        pinned, ranged = (one, other) if exact[0] else (other, one)
        try:
            return not SpecifierSet(_rest(ranged)).contains(Version(_version(pinned)), prereleases=True)
        except (InvalidSpecifier, InvalidVersion):
            return False  # an address: the manager itself says whether they agree
    return False


def _rest(wish: _Wish) -> str:
    """What a spec says behind the name and its extras."""
    spec = wish.spec.rpartition("::")[2].strip()
    found = _NAME.match(spec)
    return re.sub(r"^\[[^\]]*\]", "", spec[found.end() :].strip() if found else spec).strip()


def _version(wish: _Wish) -> str:
    return _rest(wish).lstrip("= ").partition("=")[0]


def _is_below(path: str, folder: str) -> bool:
    return path == folder or folder == "." or path.startswith(f"{folder.rstrip('/')}/")


def _turn(step: Step) -> int:
    """Which kind of step stands earlier: what is written down first, what is told last."""
    match step:
        case Export():
            return 0
        case Edit(path=path) if path.startswith(("~", "/")) or "condarc" in path:
            return 1  # settings that the commands after it obey
        case Run():
            return 2
        case Rebuild():
            return 3
        case Move():
            return 4
        case Uninstall(manager="pip"):
            return 5
        case Uninstall():
            return 6
        case Install(manager="conda"):
            return 7
        case Install():
            return 8
        case Tell():
            return 11
    return 9 if isinstance(step, Edit | SetVariable) else 10


def _kind(step: Step) -> tuple[object, ...]:
    """What two steps must share to be joined."""
    match step:
        case Install():
            return ("install", *step._replace(specs=()))
        case Uninstall():
            return ("uninstall", *step._replace(names=()))
        case Move() | Protect() | Export():
            return (step.kind,)
    return (step.kind, step)


def _joined(steps: list[Step]) -> list[Step]:
    first = steps[0]
    match first:
        case Install():
            return [first._replace(specs=_specs(tuple(s for step in steps for s in getattr(step, "specs", ())), first))]
        case Uninstall():
            return [first._replace(names=tuple(dict.fromkeys(n for step in steps for n in getattr(step, "names", ()))))]
        case Move() | Protect():
            return [first._replace(paths=_outermost(p for step in steps for p in getattr(step, "paths", ())))]
        case Export():
            asked = {name for step in steps for name in getattr(step, "formats", ())}
            return [Export((*(f for f in _FORMATS if f in asked), *sorted(asked.difference(_FORMATS))))]
    return steps[:1]


def _specs(specs: tuple[str, ...], install: Install) -> tuple[str, ...]:
    """Each spec once; a range goes where an exact version of the same package is asked for."""
    exact: dict[str, str] = {}
    for spec in specs:
        if _EXACT.fullmatch(_rest(_Wish("", install.manager, spec))):
            name = _package(spec, install.manager)
            exact[name] = max(exact.get(name, ""), spec, key=len)  # of two, the one with the build
    kept = (exact.get(_package(spec, install.manager), spec) for spec in specs)
    return tuple(dict.fromkeys(kept))


def _outermost(paths: Iterable[str]) -> tuple[str, ...]:
    """Each path once, without those that lie in another one."""
    every = tuple(dict.fromkeys(paths))
    return tuple(path for path in every if not any(path != other and _is_below(path, other) for other in every))
