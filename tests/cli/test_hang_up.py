"""A terminal that is closed in the middle of a repair: the old state comes back, as after ^C."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from doctor.fix.history import operations
from tests.cli.test_fix import variables
from tests.fix.trees import differences, picture
from tests.patients.venvs import install, make_venv, site_packages_of
from tests.patients.wheels import make_wheel
from tests.tui.terminal import Terminal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a console window ends its programs otherwise")


def test_the_old_state_comes_back(tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "project" / ".venv")
    files = {f"lost/part{number}.py": "" for number in range(300)}
    install(prefix, make_wheel(tmp_path / "wheels", "lost", "1.0", files))
    (site_packages_of(prefix) / "lost/part7.py").unlink()
    (tmp_path / "home").mkdir()
    state = tmp_path / "state"
    before = picture(prefix)
    command = [
        "-P", "-m", "doctor", "fix", str(prefix), "MIX006", "--yes", "--no-export",
        "--offline", "--wheels", str(tmp_path / "wheels"),
    ]  # fmt: skip
    given = variables(tmp_path / "project")
    terminal = Terminal(command, variables=given, cwd=tmp_path)
    terminal.wait_for("Saved 3", seconds=60)
    os.close(terminal.descriptor)
    _, status = os.waitpid(terminal.pid, 0)
    assert os.WIFEXITED(status), f"it was not to be killed by it, but came to {status}"
    (operation,) = operations(state)
    assert operation.ending == "put-back", operation.text
    assert differences(before, picture(prefix)) == []
