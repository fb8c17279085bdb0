"""Which kernels Jupyter offers in an environment, which of them read like its own, and how to give it one; pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from doctor.facts import Facts, Kernel
from doctor.facts.project import NotebookKernel
from doctor.judgement.dependencies import visible_distributions
from doctor.judgement.expectations.belonging import belongs
from doctor.judgement.native_remedies import from_conda
from doctor.knowledge.kernels import FOLDER, NATIVE, is_telling, kernel_name, kernel_text
from doctor.model import Edit, Install, Remedy, Safety, Step

#: where notebooks need not run in every environment of a project
ASIDE = re.compile(
    r"(^|/)(tests?|testing|test_?data|docs?|doc_?src|examples?|tutorials?|benchmarks?|fixtures|templates?)/"
)
#: a program's name that is a Python's own
_PYTHON = re.compile(r"(?:.*[/\\])?python[0-9.]*t?(?:\.exe)?", re.IGNORECASE)


def offered(facts: Facts) -> tuple[Kernel, ...]:
    """The kernels that can be chosen here: of several with one name, the one that Jupyter takes."""
    return tuple(kernel for kernel in facts.kernels.specs if not kernel.hidden_by)


def has_ipykernel(facts: Facts) -> bool:
    """Whether the environment's Python finds ipykernel."""
    return "ipykernel" in visible_distributions(facts) or any(
        record.name == "ipykernel" for record in facts.conda.records
    )


def named_by_notebooks(facts: Facts) -> dict[str, list[NotebookKernel]]:
    """Name of a kernel, as Jupyter compares it -> the project's Python notebooks that name it."""
    found: dict[str, list[NotebookKernel]] = {}
    for notebook in facts.project.kernels if belongs(facts) else ():
        if notebook.name and notebook.language.lower() in ("", "python", "ipython"):
            found.setdefault(notebook.name.lower(), []).append(notebook)
    return found


def reads_like_own(kernel: Kernel, facts: Facts) -> str:
    """Why somebody takes a kernel for this environment's, or an empty text."""
    if kernel.name == NATIVE:
        return "python3 is the kernel of the Python that Jupyter runs in" if has_ipykernel(facts) else ""
    for name in _names(facts):
        if kernel.name == kernel_name(name):
            return f"it bears the name of this environment, {name}"
        if _shows(kernel.display, name):
            return f"it is shown as {kernel.display!r}, and this environment is called {name}"
    if belongs(facts):
        if facts.project.policy.kernel.lower() == kernel.name:
            return f"[tool.envdoctor] names {kernel.name} as the project's kernel"
        if kernel.name == kernel_name(_project_name(facts)) and kernel.name in named_by_notebooks(facts):
            return f"it bears the name of the project, {_project_name(facts)}, whose notebooks name it"
    return ""


def _names(facts: Facts) -> Iterator[str]:
    """What the environment is called by its users."""
    identity = facts.identity
    prompt = identity.prompt.strip("() '\"")
    for name in dict.fromkeys((identity.name, prompt)):
        if is_telling(name) and " of " not in name and not identity.is_conda_base:
            yield name


def _project_name(facts: Facts) -> str:
    name = facts.project.name or facts.project.root.rstrip("/").rpartition("/")[2]
    return name if is_telling(name) else ""


def _shows(display: str, name: str) -> bool:
    """Whether a kernel is shown by the environment's name: demo, Python (demo), Python 3 (demo)."""
    shown = re.sub(r"^python\s*[\d.]*\s*", "", display.strip(), flags=re.IGNORECASE)
    return shown.strip("()[] ").casefold() == name.casefold()


def display_name(facts: Facts) -> str:
    """How a kernel of this environment is shown: Python (demo)."""
    name = next(_names(facts), "") or _project_name(facts) or facts.identity.name
    return f"Python ({name})" if name else "Python"


def with_kernel(facts: Facts, name: str) -> Remedy | None:
    """Give the environment a kernel of this name; None where its file is there and cannot simply be written."""
    path = f"{FOLDER}/{name}/kernel.json"
    if path in {kernel.path for kernel in facts.kernels.specs} | {bad.path for bad in facts.kernels.problems}:
        return None
    steps: list[Step] = [Edit(path, "", kernel_text("python", display_name(facts)))]
    ready = has_ipykernel(facts)
    if not ready:
        steps.insert(0, ipykernel(facts))
    return Remedy(
        f"Give this environment a kernel called {name}{'' if ready else ', and ipykernel'}",
        Safety.SAFE if ready else Safety.CAREFUL,
        tuple(steps),
        "The Jupyter of this environment offers it; one that runs elsewhere does not see it.",
    )


def ipykernel(facts: Facts) -> Step:
    """Install ipykernel with the manager of this environment, from the channel that most of it came from."""
    if facts.identity.kind == "conda":
        return from_conda(facts, ("ipykernel",), "").steps[0]
    return Install("pip", ("ipykernel",))


def for_the_user(facts: Facts, name: str) -> tuple[str, ...]:
    """The command that registers this environment's kernel for a Jupyter that runs elsewhere."""
    identity = facts.identity
    program = identity.interpreter.path if identity.interpreter else "bin/python"
    python = f"{identity.prefix.rstrip('/')}/{program}"
    return (python, "-m", "ipykernel", "install", "--user", "--name", name, "--display-name", display_name(facts))


def redirected(kernel: Kernel, facts: Facts) -> Edit | None:
    """Let a kernel spec start this environment's Python; None where that is no plain change of its first word."""
    program = kernel.argv[0] if kernel.argv else ""
    if not _PYTHON.fullmatch(program) or not kernel.path.startswith(("~/", FOLDER)):
        return None
    before = json.dumps(program, ensure_ascii=False)
    if kernel.written.count(before) != 1:
        return None
    if kernel.name == NATIVE or kernel.place == "environment":
        return Edit(kernel.path, before, '"python"')  # for which Jupyter takes the Python that it runs in
    identity = facts.identity
    python = f"{identity.prefix}/{identity.interpreter.path}" if identity.interpreter else ""
    if not python or (python.startswith("~/") and "~/" not in before):
        return None  # a change names the home folder only in place of a path that named it
    return Edit(kernel.path, before, json.dumps(python, ensure_ascii=False))
