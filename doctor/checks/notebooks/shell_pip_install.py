"""Notebooks install packages by !pip, which need not be the kernel's own pip.

## Why it matters
`!pip` is whatever pip a shell finds first. Where the kernel is another environment, the package lands there, and the
next cell says that it is not installed. Either way it is written down nowhere but in that cell.

## How it is found
Cells of the project's Python notebooks that call pip, uv or conda through the shell, by `!` or `%%bash`. A note: in
the notebook's own service or container it may well be what is meant. `%pip`, `%conda` and `{sys.executable} -m pip`
are silent, for they reach the kernel's own environment; so are notebooks of documentation, examples and tests, which
are made for any reader's machine.

## What the fix does
Tells what to write instead: `%pip install`, and the package in the project's own files.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Facts, Project, ShellInstall
from doctor.facts.build import environment
from doctor.facts.units import several
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, Severity, Tell

_SHOWN = 10
_NAMED = 6


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for all of the project's notebooks."""
    if not facts.project.installs:
        return
    from doctor.judgement.missing_imports import is_aside

    nested = tuple(f"{folder}/" for folder in facts.project.nested)
    installs = [
        each
        for each in facts.project.installs
        if each.shell and not is_aside(each.path) and not each.path.startswith(nested)
    ]
    if not installs:
        return
    notebooks = {each.path.partition("#")[0] for each in installs}
    packages = tuple(dict.fromkeys(name for each in installs for name in each.packages))
    steps = [Tell("Write %pip install (or %conda install) in place of !pip install: it reaches the notebook's kernel.")]
    if packages:
        named = ", ".join(packages[:_NAMED]) + (", ..." if len(packages) > _NAMED else "")
        steps.append(Tell(f"Name what the notebooks need in the project's requirements or environment.yml: {named}"))
    yield Finding(
        Severity.NOTE,
        "!pip install",
        f"{several(len(notebooks), 'notebook')} with packages installed through the shell, not by %pip",
        tuple(Evidence(each.text, each.path, each.line) for each in installs[:_SHOWN]),
        packages[:_SHOWN],
        (Remedy("Install by %pip, and write down what is needed", Safety.MANUAL, tuple(steps)),),
    )


def examples() -> Iterator[Example]:
    """Through the shell, and by the magic."""

    def facts(*installs: ShellInstall) -> Facts:
        return environment(project=Project(True, "~/demo", installs=installs))

    shell = ShellInstall("a.ipynb#1", 1, "!pip install umap-learn", True, ("umap-learn",))
    unnamed = ShellInstall("b.ipynb#2", 1, "!pip install -r requirements.txt")
    subject = ("!pip install",)
    yield Example("by !pip", facts(shell, unnamed), subject, Severity.NOTE)
    yield Example("of a file", facts(unnamed), subject, Severity.NOTE)
    yield Example("by %pip", facts(ShellInstall("a.ipynb#1", 1, "%pip install umap-learn", False, ("umap-learn",))))
    yield Example("of the documentation", facts(shell._replace(path="docs/a.ipynb#1")))
    yield Example("nothing installed", facts())


CHECK = Check(
    "NBK006",
    "shell-pip-install",
    Severity.NOTE,
    __doc__,
    find,
    examples,
    needs=("project",),
    records=False,
    repository=True,
)
