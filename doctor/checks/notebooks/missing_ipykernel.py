"""The project has notebooks, and ipykernel, which runs them, is not installed.

## Why it matters
Jupyter and editors can start a notebook only in an environment that holds ipykernel. They offer to install it in
passing, unpinned and past the project's files, or the notebook runs in some other environment that has it.

## How it is found
Only in an environment that belongs to the project. Its Python notebooks are counted, without those of documentation,
examples and tests, those that name a kernel of another environment, and those of services that bring their own.
Silent where another kernel of this environment can run them.

## What the fix does
Installs ipykernel with the manager of the environment. It brings a dozen small packages.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Facts, Kernel, Kernels, Project
from doctor.facts.build import distribution, environment
from doctor.facts.project import Asked, NotebookKernel, Specification
from doctor.facts.units import several
from doctor.judgement.expectations.belonging import belongs
from doctor.judgement.kernels import ASIDE, has_ipykernel, ipykernel, offered
from doctor.knowledge.kernels import is_brought_elsewhere
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, Severity

_SHOWN = 3


def find(facts: Facts) -> Iterator[Finding]:
    """One finding, where nothing here can run the project's notebooks."""
    if not belongs(facts) or has_ipykernel(facts) or _runs_otherwise(facts):
        return
    notebooks = _to_run_here(facts)
    if not notebooks:
        return
    group = _group(facts)
    evidence = [Evidence("a Python notebook", notebook.path) for notebook in notebooks[:_SHOWN]]
    if len(notebooks) > _SHOWN:
        evidence.append(Evidence(f"and {len(notebooks) - _SHOWN} more"))
    if group:
        evidence.append(Evidence(f"ipykernel is asked for in {group}, which was not installed"))
    yield Finding(
        Severity.NOTE if group else Severity.WARNING,
        "ipykernel",
        f"{several(len(notebooks), 'notebook')}, and no ipykernel to run them here",
        tuple(evidence),
        ("ipykernel",),
        (Remedy("Install ipykernel", Safety.CAREFUL, (ipykernel(facts),)),),
    )


def _runs_otherwise(facts: Facts) -> bool:
    """Whether a kernel of this environment runs Python without ipykernel, as xeus-python does."""
    return any(
        kernel.place == "environment"
        and kernel.exists
        and kernel.language.lower() == "python"
        and not any("ipykernel" in word for word in kernel.argv)
        for kernel in facts.kernels.specs
    )


def _to_run_here(facts: Facts) -> list[NotebookKernel]:
    elsewhere = {kernel.name for kernel in offered(facts) if kernel.exists and not kernel.inside}
    return sorted(
        (
            notebook
            for notebook in facts.project.kernels
            if notebook.path.endswith(".ipynb")
            and notebook.language.lower() in ("", "python", "ipython")
            and not ASIDE.search(notebook.path)
            and notebook.name.lower() not in elsewhere
            and not is_brought_elsewhere(notebook.name)
        ),
        key=lambda notebook: notebook.path,
    )


def _group(facts: Facts) -> str:
    """The extra, group or image alone that asks for ipykernel or what brings it; empty where there is none."""
    found = [
        (specification.path if asked.group == "image" else f"the group {asked.group}") if asked.group else ""
        for specification in facts.project.specifications
        for asked in specification.asked
        if asked.name in ("ipykernel", "jupyter", "notebook", "jupyterlab")
    ]
    return found[0] if found and all(found) else ""


def examples() -> Iterator[Example]:
    """Missing, missing with a group, there, and where the notebooks run elsewhere."""

    def project(*kernels: NotebookKernel, **more: object) -> Project:
        return Project(True, "~/demo", kernels=kernels, notebooks=len(kernels))._replace(**more)  # type: ignore[arg-type]

    notebook = NotebookKernel("a.ipynb", "python3", "Python 3", "python")
    warning, note = Severity.WARNING, Severity.NOTE
    yield Example("missing", environment(project=project(notebook)), ("ipykernel",), warning)
    bare = environment(project=project(NotebookKernel("a.ipynb", "")))
    yield Example("a notebook that names no kernel", bare, ("ipykernel",), warning)
    by_conda = environment(kind="conda", project=project(notebook, given=True))
    yield Example("in a conda environment", by_conda, ("ipykernel",), warning)
    asked = Specification("pyproject.toml", "pyproject", asked=(Asked("jupyterlab", "jupyterlab", group="dev"),))
    grouped = project(notebook, specifications=(asked,))
    yield Example("asked for in a group", environment(project=grouped), ("ipykernel",), note)
    ready = (distribution("ipykernel", "7.1.0"),)
    yield Example("installed", environment(distributions=ready, project=project(notebook)))
    xeus = Kernel("xpython", "share/jupyter/kernels/xpython/kernel.json", language="python", argv=("/x/bin/xpython",))
    yield Example("another kernel", environment(project=project(notebook), kernels=Kernels((xeus,))))
    other = Kernel("lab", "~/.local/share/jupyter/kernels/lab/kernel.json", "user", language="python")
    named = project(notebook._replace(name="lab"))
    yield Example("another environment's kernel", environment(project=named, kernels=Kernels((other,))))
    aside = project(notebook._replace(path="docs/a.ipynb"))
    yield Example("notebooks of the documentation", environment(project=aside))
    yield Example("notebooks in R", environment(project=project(NotebookKernel("a.ipynb", "ir", "R", "R"))))
    yield Example("of a service", environment(project=project(notebook._replace(name="conda_python3"))))
    yield Example("not this project's", environment(project=project(notebook, root="~/elsewhere")))


CHECK = Check(
    "NBK005",
    "missing-ipykernel",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("identity", "distributions", "kernels", "project"),
    records=False,
    optional=("conda",),
)
