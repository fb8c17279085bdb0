"""Environments that are created anew beside the old one: examined on trial, swapped, proven, and swapped back."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from doctor.checks.interpreter import end_of_life_python
from doctor.facts.project import Policy
from tests.fix.ward import Ward
from tests.patients.conda import make_conda_prefix
from tests.patients.conda_channel import NEXT_PYTHON, PYTHON
from tests.patients.conda_command import make_conda_command
from tests.patients.conda_states import pip_only
from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel


def filled(ward: Ward) -> Path:
    """A virtual environment with a command and a package that asks for another version than is there."""
    prefix = make_venv(ward.folder / "env")
    tool = make_wheel(
        ward.wheels, "tool", "1.0", {"tool.py": "def main(): pass\n"},
        entry_points="[console_scripts]\ntool = tool:main\nruler = tool:main\n",
    )  # fmt: skip
    make_wheel(ward.wheels, "tool", "2.0", {"tool.py": "def main(): pass\n"})
    install(prefix, tool)
    return prefix


def conda(ward: Ward, *packages: str) -> Path:
    """An environment in a conda below the home folder, and the conda that looks after it."""
    cache = ward.folder / "cache"
    make_conda_command(ward.tools, cache=cache)
    prefix = ward.home / "miniforge3/envs/work"
    prefix.parent.mkdir(parents=True)
    ward.offline = False  # builds are fetched, from the test's own channel
    return make_conda_prefix(prefix, packages=packages, cache=cache)


def test_a_python_that_is_gone(ward: Ward) -> None:
    prefix = filled(ward)
    config = prefix / "pyvenv.cfg"
    for name in ("python", "python3", f"python{PYTHON}"):
        (prefix / "bin" / name).unlink(missing_ok=True)
    (prefix / "bin/python").symlink_to(f"{ward.folder}/gone/bin/python{PYTHON}")
    lines = [line for line in config.read_text().splitlines() if not line.startswith("home")]
    config.write_text("\n".join([f"home = {ward.folder}/gone/bin", *lines]) + "\n")
    (ward.tools / f"python{PYTHON}").symlink_to(Path(sys.executable).resolve())
    done = ward.repair(prefix, "PYT004", "bin/python", "Create it anew")
    assert {dist.key: dist.version for dist in done.after.facts.distributions.installed} == {"tool": "1.0"}
    assert next(iter(done.written.values())).startswith("#")


def test_commands_of_another_place(ward: Ward) -> None:
    prefix = filled(ward)
    for name in ("tool", "ruler"):
        path = prefix / "bin" / name
        text = path.read_text().partition("\n")[2]
        path.unlink()
        path.write_text(f"#!/old/place/env/bin/python\n{text}")
        path.chmod(0o755)
    done = ward.repair(prefix, "PYT008", "/old/place/env", "Create the environment anew")
    assert {dist.key: dist.version for dist in done.after.facts.distributions.installed} == {"tool": "1.0"}


def test_a_python_that_gets_no_more_fixes(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(end_of_life_python, "END_OF_LIFE", {PYTHON: "2020-01-01"})
    monkeypatch.setattr(end_of_life_python, "successor", lambda now: NEXT_PYTHON)
    prefix = conda(ward, "python", "numpy")
    done = ward.repair(prefix, "PYT005", f"python {PYTHON}", "Create it anew")
    assert done.after.facts.identity.python_minor == NEXT_PYTHON
    assert [record.version for record in done.after.facts.conda.records if record.name == "numpy"] == ["1.26.3"]


def test_a_channel_that_the_policy_forbids(ward: Ward) -> None:
    ward.project = ward.folder / "project"
    ward.project.mkdir()
    ward.policy = Policy(path="pyproject.toml", forbidden_channels=("defaults",))
    prefix = conda(ward, "python", "pip", "pkgs/main::demo-lib", "numpy")
    pip_only(prefix)
    make_wheel(ward.wheels, "demo-extra", "0.1", {"demo_extra.py": "z = 3\n"})
    (ward.home / ".condarc").write_text("channels:\n  - conda-forge\n")
    done = ward.repair(prefix, "CHN006", "pkgs/main", "Build the environment anew")
    assert {record.channel for record in done.after.facts.conda.records} == {"conda-forge"}
    assert {d.version for d in done.after.facts.distributions.installed if d.key == "demo-extra"} == {"0.1"}
    noted = ward.repair(prefix, "CHN006", "pkgs/main", "Write the environment down", ending="done")
    assert "conda-forge" in "".join(noted.written.values())
