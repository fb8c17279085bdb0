"""The installed TensorFlow cannot use the GPU that this machine has.

## Why it matters
`tf.config.list_physical_devices("GPU")` is empty and everything runs on the processor, without any error. On Windows
itself that is so with every release after 2.10; on Linux the plain wheel is built for CUDA and finds no CUDA
libraries unless they were asked for with `tensorflow[and-cuda]`.

## How it is found
`build_info.py` inside TensorFlow says what it was built for; conda's build strings say it too. GPUs are those that the
NVIDIA driver shows. A CPU build is an error where the project does not say otherwise, and a note for
`tensorflow-cpu`, which somebody chose by its name. A CUDA build without CUDA libraries in the environment is a note,
since the system may have them. Where the project expects a GPU and this machine has none, no verdict is given.

## What the fix does
On Linux it installs the same release with its CUDA libraries. On Windows the ways are WSL2 or release 2.10, and you
are told both.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Binaries, Facts, Search, SearchFolder, TensorflowBuild
from doctor.facts.build import distribution, environment, record
from doctor.facts.machine import Gpu, Gpus, Machine
from doctor.facts.project import Policy, Project
from doctor.judgement.gpu_expected import gpu_expected, gpus_to_judge
from doctor.judgement.gpu_frameworks import Framework, host_of, imported, tensorflow_of
from doctor.judgement.gpu_remedies import by_hand, fitting_build
from doctor.knowledge.cuda_stack import is_cuda_conda
from doctor.knowledge.tensorflow import find_release
from doctor.model import CannotTell, Check, Evidence, Example, Finding, Remedy, Safety, Severity, Tell


def find(facts: Facts) -> Iterator[Finding]:
    """At most one finding: TensorFlow is imported once."""
    framework = tensorflow_of(facts, imported(facts))
    if framework is None or framework.build == "other" or facts.identity.system == "macos":
        return
    lacks = framework.build == "cuda" and _lacks_libraries(framework, facts)
    gpus = gpus_to_judge(facts) if lacks or framework.build in ("cpu", "unknown") else None
    if gpus is None:
        return
    if framework.build == "unknown":
        raise CannotTell(f"which build of TensorFlow {framework.version} this is could not be read")
    expected = gpu_expected(facts)
    gpu = Evidence(f"{gpus.devices[0].name}, driver {gpus.driver or gpus.kernel_module or 'unknown'}")
    seen = [framework.seen, gpu, *filter(None, (expected.evidence,))]
    if lacks:
        told = f"no CUDA {framework.cuda} libraries are in this environment or on LD_LIBRARY_PATH"
        yield Finding(
            Severity.NOTE,
            "tensorflow",
            f"TensorFlow {framework.version} finds the GPU only if the system has CUDA {framework.cuda} and cuDNN"[
                :100
            ],
            (*seen, Evidence(told)),
            ("tensorflow",),
            tuple(fitting_build(framework, facts)),
        )
        return
    name = framework.dist.name if framework.dist else "tensorflow"
    chosen = name == "tensorflow-cpu" and not expected.wanted
    yield Finding(
        Severity.NOTE if chosen else Severity.ERROR,
        "tensorflow",
        f"{name} {framework.version} is a CPU build, and this machine has a GPU ({gpus.devices[0].name})"[:100],
        tuple(seen),
        (name,),
        tuple(_remedies(framework, facts)),
    )


def _lacks_libraries(framework: Framework, facts: Facts) -> bool:
    """Whether neither wheels nor conda nor LD_LIBRARY_PATH hold the CUDA runtime that it looks for."""
    if framework.record is not None:
        return False
    wheels = any(key.startswith(("nvidia-cuda-runtime", "nvidia-cublas")) for key in imported(facts))
    by_conda = any(is_cuda_conda(record_.name) for record_ in facts.conda.records)
    folders = facts.binaries.search.library_path
    on_path = any(name.startswith(("libcudart.so", "libcublas.so")) for folder in folders for name in folder.names)
    return not (wheels or by_conda or on_path)


def _remedies(framework: Framework, facts: Facts) -> Iterator[Remedy]:
    if facts.identity.system == "windows":
        yield Remedy(
            "Use WSL2, where TensorFlow's builds for Linux use this GPU",
            Safety.MANUAL,
            (
                Tell("Install WSL2 and make an environment there.", ("wsl", "--install")),
                Tell("In it, install TensorFlow with its CUDA libraries.", ("pip", "install", "tensorflow[and-cuda]")),
            ),
        )
        row = find_release("2.10")
        if row and tuple(map(int, facts.identity.python_minor.split(".") or ())) <= (3, 10):
            wants = f"Needs CUDA {row.cuda} and cuDNN {row.cudnn} on the system; code for newer releases may not run."
            told = Tell(
                f"Install CUDA {row.cuda} and cuDNN {row.cudnn}, then the release that looks for them.",
                ("pip", "install", f"tensorflow=={row.last}", "numpy<2"),
            )
            yield Remedy(f"Install TensorFlow {row.last}, the last for Windows itself", Safety.MANUAL, (told,), wants)
        return
    found = tuple(fitting_build(framework, facts))
    yield from found or (by_hand(framework, facts, host_of(facts).driver),)


def examples() -> Iterator[Example]:
    """CPU and CUDA builds on Linux and Windows, with and without a GPU or CUDA libraries."""
    l4 = Machine(gpus=Gpus((Gpu("NVIDIA L4", "8.9"),), "550.54.15", "550.54.15", "12.4", "nvml"))
    plain = distribution("tensorflow", "2.18.1")
    built = TensorflowBuild("lib/build_info.py", True, False, "12.5.1", "9", ("sm_60", "sm_80", "compute_90"))
    cuda = Binaries(tensorflow=built)
    wheels = (plain, distribution("nvidia-cuda-runtime-cu12", "12.5.82"))
    yield Example("built for CUDA, with its libraries", environment(distributions=wheels, binaries=cuda, machine=l4))
    bare = environment(distributions=(plain,), binaries=cuda, machine=l4)
    yield Example("built for CUDA, no libraries here", bare, ("tensorflow",), Severity.NOTE)
    path = SearchFolder("/usr/local/cuda-12.5/lib64", names=("libcudart.so.12", "libcublas.so.12"))
    system = environment(
        distributions=(plain,), binaries=cuda._replace(search=Search(library_path=(path,))), machine=l4
    )
    yield Example("the system's CUDA on LD_LIBRARY_PATH", system)
    cpu = Binaries(tensorflow=TensorflowBuild("lib/build_info.py"))
    sick = environment(distributions=(plain,), binaries=cpu, machine=l4)
    yield Example("a CPU build beside a GPU", sick, ("tensorflow",), Severity.ERROR)
    named = distribution("tensorflow-cpu", "2.18.1")
    chosen = environment(distributions=(named,), binaries=cpu, machine=l4)
    yield Example("the CPU build by its name", chosen, ("tensorflow",), Severity.NOTE)
    windows = environment(distributions=(plain,), machine=l4, identity={"system": "windows", "architecture": "AMD64"})
    yield Example("Windows itself", windows, ("tensorflow",), Severity.ERROR)
    yield Example("no GPU", environment(distributions=(plain,), binaries=cpu))
    forge = record("tensorflow-base", "2.17.0", "cpu_py311h6ac8430_3")
    conda = environment(kind="conda", records=(forge,), machine=l4)
    yield Example("conda's CPU build", conda, ("tensorflow",), Severity.ERROR)
    good = record("tensorflow-base", "2.17.0", "cuda120py311h50ec074_203")
    yield Example("conda's CUDA build", environment(kind="conda", records=(good,), machine=l4))
    yield Example("macOS", environment(distributions=(plain,), machine=l4, identity={"system": "macos"}))
    expected = Project(present=True, root="~/demo", policy=Policy(gpu=True))
    absent = environment(distributions=(plain,), binaries=cpu, project=expected)
    yield Example("a GPU expected elsewhere", absent, cannot_tell=True)


CHECK = Check(
    "GPU006",
    "cpu-only-tensorflow",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions", "machine"),
    records=False,
    optional=("binaries", "conda", "project"),
)
