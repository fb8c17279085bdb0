"""Packages that somebody installed by name and that no file of the project asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from doctor.facts import Facts, Imported
from doctor.judgement.expectations.drifting import declared_names
from doctor.judgement.needs import graph, name_of, reversed_graph
from doctor.judgement.overlap import by_system, own_sites
from doctor.knowledge.conda_names import pypi_key
from doctor.knowledge.import_names import DISTRIBUTION_OF

#: what serves the person and not the project: installers, notebook servers, linters, test runners
_TOOLS = (
    r"^(?:python|pip|setuptools|wheel|uv|pipx|virtualenv|poetry(?:-.*)?|pdm|pipenv|hatch(?:ling)?|flit.*|build|twine|tox"
    r"|nox|pre-commit|conda(?:-.*)?|mamba|pixi|envdoctor|pip-tools|pipdeptree|ipython|ipykernel|ipdb|jupyter(?:lab.*|-.*)?"
    r"|notebook|nb.*|ruff|black|isort|flake8.*|pylint|mypy(?:-.*)?|pyright|basedpyright|ty|pytest(?:-.*)?|coverage"
    r"|editables|cython|meson(?:-python)?|ninja|scikit-build-core|maturin|pybind11|debugpy|autopep8|yapf|rope|python-lsp.*|gpustat|nvitop|types-.*|ca-certificates|openssl|certifi|nodejs|git)$"
)


class ByHand(NamedTuple):
    """One of them."""

    name: str
    version: str
    manager: str
    where: str  #: what was seen of it, relative to the prefix
    imported: Imported | None = None  #: where the project imports it


def undeclared(facts: Facts, *, conda: bool) -> Iterator[ByHand]:
    """All of them, by name; of conda's only where a file of the project is for conda."""
    declared = declared_names(facts)
    needed_by = reversed_graph(graph(facts, extras=True))
    sites = own_sites(facts)
    for dist in sorted(facts.distributions.installed, key=lambda dist: dist.key):
        if dist.key in declared or re.match(_TOOLS, dist.key) or dist.site not in sites or by_system(dist, facts):
            continue
        if not dist.requested or dist.installer in ("", "conda"):
            continue
        # uv marks all that it installs as asked for: what another package needs may be there for its sake
        if dist.installer != "pip" and needed_by.get(dist.key):
            continue
        yield ByHand(dist.name, dist.version, "pip", f"{dist.site}/{dist.folder}", _place(dist.key, facts))
    for record in facts.conda.records if conda else ():
        key = pypi_key(record.name) or record.name
        by_name = any("://" not in spec for spec in record.requested)
        if by_name and not {record.name, key} & declared and not re.match(_TOOLS, record.name):
            where = f"conda-meta/{record.dist}.json"
            yield ByHand(name_of(record.name), record.version, "conda", where, _place(key, facts))


def _place(key: str, facts: Facts) -> Imported | None:
    """Where the project imports a distribution."""
    for module, places in facts.project.imports.items():
        owner = DISTRIBUTION_OF.get(module, module)
        if places and re.sub(r"[-_.]+", "-", owner).lower() == key:
            return places[0]
    return None
