"""Whether the repository is a distribution of its own that belongs into its environment, and how it is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote

from doctor.facts import Facts
from doctor.facts.distributions import Distribution
from doctor.onboard.data import Onboarding
from doctor.reading.files import Unfit, read_text
from doctor.reading.redact import show
from doctor.reading.rooted import exists, real_folder

#: bytes of a pyproject.toml
_LIMIT = 1024 * 1024


def wants_itself(onboarding: Onboarding, *, brought: bool = True) -> str:
    """Why the repository need not be installed; empty where it is to be.

    brought: whether what installs the rest may be trusted to bring it.
    """
    folder, facts = onboarding.folder, onboarding.facts
    if not facts.project.name:
        return "the repository is no distribution of its own"
    if brought and onboarding.recipe is not None and onboarding.recipe.with_project:
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


def installed_itself(facts: Facts) -> Distribution | None:
    """The repository's own distribution in the environment."""
    name = facts.project.name
    return next((dist for dist in facts.distributions.installed if name and dist.key == name), None)


def why_changes_do_not_count(dist: Distribution, folder: Path) -> str:
    """What is installed in place of the repository's own code; empty where it is that code itself."""
    source = dist.direct_url
    if source is not None and source.editable:
        elsewhere = _other_folder(source.url, folder)
        if not elsewhere:
            return ""
        return f"it is installed in editable mode from {elsewhere}: changes in this repository do not count"
    site = Path(dist.site).expanduser()  # within the environment it is relative
    if dist.kind == "egg-link" or (site.is_absolute() and site.is_relative_to(folder)):
        return ""
    version = f"version {dist.version}" if dist.version else "it"
    return (
        f"{version} is installed as a copy, not in editable mode: changes in the repository do not count until it is "
        "installed again"
    )


def is_worked_on(folder: Path) -> bool:
    """Whether the folder is a working copy under version control, rather than a release that was unpacked."""
    return any(exists(place / mark) for place in (folder, *folder.parents) for mark in (".git", ".hg", ".jj"))


def _other_folder(url: str, folder: Path) -> str:
    """The folder that an editable install names, where it is there and is neither the repository nor inside it."""
    named = Path(unquote(url.removeprefix("file://"))).expanduser()
    if not url.startswith("file:") or not named.is_dir():
        return ""
    return "" if real_folder(named).is_relative_to(real_folder(folder)) else show(named)


def _pyproject(onboarding: Onboarding) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(read_text(onboarding.folder / "pyproject.toml", limit=_LIMIT))
    except (Unfit, ValueError, RecursionError):
        return {}
