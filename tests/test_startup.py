"""What a start loads: a list of modules, since times cannot be asserted on a shared machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.patients.venvs import make_venv

HEAVY = {
    *("textual", "rich", "numpy", "asyncio", "logging", "importlib.metadata", "email", "ssl", "socket", "rattler"),
    *("inspect", "pkgutil", "dataclasses", "subprocess", "concurrent.futures", "csv", "tempfile"),
}


def loaded(*arguments: str) -> set[str]:
    """The modules that a command line loads when its output is piped."""
    code = (
        "import sys; before = set(sys.modules); sys.argv = ['envdoctor', *sys.argv[1:]]\n"
        "from doctor.__main__ import main\n"
        "code = main()\n"
        "print('\\n'.join(set(sys.modules) - before), file=sys.stderr)\n"
        "sys.exit(0 if code in (0, 1) else code)"
    )
    done = subprocess.run(
        [sys.executable, "-X", "frozen_modules=on", "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


@pytest.fixture(scope="module")
def venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_venv(tmp_path_factory.mktemp("startup") / "env")


def test_version_loads_nothing_of_its_own_but_the_entry() -> None:
    ours = {name for name in loaded("--version") if name.startswith("doctor")}
    assert ours == {"doctor", "doctor.__main__"}


def test_help_loads_the_grammar_alone() -> None:
    modules = loaded("--help")
    assert not HEAVY & modules
    assert not {name for name in modules if name.startswith(("doctor.collect", "doctor.checks", "doctor.tui"))}


def test_check_loads_no_screen_no_numpy_no_event_loop(venv: Path) -> None:
    modules = loaded("--check", str(venv))
    assert "doctor.checks.mixed.duplicate_distribution" in modules
    assert not HEAVY & modules


def test_selection_loads_its_family_and_layers_alone(venv: Path) -> None:
    modules = loaded("check", str(venv), "--project", str(venv.parent), "--select", "DEP")
    assert not {name for name in modules if name.startswith("doctor.checks.mixed")}
    assert not {"psutil", "pynvml", "doctor.collect.machine", "doctor.collect.sizes"} & modules
    unused = {"doctor.collect.conda_meta", "doctor.reading.conda.record", "doctor.collect.binaries"}
    assert not (unused | {"shutil", "difflib", "yaml", "tomllib", "ast"}) & modules
    assert not HEAVY & modules
