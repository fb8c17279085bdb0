"""Which files of a repository an environment can be created from here, the most binding first."""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctor.facts import Lock, Specification
from doctor.fix.creating.bench import Bench
from doctor.fix.creating.of_conda import of_addresses, of_environment
from doctor.fix.creating.of_pip import of_asked, of_lock, of_pylock, of_requirements
from doctor.fix.creating.of_tools import of_pixi, of_project_tool, of_uv
from doctor.fix.creating.recipe import CannotCreate, Recipe
from doctor.fix.creating.tools import of_repository
from doctor.judgement.expectations import Expectations
from doctor.judgement.expectations.roles import is_ours, of_role

#: kinds of specifications that environments are made from, in the order in which they are tried
_KINDS = ("pixi.toml", "environment.yml", "Pipfile", "requirements", "pyproject", "setup.cfg", "setup.py")
#: settings of uv that say where packages come from, and the number of one of several
_ASKED = {"index-url", "extra-index-url", "default-index", "find-links", "index", "allow-insecure-host"}
_INDEX = re.compile(r"(?<=^index)\.\d+\.url$")
_TOOLS = {"poetry.lock": "poetry", "pdm.lock": "pdm", "Pipfile.lock": "pipenv"}


def best_recipe(bench: Bench, expectations: Expectations) -> tuple[Recipe | None, tuple[CannotCreate, ...]]:
    """The first way that can be gone here, and why those before it cannot."""
    missed: list[CannotCreate] = []
    for way in _ways(bench, expectations):
        if isinstance(way, Recipe):
            return _with_settings(way, bench), tuple(missed)
        missed.append(way)
    return None, tuple(missed)


def _with_settings(recipe: Recipe, bench: Bench) -> Recipe:
    """A recipe with the indexes that the repository's own settings of uv name, where uv is who asks them."""
    if not any(command.tool == "uv" for command in (*recipe.bare, *recipe.fill)):
        return recipe
    told = (
        f"{word} {setting.value} ({setting.source})"
        for setting in of_repository(bench.facts)
        if (word := _INDEX.sub("", setting.key.removeprefix("pip."))) in _ASKED
    )
    return recipe._replace(indexes=(*recipe.indexes, *dict.fromkeys(told)))


def _ways(bench: Bench, expectations: Expectations) -> Iterator[Recipe | CannotCreate]:
    for source in _sources(bench, expectations):
        if isinstance(source, Lock):
            yield _of_lock(source, bench)
        else:
            yield _of_specification(source, bench)


def _sources(bench: Bench, expectations: Expectations) -> Iterator[Lock | Specification]:
    """What the managers' wishes name first, then the other locks and specifications; one of several variants last."""
    locks = {lock.path: lock for lock in bench.facts.locks.files}
    mains = of_role(bench.facts, "main")
    specs = [spec for spec in of_role(bench.facts, "main", "alternative") if not is_ours(spec) and spec.kind in _KINDS]
    specs.sort(key=lambda spec: (spec not in mains, not spec.asked, _KINDS.index(spec.kind)))
    named = {spec.path: spec for spec in specs}
    loose = {path for path in named if path.endswith(".in") and f"{path.removesuffix('.in')}.txt" in named}
    named = {path: spec for path, spec in named.items() if path not in loose}  # what is compiled from it says more
    variants = {spec.path for spec in specs if spec not in mains}
    wished = [
        f"{wish.path.removesuffix('.in')}.txt" if wish.path in loose else wish.path
        for wish in expectations.managers
        if wish.path not in variants
    ]
    order = dict.fromkeys([*wished, *(path for path, lock in locks.items() if not lock.stale), *named])
    for path in order:
        source = locks.get(path) or named.get(path)
        if source is not None:
            yield source


def _of_lock(lock: Lock, bench: Bench) -> Recipe | CannotCreate:
    match lock.kind:
        case "uv.lock":
            return of_uv(lock, bench)
        case "pylock.toml":
            return of_pylock(lock, bench)
        case "pixi.lock":
            return of_pixi(lock, bench)
        case "conda-lock" | "explicit":
            return of_addresses(lock, bench)
        case kind if kind in _TOOLS:
            return of_project_tool(lock, bench, _TOOLS[kind])
    return of_lock(lock, bench, f"nothing here reads {lock.kind}")


def _of_specification(spec: Specification, bench: Bench) -> Recipe | CannotCreate:
    if spec.kind in ("environment.yml", "pixi.toml") or spec.compiled == "conda":
        return of_environment(spec, bench)
    by_uv = spec.compiled.startswith("uv") or ("uv" in bench.tools and spec.kind in ("pyproject", "Pipfile"))
    if spec.kind == "requirements":
        return of_requirements(spec, bench, "uv" if by_uv else "pip")
    return of_asked(spec, bench, "uv" if by_uv else "pip")
