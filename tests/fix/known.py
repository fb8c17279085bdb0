"""What is known of a patient before it is repaired, with a home and settings of the test's own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from doctor.collect import conda, distributions, identity, machine, settings
from doctor.facts import Facts
from doctor.fix.managers.programs import find_programs
from doctor.fix.plan import Program
from doctor.target.environment import Request
from doctor.target.recognise import inspect_prefix


class Known(NamedTuple):
    request: Request
    facts: Facts
    programs: tuple[Program, ...]

    def only(self, *names: str) -> Known:
        """As if no other package managers were there."""
        return self._replace(programs=tuple(program for program in self.programs if program.name in names))


def own_settings(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    """Let commands see a home folder of the test's own and no settings of the machine's; return that home."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    for name in os.environ:
        if name.startswith(("PIP_", "UV_", "CONDA", "MAMBA", "PYTHON", "XDG_", "VIRTUAL_ENV")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("ENVDOCTOR_STATE", str(folder / "state"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return home


def known(prefix: Path, home: Path, *tools: Path, variables: Mapping[str, str] = {}) -> Known:
    """All that repairs are planned from; tools are folders on PATH."""
    environment = inspect_prefix(prefix)
    assert environment is not None
    path = os.pathsep.join([*map(str, tools), "/usr/bin", "/bin"])
    told = {"PATH": path, "PIP_CONFIG_FILE": os.devnull, **variables}
    request = Request(environment, variables=told, home=home)
    facts = Facts(identity=identity.read(request, Facts()))
    facts = facts._replace(
        distributions=distributions.read(request, facts),
        conda=conda.read(request, facts),
        settings=settings.read(request, facts),
        machine=machine.read(request, facts),
    )
    return Known(request, facts, find_programs(request, facts))
