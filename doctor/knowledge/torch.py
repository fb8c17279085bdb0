"""PyTorch's releases: CUDA builds, the GPUs they hold code for, and the companions of each.

Sources: METADATA and version.py of PyPI's wheels; the architecture string in libtorch_python.so of 1.13.1, 2.0.1,
2.1.2, 2.4.1, 2.6.0, 2.7.1, 2.8.0, 2.9.1, 2.10.0, 2.11.0, 2.14.1 and 2.15.0 (measured); the release branches' build
scripts and RELEASE.md for the others (documented). Collected on 2026-11-22. Builds on which sources disagree are
told with the narrower list. 2.15 is known for CUDA 13.2 only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from doctor.knowledge.cuda import driver_suffices, newest_cuda, runs, version_numbers
from doctor.knowledge.sources import Source

SOURCES = [
    Source(
        "torch",
        "releases of torch with their CUDA builds, GPUs and companions",
        "2026-11-22",
        "METADATA, version.py and libtorch_python.so of PyPI's wheels; PyTorch's release branches and RELEASE.md",
        "measured on 12 releases, documented for the others; 2.15 is known for CUDA 13.2 only",
    ),
    Source(
        "xformers",
        "the release of torch that each release of xformers was made for",
        "2026-11-22",
        "METADATA of xformers on PyPI",
        "measured",
    ),
]

#: where the builds lie: this and cu126, cpu, ...
INDEX = "https://download.pytorch.org/whl/"

_37_86 = (37, 50, 60, 70, 75, 80, 86)
_37_90 = (*_37_86, 90)
_50_90 = (50, 60, 70, 75, 80, 86, 90)
_70_120 = (70, 75, 80, 86, 90, 100, 120)
_75_120 = (75, 80, 86, 90, 100, 120)
_ARM_12 = (80, 90)
_ARM_13 = (80, 90, 100, 110, 120)

Builds = Mapping[str, tuple[int, ...]]


class Release(NamedTuple):
    """One release of torch."""

    version: str
    pythons: tuple[str, str]  #: first and last X.Y with wheels
    builds: Builds  #: CUDA -> machine code for sm_.., Linux and Windows on x86-64
    torchvision: str
    torchaudio: str
    arm: Builds = {}  #: the same for Linux on aarch64; empty where it is not known


def _release(version: str, pythons: str, builds: Builds, vision: str, audio: str, arm: Builds | None = None) -> Release:
    first, last = pythons.split("-")
    return Release(version, (first, last), builds, vision, audio, arm or {})


_CU11_12: Builds = {"11.8": _37_90, "12.1": _50_90}
_CU11_124: Builds = {**_CU11_12, "12.4": _50_90}
_CU126_130: Builds = {"12.6": _50_90, "12.8": _70_120, "13.0": _75_120}
_CU126_132: Builds = {"12.6": _50_90, "13.0": _75_120, "13.2": _75_120}
_ARM_126_132: Builds = {"12.6": _ARM_12, "13.0": _ARM_13, "13.2": _ARM_13}

#: newest first
RELEASES: list[Release] = [
    _release("2.15.0", "3.11-3.15", {"13.2": _75_120}, "0.29.2", "2.11.0", {"13.2": _ARM_13}),
    _release("2.14.1", "3.10-3.14", _CU126_132, "0.29.2", "2.11.0", _ARM_126_132),
    _release("2.14.0", "3.10-3.14", _CU126_132, "0.29.0", "2.11.0", _ARM_126_132),
    _release("2.13.0", "3.10-3.14", _CU126_132, "0.28.0", "2.11.0", _ARM_126_132),
    _release("2.12.1", "3.10-3.14", _CU126_132, "0.27.1", "2.11.0", _ARM_126_132),
    _release("2.12.0", "3.10-3.14", _CU126_132, "0.27.0", "2.11.0", _ARM_126_132),
    _release("2.11.0", "3.10-3.14", {"12.6": _50_90, "12.8": _75_120, "13.0": _75_120}, "0.26.0", "2.11.0"),
    _release("2.10.0", "3.10-3.14", _CU126_130, "0.25.0", "2.10.0"),
    _release("2.9.1", "3.10-3.14", _CU126_130, "0.24.1", "2.9.1"),
    _release("2.9.0", "3.10-3.14", _CU126_130, "0.24.0", "2.9.0"),
    _release("2.8.0", "3.9-3.13", {"12.6": _50_90, "12.8": _70_120, "12.9": _75_120}, "0.23.0", "2.8.0"),
    _release("2.7.1", "3.9-3.13", {"11.8": _37_90, "12.6": _50_90, "12.8": _75_120}, "0.22.1", "2.7.1"),
    _release("2.7.0", "3.9-3.13", {"11.8": _37_90, "12.6": _50_90, "12.8": _75_120}, "0.22.0", "2.7.0"),
    _release("2.6.0", "3.9-3.13", {"11.8": _37_90, "12.4": _50_90, "12.6": _50_90}, "0.21.0", "2.6.0"),
    _release("2.5.1", "3.9-3.13", _CU11_124, "0.20.1", "2.5.1", {"12.4": (90,)}),
    _release("2.5.0", "3.9-3.13", _CU11_124, "0.20.0", "2.5.0", {"12.4": (90,)}),
    _release("2.4.1", "3.8-3.12", _CU11_124, "0.19.1", "2.4.1", {"12.4": (90,)}),
    _release("2.4.0", "3.8-3.12", _CU11_124, "0.19.0", "2.4.0", {"12.4": (90,)}),
    _release("2.3.1", "3.8-3.12", _CU11_12, "0.18.1", "2.3.1"),
    _release("2.3.0", "3.8-3.12", _CU11_12, "0.18.0", "2.3.0"),
    _release("2.2.2", "3.8-3.12", _CU11_12, "0.17.2", "2.2.2"),
    _release("2.2.1", "3.8-3.12", _CU11_12, "0.17.1", "2.2.1"),
    _release("2.2.0", "3.8-3.12", _CU11_12, "0.17.0", "2.2.0"),
    _release("2.1.2", "3.8-3.11", _CU11_12, "0.16.2", "2.1.2"),
    _release("2.1.1", "3.8-3.11", _CU11_12, "0.16.1", "2.1.1"),
    _release("2.1.0", "3.8-3.11", _CU11_12, "0.16.0", "2.1.0"),
    _release("2.0.1", "3.8-3.11", {"11.7": _37_86, "11.8": _37_90}, "0.15.2", "2.0.2"),
    _release("2.0.0", "3.8-3.11", {"11.7": _37_86, "11.8": _37_90}, "0.15.1", "2.0.1"),
    _release("1.13.1", "3.7-3.11", {"11.6": _37_86, "11.7": _37_86}, "0.14.1", "0.13.1"),
    _release("1.13.0", "3.7-3.11", {"11.6": _37_86, "11.7": _37_86}, "0.14.0", "0.13.0"),
]


class XformersRelease(NamedTuple):
    """One release of xformers that asks for exactly one torch."""

    version: str
    torch: str


#: the last release for each torch, newest first; from 0.0.35 on it takes any torch from 2.10 on
XFORMERS: list[XformersRelease] = [
    XformersRelease("0.0.34", "2.10.0"),
    XformersRelease("0.0.33.post2", "2.9.1"),
    XformersRelease("0.0.33.post1", "2.9.0"),
    XformersRelease("0.0.32.post2", "2.8.0"),
    XformersRelease("0.0.31.post1", "2.7.1"),
    XformersRelease("0.0.30", "2.7.0"),
    XformersRelease("0.0.29.post3", "2.6.0"),
    XformersRelease("0.0.29.post1", "2.5.1"),
    XformersRelease("0.0.28.post2", "2.5.0"),
    XformersRelease("0.0.28.post1", "2.4.1"),
    XformersRelease("0.0.27.post2", "2.4.0"),
    XformersRelease("0.0.27", "2.3.1"),
    XformersRelease("0.0.26.post1", "2.3.0"),
    XformersRelease("0.0.25.post1", "2.2.2"),
    XformersRelease("0.0.25", "2.2.1"),
    XformersRelease("0.0.24", "2.2.0"),
    XformersRelease("0.0.23.post1", "2.1.2"),
    XformersRelease("0.0.23", "2.1.1"),
    XformersRelease("0.0.22.post7", "2.1.0"),
    XformersRelease("0.0.22", "2.0.1"),
    XformersRelease("0.0.19", "2.0.0"),
    XformersRelease("0.0.16", "1.13.1"),
]


def xformers_for(torch: str) -> str:
    """The release of xformers that was made for a release of torch; empty where none is known."""
    public = torch.partition("+")[0]
    return next((row.version for row in XFORMERS if row.torch == public), "")


class Choice(NamedTuple):
    """A CUDA build of a release."""

    release: Release
    cuda: str

    @property
    def variant(self) -> str:
        """cu126 for CUDA 12.6."""
        return "cu" + self.cuda.replace(".", "")

    @property
    def index_url(self) -> str:
        """The index that holds it."""
        return INDEX + self.variant


class Host(NamedTuple):
    """What a build has to run on."""

    driver: str
    capabilities: tuple[str, ...]  #: of its GPUs, as far as they are known
    system: str = "linux"
    arm: bool = False
    python: str = ""  #: X.Y


def find_release(version: str) -> Release | None:
    """The row of a release, whatever its local version."""
    public = version.partition("+")[0]
    return next((release for release in RELEASES if release.version == public), None)


def builds_for(release: Release, host: Host) -> list[Choice]:
    """The builds of a release that a driver and its GPUs run: those that the driver knows in full first, then newest.

    Where no build runs on all GPUs, those that run on the most capable one.
    """
    builds = release.arm if host.arm else release.builds
    usable = {cuda: codes for cuda, codes in builds.items() if driver_suffices(host.driver, cuda, host.system)}
    known = sorted(host.capabilities, key=version_numbers)
    fitting = [cuda for cuda, codes in usable.items() if _all_run(codes, known)]
    if not fitting:
        fitting = [cuda for cuda, codes in usable.items() if _all_run(codes, known[-1:])]
    newest = version_numbers(newest_cuda(host.driver, host.system) or "0")
    fitting.sort(key=lambda cuda: (version_numbers(cuda) <= newest, version_numbers(cuda)), reverse=True)
    return [Choice(release, cuda) for cuda in fitting]


def _all_run(codes: Iterable[int], capabilities: Iterable[str]) -> bool:
    offered = tuple(codes)
    return all(any(runs(code, capability) for code in offered) for capability in capabilities)


def choose(version: str, host: Host, family: int = 0) -> Choice | None:
    """The best build of an installed release, else of the next older or the next newer one with a build that runs.

    With a family (12 for CUDA 12) a build of that one where the release has it, because others need its libraries.
    """
    start = find_release(version)
    if start is None:
        return None
    place = RELEASES.index(start)
    for release in (*RELEASES[place:], *reversed(RELEASES[:place])):
        first, last = (version_numbers(python) for python in release.pythons)
        if release is not start and host.python and not first <= version_numbers(host.python) <= last:
            continue
        found = builds_for(release, host)
        if found:
            return next((choice for choice in found if version_numbers(choice.cuda)[0] == family), found[0])
    return None


def specs(choice: Choice, companions: Iterable[str]) -> tuple[str, ...]:
    """Exact requirements for pip: torch and those companions that are installed, all of one build.

    A local version is asked for, because pip takes any other build of the same version for good enough.
    """
    version = choice.release.version
    return (f"torch=={version}+{choice.variant}", *companion_specs(version, choice.variant, companions))


def companion_specs(torch: str, variant: str, companions: Iterable[str]) -> tuple[str, ...]:
    """Exact requirements for the companions of a release of torch in one build: cu126, cpu; none for what is unknown.

    torchvision refuses a torch of another CUDA family, also from 0.29.1 on, where it takes any newer release (its
    version.py and extension.py, measured up to 0.29.2). torchaudio refuses a torch of any other CUDA release, and its
    last one, 2.11.0, was built for the CUDA releases of its day only.
    """
    release = find_release(torch)
    if release is None or not variant:
        return ()
    found = []
    if "torchvision" in companions:
        found.append(f"torchvision=={release.torchvision}+{variant}")
    if "torchaudio" in companions:
        own = find_release(release.torchaudio) or release
        built = [Choice(own, cuda).variant for cuda in own.builds]
        if variant in (*built, "cpu"):
            found.append(f"torchaudio=={release.torchaudio}+{variant}")
    return tuple(found)
