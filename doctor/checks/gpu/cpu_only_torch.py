"""The installed PyTorch is a build without GPU support on a machine that has a GPU.

## Why it matters
The code runs, without any error, on the processor: ten to a hundred times slower, and `torch.cuda.is_available()`
says False. It happens easily: the wheels for Windows on PyPI are CPU builds, conda picks the CPU build where it
sees no driver (in a container build, on a login node), and an index address ending in `/cpu` is soon copied.

## How it is found
`torch/version.py` says which CUDA it was built for; wheels of PyPI carry that nowhere else, so `pip list` cannot
show it. For conda's packages the build string says it too. GPUs are those that the NVIDIA driver shows. Where the
project expects a GPU (`gpu = true` under `[tool.envdoctor]`) and this machine shows none, no verdict is given; where
it says `gpu = false`, or a specification asks for the CPU build, that choice is respected.

## What the fix does
Installs the CUDA build of the same release that your driver and GPU run, together with torchvision and torchaudio
where they are installed, in one command, so that their builds cannot differ. Where no build of this release runs
there, an older release is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from doctor.facts import CondaRecord, Distribution, Facts
from doctor.facts.build import distribution, environment, record
from doctor.facts.machine import Gpu, Gpus, Machine
from doctor.facts.project import Asked, Policy, Project, Specification
from doctor.knowledge.cuda import capability_of, newest_cuda
from doctor.knowledge.torch import Host, choose, find_release, specs
from doctor.model import (
    CannotTell,
    Check,
    Evidence,
    Example,
    Finding,
    Install,
    Remedy,
    Safety,
    Severity,
    Step,
    Tell,
    Uninstall,
)

COMPANIONS = ("torchvision", "torchaudio")


class Torch(NamedTuple):
    """The torch that is imported here."""

    version: str
    build: str  #: cpu, cu126, rocm6.2; empty where it cannot be read
    seen: Evidence
    record: CondaRecord | None  #: where conda installed it


def find(facts: Facts) -> Iterator[Finding]:
    """At most one finding: torch is imported once."""
    expected = facts.project.policy.gpu
    gpus = facts.machine.gpus
    torch = _installed_torch(facts)
    if torch is None or expected is False or facts.identity.system == "macos":
        return
    if not gpus.devices and not expected:
        return
    if not torch.build:
        raise CannotTell(f"which build of torch {torch.version} this is cannot be read from torch/version.py")
    if torch.build != "cpu":
        return
    if not gpus.devices:
        raise CannotTell("torch is a CPU build and the project expects a GPU, but this machine shows none")
    wanted = _asked_for_cpu(facts)
    seen = [torch.seen, Evidence(_say(gpus), "/proc/driver/nvidia/version" if gpus.source == "proc" else "")]
    harmless = wanted or _too_old(torch, facts)
    yield Finding(
        Severity.NOTE if harmless else Severity.ERROR,
        "torch",
        f"torch {torch.version} is a CPU build, and this machine has {_count(gpus)}"[:100],
        (*seen, wanted) if wanted else tuple(seen),
        ("torch", *(key for key in COMPANIONS if key in _installed(facts))),
        tuple(_remedies(torch, facts)),
    )


def _installed(facts: Facts) -> dict[str, Distribution]:
    active = {folder.path for folder in facts.identity.site_folders if folder.active}
    found: dict[str, Distribution] = {}
    for dist in facts.distributions.installed:
        if dist.site in active:
            found.setdefault(dist.key, dist)
    return found


def _installed_torch(facts: Facts) -> Torch | None:
    dist, conda = _installed(facts).get("torch"), facts.conda.record("pytorch")
    if dist and (dist.build or conda is None or dist.installer not in ("", "conda")):
        told = Evidence(f"torch {dist.version} was built for {dist.build or '?'}", f"{dist.site}/torch/version.py")
        return Torch(dist.version, dist.build, told, conda if dist.installer == "conda" else None)
    if conda is None:
        return None
    parts = conda.build.split("_")
    build = "cpu" if "cpu" in parts else next((part for part in parts if part.startswith(("cuda", "rocm"))), "")
    seen = Evidence(f"build string {conda.build} of {conda.name} {conda.version}", f"conda-meta/{conda.dist}.json")
    return Torch(conda.version, build, seen, conda)


def _asked_for_cpu(facts: Facts) -> Evidence | None:
    """Where the project, or the user of conda, has said that it is to be the CPU build."""
    for specification in facts.project.specifications:
        for asked in specification.asked:
            if asked.name in ("cpuonly", "pytorch-cpu") or (asked.name in ("torch", "pytorch") and "cpu" in asked.text):
                return Evidence(f"asked for: {asked.text}", specification.path, asked.line)
    for name in ("cpuonly", "pytorch-cpu"):
        found = facts.conda.record(name)
        if found and found.requested:
            return Evidence(f"asked for: {found.requested[0]}", f"conda-meta/{found.dist}.json")
    return None


def _count(gpus: Gpus) -> str:
    name = gpus.devices[0].name
    return f"{len(gpus.devices)} GPUs ({name})" if len(gpus.devices) > 1 else f"a GPU ({name})"


def _say(gpus: Gpus) -> str:
    shown = ", ".join(
        f"{gpu.name}, capability {capability_of(gpu.name, gpu.capability) or 'unknown'}" for gpu in gpus.devices[:4]
    )
    return f"{shown}; driver {gpus.driver or gpus.kernel_module or 'unknown'}"


def _host(facts: Facts) -> Host:
    gpus, identity = facts.machine.gpus, facts.identity
    told = (capability_of(gpu.name, gpu.capability) for gpu in gpus.devices)
    arm = identity.architecture in ("aarch64", "arm64", "ARM64")
    driver = gpus.driver or gpus.kernel_module
    return Host(driver, tuple(filter(None, told)), identity.system, arm, identity.python_minor)


def _too_old(torch: Torch, facts: Facts) -> bool:
    """Whether these GPUs are run by no known build at all, whatever the driver: then the CPU build is right."""
    newest_driver = _host(facts)._replace(driver="9999")
    return find_release(torch.version) is not None and choose(torch.version, newest_driver) is None


def _remedies(torch: Torch, facts: Facts) -> Iterator[Remedy]:
    gpus, host = facts.machine.gpus, _host(facts)
    driver = host.driver
    if torch.record:
        yield _by_conda(torch.record, facts, gpus.cuda or newest_cuda(driver, host.system))
        return
    choice = choose(torch.version, host)
    if choice is None:
        yield Remedy(
            "Choose a CUDA build by hand",
            Safety.MANUAL,
            (
                Tell(
                    f"No CUDA build of torch {torch.version} or older is known to run with driver {driver or '?'} on "
                    f"{gpus.devices[0].name}. Choose one at https://pytorch.org/get-started, or update the driver "
                    "first: CUDA 12 builds need 525.60.13 and CUDA 13 builds 580.65.06 on Linux."
                ),
            ),
        )
        return
    wanted = specs(choice, [key for key in COMPANIONS if key in _installed(facts)])
    other = choice.release.version != torch.version.partition("+")[0]
    older = f"torch {choice.release.version} is the newest release not above yours that runs on this GPU and driver. "
    yield Remedy(
        f"Install the CUDA {choice.cuda} build: {', '.join(wanted)}",
        Safety.CAREFUL,
        (Install("pip", wanted, index_url=choice.index_url),),
        (older if other else "") + "Downloads 2 to 4 GB: the CUDA libraries come with it.",
    )


def _by_conda(conda: CondaRecord, facts: Facts, cuda: str) -> Remedy:
    steps: list[Step] = []
    if conda.channel == "pytorch":
        # the channel's builds hang on two metapackages; its CUDA libraries lie on nvidia's
        steps += [Uninstall("conda", ("cpuonly",), dependencies=False)] if facts.conda.record("cpuonly") else []
        wanted: tuple[str, ...] = (f"pytorch={conda.version}", "pytorch-cuda")
        channels: tuple[str, ...] = ("pytorch", "nvidia")
    else:
        wanted = (f"pytorch-gpu={conda.version}", *([f"cuda-version<={cuda}"] if cuda else []))
        channels = (conda.channel,) if conda.channel else ()
    steps.append(Install("conda", wanted, channels=channels))
    return Remedy(
        f"Install conda's CUDA build: {', '.join(wanted)}",
        Safety.CAREFUL,
        tuple(steps),
        "Downloads 1 to 3 GB: the CUDA libraries come with it.",
    )


def examples() -> Iterator[Example]:
    """CPU and CUDA builds of pip and conda, with and without a GPU, expected or not."""
    h100 = Machine(gpus=Gpus((Gpu("NVIDIA H100 80GB HBM3", "9.0"),), "580.65.06", "580.65.06", "13.0", "nvml"))
    cpu = distribution("torch", "2.6.0", build="cpu")
    cuda = distribution("torch", "2.6.0", build="cu124")
    vision = distribution("torchvision", "0.21.0")
    forge = record("pytorch", "2.6.0", "cpu_mkl_py311_h4c0a3d9_100")
    by_conda = distribution("torch", "2.6.0", installer="conda")

    def project(gpu: bool | None, *asked: Asked) -> Project:
        listed = (Specification("requirements.txt", "requirements", asked=asked),) if asked else ()
        return Project(present=True, root="~/demo", policy=Policy(gpu=gpu), specifications=listed)

    error, note = Severity.ERROR, Severity.NOTE
    yield Example("CPU build beside a GPU", environment(distributions=(cpu, vision), machine=h100), ("torch",), error)
    yield Example("CUDA build beside a GPU", environment(distributions=(cuda, vision), machine=h100))
    yield Example("CPU build and no GPU", environment(distributions=(cpu,)))
    yield Example(
        "a GPU expected that this node does not have",
        environment(distributions=(cpu,), project=project(True)),
        cannot_tell=True,
    )
    yield Example("CUDA build, GPU expected, none here", environment(distributions=(cuda,), project=project(True)))
    yield Example("the project wants no GPU", environment(distributions=(cpu,), machine=h100, project=project(False)))
    pinned = project(None, Asked("torch==2.6.0+cpu", "torch", "pip", 3))
    yield Example(
        "the project asks for the CPU build",
        environment(distributions=(cpu,), machine=h100, project=pinned),
        ("torch",),
        note,
    )
    k40 = Machine(gpus=Gpus((Gpu("Tesla K40m", "3.5"),), "470.82.01", "470.82.01", "11.4", "nvml"))
    yield Example("a GPU too old for any build", environment(distributions=(cpu,), machine=k40), ("torch",), note)
    unknown = distribution("torch", "2.6.0")
    yield Example("a build that cannot be read", environment(distributions=(unknown,), machine=h100), cannot_tell=True)
    yield Example(
        "conda's CPU build beside a GPU",
        environment(kind="conda", distributions=(by_conda,), records=(forge,), machine=h100),
        ("torch",),
        error,
    )
    good = record("pytorch", "2.6.0", "cuda126_mkl_py311_h1b5a8e4_300")
    yield Example("conda's CUDA build", environment(kind="conda", records=(good,), machine=h100))
    yield Example("no torch at all", environment(machine=h100))


CHECK = Check(
    "GPU001",
    "cpu-only-torch",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions", "machine"),
    records=False,
    optional=("conda", "project"),
)
