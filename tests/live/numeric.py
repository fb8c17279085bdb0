"""Environments with the numpy of the Python that runs the tests, which needs no network."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

from doctor.asked import environment_of
from doctor.facts import Facts, Fingerprint, Numbers
from doctor.live.numbers import probe_numbers
from doctor.live.probe import needed_facts
from doctor.target.environment import Request
from tests.patients.venvs import make_venv


def make(prefix: Path) -> Path:
    """A virtual environment whose numpy is a link to ours, with a record of its own."""
    make_venv(prefix)
    (site,) = prefix.glob("lib/python3*/site-packages")
    spec = importlib.util.find_spec("numpy")
    assert spec is not None
    assert spec.origin is not None
    ours = Path(spec.origin).parents[1]
    for name in ("numpy", "numpy.libs"):
        if (ours / name).exists():
            (site / name).symlink_to(ours / name)
    (info,) = ours.glob("numpy-*.dist-info")
    shutil.copytree(info, site / info.name)
    return prefix


def request_of(prefix: Path, **variables: str) -> Request:
    """A request as the command line makes it in a shell with these variables."""
    home = prefix.parent / "home"
    home.mkdir(exist_ok=True)
    outside = {"PATH": "/usr/bin:/bin", "HOME": str(home), **variables}
    return Request(environment_of(str(prefix)), variables=outside, home=home)


def computed(request: Request, *, vary: bool = False, facts: Facts | None = None) -> Numbers:
    """Its numbers."""
    numbers = probe_numbers(request, facts or needed_facts(request), vary=vary)
    assert numbers.problem == ""
    assert [run.problem for run in numbers.runs] == [""] * len(numbers.runs)
    return numbers


def fingerprint(numbers: Numbers) -> Fingerprint:
    """Numbers alone, as a file of a colleague would hold them."""
    return Fingerprint(numbers=numbers)
