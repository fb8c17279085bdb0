"""Sound environments are silent: no error and no warning, from any check."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from uv import find_uv_bin

from doctor import checks
from doctor.examine import Examined, examine
from doctor.model import Examination, Severity
from doctor.target.environment import Request
from doctor.target.resolve import inspect_prefix
from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel

#: what the machine, and not the environment, is to blame for: a full disk, a Python past its time
NOT_THE_ENVIRONMENTS = ("SIZ006", "PYT005", "NUM004", "NAT008")


def examined(prefix: Path, home: Path, *, deep: bool = True) -> Examination:
    environment = inspect_prefix(prefix)
    assert environment is not None
    request = Request(environment, deep=deep, variables={"PATH": "/usr/bin:/bin"}, home=home)
    for event in examine(request, checks.load()):
        if isinstance(event, Examined):
            return event.examination
    raise AssertionError("the examination did not end")


def complaints(examination: Examination) -> list[str]:
    """Errors and warnings, and defects of envdoctor."""
    return [
        f"{finding.code} {finding.subject}: {finding.summary}"
        for finding in examination.findings
        if finding.severity is not Severity.NOTE and finding.code not in NOT_THE_ENVIRONMENTS
    ] + [f"{outcome.check.code} crashed: {outcome.reason}" for outcome in examination.crashed]


def test_the_environment_that_runs_the_tests(tmp_path: Path) -> None:
    examination = examined(Path(sys.prefix), tmp_path)
    assert complaints(examination) == []
    assert not examination.facts.gaps
    assert len(examination.facts.distributions.installed) > 20


@pytest.mark.parametrize("by", ["uv", "venv"])
def test_a_new_and_a_small_environment(by: str, tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "env", by=by)  # type: ignore[arg-type]
    assert complaints(examined(prefix, tmp_path)) == []
    lib = make_wheel(tmp_path, "lib", "1.0", {"lib/__init__.py": "", "lib/data.bin": bytes(1000)})
    app = make_wheel(
        tmp_path, "app", "2.0", {"app.py": "def main(): ...\n"}, requires=["lib>=1", 'absent; python_version < "3"'],
        entry_points="[console_scripts]\napp = app:main\n",
    )  # fmt: skip
    install(prefix, lib, app, by="uv" if by == "uv" else "pip")
    assert complaints(examined(prefix, tmp_path)) == []


@pytest.mark.network
@pytest.mark.parametrize(
    "packages",
    [
        ["numpy", "scipy", "scikit-learn", "pandas", "matplotlib"],
        ["torch==2.13.0+cpu"],
        ["jupyterlab", "polars", "pyarrow", "statsmodels", "dask", "numba", "xgboost", "lightgbm", "plotly"],
    ],
    ids=lambda packages: packages[0],
)
def test_a_real_one_from_the_index(packages: list[str], tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "env")
    command = [find_uv_bin(), "pip", "install", "-q", "--python", str(prefix), *packages]
    local = os.environ.get("PIP_FIND_LINKS")  # where a CPU build of torch may lie that the index does not have
    done = subprocess.run([*command, *(["--find-links", local] if local else [])], check=False)
    if done.returncode:
        pytest.skip("the index offers no such build")
    assert complaints(examined(prefix, tmp_path)) == []
