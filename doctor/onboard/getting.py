"""The manager that a repository asks for where this machine lacks it: who stands in, and where to get it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from doctor.fix.creating.recipe import Recipe
from doctor.judgement.expectations import Expectations, ManagerWish
from doctor.onboard.data import FoundManager

#: who reads what another manager's files ask for
ALIKE: Mapping[str, tuple[str, ...]] = {
    "conda": ("conda", "mamba", "micromamba"),
    "mamba": ("conda", "mamba", "micromamba"),
}
#: manager -> the page of its makers that tells how it is installed (read in November 2026)
_PAGES: Mapping[str, str] = {
    "uv": "https://docs.astral.sh/uv/getting-started/installation",
    "poetry": "https://python-poetry.org/docs/#installation",
    "pdm": "https://pdm-project.org/latest/#installation",
    "pipenv": "https://pipenv.pypa.io/en/latest/installation.html",
    "pixi": "https://pixi.sh/latest/installation",
    "conda": "https://conda-forge.org/download",
    "mamba": "https://conda-forge.org/download",
}


def lacking(wished: Expectations, managers: Iterable[FoundManager]) -> tuple[str, str] | None:
    """The manager that is asked for first, and where to get it, where nobody here is it or reads what it reads."""
    wish = wished.manager
    if wish is None or wish.name not in _PAGES:
        return None
    there = {manager.name for manager in managers}
    return None if there.intersection(ALIKE.get(wish.name, (wish.name,))) else (wish.name, _PAGES[wish.name])


def why_this(wish: ManagerWish | None, recipe: Recipe, missing: tuple[str, str] | None) -> str:
    """Why the environment is created from this file and, where another manager than the asked-for does it, why."""
    if wish is None:
        return f"{recipe.source} says what goes in"
    if missing is None or wish.name != missing[0]:
        return wish.reason
    name, page = missing
    stands_in = "" if "not on this machine" in recipe.rule else f"{name} is not on this machine, and "
    return f"{wish.reason}; {stands_in}{recipe.maker} stands in for it; to have {name}: {page}"
