"""A conda environment and a virtual environment are active at the same time.

## Why it matters
Each of them changes PATH and its own variables. Which Python answers then depends on the order in which they were
activated, and tools disagree: conda looks at one, pip and uv at the other. Libraries may be taken from one and
Python packages from the other.

## How it is found
VIRTUAL_ENV and CONDA_PREFIX name two different environments. Conda's base beneath a virtual environment is ordinary
and stays unmentioned, and so does a virtual environment that was made from the conda environment's Python. Several
conda installations on one machine are a note.

## What the fix does
Tells which command leaves the one that you do not want.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Base, Facts, Machine, Settings, Tool, Variable
from doctor.facts.build import environment
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, Severity, Tell


def find(facts: Facts) -> Iterator[Finding]:
    """A finding for two active environments, a note for several installations of conda."""
    virtual, conda = (_value(facts, name) for name in ("VIRTUAL_ENV", "CONDA_PREFIX"))
    if facts.identity.active and virtual and conda and virtual != conda and not _ordinary(conda, facts):
        yield _two_active(virtual, conda, facts)
    roots = facts.machine.conda_roots
    if facts.identity.kind == "conda" and len(roots) > 1:
        yield Finding(
            Severity.NOTE,
            "conda",
            f"{len(roots)} installations of conda are on this machine, each with its own settings and cache",
            tuple(Evidence("a conda installation", root) for root in roots[:10]),
        )


def _value(facts: Facts, name: str) -> str:
    found = next((variable for variable in facts.settings.variables if variable.name == name), None)
    return found.value.replace("\\", "/").rstrip("/") if found else ""


def _ordinary(conda: str, facts: Facts) -> bool:
    """Whether the conda environment is a base, or the one whose Python the virtual environment borrows."""
    base = facts.identity.base
    roots = [root.rstrip("/") for root in facts.machine.conda_roots]
    borrowed = base is not None and f"{base.home}/".replace("\\", "/").startswith(f"{conda}/")
    return borrowed or conda in roots or _value(facts, "CONDA_DEFAULT_ENV") == "base"


def _two_active(virtual: str, conda: str, facts: Facts) -> Finding:
    python = next((tool for tool in facts.machine.tools if tool.name == "python"), None)
    return Finding(
        # a venv may well be made from this conda environment's Python, which cannot be seen from here
        Severity.NOTE if facts.identity.kind == "conda" else Severity.WARNING,
        "VIRTUAL_ENV",
        "A conda environment and a virtual environment are active at once",
        (
            Evidence(f"virtual environment: {virtual}", "$VIRTUAL_ENV"),
            Evidence(f"conda environment: {conda}", "$CONDA_PREFIX"),
            *((Evidence(f"python is that of {python.environment or 'neither'}", python.path),) if python else ()),
        ),
        (),
        (
            Remedy("Leave the virtual environment", Safety.MANUAL, (Tell("Keep conda's alone.", ("deactivate",)),)),
            Remedy(
                "Leave the conda environment",
                Safety.MANUAL,
                (Tell("Keep the virtual one alone: leave conda's, then activate it again.", ("conda", "deactivate")),),
            ),
        ),
    )


def examples() -> Iterator[Example]:
    """Two at once; base beneath a venv, a venv of conda's Python, one alone; one and two installations."""

    def active(kind: str, roots: tuple[str, ...] = ("~/miniforge3",), base: str = "/usr/bin", **names: str) -> Facts:
        variables = tuple(Variable(name, value) for name, value in names.items())
        tools = (Tool("python", "~/demo/.venv/bin/python", "3.11.7", "~/demo/.venv"),)
        who = {"active": True} | ({"base": Base(base)} if kind == "venv" else {})
        return environment(
            kind=kind,
            identity=who,
            settings=Settings(variables=variables),
            machine=Machine(tools=tools, conda_roots=roots),
        )

    venv, other = "~/demo/.venv", "~/miniforge3/envs/geo"
    warning, note = Severity.WARNING, Severity.NOTE
    both = active("venv", VIRTUAL_ENV=venv, CONDA_PREFIX=other, CONDA_DEFAULT_ENV="geo")
    yield Example("a venv within another conda environment", both, ("VIRTUAL_ENV",), warning)
    outer = active("conda", VIRTUAL_ENV=venv, CONDA_PREFIX=other, CONDA_DEFAULT_ENV="geo")
    yield Example("the same, conda's examined", outer, ("VIRTUAL_ENV",), note)
    beneath = active("venv", VIRTUAL_ENV=venv, CONDA_PREFIX="~/miniforge3", CONDA_DEFAULT_ENV="base")
    yield Example("conda's base beneath a venv", beneath)
    yield Example("a base by its place", active("venv", VIRTUAL_ENV=venv, CONDA_PREFIX="~/miniforge3/"))
    borrowed = active("venv", base=f"{other}/bin", VIRTUAL_ENV=venv, CONDA_PREFIX=other, CONDA_DEFAULT_ENV="geo")
    yield Example("a venv made from the conda environment", borrowed)
    yield Example("a venv alone", active("venv", VIRTUAL_ENV=venv))
    yield Example("conda alone", active("conda", CONDA_PREFIX=other))
    elsewhere = both._replace(identity=both.identity._replace(active=False))
    yield Example("two active, neither examined", elsewhere)
    two = active("conda", roots=("~/miniforge3", "/opt/conda"), CONDA_PREFIX=other)
    yield Example("two installations of conda", two, ("conda",), note)
    yield Example("two installations beside a venv", active("venv", roots=("~/miniforge3", "/opt/conda")))


CHECK = Check(
    "PYT006",
    "nested-activation",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("identity", "settings"),
    optional=("machine",),
)
