"""Where no screen can be drawn, the report stands in for the app, and no hint names what cannot be opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel
from tests.tui.terminal import Terminal


@pytest.fixture(scope="module")
def sick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plain")
    prefix = make_venv(folder / "project/.venv")
    install(prefix, make_wheel(folder / "wheels", "needy", "1.0", {"needy.py": ""}, requires=["absent>=3"]))
    (folder / "home").mkdir()
    return folder / "project"


@pytest.mark.parametrize(("kind", "command"), [("dumb", ()), ("dumb", ("check",)), ("xterm-256color", ("check",))])
def test_the_next_step_is_one_that_can_be_taken(sick: Path, kind: str, command: tuple[str, ...]) -> None:
    variables = {
        "TERM": kind,
        "HOME": str(sick.parent / "home"),
        "ENVDOCTOR_STATE": str(sick.parent / "state"),
        "VIRTUAL_ENV": "",
        "CONDA_PREFIX": "",
    }
    with Terminal(["-m", "doctor", *command, ".venv"], cwd=sick, variables=variables) as terminal:
        shown = terminal.wait_for("Next: envdoctor explain")
        terminal.wait_for_end()
        shown = terminal.text()
    assert ("look around in the app" in shown) is (kind != "dumb")
    assert "envdoctor fix .venv  choose a repair" in shown
    assert not any(word in shown for word in (" Esc", "press ", " key ")), shown
