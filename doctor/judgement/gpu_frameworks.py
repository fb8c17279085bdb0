"""Which frameworks of an environment were built for NVIDIA GPUs, for which CUDA, and with code for which of them.

Torch's build is told by torch/version.py, TensorFlow's by build_info.py, jax's by its plugins, conda's packages by
their build strings where no file says it (documented for conda-forge, defaults and the pytorch channel).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from doctor.facts import CondaRecord, Distribution, Facts
from doctor.judgement.dependencies import visible_distributions
from doctor.knowledge import jax, tensorflow
from doctor.knowledge.cuda import capability_of, version_numbers
from doctor.knowledge.torch import Host
from doctor.model import Evidence

Build = Literal["cuda", "cpu", "other", "unknown"]

#: distributions that hold TensorFlow; the plain name first
TENSORFLOWS = ("tensorflow", "tensorflow-gpu", "tensorflow-cpu", "tensorflow-intel", "tensorflow-rocm")
_CUDA_IN_BUILD = re.compile(r"(?:^|_)cuda_?(\d{2})\.?(\d)")
_JAX_LOCAL = re.compile(r"cuda(\d{2})")


class Framework(NamedTuple):
    """One framework as it is imported here."""

    name: Literal["torch", "tensorflow", "jax"]
    version: str
    build: Build
    cuda: str  #: that it was built for: 12.6, or 12 for any of that family; empty where it is none or unknown
    seen: Evidence  #: what says so, and where
    variant: str = ""  #: of torch: cpu, cu126, rocm6.2
    architectures: tuple[str, ...] = ()  #: sm_80 (machine code), compute_90 (PTX); empty where unknown
    record: CondaRecord | None = None  #: where conda installed it
    dist: Distribution | None = None


def imported(facts: Facts) -> dict[str, Distribution]:
    """The distribution that Python imports, by name."""
    return {key: max(dists, key=lambda dist: dist.modified) for key, dists in visible_distributions(facts).items()}


def frameworks(facts: Facts) -> Iterator[Framework]:
    """Torch, TensorFlow and jax, as far as they are here."""
    dists = imported(facts)
    for found in (torch_of(facts, dists), tensorflow_of(facts, dists), jax_of(facts, dists)):
        if found is not None:
            yield found


def host_of(facts: Facts, driver: str = "") -> Host:
    """What a build has to run on here; with another driver than the machine's where one is given."""
    gpus, identity = facts.machine.gpus, facts.identity
    told = (capability_of(gpu.name, gpu.capability) for gpu in gpus.devices)
    arm = identity.architecture in ("aarch64", "arm64", "ARM64")
    return Host(
        driver or gpus.driver or gpus.kernel_module,
        tuple(filter(None, told)),
        identity.system,
        arm,
        identity.python_minor,
    )


def torch_of(facts: Facts, dists: dict[str, Distribution]) -> Framework | None:
    """The torch that is imported, from pip or conda."""
    dist, conda = dists.get("torch"), facts.conda.record("pytorch")
    code = facts.binaries.torch_architectures
    if dist and (dist.build or conda is None or dist.installer not in ("", "conda")):
        seen = Evidence(f"torch {dist.version} was built for {dist.build or '?'}", f"{dist.site}/torch/version.py")
        record = conda if dist.installer == "conda" else None
        build, cuda = _by_variant(dist.build)
        return Framework("torch", dist.version, build, cuda, seen, dist.build, code, record, dist)
    if conda is None:
        return None
    build, cuda = _by_build_string(conda.build)
    variant = "cpu" if build == "cpu" else "cu" + cuda.replace(".", "") if cuda else ""
    return Framework("torch", conda.version, build, cuda, _of_record(conda), variant, code, conda, dist)


def _by_variant(variant: str) -> tuple[Build, str]:
    number = variant[2:]
    if variant.startswith("cu") and number.isdecimal() and 3 <= len(number) <= 4:
        return "cuda", f"{number[:-1]}.{number[-1]}"
    return ("cpu" if variant == "cpu" else "other" if variant else "unknown"), ""


def tensorflow_of(facts: Facts, dists: dict[str, Distribution]) -> Framework | None:
    """The TensorFlow that is imported."""
    dist = next((dists[key] for key in TENSORFLOWS if key in dists), None)
    conda = facts.conda.record("tensorflow-base") or facts.conda.record("tensorflow")
    if dist is None and conda is None:
        return None
    record = conda if dist is None or dist.installer in ("", "conda") else None
    version = dist.version if dist else conda.version if conda else ""
    told = facts.binaries.tensorflow
    if told is not None:
        build: Build = "cuda" if told.cuda else "other" if told.rocm else "cpu"
        seen = Evidence(f"TensorFlow {version} was built for {_cuda(told.cuda_version) or build}", told.path)
        code = tensorflow.architectures(told.capabilities)
        return Framework("tensorflow", version, build, told.cuda_version, seen, "", code, record, dist)
    if record is not None:
        build, cuda = _by_build_string(record.build)
        return Framework("tensorflow", version, build, cuda, _of_record(record), "", (), record, dist)
    assert dist is not None
    seen = Evidence(f"{dist.name} {version} is installed", f"{dist.site}/{dist.folder}")
    row = tensorflow.find_release(version)
    if dist.key in ("tensorflow-cpu", "tensorflow-intel") or _has_no_gpu_wheel(facts, version):
        return Framework("tensorflow", version, "cpu", "", seen, dist=dist)
    if dist.key == "tensorflow-rocm" or row is None or facts.identity.system != "linux":
        return Framework("tensorflow", version, "other" if dist.key == "tensorflow-rocm" else "unknown", "", seen)
    code = tensorflow.architectures(row.capabilities)
    return Framework("tensorflow", version, "cuda", row.cuda, seen, "", code, None, dist)


def _has_no_gpu_wheel(facts: Facts, version: str) -> bool:
    identity = facts.identity
    if identity.system == "windows":
        return version_numbers(version)[:2] > tensorflow.LAST_ON_WINDOWS
    return identity.system == "macos" or identity.architecture in ("aarch64", "arm64")


def jax_of(facts: Facts, dists: dict[str, Distribution]) -> Framework | None:
    """The jax that is imported, with the newest of its plugins for CUDA."""
    dist = dists.get("jax") or dists.get("jaxlib")
    conda = facts.conda.record("jaxlib")
    if dist is None and conda is None:
        return None
    version = dist.version if dist else conda.version if conda else ""
    for row in jax.PLUGINS:
        plugin = dists.get(f"jax-cuda{row.family}-plugin")
        if plugin is not None:
            seen = Evidence(f"{plugin.name} {plugin.version} is installed", f"{plugin.site}/{plugin.folder}")
            return Framework("jax", version, "cuda", str(row.family), seen, dist=dist)
    library = dists.get("jaxlib")
    local = _JAX_LOCAL.search(library.version.partition("+")[2]) if library else None
    if library and local:  # before there were plugins, jaxlib itself was built for CUDA
        seen = Evidence(f"jaxlib {library.version} is installed", f"{library.site}/{library.folder}")
        return Framework("jax", version, "cuda", local[1], seen, dist=dist)
    if conda is not None and (library is None or library.installer in ("", "conda")):
        build, cuda = _by_build_string(conda.build)
        return Framework("jax", version, build, cuda, _of_record(conda), record=conda, dist=dist)
    assert dist is not None
    seen = Evidence(f"jax {version} is installed, and no CUDA plugin of it", f"{dist.site}/{dist.folder}")
    return Framework("jax", version, "cpu", "", seen, dist=dist)


def _by_build_string(text: str) -> tuple[Build, str]:
    """What conda's build string says: cuda126_mkl_py311_h1_300, gpu_cuda124_..., py3.11_cuda12.4_..., cpu_mkl_..."""
    match = _CUDA_IN_BUILD.search(text)
    if match:
        return "cuda", f"{match[1]}.{match[2]}"
    parts = text.split("_")
    if any(part.startswith("rocm") for part in parts):
        return "other", ""
    if any(part.startswith(("cpu", "mkl", "eigen")) for part in parts):
        return "cpu", ""
    return ("cuda", "") if any(part.startswith(("gpu", "cuda")) for part in parts) else ("unknown", "")


def _of_record(record: CondaRecord) -> Evidence:
    return Evidence(f"build string {record.build} of {record.name} {record.version}", f"conda-meta/{record.dist}.json")


def _cuda(version: str) -> str:
    return f"CUDA {version}" if version else ""


def other_build(torch: Framework, dist: Distribution | None) -> str:
    """Why a companion's build does not fit torch's; empty where it does, or where one of the two is not known."""
    if dist is None or torch.build not in ("cuda", "cpu") or dist.installer == "conda":
        return ""
    build = dist.build or dist.version.partition("+")[2]
    if not (build == "cpu" or (build.startswith("cu") and build[2:].isdecimal())):
        return ""
    told = f"{dist.name} {dist.version} was built for {build}, and torch for {torch.variant}"
    if (build == "cpu") != (torch.build == "cpu"):
        return told
    if build == "cpu" or not torch.cuda:
        return ""
    if dist.key == "torchaudio":
        return told if build[2:] != torch.cuda.replace(".", "") else ""
    return told if build[2:-1] != torch.cuda.partition(".")[0] else ""
