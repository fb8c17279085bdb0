"""What GPU frameworks ask of the packages beside them: requirements that family GPU tells as one matter.

Torch, its companions and NVIDIA's wheels move together, so that one requirement at a time repairs nothing; the check
of all requirements leaves these to family GPU.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from doctor.facts import Distribution, Facts
from doctor.judgement.dependencies import held_requirements, visible_distributions
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
