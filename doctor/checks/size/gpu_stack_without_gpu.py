"""CUDA libraries fill the disk where there is no GPU and the project expects none.

## Why it matters
On Linux, `pip install torch` brings several gigabytes of CUDA libraries even where nothing can use them. They
slow down every installation, copy and container build, and the CPU build computes the same.

## How it is found
Wheels (nvidia-*, GPU plugins of jax) and conda packages of the CUDA stack that take 500 MB or more together, on a
machine on which neither a GPU nor NVIDIA's driver was seen, in a project that does not ask for one: neither
`gpu = true` in `[tool.envdoctor]` nor CUDA packages in its specifications.

## What the fix does
Installs the CPU build of the same version and takes the CUDA libraries away that nothing else needs. Where the
environment is meant for another machine that has a GPU, say `gpu = true` in the project's pyproject.toml instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctor.facts import Asked, Facts, Gpu, Gpus, Machine, Policy, Project, Size, Sizes, Specification
from doctor.facts.build import distribution, environment, record
from doctor.facts.units import size
from doctor.judgement.gpu_expected import gpu_expected
from doctor.judgement.needs import graph, name_of, reversed_graph
from doctor.judgement.removal import uninstall
from doctor.knowledge.cuda_stack import TORCH_CPU_INDEX, TORCH_FAMILY, is_cuda_conda, is_cuda_wheel
from doctor.model import Check, Evidence, Example, Finding, Install, Remedy, Safety, Severity, Step, Tell, Uninstall

#: bytes below which CUDA libraries are no burden: XGBoost alone brings 300 MB of NCCL
WORTH_IT = 500_000_000
_ASKS_FOR_GPU = re.compile(r"cuda|cu1[1-9]\d?\b|\bnvidia|-gpu\b|gpu\]|\bcupy|\bcudf|\bcuml|rapids|tensorrt")
_NAMED = 5


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for the whole stack."""
    if facts.identity.system == "macos" or _has_gpu(facts.machine.gpus) or _expects_gpu(facts):
        return
    stack = {owner: room.total for owner, room in facts.sizes.by_owner.items() if _is_cuda(owner)}
    total = sum(stack.values())
    if total < WORTH_IT:
        return
    heaviest = sorted(stack, key=lambda owner: (-stack[owner], owner))
    more = len(heaviest) - _NAMED
    yield Finding(
        Severity.WARNING,
        "CUDA",
        f"CUDA libraries take {size(total)}, and there is no GPU here that could use them",
        (
            Evidence("no NVIDIA GPU and no driver was seen on this machine"),
            Evidence("the project does not ask for a GPU", facts.project.policy.path),
            *(Evidence(f"{name_of(owner)}: {size(stack[owner])}") for owner in heaviest[:_NAMED]),
            *([Evidence(f"{more} more CUDA packages: {size(sum(stack[o] for o in heaviest[_NAMED:]))}")] * (more > 0)),
        ),
        tuple(name_of(owner) for owner in heaviest),
        (_use_cpu_builds(facts, stack), _expect_gpu()),
    )


def _is_cuda(owner: str) -> bool:
    return is_cuda_conda(name_of(owner)) if owner.startswith("conda:") else is_cuda_wheel(owner)


def _has_gpu(gpus: Gpus) -> bool:
    return bool(gpus.devices or gpus.driver or gpus.kernel_module or gpus.source != "none")


def _expects_gpu(facts: Facts) -> bool:
    wanted = gpu_expected(facts).wanted
    if wanted is not None:
        return wanted
    specifications = facts.project.specifications
    return any(_ASKS_FOR_GPU.search(asked.text.lower()) for spec in specifications for asked in spec.asked)


def _use_cpu_builds(facts: Facts, stack: dict[str, int]) -> Remedy:
    """CPU builds of torch first, then what of the stack only torch or other parts of it need."""
    install: list[Step] = []
    versions = {dist.key: dist.version.partition("+")[0] for dist in facts.distributions.installed}
    family = tuple(f"{name}=={versions[name]}" for name in TORCH_FAMILY if name in versions)
    torch = facts.conda.record("pytorch")
    if torch is not None:
        spec = f"pytorch={torch.version}=*cpu*"
        install.append(Install("conda", (spec,), channels=(torch.channel,) if torch.channel else ()))
    elif "torch" in versions:
        install.append(Install("pip", family, force=True, dependencies=False, index_url=TORCH_CPU_INDEX))
    rid = {"torch", "triton", "torchvision", "torchaudio", "conda:pytorch", "conda:libtorch", *stack}
    needed_by = reversed_graph(graph(facts))
    needless = {owner for owner in stack if needed_by.get(owner, frozenset()) <= rid}
    still = sorted({name_of(by) for owner in stack for by in needed_by.get(owner, ())} - {name_of(o) for o in rid})
    # conda may drop libraries by itself once nothing needs them, and then finds none to remove: so they go first, alone
    steps = [*_alone(uninstall(needless)), *install] if torch is not None else [*install, *uninstall(needless)]
    remaining = sum(room for owner, room in stack.items() if owner not in needless)
    if remaining >= WORTH_IT:
        who = ", ".join(still) or "what needs them"
        steps.append(Tell(f"Replace {who} by builds for the CPU, which need no CUDA libraries"))
    kept = (
        f" {' and '.join(still)} {'needs' if len(still) == 1 else 'need'} some of the libraries, which stay."
        if still and needless != set(stack)
        else ""
    )
    return Remedy(
        f"Use CPU builds and remove what serves a GPU only: {size(sum(stack[owner] for owner in needless))}",
        Safety.MANUAL if remaining >= WORTH_IT else Safety.CAREFUL,
        tuple(steps),
        f"Nothing in this environment can use a GPU afterwards.{kept}",
    )


def _alone(steps: tuple[Uninstall, ...]) -> tuple[Step, ...]:
    """Without what needs them: that is installed anew by the next step."""
    return tuple(step._replace(dependencies=step.manager == "pip") for step in steps)


def _expect_gpu() -> Remedy:
    text = (
        "Where this environment is made for a machine with a GPU, set gpu = true in [tool.envdoctor] of pyproject.toml"
    )
    return Remedy("Keep them for another machine", Safety.MANUAL, (Tell(text),))


def _sizes(**megabytes: int) -> Sizes:
    return Sizes(
        by_owner={name.replace("__", ":").replace("_", "-"): Size(9, mb * 10**6) for name, mb in megabytes.items()}
    )


def examples() -> Iterator[Example]:
    """Torch's CUDA build with and without a GPU or the wish for one, from pip and from conda."""
    torch = distribution("torch", "2.9.1", requires=("nvidia-cublas-cu12==12.8.4.1", "nvidia-cudnn-cu12==9.10.2.21"))
    parts = (distribution("nvidia-cublas-cu12", "12.8.4.1"), distribution("nvidia-cudnn-cu12", "9.10.2.21"))
    dists = (torch, *parts)
    room = _sizes(torch=1700, nvidia_cublas_cu12=600, nvidia_cudnn_cu12=1000)
    yield Example("no GPU", environment(distributions=dists, sizes=room), ("CUDA",), Severity.WARNING)
    gpu = Machine(gpus=Gpus((Gpu("NVIDIA L4", "8.9"),), "580.65.06", source="nvml"))
    yield Example("a GPU", environment(distributions=dists, sizes=room, machine=gpu))
    driver = Machine(gpus=Gpus(kernel_module="580.65.06", source="proc"))
    yield Example("a driver whose GPU cannot be seen", environment(distributions=dists, sizes=room, machine=driver))
    expected = Project(True, "~/demo", Policy("pyproject.toml", gpu=True))
    yield Example("the project expects one", environment(distributions=dists, sizes=room, project=expected))
    asked = (Specification("environment.yml", "environment.yml", asked=(Asked("pytorch-cuda=12.4", "pytorch-cuda"),)),)
    asks = Project(True, "~/demo", specifications=asked)
    yield Example("its specification asks for CUDA", environment(distributions=dists, sizes=room, project=asks))
    nccl = _sizes(xgboost=300, nvidia_nccl_cu12=300)
    few = (distribution("xgboost", "3.1.1", requires=("nvidia-nccl-cu12",)), distribution("nvidia-nccl-cu12", "2.27.3"))
    yield Example("only what XGBoost brings", environment(distributions=few, sizes=nccl))
    conda = environment(
        kind="conda",
        records=(record("pytorch", "2.7.1", "cuda126_mkl_py311_h1_300"), record("libcublas", "12.6.4.1")),
        sizes=_sizes(conda__pytorch=50, conda__libcublas=600),
    )
    yield Example("from conda", conda, ("CUDA",))


CHECK = Check(
    "SIZ002",
    "gpu-stack-without-gpu",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("identity", "distributions", "conda", "sizes", "machine", "project"),
)
