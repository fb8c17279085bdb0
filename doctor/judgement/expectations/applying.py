"""Whether an entry of a specification or a lock holds for one environment: its marker, its platform."""

from __future__ import annotations

import re
from functools import lru_cache

from doctor.facts import Facts
from doctor.judgement.markers import Markers

_PLATFORM = re.compile(r"(?:linux|osx|win|emscripten|wasi|freebsd|zos)(?:-[a-z0-9_]+)?|unix|noarch|any")
_SYSTEMS = {"linux": "linux", "macos": "osx", "windows": "win"}
_ARCHITECTURES = {
    "x86_64": "64",
    "amd64": "64",
    "i386": "32",
    "i686": "32",
    "x86": "32",
    "aarch64": "aarch64",
    "arm64": "arm64",
    "ppc64le": "ppc64le",
    "s390x": "s390x",
}


def platform_of(facts: Facts) -> str:
    """The environment's platform as conda names it: linux-64; empty where it is unknown."""
    system = _SYSTEMS[facts.identity.system]
    machine = facts.identity.architecture or facts.identity.markers.get("platform_machine", "")
    architecture = _ARCHITECTURES.get(machine.lower(), "")
    if system == "linux" and architecture == "arm64":
        architecture = "aarch64"
    return f"{system}-{architecture}" if architecture else ""


def on_platform(marker: str, platform: str) -> bool | None:
    """Whether something for one platform is for this one; None where the marker names no platform."""
    if not _PLATFORM.fullmatch(marker):
        return None
    if marker in ("noarch", "any") or not platform:
        return True
    if marker == "unix":
        return not platform.startswith("win-")
    return marker == platform or platform.startswith(f"{marker}-")


def holds(marker: str, facts: Facts) -> bool:
    """Whether a marker or platform holds for the environment; one that cannot be judged does not."""
    if not marker:
        return True
    by_platform = on_platform(marker, platform_of(facts))
    if by_platform is not None:
        return by_platform
    return _markers(tuple(sorted(facts.identity.markers.items()))).hold(marker) is True


@lru_cache(maxsize=4)
def _markers(variables: tuple[tuple[str, str], ...]) -> Markers:
    return Markers(dict(variables))
