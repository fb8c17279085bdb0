"""LD_LIBRARY_PATH puts other CUDA libraries before those that a framework brought with it.

## Why it matters
The framework was built and tested with the cuBLAS, cuDNN and NCCL in this environment and gets the system's instead:
"Could not load library libcudnn_cnn_infer.so.8", "undefined symbol: __nvJitLinkComplete_12_4", "cuDNN version
incompatibility", or, worst, other numbers. A line of an old installation guide in a shell start file is enough.

## How it is found
For each library of the environment that needs a CUDA library, the loader's own order is followed: an RPATH wins over
LD_LIBRARY_PATH, a RUNPATH does not. Where LD_LIBRARY_PATH decides, leads out of the environment and the environment
holds a library of that name itself, it is told, with both paths. jax opens its libraries by name, so that any folder
with CUDA libraries on LD_LIBRARY_PATH comes first.

## What the fix does
Unsets LD_LIBRARY_PATH whenever this environment is activated, and nowhere else. The line that sets it is named, so
that you can remove it for good.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from doctor.facts import Binaries, Binary, Facts, Outside, Search, SearchFolder
from doctor.facts.build import distribution, environment
from doctor.facts.settings import Settings, Variable
from doctor.judgement.loaded import Found
from doctor.judgement.loader import loader_of
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, SetVariable, Severity, Tell

NAME = "LD_LIBRARY_PATH"
#: libraries of the CUDA toolkit and beside it; libcuda.so.1 is the driver's own and comes from outside always
_CUDA_LIBRARY = re.compile(
    r"lib(?:cudart|cublas(?:Lt)?|cudnn\w*|cufft|cufile|cupti|curand|cusolver|cusparse(?:Lt)?|nccl|nvJitLink|nvrtc"
    r"|nvshmem_host|nvToolsExt)\.so(?:\.\d+)*"
)
_NAMED = 12


class Shadowed(NamedTuple):
    """A CUDA library that is taken from elsewhere."""

    name: str
    taken: str  #: where the loader finds it
    own: str  #: the environment's own
    user: str  #: a file that needs it


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for all libraries."""
    search = facts.binaries.search
    if facts.identity.system != "linux" or not search.library_path:
        return
    own = {name: file.path for file in reversed(facts.binaries.files) for name in (file.soname, file.name) if name}
    own = {name: path for name, path in own.items() if _CUDA_LIBRARY.fullmatch(name)}
    shadowed: dict[str, Shadowed] = {}
    for found in (*_by_loader(facts, own), *_by_name(facts, own)):
        shadowed.setdefault(found.name, found)
    if not shadowed:
        return
    first = next(iter(shadowed.values()))
    folder = first.taken.rpartition("/")[0]
    others = f" and {len(shadowed) - 1} more" if len(shadowed) > 1 else ""
    seen = [_set_by(facts)]
    seen += [Evidence(f"{each.user} gets {each.name} from {each.taken}", each.own) for each in shadowed.values()]
    yield Finding(
        Severity.WARNING,
        NAME,
        f"{NAME} puts {first.name}{others} of {folder} before this environment's own"[:100],
        tuple(seen[: _NAMED + 1]),
        (),
        tuple(_remedies(facts)),
    )


def _by_loader(facts: Facts, own: dict[str, str]) -> Iterator[Shadowed]:
    loader = loader_of(facts)
    for file in facts.binaries.files:
        if _CUDA_LIBRARY.fullmatch(file.name) or own.keys().isdisjoint(file.needed):
            continue  # what CUDA's libraries need of each other is loaded before them, by the framework
        for name, answer in loader.resolve(file).items():
            foreign = isinstance(answer, Found) and answer.how == NAME and answer.path.startswith(("/", "~"))
            if foreign and name in own:
                assert isinstance(answer, Found)
                yield Shadowed(name, answer.path, own[name], file.path)


def _by_name(facts: Facts, own: dict[str, str]) -> Iterator[Shadowed]:
    """What jax opens by name."""
    if not any(dist.key.startswith("jax-cuda") for dist in facts.distributions.installed):
        return
    for folder in facts.binaries.search.library_path:
        if not folder.inside:
            for name in sorted(own.keys() & set(folder.names)):
                yield Shadowed(name, f"{folder.path}/{name}", own[name], "jax's plugin")


def _set_by(facts: Facts) -> Evidence:
    search = facts.binaries.search
    value = ":".join(folder.path for folder in search.library_path)
    shell = facts.settings.shell_source(NAME)
    if search.library_path_source not in ("", "$"):
        return Evidence(f"{NAME}={value}"[:300], search.library_path_source)
    if shell is not None:
        return Evidence(f"{NAME}={value}"[:300], shell.source, shell.line)
    return Evidence(f"{NAME}={value} in the running process"[:300])


def _remedies(facts: Facts) -> Iterator[Remedy]:
    source = _set_by(facts)
    if facts.binaries.search.library_path_source in ("", "$"):
        yield Remedy(
            f"Unset {NAME} whenever this environment is activated",
            Safety.CAREFUL,
            (SetVariable(NAME, ""),),
            "Programs of this environment that need a library from those folders no longer find it.",
        )
    where = f"{source.path}, line {source.line}" if source.line else source.path
    yield Remedy(
        f"Stop setting {NAME}",
        Safety.MANUAL,
        (Tell(f"Remove what sets it: {where or 'a job script, a module, an IDE or a container'}."),),
        "Counts for every program, not only for this environment.",
    )


def examples() -> Iterator[Example]:
    """A folder of CUDA before wheels with RUNPATH and with RPATH, without such libraries, and jax."""
    lib = "lib/python3.11/site-packages"
    system = SearchFolder("/usr/local/cuda/lib64", names=("libcublas.so.12", "libcudart.so.12"))
    there = Outside("libcublas.so.12", f"{system.path}/libcublas.so.12", "LD_LIBRARY_PATH", "x86_64", "libcublas.so.12")
    cublas = Binary(f"{lib}/nvidia/cublas/lib/libcublas.so.12", machine="x86_64", soname="libcublas.so.12")

    torch = Binary(f"{lib}/torch/lib/libtorch_cuda.so", machine="x86_64", needed=("libcublas.so.12",))

    def patient(user: Binary, *folders: SearchFolder, **more: Settings) -> Facts:
        search = Search(prefixes=("~/demo/.venv",), libc="glibc", library_path=folders, library_path_source="$")
        binaries = Binaries(files=(cublas, user), outside=(there,) if system in folders else (), search=search)
        wheels = (distribution("nvidia-cublas-cu12", "12.4.5.8"),)
        return environment(
            distributions=wheels,
            binaries=binaries,
            extra=(cublas.path, user.path),
            settings=more.get("settings", Settings()),
        )

    own = ("$ORIGIN/../../nvidia/cublas/lib",)
    sick = patient(torch._replace(runpath=own), system)
    yield Example("RUNPATH, which comes after it", sick, (NAME,), Severity.WARNING)
    yield Example("RPATH, which comes before it", patient(torch._replace(rpath=own), system))
    yield Example(
        "a folder without CUDA", patient(torch._replace(runpath=own), SearchFolder("/opt/lib", names=("libfoo.so.1",)))
    )
    yield Example("not set", patient(torch._replace(runpath=own)))
    line = Variable(NAME, "/usr/local/cuda/lib64", "~/.bashrc", 7)
    named = patient(torch._replace(runpath=own), system, settings=Settings(shell=(line,)))  # noqa: S604 - a field, no command
    yield Example("the line that sets it", named, (NAME,))
    search = Search(libc="glibc", library_path=(system,), library_path_source="$")
    jax = (distribution("jax", "0.8.2"), distribution("jax-cuda12-plugin", "0.8.2"))
    opened = environment(distributions=jax, binaries=Binaries(files=(cublas,), search=search))
    yield Example("jax, which opens them by name", opened, (NAME,))


CHECK = Check(
    "GPU010",
    "shadowed-cuda",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("distributions", "files", "settings", "binaries"),
    records=False,
)
