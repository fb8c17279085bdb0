"""An environment whose packages misbehave when they are imported, each in one way, and gently."""

from __future__ import annotations

from pathlib import Path

from doctor.asked import environment_of
from doctor.facts import Facts, Live, Tried
from doctor.live.probe import Probed, needed_facts, probe
from doctor.live.processes import Limits
from doctor.target.environment import Environment, Request
from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel

#: short, so that tests are; the start of a Python must fit in it on a busy machine
SHORT = Limits(seconds=5.0, memory=300 * 1024**2, processes=12)


def make(folder: Path, modules: dict[str, str], *, home: str = "home") -> Path:
    """Make PROJECT/.venv with one wheel of these modules, and a project that imports all of them; return PROJECT."""
    project = folder / "project"
    prefix = make_venv(project / ".venv")
    files: dict[str, bytes | str] = {f"{name}.py": text for name, text in modules.items()}
    install(prefix, make_wheel(folder / "wheels", "many", "1.0", files))
    (project / "main.py").write_text("".join(f"import {name}\n" for name in modules))
    (folder / home).mkdir()
    return project


def request_of(project: Path, **variables: str) -> Request:
    """A request as the command line makes it."""
    environment: Environment = environment_of(str(project / ".venv"))
    outside = {"PATH": "/usr/bin:/bin", "HOME": str(project.parent / "home"), **variables}
    return Request(environment, project=project, variables=outside, home=project.parent / "home")


def probed(request: Request, limits: Limits = SHORT, facts: Facts | None = None) -> Live:
    """All that the probe finds."""
    *_, last = probe(request, facts or needed_facts(request), limits=limits)
    assert isinstance(last, Probed)
    return last.live


def one(live: Live, module: str) -> Tried:
    """What came of one module."""
    (found,) = (tried for tried in live.imports if tried.module == module)
    return found
