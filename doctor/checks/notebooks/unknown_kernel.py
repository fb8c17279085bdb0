"""Notebooks name a Jupyter kernel that does not exist here.

## Why it matters
Jupyter asks for another kernel each time, and everybody picks a different one. Whatever runs notebooks without
asking, such as nbconvert, papermill and CI, stops with "No such kernel named ...".

## How it is found
The kernel that each Python notebook of the project names, also one kept as Markdown (jupytext, MyST, Quarto) or as a
.py file, against the kernel specs that Jupyter would offer here. python3 is always there with ipykernel. Silent for
kernels of other languages, for those that services and editors bring along (Databricks, SageMaker, VS Code and the
like), and where the environment does not belong to the project; a note where only examples, documentation or tests
name it.

## What the fix does
Gives this environment a kernel of that name. What imports and computes stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Facts, Kernel, Kernels, Project
from doctor.facts.build import distribution, environment
from doctor.facts.project import NotebookKernel
from doctor.facts.units import several
from doctor.judgement.kernels import ASIDE, named_by_notebooks, with_kernel
from doctor.knowledge.kernels import NATIVE, is_brought_elsewhere, is_valid_name
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, Severity, Tell

_SHOWN = 5
#: what Jupyter takes for its own Python whatever kernels there are
_ALWAYS = (NATIVE, "python")
#: the kernel of a Python that this environment cannot be
_PYTHON_2 = ("python2", "ipython2")


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each name that no kernel here bears."""
    known = {kernel.name for kernel in facts.kernels.specs}
    for name, notebooks in sorted(named_by_notebooks(facts).items()):
        if name in known or name in _ALWAYS or is_brought_elsewhere(name):
            continue
        central = [notebook for notebook in notebooks if not ASIDE.search(notebook.path)]
        shown = sorted(central or notebooks, key=lambda notebook: notebook.path)
        display = shown[0].display
        said = f"{name} ({display})" if display and display.lower() != name else name
        verb = "names" if len(notebooks) == 1 else "name"
        text = f"{several(len(notebooks), 'notebook')} {verb} the kernel {said}, which does not exist here"
        yield Finding(
            Severity.WARNING if central else Severity.NOTE,
            name,
            text if len(text) <= 100 else f"no kernel is called {name[:60]}, as notebooks want",
            (
                *(Evidence(f"names the kernel {name}", notebook.path) for notebook in shown[:_SHOWN]),
                Evidence(f"Jupyter offers here: {_offered(known)}"),
            ),
            remedies=tuple(_remedies(name, facts)),
        )


def _offered(known: set[str]) -> str:
    names = sorted(known | {NATIVE})
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def _remedies(name: str, facts: Facts) -> Iterator[Remedy]:
    if is_valid_name(name) and name not in _PYTHON_2:
        own = with_kernel(facts, name)
        if own is not None:
            yield own
    yield Remedy(
        "Choose one kernel name for all notebooks of the project",
        Safety.MANUAL,
        (Tell(f"Open each notebook, choose the kernel {NATIVE} and save it: with that name it runs everywhere."),),
    )


def examples() -> Iterator[Example]:
    """Named by central and by side notebooks, known, native, of another language, of a service, not the project's."""

    def project(*kernels: NotebookKernel, root: str = "~/demo") -> Project:
        return Project(True, root, kernels=kernels, notebooks=len(kernels))

    def named(name: str, path: str = "a.ipynb", language: str = "python") -> NotebookKernel:
        return NotebookKernel(path, name, name, language)

    ready = (distribution("ipykernel", "7.1.0"),)
    there = Kernels((Kernel("lab", "~/.local/share/jupyter/kernels/lab/kernel.json", "user"),))

    def facts(*kernels: NotebookKernel, **more: object) -> Facts:
        return environment(**({"distributions": ready, "project": project(*kernels)} | more))  # type: ignore[arg-type]

    warning, note = Severity.WARNING, Severity.NOTE
    yield Example("a colleague's kernel", facts(named("lab"), named("lab", "b.ipynb")), ("lab",), warning)
    yield Example("without ipykernel", facts(named("lab"), distributions=()), ("lab",), warning)
    yield Example("of Python 2", facts(named("python2")), ("python2",), warning)
    yield Example("a name that is none", facts(named("my lab")), ("my lab",), warning)
    yield Example("in the documentation", facts(named("lab", "docs/a.ipynb")), ("lab",), note)
    yield Example("it is there", facts(named("Lab"), kernels=there))
    yield Example("Jupyter's own Python", facts(named("python3"), named("", "b.ipynb")))
    yield Example("of another language", facts(named("ir", language="R"), named("julia-1.11", language="julia")))
    yield Example("of a service", facts(named("conda_pytorch_p310"), named("python3811jvsc74a57bd0abc")))
    elsewhere = environment(distributions=ready, project=project(named("lab"), root="~/elsewhere"))
    yield Example("not this project's environment", elsewhere)


CHECK = Check(
    "NBK003",
    "unknown-kernel",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("identity", "kernels", "distributions", "project"),
    records=False,
    optional=("conda",),
)
