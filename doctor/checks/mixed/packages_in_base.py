"""Project packages were installed into conda's base environment.

## Why it matters
base holds conda itself. Every package that a project adds there limits which versions conda can move to, and a
change that goes wrong takes conda along, with which it would be repaired. Projects that share base share every
upgrade, too.

## How it is found
In conda's base environment: packages that were asked for by name after it was installed, by conda or by pip, without
conda's own tools and without what belongs to running notebooks and managing environments. A few are a note, ten or
more a warning.

## What the fix does
Writes down what is there, which changes nothing, and says how to make an environment of its own for the project.
Nothing is removed from base.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctor.facts import Facts, Transaction
from doctor.facts.build import NOW, distribution, environment, record
from doctor.judgement.overlap import depend_name, foreign
from doctor.model import Check, Evidence, Example, Export, Finding, Remedy, Safety, Severity, Tell

_MANY = 10
_SHOWN = 8

#: what belongs in base: package managers, what builds and publishes packages, and what serves notebooks
_AT_HOME = re.compile(
    r"^(?:python|pip|setuptools|wheel|uv|pipx|virtualenv|pixi|certifi|ca-certificates|openssl|menuinst|constructor"
    r"|(?:.*-)?(?:conda|mamba|anaconda|boa|rattler)(?:-.*)?|micromamba|libmamba.*|grayskull|nb-conda.*|condax"
    r"|jupyter(?:lab|hub|-.*)?|notebook|nbclassic|ipykernel|ipython|ipywidgets|nodejs|git|navigator-updater|keyring"
    r"|envdoctor|pre-commit|cookiecutter|copier|nox|tox|poetry|pdm|hatch)$"
)


def find(facts: Facts) -> Iterator[Finding]:
    """At most one finding: what projects put into base."""
    if not facts.identity.is_conda_base:
        return
    by_conda = _asked_of_conda(facts)
    by_pip = {dist.key: dist for dist in foreign(facts) if dist.requested and not _AT_HOME.match(dist.key)}
    count = len(by_conda) + len(by_pip)
    if not count:
        return
    names = [*by_conda, *by_pip]
    evidence = [
        Evidence(f"conda was asked for {name}: {change.command}"[:200], "conda-meta/history", change.line)
        for name, change in list(by_conda.items())[:_SHOWN]
    ]
    evidence += [
        Evidence(f"{dist.installer} was asked for {dist.name} {dist.version}", f"{dist.site}/{dist.folder}")
        for dist in list(by_pip.values())[:_SHOWN]
    ]
    yield Finding(
        Severity.WARNING if count >= _MANY else Severity.NOTE,
        "base",
        f"{count} project package{'s were' if count > 1 else ' was'} installed into conda's base environment",
        tuple(evidence),
        tuple(names),
        (
            Remedy(
                "Write down what base holds, then make an environment for the project",
                Safety.SAFE,
                (
                    Export(("explicit", "environment.yml", "requirements")),
                    Tell(
                        "Make an environment of its own",
                        ("conda", "create", "-n", "project", *_wanted(facts, by_conda)),
                    ),
                ),
                "base keeps its packages; remove them once the new environment works",
            ),
        ),
    )


def _asked_of_conda(facts: Facts) -> dict[str, Transaction]:
    """Names that later transactions asked for and that are installed, with the transaction."""
    asked: dict[str, Transaction] = {}
    first = facts.conda.history[:1]  # the installer's own
    brought = {depend_name(spec) for change in first for spec in change.update_specs}
    for change in facts.conda.history[1:]:
        for spec in change.update_specs:
            if depend_name(spec) not in brought:
                asked.setdefault(depend_name(spec), change)
        for spec in change.remove_specs:
            asked.pop(depend_name(spec), None)
    there = {record.name for record in facts.conda.records}
    return {name: asked[name] for name in sorted(asked) if name in there and not _AT_HOME.match(name.replace("_", "-"))}


def _wanted(facts: Facts, by_conda: dict[str, Transaction]) -> list[str]:
    versions = {record.name: record.version for record in facts.conda.records}
    return [f"python={facts.identity.python_minor}", *(f"{name}={versions[name]}" for name in list(by_conda)[:20])]


def examples() -> Iterator[Example]:
    """A few packages, many, only tools; and an environment that is not base."""
    base = {"is_conda_base": True, "name": "base"}
    made = Transaction(
        "2026-01-01 12:00:00", NOW - 9e6, "constructor", update_specs=("python", "conda", "numpy"), line=1
    )
    names = tuple(f"demo-{n}" for n in range(12))
    several = Transaction("2026-02-01 12:00:00", NOW - 8e6, "conda install ...", update_specs=names, line=9)
    records = tuple(record(name, "1.0") for name in (*names, "numpy", "conda-build"))
    many = environment(kind="conda", records=records, identity=base, conda={"history": (made, several)})
    yield Example("many packages by conda", many, ("base",), Severity.WARNING)

    pip = distribution("demo-lib", "1.0", requested=True)
    yield Example(
        "one package by pip", environment(kind="conda", distributions=(pip,), identity=base), ("base",), Severity.NOTE
    )
    tools = several._replace(update_specs=("conda-build", "conda-libmamba-solver", "jupyterlab"))
    plain = environment(kind="conda", records=records, identity=base, conda={"history": (made, tools)})
    yield Example("only tools and what the installer brought", plain)
    yield Example(
        "pulled in by pip", environment(kind="conda", distributions=(pip._replace(requested=False),), identity=base)
    )
    own = environment(kind="conda", records=records, distributions=(pip,), conda={"history": (made, several)})
    yield Example("an environment of its own", own)


CHECK = Check(
    "MIX010",
    "packages-in-base",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("distributions", "conda", "files"),
)
