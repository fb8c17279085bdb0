"""Whether the repository is a distribution of its own that belongs into its environment, and is in it."""

from __future__ import annotations

from typing import Any

from doctor.facts import Facts
from doctor.onboard.data import Onboarding
from doctor.reading.files import Unfit, read_text
from doctor.reading.rooted import exists

#: bytes of a pyproject.toml
_LIMIT = 1024 * 1024


def wants_itself(onboarding: Onboarding) -> str:
    """Why the repository need not be installed; empty where it is to be."""
    folder, facts = onboarding.folder, onboarding.facts
    if not facts.project.name:
        return "the repository is no distribution of its own"
    if onboarding.recipe is not None and onboarding.recipe.with_project:
        return "it is installed with the rest"
    if exists(folder / "setup.py"):
        return ""
    data = _pyproject(onboarding)
    tool = data.get("tool")
    tables: dict[str, Any] = tool if isinstance(tool, dict) else {}
    for name, key in (("uv", "package"), ("poetry", "package-mode"), ("pdm", "distribution")):
        table = tables.get(name)
        if isinstance(table, dict) and table.get(key) is False:
            return f"[tool.{name}] says {key} = false: it is used from its folder"
    if not isinstance(data.get("build-system"), dict):
        return "pyproject.toml names no build system: it is used from its folder"
    return ""


def is_installed(facts: Facts) -> bool:
    """Whether the environment holds the repository's own distribution."""
    return any(dist.key == facts.project.name for dist in facts.distributions.installed)


def _pyproject(onboarding: Onboarding) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(read_text(onboarding.folder / "pyproject.toml", limit=_LIMIT))
    except (Unfit, ValueError, RecursionError):
        return {}
