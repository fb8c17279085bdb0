"""The NVIDIA driver is older than what an installed framework's CUDA build needs.

## Why it matters
The framework starts, finds no usable GPU and computes on the processor, or ends with "CUDA driver version is
insufficient for CUDA runtime version". Reinstalling the same build changes nothing.

## How it is found
Which CUDA torch was built for stands in `torch/version.py`, TensorFlow's in its `build_info.py`; jax's plugin names
it. From CUDA 11 on a driver runs every minor release of its family, so CUDA 12.8 is fine with a driver made for 12.0
as long as the build holds machine code for your GPU. Where it holds only PTX, which the driver compiles at start, the
driver must be as new as that CUDA release. Compatibility libraries (cuda-compat) that come before the driver's own
count where the GPU takes them.

## What the fix does
Installs the nearest build that this driver runs, with torch's companions in one command. The other way, a newer
driver, is named with its version; it is never installed for you.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Binaries, Facts, Outside, Search, SearchFolder
from doctor.facts.build import distribution, environment, record
from doctor.facts.machine import Gpu, Gpus, Machine
from doctor.facts.project import Policy, Project
from doctor.judgement.gpu_driver import Driver, driver_of
from doctor.judgement.gpu_expected import gpus_to_judge
from doctor.judgement.gpu_frameworks import Framework, frameworks
from doctor.judgement.gpu_remedies import by_hand, fitting_build, newer_driver
from doctor.knowledge.cuda import capability_of, lowest_driver, offered, toolkit_driver, version_numbers
from doctor.model import CannotTell, Check, Evidence, Example, Finding, Severity


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each framework."""
    built = [framework for framework in frameworks(facts) if framework.build == "cuda"]
    gpus = gpus_to_judge(facts) if built and facts.identity.system != "macos" else None
    if gpus is None or gpus.mismatch:
        return
    driver = driver_of(facts)
    found = [finding for framework in built for finding in _judged(framework, driver, facts)]
    yield from found
    unknown = [framework for framework in built if not lowest_driver(framework.cuda, facts.identity.system)]
    if unknown and not found:
        what = f"{unknown[0].name} {unknown[0].version} (CUDA {unknown[0].cuda or 'unknown'})"
        raise CannotTell(f"which driver {what} needs is not known")


def _judged(framework: Framework, driver: Driver, facts: Facts) -> Iterator[Finding]:
    system = facts.identity.system
    lowest = lowest_driver(framework.cuda, system)
    compiled = _only_ptx(framework, facts)
    needed = toolkit_driver(framework.cuda, system) if compiled else lowest
    if not needed or version_numbers(driver.version) >= version_numbers(needed):
        return
    why = f"its CUDA {framework.cuda} build" if not compiled else f"CUDA {framework.cuda}, to compile code for your GPU"
    seen = [framework.seen, driver.evidence, Evidence(f"CUDA {framework.cuda} needs driver {needed} or newer")]
    if compiled:
        seen.append(Evidence(f"it holds no machine code for {compiled}, only PTX, which the driver compiles at start"))
    if driver.refused:
        told = f"{driver.refused.text} come first, and {facts.machine.gpus.devices[0].name} does not take them"
        seen.append(Evidence(told, driver.refused.path))
    remedies = (*fitting_build(framework, facts, driver.version), *newer_driver(needed, facts))
    yield Finding(
        Severity.ERROR,
        framework.name,
        f"{framework.name} {framework.version} needs driver {needed} for {why}; {driver.version} is loaded"[:100],
        tuple(seen),
        (framework.name,),
        remedies or (by_hand(framework, facts, driver.version),),
    )


def _only_ptx(framework: Framework, facts: Facts) -> str:
    """A GPU for which a build holds PTX and no machine code; empty where there is none, or the code is not known."""
    for gpu in facts.machine.gpus.devices:
        capability = capability_of(gpu.name, gpu.capability)
        if capability and offered(framework.architectures, capability) == "ptx":
            return gpu.name
    return ""


def examples() -> Iterator[Example]:
    """Drivers below, at and above the family's floor; PTX; compatibility libraries; other frameworks."""

    def machine(driver: str, name: str = "NVIDIA A100-SXM4-80GB", capability: str = "8.0") -> Machine:
        return Machine(gpus=Gpus((Gpu(name, capability),), driver, driver, "", "nvml"))

    torch = (distribution("torch", "2.9.1", build="cu130"), distribution("torchvision", "0.24.1", build="cu130"))
    old, error = machine("550.54.15"), Severity.ERROR
    yield Example("CUDA 13 on a driver of CUDA 12", environment(distributions=torch, machine=old), ("torch",), error)
    cu129 = distribution("torch", "2.8.0", build="cu129")
    yield Example("a newer minor release", environment(distributions=(cu129,), machine=machine("525.60.13")))
    yield Example("as new as it must be", environment(distributions=torch, machine=machine("580.65.06")))
    cu118 = distribution("torch", "2.4.1", build="cu118")
    k80 = machine("440.33.01", "Tesla K80", "3.7")
    yield Example("older than any build", environment(distributions=(cu118,), machine=k80), ("torch",))
    yield Example(
        "the CPU build", environment(distributions=(distribution("torch", "2.9.1", build="cpu"),), machine=old)
    )
    compat = SearchFolder("/usr/local/cuda-13.0/compat", names=("libcuda.so", "libcuda.so.1", "libcuda.so.580.65.06"))
    ahead = Binaries(search=Search(library_path=(compat,), library_path_source="$"))
    yield Example("compatibility libraries", environment(distributions=torch, machine=old, binaries=ahead))
    geforce = machine("550.54.15", "NVIDIA GeForce RTX 4090", "8.9")
    refused = environment(distributions=torch, machine=geforce, binaries=ahead)
    yield Example("compatibility libraries on a GeForce", refused, ("torch",), error)
    container = Outside("libcuda.so.1", "/usr/local/cuda/compat/libcuda.so.1", "cache", target="libcuda.so.580.82.07")
    linked = environment(distributions=torch, machine=old, binaries=Binaries(outside=(container,)))
    yield Example("compatibility libraries of a container", linked)
    jax = (distribution("jax", "0.8.2"), distribution("jaxlib", "0.8.2"), distribution("jax-cuda13-plugin", "0.8.2"))
    yield Example("jax with CUDA 13", environment(distributions=jax, machine=old), ("jax",), error)
    hopper = machine("535.129.03", "NVIDIA B200", "10.0")
    tensorflow = distribution("tensorflow", "2.18.1")
    yield Example("PTX only", environment(distributions=(tensorflow,), machine=hopper), ("tensorflow",), error)
    conda = record("pytorch", "2.9.1", "cuda130_mkl_py311_h1_300")
    yield Example("from conda", environment(kind="conda", records=(conda,), machine=old), ("torch",), error)
    yield Example("no GPU", environment(distributions=torch))
    expected = Project(present=True, root="~/demo", policy=Policy(gpu=True))
    yield Example("a GPU expected elsewhere", environment(distributions=torch, project=expected), cannot_tell=True)
    silent = Machine(gpus=Gpus((Gpu("NVIDIA L4", "8.9"),), source="nvml"))
    yield Example("a driver that tells no version", environment(distributions=torch, machine=silent), cannot_tell=True)


CHECK = Check(
    "GPU002",
    "driver-too-old",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions", "machine"),
    records=False,
    optional=("binaries", "conda", "project"),
)
