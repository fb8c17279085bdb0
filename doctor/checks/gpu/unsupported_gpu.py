"""An installed framework holds no code that this machine's GPU could run.

## Why it matters
The framework sees the GPU and `torch.cuda.is_available()` says True, then the first computation on it ends with "no
kernel image is available for execution on the device". It meets new GPUs with old builds and old GPUs with new ones.

## How it is found
A CUDA build holds machine code for a list of GPU generations. torch's stands in `libtorch_python`, TensorFlow's in
its `build_info.py`; for jax it is what its plugin's guide says. Code for 8.0 runs on 8.6 and 8.9 and on no 9.0. PTX,
which the driver compiles at start, runs on every newer generation: then it is a note, because the first start takes
long. Where several GPUs are there and one of them is served, it is a warning.

## What the fix does
Installs the nearest release and CUDA build that holds code for your GPU and runs with your driver, torch with its
companions in one command.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Binaries, Facts, TensorflowBuild
from doctor.facts.build import distribution, environment
from doctor.facts.machine import Gpu, Gpus, Machine
from doctor.facts.project import Policy, Project
from doctor.judgement.gpu_expected import gpus_to_judge
from doctor.judgement.gpu_frameworks import Framework, frameworks
from doctor.judgement.gpu_remedies import by_hand, fitting_build
from doctor.knowledge.cuda import capability_of, offered, toolkit_driver, version_numbers
from doctor.knowledge.jax import find_plugin
from doctor.model import CannotTell, Check, Evidence, Example, Finding, Severity


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each framework."""
    built = [framework for framework in frameworks(facts) if framework.build == "cuda"]
    gpus = gpus_to_judge(facts) if built and facts.identity.system != "macos" else None
    if gpus is None:
        return
    known = {gpu.name: capability_of(gpu.name, gpu.capability) for gpu in gpus.devices}
    capabilities = {name: capability for name, capability in known.items() if capability}
    unread, found = [], []
    for framework in built:
        held = {name: _held(framework, capability) for name, capability in capabilities.items()}
        if "unknown" in held.values():
            unread.append(framework.name)
        elif "none" in held.values():
            found.append(_without_code(framework, facts, capabilities, held))
        elif "ptx" in held.values():
            found += _compiled_at_start(framework, facts, capabilities, held)
    yield from found
    if found:
        return
    if unread:
        raise CannotTell(f"which GPUs this build of {unread[0]} holds code for could not be read")
    if len(capabilities) < len(known):
        name = next(name for name, capability in known.items() if not capability)
        raise CannotTell(f"the compute capability of {name} could not be read")


def _held(framework: Framework, capability: str) -> str:
    if framework.architectures:
        return offered(framework.architectures, capability)
    plugin = find_plugin(int(framework.cuda.partition(".")[0] or 0)) if framework.name == "jax" else None
    if plugin is None:
        return "unknown"
    return "code" if version_numbers(capability) >= version_numbers(plugin.capability) else "none"


def _without_code(framework: Framework, facts: Facts, gpus: dict[str, str], held: dict[str, str]) -> Finding:
    name = next(name for name, what in held.items() if what == "none")
    driver = facts.machine.gpus.driver or facts.machine.gpus.kernel_module
    remedies = tuple(fitting_build(framework, facts)) if framework.record is None else ()
    return Finding(
        Severity.ERROR if set(held.values()) == {"none"} else Severity.WARNING,
        framework.name,
        f"{framework.name} {framework.version} holds no code for {name} (capability {gpus[name]})"[:100],
        (framework.seen, *_seen(framework, gpus)),
        (framework.name,),
        remedies or (by_hand(framework, facts, driver),),
    )


def _compiled_at_start(
    framework: Framework, facts: Facts, gpus: dict[str, str], held: dict[str, str]
) -> Iterator[Finding]:
    """PTX with a driver that can compile it; with an older one the driver is the matter, and told as that."""
    name = next(name for name, what in held.items() if what == "ptx")
    driver = facts.machine.gpus.driver or facts.machine.gpus.kernel_module
    needed = toolkit_driver(framework.cuda, facts.identity.system)
    if needed and driver and version_numbers(driver) < version_numbers(needed):
        return
    yield Finding(
        Severity.NOTE,
        framework.name,
        f"{framework.name} {framework.version} compiles its code for {name} at first start, which is slow"[:100],
        (framework.seen, *_seen(framework, gpus)),
        (framework.name,),
    )


def _seen(framework: Framework, gpus: dict[str, str]) -> Iterator[Evidence]:
    if framework.architectures:
        yield Evidence(f"it holds code for {', '.join(dict.fromkeys(framework.architectures))}"[:200])
    else:
        plugin = find_plugin(int(framework.cuda.partition(".")[0] or 0))
        yield Evidence(
            f"CUDA {framework.cuda} plugins need capability {plugin.capability if plugin else '?'} or higher"
        )
    for name, capability in list(gpus.items())[:4]:
        yield Evidence(f"{name} has compute capability {capability}")


def examples() -> Iterator[Example]:
    """New GPUs with old builds, old ones with new builds, PTX, and several GPUs."""

    def machine(*gpus: Gpu, driver: str = "580.65.06") -> Machine:
        return Machine(gpus=Gpus(gpus, driver, driver, "13.0", "nvml"))

    def code(*architectures: str) -> Binaries:
        return Binaries(torch_architectures=architectures)

    blackwell, volta = Gpu("NVIDIA GeForce RTX 5090", "12.0"), Gpu("Tesla V100-SXM2-16GB", "7.0")
    ada = Gpu("NVIDIA L4", "8.9")
    torch = (distribution("torch", "2.6.0", build="cu124"), distribution("torchvision", "0.21.0", build="cu124"))
    cu124 = code("sm_50", "sm_60", "sm_70", "sm_75", "sm_80", "sm_86", "sm_90")
    error = Severity.ERROR
    new = environment(distributions=torch, binaries=cu124, machine=machine(blackwell))
    yield Example("a GPU newer than the build", new, ("torch",), error)
    yield Example("code of the same generation", environment(distributions=torch, binaries=cu124, machine=machine(ada)))
    later = (distribution("torch", "2.14.1", build="cu130"),)
    cu130 = code("sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120")
    old = environment(distributions=later, binaries=cu130, machine=machine(volta))
    yield Example("a GPU older than the build", old, ("torch",), error)
    two = environment(distributions=later, binaries=cu130, machine=machine(volta, ada))
    yield Example("one GPU of two", two, ("torch",), Severity.WARNING)
    ptx = environment(distributions=torch, binaries=code("sm_80", "compute_90"), machine=machine(blackwell))
    yield Example("PTX for it", ptx, ("torch",), Severity.NOTE)
    unread = environment(distributions=torch, machine=machine(ada))
    yield Example("a build whose code cannot be read", unread, cannot_tell=True)
    unknown = environment(distributions=torch, binaries=cu124, machine=machine(Gpu("NVIDIA Thing")))
    yield Example("a GPU nobody knows", unknown, cannot_tell=True)
    tensorflow = distribution("tensorflow", "2.17.1")
    told = TensorflowBuild("x/build_info.py", True, False, "12.3", "8", ("sm_60", "sm_70", "sm_80", "compute_90"))
    maxwell = machine(Gpu("NVIDIA GeForce GTX 980", "5.2"), driver="535.129.03")
    least = environment(distributions=(tensorflow,), binaries=Binaries(tensorflow=told), machine=maxwell)
    yield Example("below TensorFlow's least", least, ("tensorflow",), error)
    h100 = machine(Gpu("NVIDIA H100 80GB HBM3", "9.0"))
    fine = environment(distributions=(tensorflow,), binaries=Binaries(tensorflow=told), machine=h100)
    yield Example("TensorFlow's newest", fine)
    jax = (distribution("jax", "0.8.2"), distribution("jaxlib", "0.8.2"), distribution("jax-cuda13-plugin", "0.8.2"))
    yield Example("jax with CUDA 13 on Volta", environment(distributions=jax, machine=machine(volta)), ("jax",), error)
    yield Example("no GPU", environment(distributions=torch, binaries=cu124))
    no_gpu = Project(present=True, root="~/demo", policy=Policy(gpu=False))
    wanted = environment(distributions=torch, binaries=cu124, machine=machine(blackwell), project=no_gpu)
    yield Example("the project wants no GPU", wanted)


CHECK = Check(
    "GPU003",
    "unsupported-gpu",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions", "machine", "binaries"),
    records=False,
    optional=("conda", "project"),
)
