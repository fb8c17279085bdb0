"""The same large CUDA library lies in the environment more than once.

## Why it matters
Each copy of cuBLAS or cuDNN takes hundreds of megabytes, and which one a process loads depends on what it imports
first: frameworks that were tested with one version then run with the other. Often one copy is left over from an
update of torch to another CUDA version.

## How it is found
File names of cuBLAS, cuDNN, cuFFT, cuRAND, cuSOLVER, cuSPARSE and NCCL among what packages of 20 MB and more
recorded. Two packages that hold the same library at different paths are two copies; development files and links
inside one package are not.

## What the fix does
Takes away copies that no installed package needs. Where every copy is needed, bring the frameworks that need them
to one CUDA version: the finding names them.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Facts, Size, Sizes
from doctor.facts.build import distribution, environment, record
from doctor.facts.units import size
from doctor.judgement.needs import Graph, brought_by, closure, graph, name_of, owners, reversed_graph
from doctor.judgement.removal import uninstall
from doctor.knowledge.cuda_stack import is_cuda_conda, is_cuda_wheel, library
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, Severity, Tell

#: bytes below which a package holds no copy of a CUDA library, but headers, stubs or links
_LARGE = 20_000_000


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for all libraries that are there twice."""
    copies = {name: held for name, held in sorted(_copies(facts).items()) if len(held) > 1}
    if not copies:
        return
    involved = sorted({owner for held in copies.values() for owner in held})
    needs = graph(facts)
    yield Finding(
        Severity.WARNING,
        "CUDA",
        _summary(list(copies)),
        tuple(_seen(facts, name, owner, path) for name, held in copies.items() for owner, path in held.items()),
        tuple(map(name_of, involved)),
        (_remedy(facts, needs, copies),),
    )


def _copies(facts: Facts) -> dict[str, dict[str, str]]:
    """Library -> package -> path of its copy; a path that two packages recorded is one copy, of the last."""
    at: dict[str, tuple[str, str]] = {}
    known = owners(facts)
    for record_ in facts.conda.records:
        _note(at, facts, f"conda:{record_.name}", record_.files)
    for dist in facts.distributions.installed:
        if known[dist.key] == dist.key:
            _note(at, facts, dist.key, dist.paths or ())
    found: dict[str, dict[str, str]] = {}
    for path, (name, owner) in sorted(at.items()):
        if facts.files.has(path):
            found.setdefault(name, {}).setdefault(owner, path)
    return found


def _note(at: dict[str, tuple[str, str]], facts: Facts, owner: str, paths: tuple[str, ...]) -> None:
    if facts.sizes.by_owner.get(owner, Size()).total >= _LARGE:
        for path in paths:
            if name := library(path):
                at[path] = name, owner


def _summary(names: list[str]) -> str:
    listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"CUDA libraries are installed twice: {listed}"


def _seen(facts: Facts, name: str, owner: str, path: str) -> Evidence:
    how = "conda package" if owner.startswith("conda:") else "wheel"
    return Evidence(f"{name} in the {how} {name_of(owner)} ({size(facts.sizes.by_owner[owner].total)})", path)


def _remedy(facts: Facts, needs: Graph, copies: dict[str, dict[str, str]]) -> Remedy:
    involved = sorted({owner for held in copies.values() for owner in held})
    needed_by = reversed_graph(needs)
    parts = {owner for owner in facts.sizes.by_owner if _is_part(owner)}
    needless = {owner for owner in involved if owner in parts and needed_by.get(owner, frozenset()) <= parts}
    needless = {owner for owner in needless if set(brought_by(needs, owner)) <= parts}
    needless = closure(needed_by, needless)  # with the parts that need them and that nothing else needs
    if needless and all(len(held.keys() - needless) == 1 for held in copies.values()):
        gone = sum(facts.sizes.by_owner.get(owner, Size()).total for owner in needless)
        title = f"Remove the copies that no package needs: {size(gone)}"
        trade_off = "A package that loads them without saying that it needs them would miss them."
        return Remedy(title, Safety.CAREFUL, uninstall(needless), trade_off)
    users = sorted({name_of(root) for owner in involved for root in brought_by(needs, owner) if root not in parts})
    who = f"{' and '.join(users[:4])} bring them" if users else "No package says that it needs them"
    text = f"Choose builds of one CUDA version, from one installer. {who}"
    return Remedy("Bring the frameworks to one CUDA version", Safety.MANUAL, (Tell(text),))


def _is_part(owner: str) -> bool:
    return is_cuda_conda(name_of(owner)) if owner.startswith("conda:") else is_cuda_wheel(owner)


def examples() -> Iterator[Example]:
    """A copy left over, one of each manager, one that clobbers the other, and single ones."""
    old = distribution("nvidia-cublas-cu12", "12.8.4.1", files=("nvidia/cublas/lib/libcublas.so.12",))
    new = distribution("nvidia-cublas", "13.1.0.3", files=("nvidia/cu13/lib/libcublas.so.13",))
    torch = distribution(
        "torch", "2.15.0", requires=("nvidia-cublas==13.1.0.3",), files=("torch/lib/libtorch_cuda.so",)
    )
    room = {"nvidia-cublas-cu12": Size(5, 600_000_000), "nvidia-cublas": Size(5, 500_000_000), "torch": Size(9, 10**9)}
    left = environment(distributions=(torch, old, new), sizes=Sizes(by_owner=room))
    yield Example("one left over after an update", left, ("CUDA",), Severity.WARNING)
    yield Example("one copy", environment(distributions=(torch, new), sizes=Sizes(by_owner=room)))
    conda = record("libcublas", "12.6.4.1", files=("lib/libcublas.so.12", "lib/libcublas.so.12.6.4.1"))
    room |= {"conda:libcublas": Size(5, 500_000_000), "conda:libcublas-dev": Size(5, 100_000)}
    user = distribution("torch", "2.9.1", requires=("nvidia-cublas-cu12==12.8.4.1",))
    cupy = record("cupy", "13.6.0", depends=("libcublas >=12.6",))
    both = environment(kind="conda", records=(conda, cupy), distributions=(user, old), sizes=Sizes(by_owner=room))
    yield Example("one from pip, one from conda", both, ("CUDA",))
    links = record("libcublas-dev", "12.6.4.1", files=("targets/x86_64-linux/lib/libcublas.so",))
    development = environment(kind="conda", records=(conda, links), sizes=Sizes(by_owner=room))
    yield Example("development files", development)
    nccl = ("nvidia/nccl/lib/libnccl.so.2",)
    clobbered = (
        distribution("nvidia-nccl-cu12", "2.27.3", files=nccl),
        distribution("nvidia-nccl-cu13", "2.28.9", files=nccl),
    )
    room = {"nvidia-nccl-cu12": Size(5, 300_000_000), "nvidia-nccl-cu13": Size(5, 300_000_000)}
    yield Example("two at one path", environment(distributions=clobbered, sizes=Sizes(by_owner=room)))


CHECK = Check(
    "SIZ003",
    "duplicate-cuda-stack",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("distributions", "conda", "files", "sizes"),
)
