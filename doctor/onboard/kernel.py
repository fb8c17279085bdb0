"""The Jupyter kernel that the repository's notebooks are to find in the environment."""

from __future__ import annotations

from typing import NamedTuple

from doctor.facts import Facts
from doctor.judgement.kernels import ASIDE, has_ipykernel, ipykernel, offered, with_kernel
from doctor.knowledge.kernels import NATIVE, kernel_name
from doctor.model import Remedy, Safety


class KernelWish(NamedTuple):
    """Which kernel is wanted, and what is to be done for it."""

    name: str  #: empty where notebooks need none
    why: str = ""
    done: bool = False
    remedy: Remedy | None = None  #: None where it is there, or cannot be given
    problem: str = ""


def kernel_wish(facts: Facts, *, there: bool) -> KernelWish:
    """The kernel that the policy or most notebooks name; python3, which ipykernel brings, where none is named."""
    policy = facts.project.policy.kernel
    own = [kernel for kernel in facts.project.kernels if not ASIDE.search(kernel.path)]
    named = [kernel.name for kernel in own if kernel.language.lower() in ("", "python", "ipython")]
    named = [name for name in named if name.lower() in (NATIVE, kernel_name(name))]
    if policy:
        name, why = policy.lower(), "[tool.envdoctor] names it"
    elif named:
        name = max(sorted(set(named)), key=named.count).lower()
        notebooks = named.count(name) or 1
        why = f"{notebooks} of the notebooks {'names' if notebooks == 1 else 'name'} it"
    else:
        aside = facts.project.notebooks > 0
        why = "notebooks of documentation and tests alone" if aside else "the repository has no notebooks"
        return KernelWish("", why)
    if not there:
        return KernelWish(name, why)
    ready = has_ipykernel(facts)
    if name == NATIVE:
        remedy = None if ready else Remedy("Install ipykernel", Safety.CAREFUL, (ipykernel(facts),))
        return KernelWish(name, why, ready, remedy)
    if ready and any(kernel.name == name and kernel.inside and kernel.exists for kernel in offered(facts)):
        return KernelWish(name, why, done=True)
    remedy = with_kernel(facts, name)
    problem = "" if remedy else f"a kernel called {name} is there already, and starts another Python"
    return KernelWish(name, why, False, remedy, problem)
