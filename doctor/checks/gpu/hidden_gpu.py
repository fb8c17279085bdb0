"""CUDA_VISIBLE_DEVICES hides every GPU of this machine.

## Why it matters
With the variable empty or -1 no CUDA program sees a GPU: `torch.cuda.is_available()` says False although
`nvidia-smi` shows the GPU, and training runs on the processor. The line is set once for a test and then forgotten in
a shell start file.

## How it is found
The value that holds when this environment is active: from its own activation, else from the running process, with
the shell start file and line that sets it where there is one. Only where the machine has a GPU and a library that
uses it is installed. A project that says `gpu = false` is left in peace.

## What the fix does
Nothing is run for you: the line to remove is named, and the command that shows the GPU again in this shell.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Facts, Variable
from doctor.facts.build import distribution, environment, record
from doctor.facts.machine import Gpu, Gpus, Machine
from doctor.facts.project import Policy, Project
from doctor.facts.settings import Settings
from doctor.judgement.gpu_expected import gpu_expected
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, Severity, Step, Tell

NAME = "CUDA_VISIBLE_DEVICES"
#: distributions and conda packages whose programs look for a GPU by CUDA
_USERS = frozenset(
    {"torch", "pytorch", "tensorflow", "jax", "jaxlib", "onnxruntime-gpu", "cudf", "cuml", "vllm", "paddlepaddle-gpu"}
)


def find(facts: Facts) -> Iterator[Finding]:
    """One finding where a GPU is there and all of them are hidden."""
    variable = facts.settings.variable(NAME)
    if variable is None or not _hides_all(variable) or not facts.machine.gpus.devices:
        return
    if gpu_expected(facts).wanted is False or not _uses_cuda(facts):
        return
    shell = facts.settings.shell_source(NAME)
    set_by = shell if shell and shell.value == variable.value else None
    set_by = variable if variable in facts.settings.activation else set_by
    gpus = facts.machine.gpus.devices
    hidden = f"{len(gpus)} GPUs" if len(gpus) > 1 else "the GPU"
    source = (set_by.source, set_by.line) if set_by else ("", 0)
    yield Finding(
        Severity.WARNING,
        NAME,
        f"{NAME}={variable.value or '(empty)'} hides {hidden} of this machine from every CUDA program"[:100],
        (
            Evidence(f"{NAME}={variable.value!r}" + ("" if set_by else " in the running process"), *source),
            Evidence(f"GPU: {', '.join(gpu.name for gpu in gpus[:4])}"),
        ),
        (),
        (_remedy(set_by),),
    )


def _hides_all(variable: Variable) -> bool:
    """Whether the first device is none: CUDA ignores all that follows an invalid one."""
    return variable.value.partition(",")[0].strip() in ("", "-1", "NoDevFiles")


def _uses_cuda(facts: Facts) -> bool:
    names = {dist.key for dist in facts.distributions.installed} | {found.name for found in facts.conda.records}
    return not _USERS.isdisjoint(names) or any(name.startswith(("cupy", "jax-cuda", "nvidia-cu")) for name in names)


def _remedy(set_by: Variable | None) -> Remedy:
    steps: list[Step] = []
    if set_by and set_by.source == "conda-meta/state":
        steps.append(Tell("Take it out of this environment.", ("conda", "env", "config", "vars", "unset", NAME)))
    elif set_by:
        where = f"{set_by.source}, line {set_by.line}" if set_by.line else set_by.source
        steps.append(Tell(f"Remove what sets {NAME}: {where}."))
    else:
        steps.append(Tell(f"Find what sets {NAME} (a job script, an IDE's settings, a container) and remove it."))
    steps.append(Tell("In the shell that is open now, take it away.", ("unset", NAME)))
    return Remedy(
        f"Stop setting {NAME}", Safety.MANUAL, tuple(steps), "Programs will use the GPU again, and its memory."
    )


def examples() -> Iterator[Example]:
    """Empty, -1 and real lists, with and without a GPU or something that would use it."""
    torch = distribution("torch", "2.6.0", build="cu124")
    h100 = Machine(gpus=Gpus((Gpu("NVIDIA H100 80GB HBM3", "9.0"),), "580.65.06", "580.65.06", "13.0", "nvml"))

    def settings(value: str) -> Settings:
        line = Variable(NAME, value, "~/.bashrc", 12)
        return Settings(variables=(Variable(NAME, value),), shell=(line,))  # noqa: S604 - a field, no command

    for title, value in (("minus one", "-1"), ("empty", ""), ("minus one first", "-1,0")):
        patient = environment(distributions=(torch,), machine=h100, settings=settings(value))
        yield Example(title, patient, (NAME,), Severity.WARNING)
    for title, value in (("first GPU", "0"), ("by identifier", "GPU-5ebe9f43"), ("cut after the first", "0,-1")):
        yield Example(title, environment(distributions=(torch,), machine=h100, settings=settings(value)))
    activation = Settings(activation=(Variable(NAME, "-1", "conda-meta/state"),))
    by_conda = environment(kind="conda", records=(record("pytorch", "2.6.0"),), machine=h100, settings=activation)
    yield Example("by the environment's activation", by_conda, (NAME,))
    yield Example("not set", environment(distributions=(torch,), machine=h100))
    yield Example("no GPU to hide", environment(distributions=(torch,), settings=settings("-1")))
    yield Example("nothing that uses it", environment(machine=h100, settings=settings("-1")))
    no_gpu = Project(present=True, policy=Policy(gpu=False))
    wanted = environment(distributions=(torch,), machine=h100, settings=settings("-1"), project=no_gpu)
    yield Example("the project wants no GPU", wanted)


CHECK = Check(
    "GPU009",
    "hidden-gpu",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("machine", "settings", "distributions"),
    records=False,
    optional=("conda", "project"),
)
