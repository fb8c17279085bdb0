"""Where in a repository a finding belongs: the line that sets the expectation, else what names the environment.

Most evidence lies in the environment, which no repository holds; code scanning and annotations want a file of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from doctor.facts import Facts
from doctor.judgement.expectations.belonging import speaking
from doctor.model import Finding

#: files that name an environment, the likeliest first; told for what no file of the project shows by itself
USUAL = ("pyproject.toml", "environment.yml", "environment.yaml", "pixi.toml", "requirements.txt", "setup.cfg")
_SEPARATORS = re.compile(r"[-_.]+")


class Repository(NamedTuple):
    """Where the project lies in its repository, and which of its files speaks for the environment."""

    folder: str = ""  #: of the project, relative to the repository's root; empty where they are the same
    file: str = ""  #: relative to the project; empty where none of the usual ones is there


#: nothing is known of the repository
UNKNOWN = Repository()


class Place(NamedTuple):
    """A line of a file of the repository."""

    path: str  #: relative to the repository's root, with forward slashes
    line: int = 0  #: 0 where the file as a whole is meant
    certain: bool = True  #: False where the file only stands for the environment


def place_of(finding: Finding, facts: Facts, repository: Repository) -> Place:
    """The evidence's first line in a project's file, else its first file, else the line that asks for the package."""
    own = project_files(facts)
    seen = [(path, line) for path, line in _seen(finding, facts) if path in own]
    best = next((one for one in seen if one[1]), seen[0] if seen else None) or _asked_for(finding, facts)
    if best:
        return Place(_within(best[0], repository), best[1])
    path, line = _stand_in(facts, repository)
    return Place(_within(path, repository), line, certain=False)


def policy_file(facts: Facts, repository: Repository) -> str:
    """The file that holds the policy, or would hold it, relative to the project."""
    return relative(facts.project.policy.path, facts) or _named(facts, repository)


def _stand_in(facts: Facts, repository: Repository) -> tuple[str, int]:
    """What speaks for the environment: the file that it is made from, where it begins to ask; else the policy's."""
    made_from = [spec for spec in speaking(facts) if inside(spec.path) and spec.asked]
    if made_from:
        first = min(made_from, key=lambda spec: USUAL.index(spec.path) if spec.path in USUAL else len(USUAL))
        return first.path, min((asked.line for asked in first.asked if asked.line > 0), default=0)
    return policy_file(facts, repository), 0


def _named(facts: Facts, repository: Repository) -> str:
    """The file that names the environment, the likeliest first."""
    named = [spec.path for spec in facts.project.specifications] + [lock.path for lock in facts.locks.files]
    known = [path for path in USUAL if path in named] or [path for path in named if inside(path)]
    return repository.file or next(iter(known), USUAL[0])


def project_files(facts: Facts) -> frozenset[str]:
    """The files of the project that facts speak of, relative to it."""
    project = facts.project
    paths = {
        project.baseline_path,
        project.policy.path,
        *(lock.path for lock in facts.locks.files),
        *(problem.path for problem in (*project.problems, *facts.locks.problems)),
        *(variable.source for variable in project.sets),
        *(module for module in project.modules if module.endswith(".py")),
        *(place.path for places in project.imports.values() for place in places),
    }
    for found in (
        project.specifications,
        project.gpu_wishes,
        project.pythons,
        project.kernels,
        project.installs,
        project.host,
        project.editors,
    ):
        paths.update(one.path for one in found)
    return frozenset(path for path in (relative(_file(path), facts) for path in paths) if path)


def relative(path: str, facts: Facts) -> str:
    """A path relative to the project's root; empty where it lies elsewhere, or inside the environment."""
    root, prefix = facts.project.root, facts.identity.prefix
    if prefix and prefix != root and (path == prefix or path.startswith(prefix.rstrip("/") + "/")):
        return ""
    if len(root) > 1 and path.startswith(root + "/"):
        path = path[len(root) + 1 :]
    return path if inside(path) else ""


def inside(path: str) -> bool:
    """Whether a path is relative and stays where it is."""
    absolute = path.startswith(("/", "~", "$", "\\")) or path[1:2] == ":"
    return bool(path) and not absolute and ".." not in path.split("/")


def _seen(finding: Finding, facts: Facts) -> Iterator[tuple[str, int]]:
    for evidence in finding.evidence:
        in_cell = _file(evidence.path) != evidence.path
        yield relative(_file(evidence.path), facts), 0 if in_cell else evidence.line


def _asked_for(finding: Finding, facts: Facts) -> tuple[str, int] | None:
    """Where a specification asks for one of the packages that a finding is about."""
    names = {_SEPARATORS.sub("-", name).lower() for name in (finding.subject, *finding.packages)}
    for specification in facts.project.specifications:
        for asked in specification.asked:
            if asked.line and asked.name in names and inside(specification.path):
                return specification.path, asked.line
    return None


def _file(path: str) -> str:
    """The file of a place: a line within a notebook's cell is none of the file's."""
    name, hash_sign, cell = path.rpartition("#")
    return name if hash_sign and cell.isdecimal() else path


def _within(path: str, repository: Repository) -> str:
    return f"{repository.folder}/{path}" if repository.folder else path
