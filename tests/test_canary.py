"""Checking starts nothing and changes nothing: hooks of every kind lie in wait, and none is sprung."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patients.venvs import make_venv
from tests.tui.terminal import Terminal

TOOLS = (
    "python", "python3", "pip", "conda", "mamba", "micromamba", "pixi", "uv", "nvidia-smi", "git", "ldd", "ldconfig",
    "jupyter", "sh",
)  # fmt: skip


class Trap:
    """An environment, a home and a PATH full of hooks that leave a mark when anything runs them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.marks = folder / "marks"
        self.marks.mkdir()
        self.home = folder / "home"
        self.prefix = make_venv(folder / "project" / ".venv")
        self.tools = folder / "tools"
        site = next(self.prefix.glob("lib/python3*/site-packages"))
        self._python(site / "sitecustomize.py", "sitecustomize")
        self._python(site / "trap_module.py", "module")
        self._text(site / "trap.pth", f"import pathlib; pathlib.Path({str(self.marks / 'pth')!r}).touch()\n")
        self._text(site / "trap.start", "trap_module:main\n")
        user = self.home / ".local" / "lib" / site.parent.name / "site-packages"
        self._python(user / "usercustomize.py", "usercustomize")
        self._python(self.home / "startup.py", "PYTHONSTARTUP")
        self._shell(self.prefix / "etc/conda/activate.d/trap.sh", "activate.d")
        self._shell(self.prefix / "bin/activate", "activate")
        self._python(self.folder / "project" / "setup.py", "setup.py")
        self._python(self.folder / "project" / "conftest.py", "conftest.py")
        for name in ("python", "python3", "pip", "conda"):
            (self.prefix / "bin" / name).unlink(missing_ok=True)
            self._shell(self.prefix / "bin" / name, f"bin-{name}")
        for name in TOOLS:
            self._shell(self.tools / name, f"PATH-{name}")

    def _text(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def _python(self, path: Path, mark: str) -> None:
        self._text(path, f"import pathlib\npathlib.Path({str(self.marks / mark)!r}).touch()\n")

    def _shell(self, path: Path, mark: str) -> None:
        self._text(path, f"#!/bin/sh\n: > '{self.marks / mark}'\n")
        path.chmod(0o755)

    @property
    def variables(self) -> dict[str, str]:
        """The environment in which envdoctor is started."""
        return {
            "PATH": f"{self.prefix / 'bin'}:{self.tools}",
            "HOME": str(self.home),
            "VIRTUAL_ENV": str(self.prefix),
            "CONDA_EXE": str(self.tools / "conda"),
            "PYTHONSTARTUP": str(self.home / "startup.py"),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
        }

    def sprung(self) -> list[str]:
        """The hooks that were run."""
        return sorted(path.name for path in self.marks.iterdir())

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Start envdoctor with this Python, not with the trapped one."""
        command = [sys.executable, "-m", "doctor", *arguments]
        return subprocess.run(
            command, env=self.variables, cwd=self.folder / "project", capture_output=True, text=True, check=False
        )


@pytest.fixture(scope="module")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Trap:
    return Trap(tmp_path_factory.mktemp("canary"))


def photograph(root: Path) -> dict[str, tuple[int, int, str]]:
    """Mode, mtime and content of everything below a folder."""
    seen: dict[str, tuple[int, int, str]] = {}
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = Path(folder) / name
            status = path.lstat()
            if stat.S_ISLNK(status.st_mode):
                content = str(path.readlink())
            else:
                content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            seen[str(path.relative_to(root))] = (status.st_mode, status.st_mtime_ns, content)
    return seen


def test_the_trap_works(trap: Trap) -> None:
    subprocess.run([str(trap.prefix / "bin/python")], check=True)
    assert trap.sprung() == ["bin-python"]
    (trap.marks / "bin-python").unlink()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--check",),
        ("check", "--deep", "--timings"),
        ("list", "--sizes"),
        ("explain", "pip"),
        ("check", "--format=json"),
    ],
    ids=" ".join,
)
def test_commands_spring_nothing_and_change_nothing(trap: Trap, arguments: tuple[str, ...]) -> None:
    before = photograph(trap.folder)
    done = trap.run(*arguments)
    assert "Traceback" not in done.stderr
    assert trap.sprung() == []
    assert photograph(trap.folder) == before


def test_a_tour_of_the_app_springs_nothing(trap: Trap, tmp_path: Path) -> None:
    before = photograph(trap.folder)
    state = tmp_path / "state"  # where the app remembers that its first start was explained, and nothing else
    variables = {**trap.variables, "ENVDOCTOR_STATE": str(state)}
    with Terminal(["-m", "doctor"], variables=variables, cwd=trap.folder / "project") as terminal:
        terminal.wait_for("choose an environment", ".venv")
        terminal.press("enter")
        terminal.wait_for("SEC001")
        terminal.press("enter")
        terminal.wait_for("What was seen")
        terminal.press("escape")
        terminal.wait_for("virtual environment", "c Checks")
        terminal.press("c")
        terminal.wait_for("how they came out")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    assert trap.sprung() == []
    assert photograph(trap.folder) == before
    assert [path.name for path in state.iterdir()] == ["app.conf"]
