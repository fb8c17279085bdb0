"""What recipes are made from: the repository's facts, the machine's tools, and the Python that was found."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from doctor.facts import Facts
from doctor.fix.creating.tools import Tool
from doctor.fix.options import Options
from doctor.fix.rebuild.interpreters import Found
from doctor.judgement.expectations import platform_of
from doctor.target.environment import Request


class Bench(NamedTuple):
    """All that a recipe may use."""

    request: Request  #: for the environment that is to be created, or filled; its project is the repository
    facts: Facts
    tools: Mapping[str, Tool]
    options: Options
    python: Found | None  #: the Python that virtual environments are made from; None where none fits
    wanted: str  #: PEP 440 specifier of the Pythons that the repository allows; empty for any
    existing: bool = False  #: whether an environment that is there is filled

    @property
    def folder(self) -> Path:
        """The repository."""
        assert self.request.project is not None
        return self.request.project

    @property
    def platform(self) -> str:
        """What conda calls this machine: linux-64."""
        return platform_of(self.facts)

    @property
    def target(self) -> str:
        """The interpreter of the environment, as commands name it."""
        if self.facts.machine.system == "windows":
            return "{prefix}/python.exe" if self.request.environment.kind == "conda" else "{prefix}/Scripts/python.exe"
        return "{prefix}/bin/python"
