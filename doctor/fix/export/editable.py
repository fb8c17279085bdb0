"""Distributions in editable mode: their sources lie in a folder, so that no export can hold them; what it says instead.

A folder of the project is named relative to it; one elsewhere by the repository that it was cloned from, if any.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from doctor.collect.presence import is_remote, real_path
from doctor.facts import Distribution, Facts
from doctor.fix.export.installed import of_pip
from doctor.reading.clean import is_clean
from doctor.reading.files import Unfit, read_text
from doctor.reading.git_index import repository_of
from doctor.reading.redact import redact
from doctor.target.environment import Request

#: addresses that a colleague can clone: no folder of this machine
_REMOTE = re.compile(r"(?:(?:https?|ssh|git)://[^\s'\"`$\\]+|[\w.-]+@[\w.-]+:[^\s'\"`$\\]+)")
_ORIGIN = re.compile(r'\[\s*remote\s+"origin"\s*\]', re.IGNORECASE)
_URL = re.compile(r"url\s*=\s*\"?([^\s\"]+)", re.IGNORECASE)
#: bytes of git's configuration of one repository
_LIMIT = 256 * 1024


class Editable(NamedTuple):
    """One distribution, and where its sources are."""

    dist: Distribution
    place: str = ""  #: relative to the project: . or ./libs/common; empty where they lie elsewhere
    remote: str = ""  #: what its folder was cloned from, redacted

    @property
    def why(self) -> str:
        """Why it is left out, and what is done instead."""
        source = self.dist.direct_url
        assert source is not None
        if not source.target_exists:
            return f"editable, its sources are {source.url}, which is gone"
        if self.place:
            whose = "the project itself" if self.place == "." else f"from {self.place} of the project"
            return f"editable, {whose}: {self.command}"
        origin = f", cloned from {self.remote}" if self.remote else ""
        return f"editable, its sources are {source.url}{origin}"

    @property
    def command(self) -> str:
        """How it gets in, typed in the project's folder; empty where that cannot be told."""
        tool = "uv pip" if self.dist.installer == "uv" else "python -m pip"
        return f"{tool} install --no-deps --editable {shlex.quote(self.place)}" if self.place else ""


def editable(dist: Distribution, root: str, remotes: Mapping[str, str] = {}) -> Editable | None:
    """What is said of a distribution in editable mode; root is the project's folder as facts show it."""
    source = dist.direct_url
    if source is None or not source.editable:
        return None
    return Editable(dist, _relative(source.url, root), remotes.get(dist.key, ""))


def editables(facts: Facts, remotes: Mapping[str, str] = {}) -> tuple[Editable, ...]:
    """All of them."""
    found = (editable(dist, facts.project.root, remotes) for dist in of_pip(facts))
    return tuple(one for one in found if one is not None)


def remotes_of(facts: Facts, request: Request) -> dict[str, str]:
    """Of each one outside the project the address that git's configuration calls its origin, redacted."""
    found: dict[str, str] = {}
    for one in editables(facts):
        path = _path(one.dist.direct_url.url) if one.dist.direct_url else ""
        if path and not one.place and not is_remote(path):
            found[one.dist.key] = _origin(Path(real_path(path, request)))
    return {key: address for key, address in found.items() if address}


def _origin(folder: Path) -> str:
    """The address of the repository that a folder lies in, redacted."""
    repository = repository_of(folder)
    if repository is None:
        return ""
    try:
        text = read_text(repository / ".git/config", limit=_LIMIT)
    except Unfit:
        return ""
    inside = False
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("["):
            inside = _ORIGIN.match(stripped) is not None
        elif inside and (told := _URL.match(stripped)) and _REMOTE.fullmatch(told[1]):
            return redact(told[1])
    return ""


def _relative(url: str, root: str) -> str:
    """The folder relative to the project, as a command names it; empty where it lies elsewhere."""
    path = _path(url).rstrip("/")
    if not root or not path or not is_clean(path):
        return ""
    if path == root:
        return "."
    inside = path.removeprefix(f"{root}/")
    return f"./{inside}" if inside != path and ".." not in inside.split("/") else ""


def _path(url: str) -> str:
    """The folder of this machine that an address names, as facts show it: ~/project."""
    if not url.startswith("file://"):
        return ""
    path = unquote(url.removeprefix("file://"))
    return path[1:] if path.startswith("/~/") else path
