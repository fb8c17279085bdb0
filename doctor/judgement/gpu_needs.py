"""What GPU frameworks ask of the packages beside them: requirements that family GPU tells as one matter.

Torch, its companions and NVIDIA's wheels move together, so that one requirement at a time repairs nothing; the check
of all requirements leaves these to family GPU.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from doctor.facts import Distribution, Facts
from doctor.judgement.dependencies import Visible, held_requirements, visible_distributions
from doctor.judgement.needs import graph, name_of, reversed_graph
from doctor.judgement.requirements import Requirement, meets

#: distributions that ask for exactly one torch
COMPANIONS = frozenset({"torchvision", "torchaudio", "xformers"})
#: that torch asks for in exactly one release
COMPILERS = frozenset({"triton", "pytorch-triton", "triton-windows"})
_CUDA_WHEEL = re.compile(r"nvidia-.+|cuda-toolkit")
_PLUGIN = re.compile(r"jax-cuda\d{2}-(?:plugin|pjrt)")


class Unmet(NamedTuple):
    """A requirement that is not met."""

    dist: Distribution  #: who asks
    requirement: Requirement
    there: Distribution | None  #: what is installed instead; None where it is missing


def is_gpu_pair(asking: str, asked: str) -> bool:
    """Whether family GPU tells when one distribution does not get another one, both by normalised name."""
    if asked == "torch" and asking in COMPANIONS:
        return True
    if asking == "torch" and (asked in COMPILERS or _CUDA_WHEEL.fullmatch(asked)):
        return True
    if asking == "cuda-toolkit" and _CUDA_WHEEL.fullmatch(asked):
        return True
    is_jax = asking in ("jax", "jaxlib") or _PLUGIN.fullmatch(asking)
    return bool(is_jax and (asked == "jaxlib" or _PLUGIN.fullmatch(asked)))


def told_by_gpu(dist: Distribution, key: str, visible: Visible) -> bool:
    """Whether family GPU tells that a distribution does not get what it asks for by a name.

    What conda packaged, and a companion that is missing altogether, is for the check of all requirements.
    """
    if dist.installer == "conda" or not is_gpu_pair(dist.key, key):
        return False
    if key in COMPILERS or key == "torch":
        return bool(visible.get(key))
    return dist.key in ("torch", "cuda-toolkit") or bool(visible.get("jax") or visible.get("jaxlib"))


def unmet_of_gpu(facts: Facts) -> Iterator[Unmet]:
    """The requirements of such pairs that are not met here."""
    visible = visible_distributions(facts)
    needs, _ = held_requirements(facts, visible)
    for key, entries in sorted(needs.items()):
        there = visible.get(key, [])
        for dist, requirement in entries:
            if not is_gpu_pair(dist.key, key) or requirement.url:
                continue
            if not any(not d.version or meets(d.version, requirement.specifier) is not False for d in there):
                yield Unmet(dist, requirement, there[0] if there else None)


def unmet_cuda_wheels(facts: Facts) -> Iterator[Unmet]:
    """Of these, the wheels of NVIDIA's libraries that torch does not get; conda's torch takes them from conda."""
    torch = visible_distributions(facts).get("torch", [])
    if not torch or torch[0].installer == "conda" or facts.identity.system == "macos":
        return
    for pair in unmet_of_gpu(facts):
        if pair.dist.key in ("torch", "cuda-toolkit") and pair.requirement.key not in COMPILERS:
            yield pair


#: parts whose wheels for different CUDA families lay libraries of one name at one path: (NCCL measured)
_ONE_PATH = frozenset({"nccl", "cudnn", "nvshmem", "cusparselt"})
_SUFFIXED = re.compile(r"nvidia-([a-z-]+?)-cu(1[1-9])")


def cuda_part(key: str) -> tuple[str, int] | None:
    """The part and CUDA family of a wheel that names both: nvidia-nccl-cu12 is (nccl, 12); None for any other."""
    match = _SUFFIXED.fullmatch(key)
    return (match[1], int(match[2])) if match else None


def is_cuda_clash(one: str, other: str) -> bool:
    """Whether two distributions are one CUDA library for two families, of which the last one installed wins."""
    first, second = cuda_part(one), cuda_part(other)
    return bool(first and second and first[0] == second[0] in _ONE_PATH and first[1] != second[1])


def needed_families(facts: Facts, users: frozenset[str]) -> dict[str, int]:
    """Wheels of one path, each with its CUDA family, that somebody else than some users needs."""
    found: dict[str, int] = {}
    needed_by = reversed_graph(graph(facts, extras=True))
    for key in visible_distributions(facts):
        part = cuda_part(key)
        if part and part[0] in _ONE_PATH:
            others = {name_of(by) for by in needed_by.get(key, ())} - users
            if any(not by.startswith("nvidia-") for by in others):
                found[key] = part[1]
    return found


def left_over(facts: Facts, family: int, users: frozenset[str]) -> tuple[str, ...]:
    """Wheels of one path for another CUDA family that nobody else than some users needs."""
    needed = needed_families(facts, users)
    parts = {key: cuda_part(key) for key in visible_distributions(facts)}
    return tuple(
        sorted(
            key
            for key, part in parts.items()
            if part and part[0] in _ONE_PATH and part[1] != family and key not in needed
        )
    )
