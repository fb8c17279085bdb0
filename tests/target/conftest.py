"""A made-up machine: a file system of its own with a home, a project and nothing that could run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from doctor.target import Environment
from doctor.target.discover import discover
from doctor.target.resolve import resolve


class MadeUpMachine(NamedTuple):
    """Where its things lie; variables are given anew in each test."""

    root: Path
    home: Path
    project: Path
    variables: Mapping[str, str] = {}

    def resolve(self, text: str | None, **variables: str) -> Environment:
        """Resolve as from the project's folder."""
        return resolve(text, variables=variables, cwd=self.project, home=self.home, root=self.root)

    def discover(self, **variables: str) -> Iterator[Environment]:
        """Discover as from the project's folder."""
        return discover(variables=variables, cwd=self.project, home=self.home, root=self.root)


@pytest.fixture
def machine(tmp_path: Path) -> MadeUpMachine:
    """An empty machine with the project ~/work/project."""
    root = tmp_path / "root"
    home = root / "home/me"
    project = home / "work/project"
    project.mkdir(parents=True)
    return MadeUpMachine(root, home, project)
