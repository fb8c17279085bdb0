"""The installed PyTorch is a build without GPU support on a machine that has a GPU.

## Why it matters
The code runs, without any error, on the processor: ten to a hundred times slower, and `torch.cuda.is_available()`
says False. It happens easily: the wheels for Windows on PyPI are CPU builds, conda picks the CPU build where it
sees no driver (in a container build, on a login node), and an index address ending in `/cpu` is soon copied.

## How it is found
`torch/version.py` says which CUDA it was built for; wheels of PyPI carry that nowhere else, so `pip list` cannot
show it. For conda's packages the build string says it too. GPUs are those that the NVIDIA driver shows. Where the
project expects a GPU (`gpu = true` under `[tool.envdoctor]`, pixi's system requirements, a dev container's host
requirements) and this machine shows none, no verdict is given; where it says `gpu = false`, or a specification asks
for the CPU build, that choice is respected.

## What the fix does
Installs the CUDA build of the same release that your driver and GPU run, together with torchvision and torchaudio
where they are installed, in one command, so that their builds cannot differ. Where no build of this release runs
there, the nearest release that has one is named.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Facts
from doctor.facts.build import distribution, environment, record
from doctor.facts.machine import Gpu, Gpus, Machine
from doctor.facts.project import Asked, GpuWish, Policy, Project, Specification
from doctor.judgement.gpu_expected import gpu_expected, gpus_to_judge
from doctor.judgement.gpu_frameworks import Framework, host_of, imported, torch_of
from doctor.judgement.gpu_remedies import COMPANIONS, by_hand, fitting_build
from doctor.knowledge.cuda import capability_of
from doctor.knowledge.torch import choose, find_release
from doctor.model import CannotTell, Check, Evidence, Example, Finding, Severity


def find(facts: Facts) -> Iterator[Finding]:
    """At most one finding: torch is imported once."""
    dists = imported(facts)
    torch = torch_of(facts, dists)
    expected = gpu_expected(facts)
    if torch is None or expected.wanted is False or facts.identity.system == "macos":
        return
    if not facts.machine.gpus.devices and not expected.wanted:
        return
    if torch.build == "unknown":
        raise CannotTell(f"which build of torch {torch.version} this is cannot be read from torch/version.py")
    gpus = gpus_to_judge(facts) if torch.build == "cpu" else None
    if gpus is None:
        return
    wanted = _asked_for_cpu(facts)
    seen = [torch.seen, Evidence(_say(gpus), "/proc/driver/nvidia/version" if gpus.source == "proc" else "")]
    harmless = wanted or _too_old(torch, facts)
    remedies = tuple(fitting_build(torch, facts)) or (by_hand(torch, facts, gpus.driver or gpus.kernel_module),)
    yield Finding(
        Severity.NOTE if harmless else Severity.ERROR,
        "torch",
        f"torch {torch.version} is a CPU build, and this machine has {_count(gpus)}"[:100],
        (*seen, *filter(None, (wanted or expected.evidence,))),
        ("torch", *(key for key in COMPANIONS if key in dists)),
        remedies,
    )


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


def _too_old(torch: Framework, facts: Facts) -> bool:
    """Whether these GPUs are run by no known build at all, whatever the driver: then the CPU build is right."""
    return find_release(torch.version) is not None and choose(torch.version, host_of(facts, "9999")) is None


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
    pixi = GpuWish(True, "system-requirements ask for CUDA 12.0", "pixi.toml", 9)
    yield Example(
        "a GPU that pixi expects and this node does not have",
        environment(distributions=(cpu,), project=Project(present=True, root="~/demo", gpu_wishes=(pixi,))),
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
