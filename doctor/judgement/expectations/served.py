"""Which platforms a lock can be installed on, by its own list and by the files that it names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from doctor.facts import Facts, Lock, Locked
from doctor.judgement.expectations.expected import Expectation
from doctor.judgement.expectations.roles import of_role
from doctor.judgement.markers import Markers

#: platform as conda names it -> the platform tags of wheels that it takes
_TAGS: Mapping[str, str] = {
    "linux-64": r"(?:manylinux|musllinux|linux).*_x86_64",
    "linux-aarch64": r"(?:manylinux|musllinux|linux).*_aarch64",
    "osx-64": r"macosx_.*_(?:x86_64|universal2|universal|intel|fat64|fat3)",
    "osx-arm64": r"macosx_.*_(?:arm64|universal2)",
    "win-64": r"win_amd64",
    "win-arm64": r"win_arm64",
}
_MARKERS: Mapping[str, Mapping[str, str]] = {
    "linux-64": {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64"},
    "linux-aarch64": {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "aarch64"},
    "osx-64": {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "x86_64"},
    "osx-arm64": {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "arm64"},
    "win-64": {"sys_platform": "win32", "platform_system": "Windows", "platform_machine": "AMD64", "os_name": "nt"},
    "win-arm64": {"sys_platform": "win32", "platform_system": "Windows", "platform_machine": "ARM64", "os_name": "nt"},
}
#: locks by which it is known when an indirect need comes along: the markers of all ways to it are joined
_TELLING = frozenset({"uv.lock", "poetry.lock"})
#: names of wheels that facts hold of one package; a longer list may hold one for any platform
_LISTED = 100


class Unserved(NamedTuple):
    """A platform that a lock cannot serve."""

    platform: str
    wish: Expectation
    lock: str
    packages: tuple[Locked, ...] = ()  #: without a file for it; none where the lock leaves the platform out


def unserved(wishes: tuple[Expectation, ...], lock: Lock, facts: Facts) -> tuple[Unserved, ...]:
    """The platforms that the project asks for and a lock cannot serve."""
    found = []
    specs = of_role(facts, "main")
    for wish in wishes:
        if lock.platforms or any(package.platform for package in lock.packages):
            here = {*lock.platforms} or {p.platform for p in lock.packages if p.platform not in ("", "noarch")}
            if here and wish.name not in here:
                found.append(Unserved(wish.name, wish, lock.path))
            continue
        if wish.name not in _TAGS:
            continue
        markers = Markers({**facts.identity.markers, "os_name": "posix", **_MARKERS[wish.name]})
        direct: dict[str, bool] = {}
        for asked in (a for spec in specs for a in spec.asked if not a.group):
            direct[asked.name] = direct.get(asked.name, False) or markers.hold(asked.marker) is True
        lacking = [package for package in lock.packages if _cannot(package, wish.name)]
        lacking = [package for package in lacking if _comes_along(package, lock, direct, markers)]
        if lacking:
            found.append(Unserved(wish.name, wish, lock.path, tuple(lacking)))
    return tuple(found)


def _comes_along(package: Locked, lock: Lock, direct: dict[str, bool], markers: Markers) -> bool:
    """Whether a package is certainly installed where these markers hold; uv writes chosen groups as extras in them."""
    indirect = lock.kind in _TELLING and not lock.stale and not package.groups
    if not direct.get(package.name, indirect):
        return False
    return "extra" not in package.marker and markers.hold(package.marker) is True


def _cannot(package: Locked, platform: str) -> bool:
    """Whether a package has wheels, none of them for a platform, and no sources to build from."""
    if package.manager != "pip" or package.sdist or not 0 < len(package.wheels) < _LISTED:
        return False
    return not any(_is_for(wheel, platform) for wheel in package.wheels)


def _is_for(wheel: str, platform: str) -> bool:
    tags = wheel.removesuffix(".whl").rpartition("-")[2].split(".")
    return any(tag == "any" or re.fullmatch(_TAGS[platform], tag) for tag in tags)
