"""What part a specification plays in its project: what every environment holds, a group of it, or one of several.

Files that differ by platform, Python or purpose are alternatives, of which an environment follows one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from doctor.facts import Facts, Specification

Role = Literal[
    "main",  #: of every environment of the project
    "group",  #: added to it by those who want it: requirements-dev.txt
    "alternative",  #: one of several: environment-gpu.yml, requirements-py38.txt
    "constraints",  #: versions of what others ask for
    "apart",  #: an environment of its own: a script's, a container's
]

#: kinds whose packages go into other environments than the project's
_APART = frozenset({"script", "Dockerfile", "devcontainer.json"})
#: kinds of which a project has one
_SINGLE = frozenset({"pyproject", "pixi.toml", "setup.cfg", "setup.py", "Pipfile"})
#: words by which a file is added to the main one, and none of them names another machine or Python
_GROUPS = frozenset(
    re.findall(
        r"\w+",
        """
        dev devel develop development test tests testing doc docs documentation lint linting format style typing
        types mypy build notebook notebooks examples extra extras optional all full local
        """,
    )
)
#: words by which a file is the main one
_MAINS = frozenset({"", "base", "main", "core", "common", "prod", "production", "runtime"})
#: words that say what kind of file it is
_FILLERS = frozenset({"requirements", "requirement", "reqs", "environment", "env", "conda"})
_STEM = re.compile(r"\.(?:txt|in|ya?ml)$")
_WORDS = re.compile(r"[-_.\s]+")


def role_of(spec: Specification, among: Sequence[Specification]) -> Role:
    """The part that a specification plays among those of its project."""
    if spec.kind in _APART:
        return "apart"
    if spec.kind in _SINGLE:
        return "main"
    if spec.kind == "constraints":
        return "constraints" if label_of(spec.path) == "constraints" else "alternative"
    label = label_of(spec.path)
    if spec.kind == "environment.yml":
        others = [other for other in among if other.kind == "environment.yml" and other.path != spec.path]
        return "main" if label in _MAINS or not others else "alternative"
    if "/" in spec.path and not spec.path.startswith("requirements/"):
        return "alternative"
    if label in _MAINS:
        return "main"
    return "group" if set(_WORDS.split(label)) <= _GROUPS else "alternative"


def says_what_is_needed(facts: Facts) -> bool:
    """Whether a file of the project says what an environment of it should hold: not one for containers or scripts."""
    return bool(of_role(facts, "main", "group", "alternative"))


def label_of(path: str) -> str:
    """What a file's name adds to requirements or environment: dev of requirements-dev.txt, py38 of environment-py38."""
    name = _STEM.sub("", path.rpartition("/")[2].lower())
    words = [word for word in _WORDS.split(name) if word and word not in _FILLERS]
    return " ".join(words)


def of_role(facts: Facts, *roles: Role) -> tuple[Specification, ...]:
    """The specifications of the project that play one of these parts."""
    every = facts.project.specifications
    return tuple(spec for spec in every if role_of(spec, every) in roles)


def group_of(spec: Specification, among: Sequence[Specification]) -> str:
    """The group that a whole file stands for; empty for a main one."""
    return label_of(spec.path) if role_of(spec, among) == "group" else ""


def is_compiled(spec: Specification) -> bool:
    """Whether another file of the project was compiled to this one, which makes it a lock."""
    return bool(spec.compiled) and spec.compiled not in _EXPORTERS


#: tools that write a file from what is installed instead
_EXPORTERS = frozenset({"envdoctor", "conda", "pip freeze"})


def is_ours(spec: Specification) -> bool:
    """Whether envdoctor wrote this file from what was installed."""
    return spec.compiled == "envdoctor"


__all__ = ["Role", "group_of", "is_compiled", "is_ours", "label_of", "of_role", "role_of", "says_what_is_needed"]
