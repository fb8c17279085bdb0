"""Where a new environment goes: where its tool or the repository wants it, and never over what is there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from doctor.facts import Facts
from doctor.fix.creating.recipe import Recipe
from doctor.reading.rooted import real_folder
from doctor.target.environment import Environment, Request
from doctor.target.places import Surroundings, conda_environment_folders, conda_roots

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,79}", re.ASCII)
#: names that are tried where the first ones are taken
_TRIES = 20


def conda_names(facts: Facts) -> frozenset[str]:
    """Names that the repository gives its conda environment."""
    policy = facts.project.policy.environment
    named = {spec.name for spec in facts.project.specifications if spec.kind == "environment.yml"}
    return frozenset(name for name in (*named, policy) if _NAME.fullmatch(name))


def place_for(
    recipe: Recipe | None, facts: Facts, request: Request, half_made: frozenset[Path] = frozenset()
) -> Environment:
    """The environment that is to be created: its prefix is free, or will be once what is half made is removed."""
    folder = request.project
    assert folder is not None
    kind = "conda" if recipe is not None and recipe.placing != "virtual" else "venv"
    if recipe is not None and recipe.placing == "pixi":
        prefix = folder / ".pixi/envs/default"
        return Environment(prefix, "conda", "pixi", f"default of {folder.name}")
    policy = facts.project.policy.environment
    if policy and _is_inside(policy) and not leads_out(folder, policy):
        prefix = _free(folder / policy, half_made)
    elif kind == "conda":
        prefix = _of_conda(policy, facts, request, half_made)
    else:
        prefix = _free(folder / ".venv", half_made)
    inside = prefix.parent == folder
    return Environment(prefix, kind, name=f"{prefix.name} of {folder.name}" if inside else prefix.name)  # type: ignore[arg-type]


def _is_inside(policy: str) -> bool:
    """Whether the policy names a folder of the repository rather than a conda environment."""
    return policy.startswith(".") or "/" in policy


def leads_out(folder: Path, policy: str) -> bool:
    """Whether the place that the policy names lies behind a link, outside the repository."""
    return _is_inside(policy) and not real_folder((folder / policy).parent).is_relative_to(real_folder(folder))


def _of_conda(policy: str, facts: Facts, request: Request, half_made: frozenset[Path]) -> Path:
    """A named environment where the repository gives a name and conda has a folder for it, else in the repository."""
    folder = request.project
    assert folder is not None
    names = [policy, *(spec.name for spec in facts.project.specifications if spec.kind == "environment.yml")]
    name = next((name for name in names if _NAME.fullmatch(name) and name not in ("base", "root")), "")
    where = next(_env_folders(request), None) if name else None
    return _free(where / name if where is not None else folder / ".conda", half_made)


def _env_folders(request: Request) -> Iterator[Path]:
    """Folders of named environments that are there and can be written."""
    around = Surroundings(request.variables, request.project or Path("/"), request.home, request.root)
    for root in conda_roots(around):
        if (root / "conda-meta").is_dir() and os.access(root / "envs", os.W_OK):
            yield root / "envs"
    for folder in conda_environment_folders(around):
        if folder.parent.name != ".pixi" and folder.is_dir() and os.access(folder, os.W_OK):
            yield folder


def _free(prefix: Path, half_made: frozenset[Path]) -> Path:
    """The place itself, or beside it the first that nothing has."""
    for number in range(1, _TRIES):
        place = prefix if number == 1 else prefix.with_name(f"{prefix.name}-{number}")
        if place in half_made or not os.path.lexists(place):
            return place
    return prefix
