"""torchvision, torchaudio, triton or xformers were made for another torch than the installed one.

## Why it matters
They are compiled against one release and one CUDA build of torch. Beside another one the import fails ("operator
torchvision::nms does not exist", "undefined symbol", "compiled with different CUDA versions"), or an operation fails
as soon as it is called with data on the GPU. It happens whenever one of them is installed or upgraded alone.

## How it is found
What each companion's metadata asks of torch, and torch's of triton, against what is installed; and which build each
of them is, from its own `version.py`: torchvision needs torch's CUDA family (both for CUDA 12, both for the CPU),
torchaudio exactly its CUDA release. A torchvision that says it takes any newer torch is taken at its word.

## What the fix does
Installs the companions that were released with your torch, for the build that your torch is, in one command with it,
from the one index that holds them all. torch itself stays as it is unless its build cannot use the GPU of this
machine. A companion that was never released for that build is taken away, which the plan says.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Distribution, Facts
from doctor.facts.build import distribution, environment, record
from doctor.facts.machine import Gpu, Gpus, Machine
from doctor.judgement.gpu_expected import gpu_expected
from doctor.judgement.gpu_frameworks import Framework, host_of, imported, other_build, torch_of
from doctor.judgement.gpu_needs import COMPANIONS, COMPILERS, Unmet, left_over, needed_families, unmet_of_gpu
from doctor.knowledge.torch import INDEX, builds_for, choose, companion_specs, find_release, specs, xformers_for
from doctor.model import Check, Evidence, Example, Finding, Install, Remedy, Safety, Severity, Tell, Uninstall

#: whose CUDA libraries another build of torch replaces
_TORCHES = frozenset({"torch", "torchvision", "torchaudio"})


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for all companions."""
    dists = imported(facts)
    torch = torch_of(facts, dists)
    if torch is None:
        return
    unmet = [pair for pair in unmet_of_gpu(facts) if pair.there and _is_companion(pair) and not _by_conda(pair)]
    named = {pair.dist.key if pair.dist.key != "torch" else pair.requirement.key for pair in unmet}
    other = {key: why for key in ("torchvision", "torchaudio") if (why := other_build(torch, dists.get(key)))}
    wrong = sorted(named | other.keys())
    if not wrong:
        return
    seen = [torch.seen]
    for pair in unmet:
        have = pair.there.version if pair.there else "none"
        asks = f"{pair.dist.name} {pair.dist.version} asks for {pair.requirement.text}, and {have} is installed"
        seen.append(Evidence(asks[:200], f"{pair.dist.site}/{pair.dist.folder}/METADATA"))
    seen += [Evidence(why, f"{dists[key].site}/{key}/version.py") for key, why in other.items()]
    yield Finding(
        Severity.ERROR,
        "torch",
        f"{_listed(wrong)} {'was' if len(wrong) == 1 else 'were'} made for another torch than {torch.version}"[:100],
        tuple(seen),
        ("torch", *wrong),
        tuple(_remedies(torch, facts, dists, wrong)),
    )


def _is_companion(pair: Unmet) -> bool:
    return pair.dist.key in COMPANIONS or pair.requirement.key in COMPILERS


def _by_conda(pair: Unmet) -> bool:
    """Whether conda packaged who asks, and what is there: it knows which of its own builds fit."""
    return pair.dist.installer == "conda" and (pair.there is None or pair.there.installer == "conda")


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _remedies(torch: Framework, facts: Facts, dists: dict[str, Distribution], wrong: list[str]) -> Iterator[Remedy]:
    if torch.record is not None:
        yield _by_conda_channel(torch, dists, wrong)
        return
    wanted, variant = _fitting(torch, facts, [key for key in ("torchvision", "torchaudio") if key in dists])
    if "xformers" in wrong and (release := xformers_for(wanted[0].removeprefix("torch=="))):
        wanted = (*wanted, f"xformers=={release}")
    wanted = (*wanted, *_compilers(dists, wrong))
    fitting = {spec.partition("==")[0] for spec in wanted}
    without = tuple(key for key in wrong if key not in fitting and key not in COMPILERS)
    other_torch = wanted[0] != f"torch=={torch.version}"
    if without and (find_release(torch.version) is None or not variant.startswith(("cu", "cpu"))):
        text = f"Install the {_listed(wrong)} that was released with torch {torch.version}, for its build, from {INDEX}"
        yield Remedy("Choose the companions by hand", Safety.MANUAL, (Tell(text),))
        return
    installed = (Install("pip", wanted, index_url=INDEX + variant if variant else ""),)
    helps = other_torch or not fitting.isdisjoint(wrong)
    gone = (*without, *(left_over(facts, _family(variant), _TORCHES) if other_torch else ()))
    steps = (*((Uninstall("pip", gone),) if gone else ()), *(installed if helps else ()))
    title = f"Install what belongs together: {', '.join(wanted)}" if helps else ""
    if without:
        lost = f"Uninstall {_listed(list(without))}, of which no release fits"
        title = f"{lost}, and install what belongs together: {', '.join(wanted)}" if helps else lost
    warning = f"Code that imports {_listed(list(without))} stops working." if without else ""
    told = "Downloads what is not of that build yet." if helps else ""
    yield Remedy(title, Safety.CAREFUL, steps, " ".join(filter(None, (told, warning))))


def _family(variant: str) -> int:
    """12 for cu126; 0 for cpu."""
    return int(variant[2:-1]) if variant.startswith("cu") else 0


def _fitting(torch: Framework, facts: Facts, companions: list[str]) -> tuple[tuple[str, ...], str]:
    """Torch as it is, or in the build that this machine's GPU wants, with its companions; and the index's name."""
    gpus = facts.machine.gpus.devices
    if gpus and gpu_expected(facts).wanted is not False and not _runs_here(torch, facts):
        choice = choose(torch.version, host_of(facts), next(iter(needed_families(facts, _TORCHES).values()), 0))
        if choice is not None:
            return specs(choice, companions), choice.variant
    return (f"torch=={torch.version}", *companion_specs(torch.version, torch.variant, companions)), torch.variant


def _runs_here(torch: Framework, facts: Facts) -> bool:
    """Whether the installed build is one that this machine's driver and GPUs run, as far as is known."""
    release = find_release(torch.version)
    if torch.build == "cpu" or release is None:
        return torch.build != "cpu"
    return torch.cuda in {choice.cuda for choice in builds_for(release, host_of(facts))}


def _compilers(dists: dict[str, Distribution], wrong: list[str]) -> Iterator[str]:
    dist = dists.get("torch")
    for line in dist.requires if dist else ():
        name = line.partition("=")[0].strip(" (~")
        if name in wrong:
            yield line.partition(";")[0].replace("(", "").replace(")", "").replace(" ", "")


def _by_conda_channel(torch: Framework, dists: dict[str, Distribution], wrong: list[str]) -> Remedy:
    """Conda's own builds, without what pip put over them."""
    assert torch.record is not None
    channels = (torch.record.channel,) if torch.record.channel else ()
    pip = tuple(key for key in wrong if key in dists and dists[key].installer != "conda")
    names = tuple(key for key in wrong if key in COMPANIONS)
    first = (Uninstall("pip", pip),) if pip else ()
    return Remedy(
        f"Install conda's {_listed(wrong)} for its torch",
        Safety.CAREFUL,
        (*first, Install("conda", (f"pytorch={torch.record.version}", *names), channels=channels)),
    )


def examples() -> Iterator[Example]:
    """Other releases, other builds, and sound trios."""

    def trio(torch: str, vision: str, audio: str, *builds: str) -> tuple[Distribution, ...]:
        first, second, third = builds * 3 if len(builds) == 1 else builds
        return (
            distribution("torch", torch, build=first),
            distribution("torchvision", vision, build=second, requires=(f"torch=={torch}",)),
            distribution("torchaudio", audio, build=third, requires=(f"torch=={torch}",)),
        )

    error = Severity.ERROR
    yield Example("released together", environment(distributions=trio("2.6.0", "0.21.0", "2.6.0", "cu124")))
    yield Example("all for the CPU", environment(distributions=trio("2.6.0", "0.21.0", "2.6.0", "cpu")))
    upgraded = (distribution("torch", "2.9.1", build="cu128"), *trio("2.6.0", "0.21.0", "2.6.0", "cu124")[1:])
    yield Example("only torch was upgraded", environment(distributions=upgraded), ("torch",), error)
    half = trio("2.6.0", "0.21.0", "2.6.0", "cu124", "cpu", "cu124")
    yield Example("torchvision for the CPU", environment(distributions=half), ("torch",), error)
    minor = trio("2.6.0", "0.21.0", "2.6.0", "cu126", "cu124", "cu126")
    yield Example("torchvision of the same family", environment(distributions=minor))
    audio = trio("2.6.0", "0.21.0", "2.6.0", "cu126", "cu126", "cu124")
    yield Example("torchaudio of another CUDA release", environment(distributions=audio), ("torch",), error)
    unknown = trio("2.6.0", "0.21.0", "2.6.0", "cu126", "", "")
    yield Example("builds that cannot be read", environment(distributions=unknown))
    xformers = distribution("xformers", "0.0.29.post1", requires=("torch==2.5.1",))
    beside = (distribution("torch", "2.6.0", build="cu124"), xformers)
    yield Example("xformers of the release before", environment(distributions=beside), ("torch",), error)
    triton = distribution("triton", "3.1.0")
    torch = distribution("torch", "2.6.0", build="cu124", requires=("triton==3.2.0; platform_system == 'Linux'",))
    yield Example("another triton", environment(distributions=(torch, triton)), ("torch",), error)
    newer = (
        distribution("torch", "2.15.0", build="cu132"),
        distribution("torchvision", "0.29.2", build="cu132", requires=("torch>=2.14.0",)),
    )
    yield Example("a torchvision that takes any newer torch", environment(distributions=newer))
    last = (*newer, distribution("torchaudio", "2.11.0", build="cu130"))
    yield Example("the last torchaudio beside a newer CUDA", environment(distributions=last), ("torch",), error)
    gone = distribution("torch", "2.6.0", build="cu124", requires=("triton==3.2.0; platform_system == 'Linux'",))
    yield Example("no triton at all", environment(distributions=(gone,)))
    h100 = Machine(gpus=Gpus((Gpu("NVIDIA H100 80GB HBM3", "9.0"),), "580.65.06", "580.65.06", "13.0", "nvml"))
    cpu = trio("2.6.0", "0.21.0", "2.6.0", "cpu", "cu124", "cpu")
    yield Example("a CPU torch beside a GPU", environment(distributions=cpu, machine=h100), ("torch",), error)
    forge = record("pytorch", "2.6.0", "cuda126_mkl_py311_h1_300")
    by_pip = (
        distribution("torch", "2.6.0", build="cu126", installer="conda"),
        distribution("torchvision", "0.20.1", requires=("torch==2.5.1",)),
    )
    mixed = environment(kind="conda", records=(forge,), distributions=by_pip)
    yield Example("pip's torchvision over conda's torch", mixed, ("torch",), error)
    yield Example("no companion", environment(distributions=(distribution("torch", "2.6.0", build="cu124"),)))


CHECK = Check(
    "GPU004",
    "torch-companions-mismatch",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions",),
    records=False,
    optional=("conda", "machine", "project"),
)
