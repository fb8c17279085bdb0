"""Asks every witness which archives the distributions of an environment came from."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from doctor.collect.presence import is_remote, real_path
from doctor.facts import Distribution, Facts
from doctor.fix.export.archives import Archive, Archives, file_name_of, of_direct_urls, of_known_locks, usable
from doctor.fix.export.installed import of_pip
from doctor.fix.export.lock_archives import of_locks
from doctor.fix.export.wheel_files import of_folder, of_pip_cache, of_places
from doctor.target.environment import Request


class Gathered(NamedTuple):
    """What is known of archives, and what could not be read on the way."""

    archives: Archives = {}
    remarks: tuple[str, ...] = ()
    remotes: Mapping[str, str] = {}  #: of packages in editable mode from elsewhere, what their folder was cloned from


def gather(facts: Facts, request: Request, wheels: Path | None = None) -> Gathered:
    """Everything that is known of the archives of pip's packages. Raises OSError for a folder that cannot be read."""
    told: dict[str, list[Archive]] = {}
    remarks: list[str] = []
    if wheels is not None:
        _add(told, of_folder(wheels, facts))
    _add(told, of_direct_urls(facts))
    _add(told, of_places(facts, dict(_places(facts, request))))
    if request.project is not None:
        locks = of_locks(request.project, facts)
        _add(told, locks.archives)
        remarks += [f"{problem.path} could not be read: {problem.reason}" for problem in locks.problems]
    _add(told, of_known_locks(facts))
    dists = {dist.key: dist for dist in of_pip(facts) if _is_archive(dist)}
    missing = [key for key, dist in dists.items() if not usable(told.get(key, ()), dist)]
    cache = _pip_cache(facts, request)
    if missing and cache is not None:
        _add(told, of_pip_cache(cache, facts, missing))
    found = {key: usable(told[key], dist) for key, dist in dists.items() if key in told}
    return Gathered({key: archives for key, archives in found.items() if archives}, tuple(remarks))


def _add(told: dict[str, list[Archive]], more: Mapping[str, list[Archive]]) -> None:
    for key, archives in more.items():
        told.setdefault(key, []).extend(archives)


def _places(facts: Facts, request: Request) -> Iterator[tuple[str, str]]:
    """The file: addresses of this machine that distributions came from, and the paths that they mean."""
    from urllib.parse import unquote

    for dist in facts.distributions.installed:
        url = dist.direct_url.url if dist.direct_url else ""
        if url.startswith("file://"):
            path = "/" + unquote(url[len("file://") :]).lstrip("/")
            if not is_remote(path):
                yield url, real_path(path[1:] if path.startswith("/~/") else path, request)


def _is_archive(dist: Distribution) -> bool:
    """Whether it came from an index or from one file: of folders and repositories there are no hashes."""
    source = dist.direct_url
    return source is None or (
        not source.vcs and not source.editable and bool(source.digest or file_name_of(source.url))
    )


def _pip_cache(facts: Facts, request: Request) -> Path | None:
    """The folder in which pip would keep what it fetches; None where it is told to keep nothing."""
    variables = request.variables
    if variables.get("PIP_NO_CACHE_DIR", "").lower() in ("1", "true", "yes", "on"):
        return None
    if variables.get("PIP_CACHE_DIR"):
        return Path(variables["PIP_CACHE_DIR"])
    if facts.identity.system == "windows":
        return Path(variables.get("LOCALAPPDATA") or request.home / "AppData/Local", "pip", "Cache")
    if facts.identity.system == "macos":
        return request.home / "Library/Caches/pip"
    return Path(variables.get("XDG_CACHE_HOME") or request.home / ".cache", "pip")


def shown_beside(path: str, output: Path) -> str:
    """A file of this machine as a file in a folder may name it: relative, and through nobody's home; else empty."""
    relative = os.path.relpath(path, output).replace(os.sep, "/")
    climbs = relative.split("/").count("..")
    return relative if climbs <= 1 and not os.path.isabs(relative) else ""  # noqa: PTH117 - a text
