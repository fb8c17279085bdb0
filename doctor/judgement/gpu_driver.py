"""The driver that a CUDA program of an environment meets: the machine's, or newer compatibility libraries before it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from doctor.facts import Facts
from doctor.knowledge.cuda import takes_forward_compatibility, version_numbers
from doctor.model import CannotTell, Evidence

_CUDA_DRIVER = re.compile(r"libcuda\.so\.(\d{3,4}\.\d{1,3}(?:\.\d{1,3})?)")


class Driver(NamedTuple):
    """The driver's version, and where it comes from."""

    version: str
    evidence: Evidence
    refused: Evidence | None = None  #: compatibility libraries that these GPUs do not take


def driver_of(facts: Facts) -> Driver:
    """The driver that counts. Raises CannotTell where its version cannot be read or is not certain."""
    gpus = facts.machine.gpus
    version = gpus.driver or gpus.kernel_module
    if not version:
        raise CannotTell("the version of the NVIDIA driver could not be read")
    own = Evidence(f"NVIDIA driver {version}", "/proc/driver/nvidia/version" if gpus.kernel_module else "")
    for newer, seen in _compatibility(facts):
        if not newer:
            raise CannotTell(f"{seen.path} holds a libcuda.so.1 of its own whose version cannot be read")
        if version_numbers(newer) <= version_numbers(version):
            continue
        fits = [takes_forward_compatibility(gpu.name) for gpu in gpus.devices]
        if all(fits):
            return Driver(newer, seen)
        if False not in fits:
            raise CannotTell(f"whether the libraries in {seen.path} work on {gpus.devices[0].name} is not known")
        return Driver(version, own, seen)
    return Driver(version, own)


def _compatibility(facts: Facts) -> Iterator[tuple[str, Evidence]]:
    """Forward-compatibility libraries that come before the driver's own: (version or empty, what was seen)."""
    for folder in facts.binaries.search.library_path:
        if "libcuda.so.1" in folder.names and ("compat" in folder.path or folder.inside):
            versions = [match[1] for name in folder.names if (match := _CUDA_DRIVER.fullmatch(name))]
            newest = max(versions, key=version_numbers, default="")
            yield newest, Evidence(f"cuda-compat libraries of driver {newest or '?'}", folder.path)
    first = next((found for found in facts.binaries.outside if found.name == "libcuda.so.1"), None)
    if first is not None and first.by in ("cache", "default") and "compat" in f"{first.path}{first.target}":
        match = _CUDA_DRIVER.fullmatch(first.target.rpartition("/")[2])
        yield (
            match[1] if match else "",
            Evidence(f"cuda-compat libraries of driver {match[1] if match else '?'}", first.path),
        )
