"""Whether an environment is the project's own, and which of its specifications speak of it."""

from __future__ import annotations

from doctor.facts import Facts, Specification
from doctor.judgement.expectations.roles import is_ours, of_role


def belongs(facts: Facts) -> bool:
    """Whether the environment is the project's own: it lies inside, a specification names it, or the user said so."""
    identity, project = facts.identity, facts.project
    if identity.kind == "repository":
        return project.present
    if not project.present or identity.is_conda_base or identity.kind not in ("venv", "conda"):
        return False
    named = any(spec.name and spec.name == identity.name for spec in project.specifications)
    return project.given or named or _inside(facts)


def _inside(facts: Facts) -> bool:
    root = facts.project.root.rstrip("/")
    return bool(root) and facts.identity.prefix.startswith(f"{root}/")


def speaking(facts: Facts) -> tuple[Specification, ...]:
    """The specifications that an environment of the project is to meet; envdoctor's own exports are none.

    A conda environment follows the environment.yml that names it, or else the only one; a virtual environment what
    pip reads. pixi sees to its own environments by itself.
    """
    specs = [spec for spec in of_role(facts, "main") if not is_ours(spec)]
    every = [spec for spec in facts.project.specifications if spec.kind == "environment.yml" and not is_ours(spec)]
    if facts.identity.maker == "pixi":
        return tuple(spec for spec in specs if spec.kind == "pixi.toml")
    if facts.identity.kind == "conda":
        named = [spec for spec in every if spec.name == facts.identity.name]
        plain = [spec for spec in specs if spec.kind == "environment.yml"]
        told = named[:1] or ([plain[0]] if len(plain) == 1 and (_inside(facts) or not plain[0].name) else [])
        return tuple(told) or tuple(spec for spec in specs if spec.kind != "environment.yml" and _of_pip(spec))
    return tuple(spec for spec in specs if _of_pip(spec))


def _of_pip(spec: Specification) -> bool:
    if spec.kind == "requirements":
        return spec.compiled != "conda"
    return spec.kind in ("pyproject", "setup.cfg", "setup.py", "Pipfile")
