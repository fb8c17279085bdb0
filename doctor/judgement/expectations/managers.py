"""Which package manager the project's files ask for, and by what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from doctor.facts import Facts
from doctor.facts.locks import LockKind
from doctor.judgement.expectations.expected import ManagerName, ManagerWish
from doctor.judgement.expectations.roles import is_ours, of_role

#: kind of lock -> who keeps it; in the order in which they are believed where there are several
_KEEPERS: Mapping[LockKind, ManagerName] = {
    "uv.lock": "uv",
    "pixi.lock": "pixi",
    "poetry.lock": "poetry",
    "pdm.lock": "pdm",
    "Pipfile.lock": "pipenv",
    "conda-lock": "conda",
    "pylock.toml": "uv",
    "explicit": "conda",
}
#: kind of specification -> who reads it
_READERS: Mapping[str, ManagerName] = {
    "pixi.toml": "pixi",
    "environment.yml": "conda",
    "Pipfile": "pipenv",
    "requirements": "pip",
    "pyproject": "pip",
    "setup.cfg": "pip",
    "setup.py": "pip",
}


def managers_asked_for(facts: Facts) -> tuple[ManagerWish, ...]:
    """Each manager once, the most binding wish first; a lock that is out of date after those that are not."""
    order = list(_KEEPERS)
    locks = sorted(facts.locks.files, key=lambda lock: (bool(lock.stale), order.index(lock.kind), lock.path))
    found: dict[ManagerName, ManagerWish] = {}
    for lock in locks:
        keeper = _KEEPERS[lock.kind]
        said = f"{lock.path} is {keeper}'s lock" if lock.kind not in ("pylock.toml", "explicit", "conda-lock") else ""
        said = said or f"{keeper} can install {lock.path} as it stands"
        found.setdefault(keeper, ManagerWish(keeper, said, lock.path, 0, "lock"))
    for wish in _by_specification(facts):
        found.setdefault(wish.name, wish)
    return tuple(found.values())


def _by_specification(facts: Facts) -> Iterator[ManagerWish]:
    specs = [spec for spec in of_role(facts, "main", "alternative") if not is_ours(spec)]
    for kind, reader in _READERS.items():
        for spec in specs:
            if spec.kind == kind:
                name: ManagerName = "uv" if spec.compiled.startswith("uv") else reader
                compiled = f", compiled by {spec.compiled}" if spec.compiled else ""
                yield ManagerWish(name, f"{name} reads {spec.path}{compiled}", spec.path)
