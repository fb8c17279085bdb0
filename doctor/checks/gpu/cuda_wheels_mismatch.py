"""NVIDIA's CUDA wheels are not those that the installed torch was built with.

## Why it matters
torch loads cuBLAS, cuDNN, NCCL and the rest from separate wheels (nvidia-*), each of exactly the release it was built
with. One that is missing or older ends the import with "libcudnn.so.9: cannot open shared object file" or "undefined
symbol: __nvJitLinkComplete_12_4"; a newer one loads and was never tested with this torch. It comes from installing
another framework, or one of these wheels, afterwards.

## How it is found
torch's metadata names each wheel with its version; from torch 2.11 on through `cuda-toolkit`. Missing wheels, older
ones and those of another major version are an error; newer ones of the same major version are a warning. A torch that
conda installed takes its libraries from conda and is left out.

## What the fix does
Installs the releases that torch names, all of them in one command.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Facts
from doctor.facts.build import distribution, environment, record
from doctor.judgement.gpu_frameworks import imported
from doctor.judgement.gpu_needs import Unmet, unmet_cuda_wheels
from doctor.knowledge.cuda import version_numbers
from doctor.model import Check, Evidence, Example, Finding, Install, Remedy, Safety, Severity


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for all wheels."""
    torch = imported(facts).get("torch")
    if torch is None:
        return
    wrong = {pair.requirement.key: pair for pair in unmet_cuda_wheels(facts)}
    if not wrong:
        return
    pairs = list(wrong.values())
    first = f"{pairs[0].requirement.name}" + (f" and {len(pairs) - 1} more" if len(pairs) > 1 else "")
    grave = any(_breaks(pair) for pair in pairs)
    yield Finding(
        Severity.ERROR if grave else Severity.WARNING,
        "torch",
        f"torch {torch.version} does not have the CUDA wheels that it was built with: {first}"[:100],
        tuple(_seen(pair) for pair in pairs[:30]),
        ("torch", *wrong),
        (
            Remedy(
                f"Install the CUDA wheels that torch {torch.version} names",
                Safety.CAREFUL,
                (Install("pip", tuple(_spec(pair) for pair in pairs)),),
                "Another package that asked for the other release may want it back: NCCL comes with XGBoost as well.",
            ),
        ),
    )


def _breaks(pair: Unmet) -> bool:
    """Whether torch cannot use what is there: nothing, an older release, or another major version."""
    if pair.there is None:
        return True
    wanted = version_numbers(pair.requirement.specifier)
    have = version_numbers(pair.there.version)
    return have[:1] != wanted[:1] or have < wanted


def _seen(pair: Unmet) -> Evidence:
    have = f"{pair.there.version} is installed" if pair.there else "it is not installed"
    where = f"{pair.dist.site}/{pair.dist.folder}/METADATA"
    return Evidence(f"{pair.dist.name} {pair.dist.version} asks for {pair.requirement.text[:120]}, and {have}", where)


def _spec(pair: Unmet) -> str:
    extras = f"[{','.join(sorted(pair.requirement.extras))}]" if pair.requirement.extras else ""
    return f"{pair.requirement.name}{extras}{pair.requirement.specifier}".replace(" ", "")


def examples() -> Iterator[Example]:
    """Complete sets, one missing, one older, one newer; the new way through cuda-toolkit."""
    linux = "; platform_system == 'Linux' and platform_machine == 'x86_64'"
    pins = (f"nvidia-cublas-cu12==12.4.5.8{linux}", f"nvidia-cudnn-cu12==9.1.0.70{linux}")
    torch = distribution("torch", "2.6.0", build="cu124", requires=pins)
    cublas, cudnn = distribution("nvidia-cublas-cu12", "12.4.5.8"), distribution("nvidia-cudnn-cu12", "9.1.0.70")
    error = Severity.ERROR
    yield Example("a complete set", environment(distributions=(torch, cublas, cudnn)))
    yield Example("one is missing", environment(distributions=(torch, cublas)), ("torch",), error)
    older = distribution("nvidia-cublas-cu12", "12.1.3.1")
    yield Example("an older one", environment(distributions=(torch, older, cudnn)), ("torch",), error)
    newer = distribution("nvidia-cudnn-cu12", "9.10.2.21")
    yield Example("a newer one", environment(distributions=(torch, cublas, newer)), ("torch",), Severity.WARNING)
    major = distribution("nvidia-cudnn-cu12", "8.9.7.29")
    yield Example("another major version", environment(distributions=(torch, cublas, major)), ("torch",), error)
    bundle = distribution("torch", "2.11.0", build="cu130", requires=(f"cuda-toolkit[cublas]==13.0.2{linux}",))
    toolkit = distribution("cuda-toolkit", "13.0.2", requires=("nvidia-cublas==13.1.0.3; extra == 'cublas'",))
    fitting = distribution("nvidia-cublas", "13.1.0.3")
    yield Example("through cuda-toolkit", environment(distributions=(bundle, toolkit, fitting)))
    yield Example("missing behind cuda-toolkit", environment(distributions=(bundle, toolkit)), ("torch",), error)
    conda = distribution("torch", "2.6.0", build="cu126", installer="conda", requires=pins)
    forge = record("pytorch", "2.6.0", "cuda126_mkl_py311_h1_300")
    yield Example("conda's torch", environment(kind="conda", records=(forge,), distributions=(conda,)))
    mac = environment(distributions=(torch,), identity={"system": "macos"})
    yield Example("macOS", mac)
    yield Example("the CPU build", environment(distributions=(distribution("torch", "2.6.0+cpu", build="cpu"),)))


CHECK = Check(
    "GPU005",
    "cuda-wheels-mismatch",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions",),
    records=False,
    optional=("project",),
)
