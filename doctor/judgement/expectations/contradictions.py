"""Where two places of a repository cannot both be met, each told once with both lines."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from doctor.facts import Facts
from doctor.facts.units import several
from doctor.judgement.expectations.applying import holds
from doctor.judgement.expectations.expected import STRENGTHS, Conflict, Expectation
from doctor.judgement.expectations.locked import MADE_FROM, Misfit, misfits, parted
from doctor.judgement.expectations.ranges import Range, in_common
from doctor.judgement.expectations.roles import of_role
from doctor.knowledge.channels import builder
from doctor.knowledge.conda_names import pypi_key

#: places that are compared with each other for one subject
_PLACES = 30
#: conflicts that are told of one project
_MOST = 100
_SHOWN = 3
#: what stands in place of a secret
_HIDDEN = "***"


def contradictions(items: Sequence[Expectation], facts: Facts) -> tuple[Conflict, ...]:
    """All of them, by subject."""
    found = [
        *_pythons(items, facts),
        *_packages(items, facts),
        *_locks(facts),
        *_channels(items),
        *_gpu(items),
        *_values(items),
        *_environments(items, facts),
    ]
    return tuple(found[:_MOST])


def _between(summary: str, one: Expectation, other: Expectation) -> Conflict:
    """The stronger first."""
    first, second = (one, other) if STRENGTHS[one.strength] >= STRENGTHS[other.strength] else (other, one)
    return Conflict(summary, first, second)


def _pythons(items: Sequence[Expectation], facts: Facts) -> Iterator[Conflict]:
    wishes = [w for w in items if w.kind == "python" and w.value and w.strength != "hint" and holds(w.marker, facts)]
    by_place: dict[str, list[Expectation]] = {}
    for wish in wishes[:_PLACES]:
        by_place.setdefault(wish.path, []).append(wish)
    for one, other in combinations(by_place.values(), 2):
        # several versions in one file are alternatives: pyenv's and asdf's files list them
        if not any(in_common(Range(a.value), Range(b.value)) for a in one for b in other):
            yield _between(f"Python is {_said(one[0])} and {_said(other[0])}", one[0], other[0])


def _packages(items: Sequence[Expectation], facts: Facts) -> Iterator[Conflict]:
    by_name: dict[str, list[Expectation]] = {}
    for item in items:
        if item.kind == "package" and item.value and item.strength != "hint" and holds(item.marker, facts):
            key = (pypi_key(item.name) or item.name) if item.manager == "conda" else item.name
            by_name.setdefault(key, []).append(item)
    for name, places in sorted(by_name.items()):
        for one, other in combinations(places[:_PLACES], 2):
            if _together(one, other) and not in_common(_range(one), _range(other)):
                yield _between(f"{name} is {_said(one)} and {_said(other)}", one, other)._replace(about=name)
                break


def _together(one: Expectation, other: Expectation) -> bool:
    """Whether one environment is to meet both: groups of one file may exclude each other."""
    if one.strength == "lock" and other.strength == "lock":
        return one.group == other.group
    compiled = next((each for each in (one, other) if each.strength == "lock"), None)
    if compiled is not None:
        source = other if compiled is one else one
        if source.path == f"{compiled.path.removesuffix('.txt')}.in":
            return False  # told of the whole file
    if one.path == other.path:
        return one.group == other.group and one.marker == other.marker and one.manager != other.manager
    return (not one.group or _is_of_file(one)) and (not other.group or _is_of_file(other)) and "" in _added(one, other)


def _added(*items: Expectation) -> set[str]:
    """The groups that are installed beside what is always needed; constraints come with every one."""
    return {"" if item.group == "constraints" else item.group for item in items}


def _is_of_file(item: Expectation) -> bool:
    """Whether a whole file is the group: extras and groups of one manifest are left out by most."""
    return item.path.endswith((".txt", ".in"))


def _range(item: Expectation) -> Range:
    return Range(item.value, item.manager or "pip")


def _said(item: Expectation) -> str:
    return f"{item.value} in {item.place}"


def _locks(facts: Facts) -> Iterator[Conflict]:
    """Locks that do not fit their specification, and locks that do not fit each other."""
    told: dict[tuple[str, str], list[Misfit]] = {}
    for misfit in misfits(facts):
        told.setdefault((misfit.lock, misfit.spec.path), []).append(misfit)
    for (path, source), found in told.items():
        first = found[0]
        names = ", ".join(dict.fromkeys(each.asked.name for each in found[:_SHOWN]))
        version = f" {first.locked[0]}" if first.locked else ""
        said = f"{first.asked.name}{version or ' is not in it'}"
        one = Expectation("lock", first.asked.name, said, "", path, first.line, "lock")
        other = Expectation("lock", first.asked.name, first.asked.text, "", source, first.asked.line)
        yield Conflict(f"{path} does not fit {source}: {names}", one, other)
    for lock in facts.locks.files:
        if lock.stale and all(path != lock.path for path, _ in told):
            made_from = MADE_FROM.get(lock.kind, ())
            source = next((spec.path for spec in of_role(facts, "main") if spec.kind in made_from), lock.path)
            one = Expectation("lock", lock.path, lock.stale, "", lock.path, 0, "lock")
            other = Expectation("lock", source, f"what {lock.path} was made from", "", source)
            yield Conflict(f"{lock.path} is out of date: {lock.stale}", one, other)
    for first_lock, second_lock, packages in parted(facts):
        shown = ", ".join(f"{a.name} {a.version} and {b.version}" for a, b in packages[:_SHOWN])
        count = several(len(packages), "package")
        one, other = (
            Expectation("lock", lock.path, f"{held.name} {held.version}", "", lock.path, held.line, "lock")
            for lock, held in zip((first_lock, second_lock), packages[0], strict=True)
        )
        yield Conflict(f"{one.path} and {other.path} hold {count} at other versions: {shown}", one, other)


def _channels(items: Sequence[Expectation]) -> Iterator[Conflict]:
    wishes = [item for item in items if item.kind == "channel"]
    policy = [item for item in wishes if item.strength == "policy"]
    named = [item for item in wishes if item.strength != "policy" and item.name != "nodefaults"]
    allowed = {builder(item.name) for item in policy if item.value == "allowed"}
    forbidden = {item.name: item for item in policy if item.value == "forbidden"}
    for item in named:
        rule = forbidden.get(item.name) or next((f for n, f in forbidden.items() if builder(item.name) == n), None)
        if rule is None and allowed and builder(item.name) not in allowed:
            rule = next(each for each in policy if each.value == "allowed")
        if rule is not None:
            yield _between(f"{item.place} names the channel {item.name}, which {rule.path} does not allow", rule, item)
    by_file: dict[str, list[Expectation]] = {}
    for item in named:
        by_file.setdefault(item.path, []).append(item)
    for one, other in combinations(by_file.values(), 2):
        turned = _turned(one, other)
        if turned is not None:
            first, second = turned
            yield _between(
                f"{first.path} and {second.path} name their channels in another order: {first.name} first in one",
                first,
                second,
            )


def _turned(one: Sequence[Expectation], other: Sequence[Expectation]) -> tuple[Expectation, Expectation] | None:
    """The first channel that stands before another one here and behind it there."""
    places = {item.name: place for place, item in enumerate(other)}
    shared = [item for item in one if item.name in places]
    for first, second in combinations(shared, 2):
        if places[first.name] > places[second.name]:
            return first, other[places[first.name]]
    return None


def _gpu(items: Sequence[Expectation]) -> Iterator[Conflict]:
    wishes = [item for item in items if item.kind == "gpu"]
    yes = next((item for item in wishes if item.value == "yes"), None)
    no = next((item for item in wishes if item.value == "no"), None)
    if yes and no:
        yield _between(f"{yes.place} asks for a GPU, {no.place} for none", yes, no)


def _values(items: Sequence[Expectation]) -> Iterator[Conflict]:
    """Variables with two values, and two BLAS."""
    for kind in ("variable", "blas"):
        by_name: dict[str, Expectation] = {}
        for item in items:
            if item.kind != kind or _HIDDEN in item.value:
                continue
            other = by_name.setdefault(item.name if kind == "variable" else "", item)
            if other.value != item.value and other.path != item.path:
                what = item.name if kind == "variable" else "BLAS"
                yield _between(
                    f"{what} is {other.value} in {other.place} and {item.value} in {item.place}", other, item
                )


def _environments(items: Sequence[Expectation], facts: Facts) -> Iterator[Conflict]:
    wishes = [item for item in items if item.kind == "environment"]
    names = [item for item in wishes if item.value != "editor" and re.fullmatch(r"[A-Za-z0-9_-][\w-]*", item.name)]
    for one, other in combinations(names[:_PLACES], 2):
        if one.name != other.name:
            said = f"the environment is called {one.name} in {one.path} and {other.name} in {other.path}"
            yield _between(said, one, other)
    root, prefix = facts.project.root.rstrip("/"), facts.identity.prefix
    if not root or not prefix.startswith(f"{root}/"):
        return
    for item in wishes:
        folder = _environment_of(item.name, root) if item.value == "editor" else ""
        if folder and folder != prefix and folder.startswith(f"{root}/"):
            here = prefix.removeprefix(f"{root}/")
            there = folder.removeprefix(f"{root}/")
            own = Expectation("environment", here, f"the project's environment is {here}", "", here)
            yield Conflict(f"{item.place} starts {there}, and the project's environment here is {here}", item, own)


def _environment_of(interpreter: str, root: str) -> str:
    """The environment whose interpreter an editor's settings name; empty where that cannot be told."""
    text = interpreter.replace("\\", "/")
    text = re.sub(r"^\$\{workspace(?:Folder|Root)\}", root.replace("\\", "/"), text)
    if "${" in text or "/" not in text or text.startswith("~") != root.startswith("~"):
        return ""
    path = posixpath.normpath(text if text.startswith(("/", "~")) else f"{root}/{text}")
    found = re.fullmatch(r"(.+)/(?:bin|Scripts)/python[\d.]*(?:\.exe)?", path, re.IGNORECASE)
    return found[1] if found else path
