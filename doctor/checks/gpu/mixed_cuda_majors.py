"""CUDA libraries of two families, or of two installers, stand in each other's way.

## Why it matters
The wheels of NCCL and cuDNN for CUDA 12 and for CUDA 13 lay their library at the same path, so the one installed last
is what every framework gets: torch built for CUDA 12 then runs with an NCCL for CUDA 13, or does not import. Removing
one of them deletes the other's library as well.

## How it is found
Wheels named for two CUDA families (`nvidia-nccl-cu12` and `nvidia-nccl-cu13`) of a library that both keep at one
path, with the packages that asked for each. It is an error where an older library was installed over the one that
torch, TensorFlow or jax needs, for then functions are missing from it, else a warning. Conda's CUDA packages that no
conda package needs, beside the wheels that pip's torch, TensorFlow or jax brought for itself: a warning, for only one
of the two is used. Conda's CUDA for conda's own packages or with its compiler is sound, and so are wheels of one
family.

## What the fix does
Takes away the family that nothing needs and installs the other one's library once more. Where two frameworks need one
each, it names who would have to change, with a command where one is known.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Distribution, Facts
from doctor.facts.build import distribution, environment, record
from doctor.judgement.gpu_frameworks import TENSORFLOWS, imported
from doctor.judgement.gpu_needs import cuda_part, is_cuda_clash
from doctor.judgement.needs import graph, name_of, reversed_graph
from doctor.knowledge.cuda import version_numbers
from doctor.knowledge.cuda_stack import is_cuda_conda, is_cuda_wheel
from doctor.model import Check, Evidence, Example, Finding, Install, Remedy, Safety, Severity, Step, Tell, Uninstall

#: conda packages by which somebody compiles CUDA code of their own
_COMPILERS = frozenset({"cuda-nvcc", "cudatoolkit-dev", "cuda-compiler"})
#: the CUDA family for which every release of jax with plugins has one
_OTHER_PLUGIN = 12
#: seconds within which two wheels count as installed together, by one command
_SAME_TIME = 2.0
_FRAMEWORKS = frozenset({"torch", "jax", "jaxlib", *TENSORFLOWS})


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for wheels of two families, one for conda's CUDA beside pip's."""
    dists = imported(facts)
    wheels = sorted(key for key in dists if cuda_part(key))
    pairs = [(one, other) for one in wheels for other in wheels if one < other and is_cuda_clash(one, other)]
    needed_by = {
        owner: {name_of(by) for by in users} for owner, users in reversed_graph(graph(facts, extras=True)).items()
    }
    if pairs:
        yield _two_families(pairs, needed_by, dists)
    yield from _two_installers(facts, dists, needed_by)


def _two_families(
    pairs: list[tuple[str, str]], needed_by: dict[str, set[str]], dists: dict[str, Distribution]
) -> Finding:
    keys = list(dict.fromkeys(key for pair in pairs for key in pair))
    seen = []
    for key in keys:
        users = sorted(needed_by.get(key, ()))
        who = f"asked for by {', '.join(users[:4])}" if users else "asked for by nothing that is installed"
        seen.append(Evidence(f"{key} {dists[key].version}, {who}", f"{dists[key].site}/{dists[key].folder}"))
    one, other = pairs[0]
    more = f" and {len(pairs) - 1} more" if len(pairs) > 1 else ""
    return Finding(
        Severity.ERROR if any(_breaks(pair, needed_by, dists) for pair in pairs) else Severity.WARNING,
        "CUDA",
        f"{one} and {other}{more} keep their library at one path; the last one installed wins"[:100],
        tuple(seen),
        tuple(keys),
        tuple(_ways(pairs, needed_by, dists)),
    )


def _breaks(pair: tuple[str, str], needed_by: dict[str, set[str]], dists: dict[str, Distribution]) -> bool:
    """Whether an older library lies, by the times of installation, over the one that a framework needs."""
    below, above = sorted(pair, key=lambda key: dists[key].modified)
    needed = any(user in _FRAMEWORKS or user.startswith("jax-cuda") for user in needed_by.get(below, ()))
    later = dists[above].modified - dists[below].modified > _SAME_TIME
    return needed and later and version_numbers(dists[above].version) < version_numbers(dists[below].version)


def _ways(
    pairs: list[tuple[str, str]], needed_by: dict[str, set[str]], dists: dict[str, Distribution]
) -> Iterator[Remedy]:
    """Keep the family that torch needs, else the one that anything needs, else the newer one."""
    families = sorted({part[1] for pair in pairs for key in pair if (part := cuda_part(key))})
    users = {family: _users(family, pairs, needed_by) for family in families}
    keep = max(families, key=lambda family: ("torch" in users[family], bool(users[family]), family))
    gone = sorted({key for pair in pairs for key in pair if _family(key) != keep})
    kept = sorted({key for pair in pairs for key in pair if _family(key) == keep})
    again = Install("pip", tuple(f"{key}=={dists[key].version}" for key in kept), force=True, dependencies=False)
    rivals = sorted({user for family in families if family != keep for user in users[family]})
    if not rivals:
        title = f"Keep the libraries for CUDA {keep} and remove {', '.join(gone)}"
        yield Remedy(title, Safety.CAREFUL, (Uninstall("pip", tuple(gone)), again))
    elif rivals == ["xgboost"]:
        steps: tuple[Step, ...] = (
            Uninstall("pip", ("xgboost", *gone)),
            again,
            Install("pip", (f"xgboost-cpu=={dists['xgboost'].version}",)),
        )
        title = "Use XGBoost's build without a GPU, which needs no NCCL"
        yield Remedy(title, Safety.CAREFUL, steps, "XGBoost computes on the processor only.")
    elif keep == _OTHER_PLUGIN and "jax" in dists and all(user.startswith("jax-cuda") for user in rivals):
        plugins = sorted(key for key in dists if key.startswith("jax-cuda") and f"cuda{keep}" not in key)
        spec = f"jax[cuda{keep}]=={dists['jax'].version}"
        title = f"Use jax's plugin for CUDA {keep}: {spec}"
        yield Remedy(title, Safety.CAREFUL, (Uninstall("pip", (*plugins, *gone)), again, Install("pip", (spec,))))
    else:
        text = (
            f"{' and '.join(rivals[:4])} asked for {', '.join(gone)}, and {' and '.join(sorted(users[keep])[:4])} for "
            f"{', '.join(kept)}: choose builds of one CUDA family for both, or give each an environment of its own"
        )
        yield Remedy("Bring them to one CUDA family", Safety.MANUAL, (Tell(text),))


def _family(key: str) -> int:
    part = cuda_part(key)
    return part[1] if part else 0


def _users(family: int, pairs: list[tuple[str, str]], needed_by: dict[str, set[str]]) -> set[str]:
    """Who needs the wheels of a family, other than wheels of CUDA itself."""
    keys = {key for pair in pairs for key in pair if _family(key) == family}
    return {user for key in keys for user in needed_by.get(key, ()) if not user.startswith("nvidia-")}


def _two_installers(facts: Facts, dists: dict[str, Distribution], needed_by: dict[str, set[str]]) -> Iterator[Finding]:
    stack = [found for found in facts.conda.records if is_cuda_conda(found.name)]
    names = {found.name for found in stack}
    brought = sorted(
        key
        for key in dists
        if is_cuda_wheel(key) and key.startswith("nvidia-") and needed_by.get(key, set()) & _FRAMEWORKS
    )
    used = any(_outside(needed_by.get(f"conda:{name}", set()), names) for name in names)
    compiles = not names.isdisjoint(_COMPILERS) or facts.conda.record("cuda-toolkit") is not None
    if not stack or not brought or used or compiles:
        return
    needing = sorted(_FRAMEWORKS & {user for key in brought for user in needed_by.get(key, ())})
    yield Finding(
        Severity.WARNING,
        "CUDA by conda",
        f"conda's {stack[0].name} {stack[0].version} is unused: pip's {needing[0]} brought CUDA wheels of its own"[
            :100
        ],
        (
            *(
                Evidence(f"{found.spec}, needed by no conda package", f"conda-meta/{found.dist}.json")
                for found in stack[:8]
            ),
            *(Evidence(f"{key} {dists[key].version}, for {needing[0]}") for key in brought[:4]),
        ),
        (*(found.name for found in stack), *brought),
        (
            Remedy(
                f"Remove conda's CUDA packages: {', '.join(found.name for found in stack[:4])}",
                Safety.CAREFUL,
                (Uninstall("conda", tuple(found.name for found in stack)),),
                "Code that you compile here against conda's CUDA no longer finds it.",
            ),
        ),
    )


def _outside(users: set[str], stack: set[str]) -> bool:
    """Whether anything needs a CUDA package that is not itself part of it: a metapackage of CUDA is."""
    return any(user not in stack and not user.startswith(("cuda", "libcu", "libnv")) for user in users)


def examples() -> Iterator[Example]:
    """Two families by XGBoost, by jax, left over; conda's CUDA beside wheels; sound sets."""
    torch = distribution("torch", "2.6.0", build="cu124", requires=("nvidia-nccl-cu12==2.21.5", "nvidia-cublas-cu12"))
    nccl = distribution("nvidia-nccl-cu12", "2.21.5")
    cublas = distribution("nvidia-cublas-cu12", "12.4.5.8")
    other = distribution("nvidia-nccl-cu13", "2.28.9")
    error, warning = Severity.ERROR, Severity.WARNING
    yield Example("one family", environment(distributions=(torch, nccl, cublas)))
    yield Example("a wheel left over", environment(distributions=(torch, nccl, cublas, other)), ("CUDA",), warning)
    over = distribution("nvidia-nccl-cu13", "2.20.5", modified=nccl.modified + 3_600)
    yield Example("an older one over it", environment(distributions=(torch, nccl, cublas, over)), ("CUDA",), error)
    boost = distribution("xgboost", "3.4.1", requires=("nvidia-nccl-cu13; platform_system == 'Linux'",))
    yield Example("XGBoost's NCCL", environment(distributions=(torch, nccl, boost, other)), ("CUDA",), warning)
    older = distribution("xgboost", "3.1.1", requires=("nvidia-nccl-cu12; platform_system == 'Linux'",))
    yield Example("XGBoost of torch's family", environment(distributions=(torch, nccl, older)))
    plugin = distribution("jax-cuda13-plugin", "0.8.2", requires=("nvidia-nccl-cu13>=2.18; extra == 'with-cuda'",))
    jax = (distribution("jax", "0.8.2"), distribution("jaxlib", "0.8.2"), plugin)
    yield Example("jax of another family", environment(distributions=(torch, nccl, *jax, other)), ("CUDA",), warning)
    later = distribution("nvidia-cublas", "13.1.0.3")
    yield Example("at paths of their own", environment(distributions=(torch, nccl, cublas, later)))
    toolkit = record("cudatoolkit", "11.8.0")
    both = environment(kind="conda", records=(toolkit,), distributions=(torch, nccl, cublas))
    yield Example("conda's toolkit for pip's torch", both, ("CUDA by conda",), warning)
    cupy = record("cupy", "13.6.0", depends=("cudatoolkit >=11.8",))
    used = environment(kind="conda", records=(toolkit, cupy), distributions=(torch, nccl, cublas))
    yield Example("conda's toolkit for conda's CuPy", used)
    nvcc = record("cuda-nvcc", "12.4.131")
    compiled = environment(kind="conda", records=(toolkit, nvcc), distributions=(torch, nccl, cublas))
    yield Example("conda's compiler for code of one's own", compiled)
    alone = environment(kind="conda", records=(toolkit,), distributions=(distribution("tensorflow", "2.13.1"),))
    yield Example("conda's toolkit for a TensorFlow without wheels", alone)


CHECK = Check(
    "GPU011",
    "mixed-cuda-majors",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions",),
    records=False,
    optional=("conda",),
)
