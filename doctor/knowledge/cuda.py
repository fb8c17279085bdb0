"""NVIDIA drivers, CUDA toolkits and GPUs: what needs what.

Sources: NVIDIA's CUDA Toolkit Release Notes, table "CUDA Toolkit and Corresponding Driver Versions"; NVIDIA's
guides to minor-version and forward compatibility; developer.nvidia.com/cuda-gpus. Collected on 2026-11-22.
Certainty: high for the rows here; toolkits from 13.3 on are left out because no first-hand row was found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal, NamedTuple

from doctor.knowledge.sources import Source

SOURCES = [
    Source(
        "cuda-floors",
        "the oldest driver that runs builds of each CUDA family",
        "2026-11-22",
        "NVIDIA's guide to CUDA compatibility, minor-version compatibility",
        "documented; Windows' row of CUDA 12 is that of the 12.0 release",
    ),
    Source(
        "cuda-toolkits",
        "the driver that each CUDA toolkit was released with",
        "2026-11-22",
        "NVIDIA's CUDA Toolkit Release Notes",
        "documented up to 13.2; later ones are left out",
    ),
    Source(
        "gpus",
        "compute capabilities of GPUs by name, and the last driver branch of old families",
        "2026-11-22",
        "developer.nvidia.com/cuda-gpus; CUDA 13.0 release notes",
        "documented from capability 7.5 on; older rows and driver branches are general knowledge",
    ),
]


class Floor(NamedTuple):
    """The lowest driver on which a build of any minor release of one CUDA family runs, where it holds machine code."""

    system: Literal["linux", "windows"]
    family: int  #: 12 for CUDA 12.x
    driver: str


class Toolkit(NamedTuple):
    """The drivers that one CUDA release came with: what code compiled at start (PTX) needs."""

    cuda: str  #: 12.6
    linux: str = ""
    windows: str = ""


class GpuName(NamedTuple):
    """What a GPU's name says of it."""

    pattern: str  #: a regular expression
    capability: str
    data_center: bool = False  #: whether forward-compatibility libraries work on it


FLOORS: list[Floor] = [
    Floor("linux", 13, "580.65.06"),
    Floor("linux", 12, "525.60.13"),
    Floor("linux", 11, "450.80.02"),
    Floor("windows", 13, "580"),
    Floor("windows", 12, "527.41"),
    Floor("windows", 11, "452.39"),
]

#: newest first
TOOLKITS: list[Toolkit] = [
    Toolkit("13.2", "595.45.04"),
    Toolkit("13.1", "590.44.01"),
    Toolkit("13.0", "580.65.06"),
    Toolkit("12.9", "575.51.03", "576.02"),
    Toolkit("12.8", "570.26", "570.65"),
    Toolkit("12.6", "560.28.03", "560.76"),
    Toolkit("12.5", "555.42.02", "555.85"),
    Toolkit("12.4", "550.54.14", "551.61"),
    Toolkit("12.3", "545.23.06", "545.84"),
    Toolkit("12.2", "535.54.03", "536.25"),
    Toolkit("12.1", "530.30.02", "531.14"),
    Toolkit("12.0", "525.60.13", "527.41"),
    Toolkit("11.8", "520.61.05", "520.06"),
    Toolkit("11.7", "515.43.04", "516.01"),
    Toolkit("11.6", "510.39.01", "511.23"),
]

#: for where the driver could not be asked; the first match counts
GPU_NAMES: list[GpuName] = [
    GpuName(r"\bG?B300\b", "10.3", True),
    GpuName(r"\bG?B200\b", "10.0", True),
    GpuName(r"\bGB10\b", "12.1"),
    GpuName(r"\bRTX 50[5-9]0|\bRTX PRO .*Blackwell", "12.0"),
    GpuName(r"\b(H100|H200|H800|GH200)\b", "9.0", True),
    GpuName(r"\b(L4|L40S?)\b", "8.9", True),
    GpuName(r"\bRTX 40[5-9]0\b|\bAda\b", "8.9"),
    GpuName(r"\b(A100|A800|A30)\b", "8.0", True),
    GpuName(r"\b(A10G?|A16|A2|A40)\b", "8.6", True),
    GpuName(r"\b(RTX 30[5-9]0|RTX A[2-6]000)\b", "8.6"),
    GpuName(r"\bT4\b", "7.5", True),
    GpuName(r"\b(RTX 20[6-8]0|GTX 16[5-6]0|TITAN RTX)\b|\bQuadro RTX\b", "7.5"),
    GpuName(r"\bV100\b", "7.0", True),
    GpuName(r"\bTITAN V\b", "7.0"),
    GpuName(r"\bP100\b", "6.0", True),
    GpuName(r"\b(P40|P4)\b", "6.1", True),
    GpuName(r"\b(GTX 10[5-8]0|TITAN Xp)\b", "6.1"),
    GpuName(r"\b(M40|M60)\b", "5.2", True),
    GpuName(r"\bGTX 9[5-8]0\b", "5.2"),
    GpuName(r"\bK80\b", "3.7", True),
    GpuName(r"\bK40\w?\b", "3.5", True),
]

#: a consumer's card, on which forward-compatibility libraries fail whatever their version (error 804)
_CONSUMER = re.compile(r"\b(GeForce|GTX|TITAN)\b")

#: capability -> the last driver branch for it; only used to leave out advice that cannot be followed
_LAST_BRANCH = {"3": 470, "5": 580, "6": 580, "7.0": 580, "7.2": 580}

#: capabilities that run only code made for exactly them (Jetson and the like)
OWN_CODE_ONLY = frozenset({"5.3", "6.2", "7.2", "8.7", "10.1"})

_ARCHITECTURE = re.compile(r"(sm|compute)_(\d{2,3})([af]?)")


@lru_cache(maxsize=1_000)
def version_numbers(text: str) -> tuple[int, ...]:
    """The numbers of a dotted version, for comparing: 580.65.06 is (580, 65, 6)."""
    return tuple(int(part) for part in re.findall(r"\d+", text))


def lowest_driver(cuda: str, system: str) -> str:
    """The oldest driver that runs machine code of a CUDA release; empty where it is not known.

    From CUDA 11 on a driver runs every minor release of its family.
    """
    family = version_numbers(cuda)[:1]
    return next((row.driver for row in FLOORS if row.system == system and (row.family,) == family), "")


def toolkit_driver(cuda: str, system: str) -> str:
    """The driver that a CUDA release came with, which its PTX needs; empty where it is not known."""
    wanted = version_numbers(cuda)[:2]
    return next((_driver(row, system) for row in TOOLKITS if version_numbers(row.cuda) == wanted), "")


def driver_suffices(driver: str, cuda: str, system: str) -> bool:
    """Whether a driver runs builds of a CUDA release, minor-version compatibility counted."""
    lowest = lowest_driver(cuda, system)
    return bool(lowest) and version_numbers(driver) >= version_numbers(lowest)


def newest_cuda(driver: str, system: str) -> str:
    """The newest toolkit that was released with a driver no newer than this one; empty where none was."""
    for row in TOOLKITS:
        needed = _driver(row, system)
        if needed and version_numbers(driver) >= version_numbers(needed):
            return row.cuda
    return ""


def _driver(row: Toolkit, system: str) -> str:
    return row.windows if system == "windows" else row.linux


def capability_of(name: str, told: str = "") -> str:
    """A GPU's compute capability as the driver told it, else by its name, else empty."""
    if told:
        return told
    row = _named(name)
    return row.capability if row else ""


def takes_forward_compatibility(name: str) -> bool | None:
    """Whether a newer CUDA's compatibility libraries work on a GPU; None where that is not known of it."""
    row = _named(name)
    if row and row.data_center:
        return True
    return False if _CONSUMER.search(name) else None


def _named(name: str) -> GpuName | None:
    return next((row for row in GPU_NAMES if re.search(row.pattern, name)), None)


def gets_driver(capability: str, driver: str) -> bool:
    """Whether drivers as new as this one are still made for a GPU, as far as is known."""
    last = _LAST_BRANCH.get(capability) or _LAST_BRANCH.get(capability.partition(".")[0])
    return last is None or version_numbers(driver)[:1] <= (last,)


def runs(code: int, capability: str) -> bool:
    """Whether machine code for sm_XZ runs on a GPU of capability X.Y: the same X and Y not below Z."""
    major, minor = divmod(code, 10)
    has_major, has_minor = (*version_numbers(capability), 0)[:2]
    if capability in OWN_CODE_ONLY:
        return (major, minor) == (has_major, has_minor)
    return f"{major}.{minor}" not in OWN_CODE_ONLY and major == has_major and minor <= has_minor


def offered(architectures: Iterable[str], capability: str) -> Literal["code", "ptx", "none"]:
    """What a build holds for a GPU: machine code, PTX that the driver compiles for it at start, or nothing.

    sm_90 is machine code and compute_90 is PTX; an a at the end runs on exactly that capability and nowhere else.
    """
    best: Literal["code", "ptx", "none"] = "none"
    for text in architectures:
        match = _ARCHITECTURE.fullmatch(text)
        if match is None:
            continue
        code, own = int(match[2]), match[3] == "a"
        same = tuple(divmod(code, 10)) == (*version_numbers(capability), 0)[:2]
        if match[1] == "sm" and (same if own else runs(code, capability)):
            return "code"
        if match[1] == "compute" and (same if own else divmod(code, 10) <= version_numbers(capability)[:2]):
            best = "ptx"
    return best
