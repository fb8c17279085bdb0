"""NVIDIA drivers, CUDA toolkits and GPUs: what needs what.

Sources: NVIDIA's CUDA Toolkit Release Notes, table "CUDA Toolkit and Corresponding Driver Versions"; NVIDIA's
guide to CUDA compatibility, minor-version compatibility; developer.nvidia.com/cuda-gpus. Collected on 2026-11-22.
Certainty: high for the rows here; toolkits from 13.3 on are left out because no first-hand row was found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

#: CUDA major -> lowest driver on which a build of any minor release runs (machine code in the build, no PTX)
LOWEST_DRIVER: Mapping[str, Mapping[int, str]] = {
    "linux": {13: "580.65.06", 12: "525.60.13", 11: "450.80.02"},
    "windows": {13: "580", 12: "527.41", 11: "452.39"},
}

#: toolkit -> the driver it was released with: (Linux, Windows); newest first
TOOLKIT_DRIVERS: Mapping[str, tuple[str, str]] = {
    "13.2": ("595.45.04", ""),
    "13.1": ("590.44.01", ""),
    "13.0": ("580.65.06", ""),
    "12.9": ("575.51.03", "576.02"),
    "12.8": ("570.26", "570.65"),
    "12.6": ("560.28.03", "560.76"),
    "12.5": ("555.42.02", "555.85"),
    "12.4": ("550.54.14", "551.61"),
    "12.3": ("545.23.06", "545.84"),
    "12.2": ("535.54.03", "536.25"),
    "12.1": ("530.30.02", "531.14"),
    "12.0": ("525.60.13", "527.41"),
    "11.8": ("520.61.05", "520.06"),
    "11.7": ("515.43.04", "516.01"),
    "11.6": ("510.39.01", "511.23"),
}

#: what a GPU's name says of its compute capability, for where the driver could not be asked; first match counts
CAPABILITY_BY_NAME: tuple[tuple[str, str], ...] = (
    (r"\bG?B300\b", "10.3"),
    (r"\bG?B200\b", "10.0"),
    (r"\bGB10\b", "12.1"),
    (r"\bRTX 50[5-9]0|\bRTX PRO .*Blackwell", "12.0"),
    (r"\b(H100|H200|H800|GH200)\b", "9.0"),
    (r"\b(L4|L40S?|RTX 40[5-9]0)\b|\bAda\b", "8.9"),
    (r"\b(A100|A800|A30)\b", "8.0"),
    (r"\b(A10G?|A16|A2|A40|RTX 30[5-9]0|RTX A[2-6]000)\b", "8.6"),
    (r"\b(T4|RTX 20[6-8]0|GTX 16[5-6]0|TITAN RTX)\b|\bQuadro RTX\b", "7.5"),
    (r"\bV100\b|\bTITAN V\b", "7.0"),
    (r"\bP100\b", "6.0"),
    (r"\b(P40|P4|GTX 10[5-8]0|TITAN Xp)\b", "6.1"),
    (r"\b(M40|M60|GTX 9[5-8]0)\b", "5.2"),
    (r"\bK80\b", "3.7"),
    (r"\bK40\w?\b", "3.5"),
)

#: capabilities that run only code made for exactly them (Jetson and the like)
OWN_CODE_ONLY = frozenset({"5.3", "6.2", "7.2", "8.7"})


def version_numbers(text: str) -> tuple[int, ...]:
    """The numbers of a dotted version, for comparing: 580.65.06 is (580, 65, 6)."""
    return tuple(int(part) for part in re.findall(r"\d+", text))


def driver_suffices(driver: str, cuda: str, system: str) -> bool:
    """Whether a driver runs builds of a CUDA release, minor-version compatibility counted."""
    lowest = LOWEST_DRIVER.get(system, {}).get(version_numbers(cuda)[0])
    return lowest is not None and version_numbers(driver) >= version_numbers(lowest)


def newest_cuda(driver: str, system: str) -> str:
    """The newest toolkit that was released with a driver no newer than this one; empty where none was."""
    for toolkit, drivers in TOOLKIT_DRIVERS.items():
        needed = drivers[system == "windows"]
        if needed and version_numbers(driver) >= version_numbers(needed):
            return toolkit
    return ""


def capability_of(name: str, told: str = "") -> str:
    """A GPU's compute capability as the driver told it, else by its name, else empty."""
    if told:
        return told
    return next((found for pattern, found in CAPABILITY_BY_NAME if re.search(pattern, name)), "")


def runs(code: int, capability: str) -> bool:
    """Whether machine code for sm_XZ runs on a GPU of capability X.Y: the same X and Y not below Z."""
    major, minor = divmod(code, 10)
    has_major, has_minor = (*version_numbers(capability), 0)[:2]
    if capability in OWN_CODE_ONLY:
        return (major, minor) == (has_major, has_minor)
    return f"{major}.{minor}" not in OWN_CODE_ONLY and major == has_major and minor <= has_minor
