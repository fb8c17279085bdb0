"""A Jupyter kernel starts a Python that is no longer there.

## Why it matters
Jupyter offers the kernel all the same. Who picks it, or opens a notebook that names it, waits for a kernel that never
comes up and reads "Kernel error" or a FileNotFoundError from the depth of the server.

## How it is found
Every kernel.json that Jupyter would offer here is read in Jupyter's own order. The program that it starts is looked
up as Jupyter does it, `conda run` included. An error where it is this environment's own kernel, bears its name or is
named by a notebook of the project; a note where it is a left-over of another environment. Kernels of other
languages, those that another of the same name hides, and an environment of conda's that cannot be found are silent.

## What the fix does
Lets the kernel start this environment's Python where it evidently is this environment's kernel, or moves the kernel
spec aside. What other environments left in your own folder is told with the command that removes it.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Facts, Kernel, Kernels, Project
from doctor.facts.build import distribution, environment
from doctor.facts.project import NotebookKernel
from doctor.judgement.kernels import has_ipykernel, ipykernel, named_by_notebooks, offered, reads_like_own, redirected
from doctor.knowledge.kernels import NATIVE, is_own_python
from doctor.model import Check, Evidence, Example, Finding, Move, Remedy, Safety, Severity, Step, Tell

_SHOWN = 5


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each kernel that cannot start."""
    notebooks = named_by_notebooks(facts)
    for kernel in offered(facts):
        if kernel.exists or is_own_python(kernel.argv[0] if kernel.argv else "", facts.identity.python_minor):
            continue
        why = _why(kernel, facts, bool(notebooks.get(kernel.name)))
        evidence = [Evidence(f"{kernel.name} starts {kernel.interpreter}, which is not there", kernel.path)]
        evidence += [Evidence(why)] if why else []
        evidence += [Evidence(f"names the kernel {kernel.name}", it.path) for it in notebooks.get(kernel.name, [])][
            :_SHOWN
        ]
        yield Finding(
            Severity.ERROR if why else Severity.NOTE,
            kernel.name,
            _summary(kernel),
            tuple(evidence),
            remedies=tuple(_remedies(kernel, facts, bool(why))),
        )


def _why(kernel: Kernel, facts: Facts, is_named: bool) -> str:
    """Why the kernel matters to this environment, or an empty text."""
    if kernel.place == "environment":
        return "it lies in this environment"
    if is_named:
        return "notebooks of the project name it"
    return reads_like_own(kernel, facts)


def _summary(kernel: Kernel) -> str:
    text = f"the kernel {kernel.name} starts {kernel.interpreter}, which is gone"
    return text if len(text) <= 100 else f"the kernel {kernel.name[:40]} starts a Python that is gone"


def _remedies(kernel: Kernel, facts: Facts, is_ours: bool) -> Iterator[Remedy]:
    change = redirected(kernel, facts) if is_ours else None
    if change is not None:
        steps: tuple[Step, ...] = (change,) if has_ipykernel(facts) else (ipykernel(facts), change)
        what = "the Python that Jupyter runs in" if kernel.name == NATIVE else "this environment's Python"
        yield Remedy(f"Let the kernel {kernel.name} start {what}", Safety.CAREFUL, steps)
    if kernel.place == "environment":
        folder = kernel.path.rpartition("/")[0]
        yield Remedy(f"Move the kernel spec {kernel.name} aside", Safety.SAFE, (Move((folder,)),))
        return
    who = "As administrator, remove" if kernel.place == "system" else "Remove"
    text = f"{who} it, if you do not mean to create that environment again."
    yield Remedy(
        f"Remove the kernel spec {kernel.name}",
        Safety.MANUAL,
        (Tell(text, ("jupyter", "kernelspec", "remove", kernel.name)),),
    )


def examples() -> Iterator[Example]:
    """Of this environment, named by a notebook, somebody else's, hidden, alive, and of another language."""
    ipykernel_here = (distribution("ipykernel", "7.1.0"),)
    gone = "/old/place/env/bin/python"
    text = f'{{"argv": ["{gone}", "-m", "ipykernel_launcher"]}}'

    def kernel(name: str, place: str = "environment", **more: object) -> Kernel:
        folder = "share/jupyter/kernels" if place == "environment" else "~/.local/share/jupyter/kernels"
        filled = {"argv": (gone, "-m", "ipykernel_launcher"), "interpreter": gone, "exists": False} | more
        return Kernel(name, f"{folder}/{name}/kernel.json", place, name, "python", written=text, **filled)  # type: ignore[arg-type]

    def facts(*kernels: Kernel, **more: object) -> Facts:
        return environment(distributions=ipykernel_here, kernels=Kernels(kernels), **more)  # type: ignore[arg-type]

    error, note = Severity.ERROR, Severity.NOTE
    yield Example("the environment was moved", facts(kernel("python3")), ("python3",), error)
    yield Example("the user's python3", facts(kernel("python3", "user")), ("python3",), error)
    named = Project(True, "~/demo", kernels=(NotebookKernel("a.ipynb", "lab", "lab", "python"),))
    yield Example("a notebook names it", facts(kernel("lab", "user"), project=named), ("lab",), error)
    yield Example("it bears the environment's name", facts(kernel("demo", "user")), ("demo",), error)
    yield Example("left over of another environment", facts(kernel("old", "user")), ("old",), note)
    yield Example("for everybody", facts(kernel("old", "system")), ("old",), note)
    yield Example("without ipykernel", environment(kernels=Kernels((kernel("lab"),))), ("lab",), error)
    yield Example("hidden by another", facts(kernel("python3", "user", hidden_by="share/jupyter/kernels/python3")))
    yield Example("alive", facts(kernel("python3", argv=("python",), interpreter="bin/python", exists=True)))
    yield Example("of another language", facts(kernel("ir", argv=("R",), interpreter="", exists=True)))
    bare = kernel("python3", argv=("python", "-m", "ipykernel_launcher"), interpreter="bin/python")
    yield Example("the environment itself has no Python", facts(bare))


CHECK = Check(
    "NBK001",
    "dead-kernel",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("identity", "kernels", "distributions", "project"),
    records=False,
    optional=("conda",),
)
