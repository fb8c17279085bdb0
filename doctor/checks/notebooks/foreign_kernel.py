"""A Jupyter kernel reads like this environment's and starts another Python.

## Why it matters
The notebook runs, in an environment that nobody looks at: a package that was just installed is "not found", and
results come from other versions than the ones that are written down.

## How it is found
Of the kernels that Jupyter would offer here, those that bear this environment's name, are shown by it, are called
python3, or are what the project's notebooks and policy name, are followed to the Python that they start, through
links and `conda run`. Silent where that is this environment's, where it cannot be told, and for every kernel that
does not pretend to be this environment's.

## What the fix does
Gives the environment a kernel of that name of its own, which Jupyter takes first, or lets the kernel start this
environment's Python. The environment that it starts today stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Facts, Kernel, Kernels, Project
from doctor.facts.build import distribution, environment
from doctor.facts.project import NotebookKernel
from doctor.judgement.kernels import (
    for_the_user,
    named_by_notebooks,
    offered,
    reads_like_own,
    redirected,
    with_kernel,
)
from doctor.knowledge.kernels import NATIVE, kernel_name
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, Severity, Tell

_SHOWN = 5


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each kernel that starts another environment than one would think."""
    for kernel in offered(facts):
        if kernel.inside or not kernel.exists or not kernel.environment:
            continue
        why = reads_like_own(kernel, facts)
        if not why:
            continue
        notebooks = named_by_notebooks(facts).get(kernel.name, [])
        other = kernel.environment
        lacks = "; ipykernel is not installed there" if kernel.has_ipykernel is False else ""
        text = f"the kernel {kernel.name} starts the Python of {other}, not this environment's"
        yield Finding(
            Severity.WARNING,
            kernel.name,
            text if len(text) <= 100 else f"the kernel {kernel.name[:40]} starts another environment's Python",
            (
                Evidence(f"{kernel.name} starts {kernel.interpreter}, of {other}{lacks}", kernel.path),
                Evidence(why),
                *(Evidence(f"names the kernel {kernel.name}", it.path) for it in notebooks[:_SHOWN]),
            ),
            remedies=tuple(_remedies(kernel, facts)),
        )


def _remedies(kernel: Kernel, facts: Facts) -> Iterator[Remedy]:
    if kernel.name != NATIVE and kernel.place != "environment" and _comes_first(facts):
        own = with_kernel(facts, kernel.name)
        if own is not None:
            yield own
    change = redirected(kernel, facts)
    if change is not None:
        what = "the Python that Jupyter runs in" if kernel.name == NATIVE else "this environment's Python"
        yield Remedy(
            f"Let the kernel {kernel.name} start {what}",
            Safety.CAREFUL,
            (change,),
            f"It no longer starts {kernel.environment}.",
        )
    name = kernel_name(facts.identity.name)
    yield Remedy(
        "Register this environment's kernel under a name of its own",
        Safety.MANUAL,
        (
            Tell("Run this where Jupyter itself runs in another environment.", for_the_user(facts, name)),
            Tell(f"Then choose it in the notebook, in place of {kernel.display or kernel.name}."),
        ),
    )


def _comes_first(facts: Facts) -> bool:
    """Whether Jupyter takes this environment's kernels before the user's, as it does but in a base."""
    identity = facts.identity
    return identity.kind in ("venv", "conda") and not identity.is_conda_base and not _is_old(facts)


def _is_old(facts: Facts) -> bool:
    return any(dist.key == "jupyter-core" and dist.version.startswith("4.") for dist in facts.distributions.installed)


def examples() -> Iterator[Example]:
    """By name, by what is shown, python3, by policy and notebook; its own, and others that pretend nothing."""
    ready = (distribution("ipykernel", "7.1.0"),)
    other = "~/miniforge3/envs/old"
    program = f"{other}/bin/python"
    text = f'{{"argv": ["{program}", "-m", "ipykernel_launcher"]}}'

    def kernel(name: str, display: str = "", place: str = "user", **more: object) -> Kernel:
        folder = "share/jupyter/kernels" if place == "environment" else "~/.local/share/jupyter/kernels"
        filled = {"argv": (program,), "interpreter": program, "environment": other} | more
        return Kernel(name, f"{folder}/{name}/kernel.json", place, display or name, "python", written=text, **filled)  # type: ignore[arg-type]

    def facts(*kernels: Kernel, **more: object) -> Facts:
        return environment(**({"distributions": ready, "kernels": Kernels(kernels)} | more))  # type: ignore[arg-type]

    warning = Severity.WARNING
    yield Example("by its name", facts(kernel("demo")), ("demo",), warning)
    yield Example("by what is shown", facts(kernel("py-old", "Python (demo)")), ("py-old",), warning)
    yield Example("the user's python3", facts(kernel("python3")), ("python3",), warning)
    copied = facts(kernel("python3", place="environment"))
    yield Example("in a copied environment", copied, ("python3",), warning)
    lacking = facts(kernel("demo", has_ipykernel=False), distributions=())
    yield Example("without ipykernel on either side", lacking, ("demo",), warning)
    policy = Project(True, "~/demo")._replace(policy=Project().policy._replace(kernel="lab"))
    yield Example("the policy names it", facts(kernel("lab"), project=policy), ("lab",), warning)
    named = Project(True, "~/demo", name="survey", kernels=(NotebookKernel("a.ipynb", "survey", "", "python"),))
    yield Example("the project's name, in a notebook", facts(kernel("survey"), project=named), ("survey",), warning)
    elsewhere = named._replace(root="~/elsewhere", name="survey")
    yield Example("another project's name", facts(kernel("survey"), project=elsewhere))
    yield Example("another environment's", facts(kernel("old", "Python (old)")))
    yield Example("this environment's", facts(kernel("demo", inside=True, environment="")))
    yield Example("nobody knows what it starts", facts(kernel("demo", environment="")))
    yield Example("hidden by the right one", facts(kernel("demo", hidden_by="share/jupyter/kernels/demo/kernel.json")))
    yield Example("python3 without Jupyter here", facts(kernel("python3"), distributions=()))
    generic = {"name": ".venv of demo", "prompt": ""}
    yield Example("a name that says nothing", facts(kernel("venv"), identity=generic))


CHECK = Check(
    "NBK002",
    "foreign-kernel",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("identity", "kernels", "distributions", "project"),
    records=False,
    optional=("conda",),
)
