"""Packages that must fit each other come from channels that build them differently.

## Why it matters
defaults (Anaconda) and conda-forge each build everything from the C library's level up, with their own compilers,
versions and options, and neither tests against the other. A Python from one with numpy, OpenSSL or HDF5 from the other
may import today and crash, miss a symbol or compute with another BLAS tomorrow. The solver cannot see it, because most
packages do not say whose libraries they were compiled against.

## How it is found
Every conda record names its channel. Where packages of both builders are installed, those that compiled code links
against (Python, the compilers' runtimes, numpy, BLAS, OpenSSL, HDF5, ...) are counted on each side: an error if both
sides hold some, a warning if not. Channels that build upon a builder, such as bioconda or pytorch, are no second one.
NVIDIA's own channel counts apart, and only for CUDA libraries that come from two sides.

## What the fix does
Asks conda for the packages of the smaller side from the other builder and shows the difference first; or builds the
environment anew from one builder beside this one. Writing the channels into environment.yml keeps it that way.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import CondaRecord, Facts
from doctor.facts.build import environment, record
from doctor.facts.units import several
from doctor.knowledge.channels import ABI_CRITICAL, BUILDERS, CUDA_LIBRARIES, builder
from doctor.model import Check, Evidence, Example, Export, Finding, Install, Rebuild, Remedy, Safety, Severity

_SHOWN = 8


def find(facts: Facts) -> Iterator[Finding]:
    """At most one finding about the builders, and one about CUDA from two sides."""
    sides: dict[str, list[CondaRecord]] = {}
    for held in facts.conda.records:
        sides.setdefault(builder(held.channel), []).append(held)
    builders = {name: sides[name] for name in BUILDERS if name in sides}
    if len(builders) > 1:
        yield _mixed(builders)
    cuda = {
        name: libraries
        for name, held in sides.items()
        if name in ("nvidia", *BUILDERS) and (libraries := [r for r in held if r.name in CUDA_LIBRARIES])
    }
    if "nvidia" in cuda and len(cuda) > 1:
        yield _cuda(cuda)


def _mixed(sides: dict[str, list[CondaRecord]]) -> Finding:
    critical = {name: [r for r in held if r.name in ABI_CRITICAL] for name, held in sides.items()}
    keep = _to_keep(sides, critical)
    other = next(name for name in sides if name != keep)
    severe = all(critical.values())
    counted = critical if severe else sides
    kind = "ABI-critical " if severe else ""
    odd = _first(sides[other])
    names = tuple(r.name for r in odd)
    return Finding(
        Severity.ERROR if severe else Severity.WARNING,
        f"{keep} and {other}",
        f"{several(len(counted[keep]), f'{kind}package')} from {keep} mixed with {len(counted[other])} from {other}",
        (*_evidence(keep, sides[keep]), *_evidence(other, sides[other])),
        names,
        (_ask(odd, keep), _rebuild(keep), _write_down()),
    )


def _to_keep(sides: dict[str, list[CondaRecord]], critical: dict[str, list[CondaRecord]]) -> str:
    """The side that Python comes from, else the one with more packages that others link against."""
    for name, held in sides.items():
        if any(r.name == "python" for r in held):
            return name
    return max(sides, key=lambda name: (len(critical[name]), len(sides[name])))


def _cuda(sides: dict[str, list[CondaRecord]]) -> Finding:
    keep = max(sides, key=lambda name: (len(sides[name]), name != "nvidia"))
    others = [name for name in sides if name != keep]
    odd = [r for name in others for r in sides[name]]
    return Finding(
        Severity.WARNING,
        "CUDA libraries",
        f"CUDA libraries come from {keep} ({len(sides[keep])}) and {' and '.join(others)} ({len(odd)})",
        tuple(item for name, held in sides.items() for item in _evidence(name, held)),
        tuple(r.name for r in odd),
        (_ask(odd, keep), _rebuild("conda-forge"), _write_down()),
    )


def _first(held: list[CondaRecord]) -> list[CondaRecord]:
    """Those that others link against before the rest."""
    return sorted(held, key=lambda r: (r.name not in ABI_CRITICAL | CUDA_LIBRARIES, r.name))


def _evidence(side: str, held: list[CondaRecord]) -> Iterator[Evidence]:
    for r in _first(held)[:_SHOWN]:
        weight = ", which others link against" if r.name in ABI_CRITICAL else ""
        yield Evidence(f"{side}: {r.name} {r.version} {r.build}{weight}", f"conda-meta/{r.dist}.json")
    if len(held) > _SHOWN:
        yield Evidence(f"{side}: and {len(held) - _SHOWN} more")


def _ask(odd: list[CondaRecord], keep: str) -> Remedy:
    return Remedy(
        f"Take {odd[0].name} and what else is from elsewhere from {keep}" if len(odd) > 1
        else f"Take {odd[0].name} from {keep}",
        Safety.CAREFUL,
        (Install("conda", tuple(f"{keep}::{r.name}={r.version}" for r in odd), channels=(keep,)),),
        f"{keep} may lack one of these versions; look at the difference first",
    )  # fmt: skip


def _rebuild(keep: str) -> Remedy:
    return Remedy(
        f"Build the environment anew from {keep} alone",
        Safety.CAREFUL,
        (Rebuild(channels=(keep,)),),
        "takes longer and downloads more, and leaves nothing of the mixture",
    )


def _write_down() -> Remedy:
    return Remedy(
        "Write the channels and packages down in environment.yml, to decide about them there",
        Safety.SAFE,
        (Export(("environment.yml",)),),
    )


def examples() -> Iterator[Example]:
    """Critical on both sides, only on one; extension channels; CUDA of two sides."""
    python = record("python", "3.11.7", "hab00c5b_1_cpython")
    numpy = record("numpy", "1.26.4", "py311h08b1b3b_0", channel="pkgs/main")
    severe = environment(kind="conda", records=(python, numpy))
    yield Example(
        "numpy of defaults beside conda-forge's Python", severe, ("conda-forge and defaults",), Severity.ERROR
    )
    tqdm = record("tqdm", "4.66.4", "py311h06a4308_0", channel="pkgs/main", noarch="python")
    light = environment(kind="conda", records=(python, tqdm))
    yield Example("nothing others link against", light, ("conda-forge and defaults",), Severity.WARNING)
    labelled = environment(kind="conda", records=(record("python", "3.11.7", channel="conda-forge/label/x"), numpy))
    yield Example("a label of conda-forge is conda-forge", labelled, ("conda-forge and defaults",), Severity.ERROR)

    cuda = (record("libcublas", "12.4.5.8", channel="nvidia"), record("cuda-nvrtc", "12.4.127", channel="conda-forge"))
    both = environment(kind="conda", records=(python, *cuda))
    yield Example("CUDA of two sides", both, ("CUDA libraries",), Severity.WARNING)

    blast = record("blast", "2.16.0", channel="bioconda")
    yield Example("bioconda builds upon conda-forge", environment(kind="conda", records=(python, blast)))
    torch = (
        record("python", "3.11.7", channel="pkgs/main"),
        numpy,
        record("pytorch", "2.4.1", "py3.11_cuda12.4_cudnn9.1.0_0", channel="pytorch"),
        record("libcublas", "12.4.5.8", channel="nvidia/label/cuda-12.4.1"),
    )
    yield Example("pytorch's former recipe: defaults, pytorch, nvidia", environment(kind="conda", records=torch))
    yield Example("one channel", environment(kind="conda", records=(python, record("numpy", "1.26.4"))))
    parts = (record("r-base", "4.3.1", channel="pkgs/r"), numpy)
    yield Example("parts of defaults", environment(kind="conda", records=parts))
    yield Example("no conda", environment())


CHECK = Check(
    "CHN001",
    "mixed-distributors",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("conda",),
)
