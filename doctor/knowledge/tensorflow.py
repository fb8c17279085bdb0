"""TensorFlow's releases: the CUDA that the wheels for Linux on x86-64 are built for, and the GPUs they hold code for.

Source: tensorflow/python/platform/build_info.py inside PyPI's wheels of 2.9.3 to 2.21.0 (measured); rows of other
patch releases after their minor release. In that file sm_70 is machine code, and compute_80 machine code with PTX.
Wheels for Windows after 2.10, for macOS and for Linux on aarch64 are CPU builds. Collected on 2026-11-22.
"""

from __future__ import annotations

from typing import NamedTuple

from doctor.knowledge.cuda import driver_suffices, offered, toolkit_driver, version_numbers
from doctor.knowledge.sources import Source
from doctor.knowledge.torch import Host

SOURCES = [
    Source(
        "tensorflow",
        "CUDA builds of TensorFlow and the GPUs they hold code for",
        "2026-11-22",
        "build_info.py and METADATA in PyPI's wheels",
        "measured on the last patch release of each minor one",
    ),
]


class Release(NamedTuple):
    """One minor release's wheel for Linux on x86-64."""

    minor: str  #: 2.20
    last: str  #: its last patch release: 2.20.0
    cuda: str
    cudnn: int
    pythons: tuple[str, str]  #: first and last X.Y with wheels
    capabilities: tuple[str, ...]  #: as build_info.py writes them
    extra: bool = True  #: whether tensorflow[and-cuda] brings the CUDA libraries


_TO_214 = ("sm_35", "sm_50", "sm_60", "sm_70", "sm_75", "compute_80")
_FROM_217 = ("sm_60", "sm_70", "sm_80", "sm_89", "compute_90")

#: newest first; the extra of 2.14 and 2.15.0 asks for a TensorRT that cannot be installed
RELEASES: list[Release] = [
    Release("2.21", "2.21.0", "12.5.1", 9, ("3.10", "3.13"), _FROM_217),
    Release("2.20", "2.20.0", "12.5.1", 9, ("3.9", "3.13"), _FROM_217),
    Release("2.19", "2.19.1", "12.5.1", 9, ("3.9", "3.12"), _FROM_217),
    Release("2.18", "2.18.1", "12.5.1", 9, ("3.9", "3.12"), _FROM_217),
    Release("2.17", "2.17.1", "12.3", 8, ("3.9", "3.12"), _FROM_217),
    Release("2.16", "2.16.2", "12.3", 8, ("3.9", "3.12"), ("sm_50", "sm_60", "sm_70", "sm_80", "compute_90")),
    Release("2.15", "2.15.1", "12.2", 8, ("3.9", "3.11"), ("sm_50", "sm_60", "sm_70", "sm_75", "compute_80")),
    Release("2.14", "2.14.1", "11.8", 8, ("3.9", "3.11"), _TO_214, extra=False),
    Release("2.13", "2.13.1", "11.8", 8, ("3.8", "3.11"), _TO_214, extra=False),
    Release("2.12", "2.12.1", "11.8", 8, ("3.8", "3.11"), _TO_214, extra=False),
    Release("2.11", "2.11.1", "11.2", 8, ("3.8", "3.10"), _TO_214, extra=False),
    Release("2.10", "2.10.1", "11.2", 8, ("3.7", "3.10"), _TO_214, extra=False),
    Release("2.9", "2.9.3", "11.2", 8, ("3.7", "3.10"), _TO_214, extra=False),
]

#: the last minor release whose wheel for Windows itself uses a GPU
LAST_ON_WINDOWS = (2, 10)


def find_release(version: str) -> Release | None:
    """The row of a version."""
    minor = ".".join(version.split(".")[:2])
    return next((release for release in RELEASES if release.minor == minor), None)


def architectures(capabilities: tuple[str, ...]) -> tuple[str, ...]:
    """Capabilities of build_info.py as machine code and PTX: compute_80 stands for both there."""
    own = [text.replace("compute_", "sm_") for text in capabilities if text.startswith("compute_")]
    return (*(text for text in capabilities if text.startswith("sm_")), *own, *capabilities)


def choose(version: str, host: Host) -> Release | None:
    """The newest release not above an installed one whose wheel brings its CUDA and runs on a driver and its GPUs."""
    here = version_numbers(version)[:2]
    for release in RELEASES:
        first, last = (version_numbers(python) for python in release.pythons)
        if (
            release.extra
            and version_numbers(release.minor) <= here
            and (not host.python or first <= version_numbers(host.python) <= last)
            and driver_suffices(host.driver, release.cuda, host.system)
            and all(_runs(release, capability, host) for capability in host.capabilities)
        ):
            return release
    return None


def _runs(release: Release, capability: str, host: Host) -> bool:
    held = offered(architectures(release.capabilities), capability)
    if held == "ptx":
        return version_numbers(host.driver) >= version_numbers(toolkit_driver(release.cuda, host.system) or "9999")
    return held == "code"
