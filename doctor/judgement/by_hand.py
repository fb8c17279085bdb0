"""Turns remedies for a Python that is not to be changed by pip into what a user can do by hand.

The operating system's own Python, and any other that is marked as externally managed, refuses pip, and rightly so:
a command that gets round the refusal would break what else needs that Python.
"""

from __future__ import annotations

from doctor.facts import Facts
from doctor.model import Finding, Install, Move, Protect, Rebuild, Remedy, Safety, Step, Tell, Uninstall


def told_by_hand(finding: Finding, facts: Facts) -> Finding:
    """A finding whose remedies leave a managed Python to whom it belongs; others as they are."""
    if not is_managed(facts):
        return finding
    return finding._replace(remedies=tuple(_by_hand(remedy, facts) for remedy in finding.remedies))


def is_managed(facts: Facts) -> bool:
    """Whether pip has no business in this Python: it is marked so, or has the folders of a system's packages."""
    identity = facts.identity
    if identity.kind == "venv":
        return False  # pip may fill it whatever its base says
    if identity.externally_managed:
        return True
    own = (folder.path for folder in identity.site_folders if folder.kind == "environment")
    return identity.kind == "system" and (identity.prefix == "/usr" or any("dist-packages" in path for path in own))


def _by_hand(remedy: Remedy, facts: Facts) -> Remedy:
    conda = facts.identity.kind == "conda"
    if conda and not any(isinstance(step, Install | Uninstall) and step.manager == "pip" for step in remedy.steps):
        return remedy
    if not any(isinstance(step, Install | Uninstall | Move | Protect | Rebuild) for step in remedy.steps):
        return remedy
    steps: dict[Step, None] = {}
    for step in remedy.steps:
        steps |= dict.fromkeys(_told(step, facts))
    return remedy._replace(safety=Safety.MANUAL, steps=tuple(steps))


def _told(step: Step, facts: Facts) -> tuple[Step, ...]:
    """One step as what to do instead of it."""
    identity = facts.identity
    python = identity.interpreter.path.rpartition("/")[2] if identity.interpreter else "python3"
    match step:
        case Install(manager="pip", force=True):
            names = ", ".join(spec.partition("==")[0] for spec in step.specs)
            return (Tell(f"Let the tool that manages this Python ({_whose(facts)}) install {names} again."),)
        case Install(manager="pip"):
            index = ("--index-url", step.index_url) if step.index_url else ()
            install = (".venv/bin/python", "-m", "pip", "install", *index, *step.specs)
            return (
                Tell(
                    f"Leave this Python to the tool that manages it ({_whose(facts)}); work in an environment "
                    "of your own.",
                    (python, "-m", "venv", ".venv"),
                ),
                Tell("Install what you need there.", install),
            )
        case Uninstall(manager="pip"):
            return (Tell(f"Let the tool that brought them ({_whose(facts)}) remove {', '.join(step.names)}."),)
        case Move() if identity.kind != "conda":
            return (Tell(f"As administrator, move aside: {', '.join(f'{identity.prefix}/{p}' for p in step.paths)}"),)
        case Protect() if identity.kind != "conda":
            places = tuple(f"{identity.prefix}/{path}" for path in step.paths)
            return (Tell("As administrator, take the permission away.", ("sudo", "chmod", "-R", "o-w", "--", *places)),)
        case Rebuild() if identity.kind != "conda":
            version = f" with Python {step.python}" if step.python else ""
            return (Tell(f"Make an environment of your own{version}; the system's Python stays as it is."),)
    return (step,)


def _whose(facts: Facts) -> str:
    match facts.identity.kind:
        case "system" if facts.identity.system == "macos":
            return "macOS or Homebrew"
        case "system":
            return "apt, dnf or the like"
        case "conda":
            return "conda"
        case "standalone":
            return "uv"
    return "see its EXTERNALLY-MANAGED file"
