"""Weighs the ways to keep a project's environment against each other, with reasons from its own evidence.

The rule of thumb: conda for what touches native libraries that several packages must share, or that no wheel brings;
pip or uv for all else; both together where that is deliberate: native from conda-forge, pure Python that no channel
has from pip.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from doctor.facts import Facts
from doctor.facts.units import several
from doctor.judgement.expectations import expectations_of
from doctor.judgement.gpu_expected import gpu_expected
from doctor.onboard.advice.packages import Package

Problem = Literal["exploration", "script", "ml", "research", "throw-away"]
Way = Literal["uv", "pip", "conda", "pixi"]
#: problem -> how it is asked for
PROBLEMS: dict[Problem, str] = {
    "exploration": "exploration: notebooks, data, trying things out",
    "script": "a light script, for myself or a schedule",
    "ml": "machine learning or other work on a GPU",
    "research": "a research environment that several people share",
    "throw-away": "something to throw away tomorrow",
}
_CONDA_TOOLS = ("conda", "mamba", "micromamba")
_NAMED = 6


class Advice(NamedTuple):
    """One recommendation."""

    problem: Problem
    way: Way
    hybrid: bool  #: conda or pixi with a part that pip owns
    title: str
    reasons: tuple[str, ...]
    instead: str  #: the second choice, and when it is the better one
    packages: tuple[Package, ...] = ()
    by_pip: tuple[str, ...] = ()  #: of a hybrid or conda: what pip owns
    lacking: str = ""  #: the tool that this machine does not have, with where to get it


def advise(problem: Problem, packages: Sequence[Package], facts: Facts) -> Advice:
    """Recommend a way. Layers: project and machine; distributions of an environment sharpen it."""
    forced = _for_conda(packages)
    tools = {tool.name for tool in facts.machine.tools}
    roots = bool(facts.machine.conda_roots) or bool(tools & set(_CONDA_TOOLS))
    wished = expectations_of(facts).manager
    keeps = wished.name if wished else ""
    reasons = list(forced)
    if forced:
        way: Way = "pixi" if keeps == "pixi" or (not roots and "pixi" in tools) or _locks(problem, keeps) else "conda"
    elif keeps in ("conda", "mamba"):
        way = "conda"
        reasons.append(f"the repository is written for conda already ({_where(wished.reason if wished else '')})")
    elif keeps == "pixi":
        way = "pixi"
        reasons.append("the repository has a manifest of pixi already")
    else:
        way = "pip" if keeps == "pip" and "uv" not in tools else "uv"
        reasons += _for_wheels(packages)
    reasons += _of_problem(problem, way, packages, facts)
    by_pip = tuple(package.name for package in packages if not package.conda) if way in ("conda", "pixi") else ()
    if by_pip:
        reasons.append(f"conda-forge is not known to have {_list(by_pip)}: pip's part of the file")
    if problem == "throw-away" and way == "uv":
        reasons.append("uv makes an environment in seconds and keeps nothing that would have to be cleaned up")
    return Advice(
        problem,
        way,
        bool(by_pip),
        _title(way, bool(by_pip), problem),
        tuple(reasons),
        _instead(way, packages, problem),
        tuple(packages),
        by_pip,
        _lacking(way, tools, roots),
    )


def _for_conda(packages: Sequence[Package]) -> list[str]:
    """What makes wheels alone a bad choice."""
    found: list[str] = []
    source = [package for package in packages if package.wheel is False and package.conda]
    if source:
        without = _list([_with_place(package) for package in source])
        them = "it" if len(source) == 1 else "them"
        found.append(f"PyPI has no wheel of {without}: pip would have to compile, conda-forge has {them} built")
    tools = [package for package in packages if package.tools and package.conda]
    found += [f"{_with_place(package)} needs {package.tools}, which only conda brings along" for package in tools]
    by_library: dict[str, list[str]] = {}
    for package in packages:
        if package.shares:
            by_library.setdefault(package.shares, []).append(package.name)
    for library, names in sorted(by_library.items()):
        if len(names) > 1:
            found.append(f"{_list(names)} share {library}: wheels bring a copy each, conda-forge has one for all")
    return found


def _for_wheels(packages: Sequence[Package]) -> list[str]:
    native = [package.name for package in packages if package.nature == "native"]
    gpu = [package.name for package in packages if package.nature == "gpu"]
    if not packages:
        return ["the project imports nothing beyond the standard library yet: begin with the lightest tool"]
    found = []
    if native:
        found.append(f"{_list(native)} {_are(native)} native, and PyPI's wheels bring all that they need")
    if gpu:
        found.append(f"{_list(gpu)}: the wheels bring CUDA along; the driver is all that the machine must have")
    if not native and not gpu:
        found.append(f"{several(len(packages), 'package')}, none of which is known to touch native code")
    return found


def _of_problem(problem: Problem, way: Way, packages: Sequence[Package], facts: Facts) -> list[str]:
    found = []
    gpus = facts.machine.gpus.devices
    if problem == "ml" or any(package.nature == "gpu" for package in packages):
        wanted = gpu_expected(facts)
        if gpus:
            found.append(f"this machine has {gpus[0].name}, driver {facts.machine.gpus.driver or 'unknown'}")
        elif wanted.wanted:
            place = wanted.evidence.path if wanted.evidence else ""
            found.append(f"a GPU is expected ({place}) and this machine has none: create the environment where it runs")
        elif any(package.name == "torch" for package in packages):
            found.append("this machine shows no GPU: torch from its CPU index saves gigabytes here")
    if problem == "research":
        platforms = facts.project.policy.platforms or tuple(
            dict.fromkeys(name for spec in facts.project.specifications for name in spec.platforms)
        )
        on = f" for {', '.join(platforms)}" if platforms else ""
        lock = {"uv": "uv.lock", "pixi": "pixi.lock", "conda": "conda-lock.yml", "pip": "requirements with hashes"}[way]
        found.append(f"several people need the same builds{on}: commit a lock ({lock}) beside the specification")
    if problem == "script" and way == "uv":
        found.append("a script can carry its requirements in its own head (PEP 723), and uv run reads them")
    return found


def _title(way: Way, hybrid: bool, problem: Problem) -> str:
    if way == "conda":
        return "conda with conda-forge, and pip for the rest, in one file" if hybrid else "conda with conda-forge"
    if way == "pixi":
        return "pixi: conda-forge and PyPI in one manifest and one lock" if hybrid else "pixi with conda-forge"
    if way == "pip":
        return "pip in a virtual environment"
    return "uv run, with the requirements on the command line" if problem == "throw-away" else "uv"


def _instead(way: Way, packages: Sequence[Package], problem: Problem) -> str:
    if way in ("uv", "pip"):
        if problem == "throw-away":
            return "conda only if a package turns out to have no wheel"
        return "conda or pixi, as soon as something needs GDAL, MPI, R or another library that no wheel brings"
    shared = any(package.shares or package.wheel is False for package in packages)
    if way == "conda" and problem == "research":
        return "pixi, if all who share it may install it: it locks all platforms by itself"
    return "uv, if the packages named above go away" if shared else "uv, if everybody can do without conda"


def _locks(problem: Problem, keeps: str) -> bool:
    """Whether a lock for several people decides for pixi: not where the repository is written for conda."""
    return problem == "research" and not keeps


def _lacking(way: Way, tools: set[str], roots: bool) -> str:
    homes = {"uv": "https://docs.astral.sh/uv", "pixi": "https://pixi.sh", "conda": "https://conda-forge.org/download"}
    there = way == "pip" or way in tools or (way == "conda" and roots)
    return "" if there else f"{way} is not on this machine: see {homes[way]}"


def _with_place(package: Package) -> str:
    return f"{package.name} ({package.place})" if package.place else package.name


def _where(reason: str) -> str:
    return reason or "its files"


def _list(names: Sequence[str]) -> str:
    shown = list(names[:_NAMED])
    if len(names) > _NAMED:
        return f"{', '.join(shown)} and {len(names) - _NAMED} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
