"""What a project uses, package by package: whether it is native, needs a GPU, and who offers it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from doctor.facts import Asked, Distribution, Facts, Imported
from doctor.knowledge.conda_forge import conda_name
from doctor.knowledge.foundations import INSTALLERS
from doctor.knowledge.import_names import DISTRIBUTION_OF
from doctor.knowledge.package_kinds import CONDA_ONLY, GPU_STACKS, ONLY_SOURCE, PURE, WHEELS, WITH_TOOLS
from doctor.knowledge.shared_libraries import SHARED
from doctor.knowledge.stdlib import module_names
from doctor.reading.python.metadata import normalise

Nature = Literal["gpu", "native", "pure", "unknown"]
#: the newest Python whose standard library is taken where the project names none
_NEWEST = "3.13"
_VERSION = re.compile(r"(\d+(?:\.\d+)*)")


class Package(NamedTuple):
    """One package that the project uses."""

    name: str  #: normalised, as PyPI calls it
    nature: Nature
    conda: str = ""  #: what conda-forge calls it; empty where it is not known to have it
    wheel: bool | None = None  #: whether PyPI has a wheel; None where that is not known
    shares: str = ""  #: the native library that it must share with others: GDAL, HDF5
    tools: str = ""  #: what it needs beside Python and no wheel brings: R, a compiler
    place: str = ""  #: where the project imports it or asks for it
    how: str = ""  #: how its nature is known: installed here, wheels on PyPI, ...
    version: str = ""  #: installed here
    asked: str = ""  #: as a specification of the project writes it


def packages_of(facts: Facts) -> tuple[Package, ...]:
    """Everything that the project imports or asks for, by name; what only installs others is left out."""
    found: dict[str, str] = {}
    asked: dict[str, str] = {}
    for specification in facts.project.specifications:
        for entry in specification.asked:
            name = _plain(entry)
            if name and not entry.group:
                found.setdefault(name, _place(specification.path, entry.line))
                asked.setdefault(name, entry.text)
    for name, place in _imported(facts):
        found.setdefault(name, place)
    own = {facts.project.name, "python", "pip", ""} | INSTALLERS
    installed = {dist.key: dist for dist in reversed(facts.distributions.installed)}
    return tuple(
        package_of(name, installed.get(name))._replace(place=found[name], asked=asked.get(name, ""))
        for name in sorted(found)
        if name not in own
    )


def package_of(name: str, installed: Distribution | None = None) -> Package:
    """What is known of one package, from what is installed first and from dated tables else."""
    shared = SHARED.get(name)
    nature, how = _nature(name, installed)
    return Package(
        name,
        nature,
        conda_name(name) or CONDA_ONLY.get(name, ""),
        False if name in ONLY_SOURCE or name in CONDA_ONLY else True if name in WHEELS or name in PURE else None,
        shared.library if shared and shared.library not in ("BLAS", "CUDA") else "",
        WITH_TOOLS.get(name, ""),
        how=how,
        version=installed.version if installed else "",
    )


def _nature(name: str, installed: Distribution | None) -> tuple[Nature, str]:
    if name in GPU_STACKS:
        return "gpu", "computes on a GPU"
    if installed is not None:
        return ("native", "installed here with compiled code") if installed.native else ("pure", "pure Python, as here")
    if name in ONLY_SOURCE:
        return "native", "PyPI has its source alone"
    if name in CONDA_ONLY:
        return "native", "PyPI does not have it"
    if name in WHEELS or name in SHARED:
        return "native", "its wheels hold compiled code"
    if name in PURE:
        return "pure", "its wheel is pure Python"
    return "unknown", "not known beforehand"


def _plain(entry: Asked) -> str:
    """The name on PyPI of what a specification asks for."""
    if entry.manager != "conda":
        return entry.name
    from doctor.knowledge.conda_names import NOT_PYTHON, pypi_key

    return "" if entry.name in NOT_PYTHON else pypi_key(entry.name)


def _imported(facts: Facts) -> Iterator[tuple[str, str]]:
    """The distribution behind each import: the installed one that brings it, else the one of that name."""
    standard = module_names(".".join(_VERSION.findall(facts.identity.python or _NEWEST)[0].split(".")[:2]))
    own = {name.rpartition("/")[2].removesuffix(".py") for name in facts.project.modules}
    brought = {module: dist.key for dist in reversed(facts.distributions.installed) for module in dist.top_level}
    for module, places in facts.project.imports.items():
        certain = [place for place in places if not place.optional]
        if module in standard or module in own or module.startswith("_") or not certain:
            continue
        named = brought.get(module) or normalise(re.split(r"[<>=!~\[]", DISTRIBUTION_OF.get(module, module))[0])
        yield named, _of(certain[0])


def _of(place: Imported) -> str:
    return _place(place.path, place.line)


def _place(path: str, line: int) -> str:
    return f"{path}:{line}" if line else path
