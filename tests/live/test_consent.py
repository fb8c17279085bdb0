"""Nothing of an environment is started without a yes, and a yes is what somebody said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

import doctor.report
from tests.live.patient import make
from tests.patients.venvs import install
from tests.patients.wheels import make_wheel
from tests.tui.terminal import Terminal

SCHEMA = json.loads((Path(doctor.report.__file__).parent / "schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose every module, start-up file and interpreter leaves a mark when it is run."""
    (tmp_path / "marks").mkdir()
    mark = f"import pathlib, os\npathlib.Path({str(tmp_path / 'marks')!r}, __name__).touch()\n"
    project = make(tmp_path, {"sound": mark, "broken": mark + "raise ImportError('libgone.so.7: cannot open')\n"})
    site = next((project / ".venv").glob("lib/python3*/site-packages"))
    (site / "trap.pth").write_text(f"import pathlib; pathlib.Path({str(tmp_path / 'marks' / 'pth')!r}).touch()\n")
    (site / "sitecustomize.py").write_text(mark)
    return project


def marks(project: Path) -> list[str]:
    return sorted(path.name for path in (project.parent / "marks").iterdir())


def variables(project: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "CONDA_PREFIX")}
    state = {"HOME": str(project.parent / "home"), "ENVDOCTOR_STATE": str(project.parent / "state")}
    return own | state | {"A_TOKEN": "s3cret-canary", "OMP_TOKEN": "s3cret-canary"}


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "doctor", "check", *arguments],
        cwd=project,
        env=variables(project),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )


def test_without_somebody_to_ask_it_is_refused(project: Path) -> None:
    done = run(project, "--live")
    assert done.returncode == 2
    assert "--live --yes" in done.stderr
    assert done.stdout == ""
    assert marks(project) == []


def test_yes_alone_and_live_of_a_file_are_no_sense(project: Path) -> None:
    assert "--yes answers the question of --live" in run(project, "--yes").stderr
    assert "--from judges a file" in run(project, "--live", "--yes", "--from", "x").stderr
    assert marks(project) == []


def test_with_a_yes_imports_are_tried_and_start_up_files_are_not_run(project: Path) -> None:
    done = run(project, "--live", "--yes", "--select", "DEP", "--format", "json")
    body = json.loads(done.stdout)
    jsonschema.Draft202012Validator(SCHEMA).validate(body)
    assert marks(project) == ["broken", "sound"]
    assert {tried["module"]: tried["ending"] for tried in body["live"]["imports"]} == {
        "broken": "error",
        "sound": "fine",
    }
    assert body["live"]["failed"] is True
    assert done.returncode == 1
    assert "live" not in json.loads(run(project, "--select", "DEP", "--format", "json").stdout)


def test_the_answer_at_a_terminal_is_no_unless_it_is_yes(project: Path) -> None:
    command = ["-m", "doctor", "check", "--live", "--select", "DEP"]
    with Terminal(command, columns=100, variables=variables(project), cwd=project) as terminal:
        terminal.wait_for("Start it? [y/N]", "broken, sound", "tokens and passwords")
        terminal.press("enter")
        terminal.wait_for("Nothing was started", "No problem found")
        assert terminal.wait_for_end() == 0
    assert marks(project) == []
    with Terminal(command, columns=100, variables=variables(project), cwd=project) as terminal:
        terminal.wait_for("Start it? [y/N]")
        terminal.press("y", "enter")
        terminal.wait_for("import broken: ImportError: libgone.so.7: cannot open", "1 import fine: sound")
        assert terminal.wait_for_end() == 1
    assert marks(project) == ["broken", "sound"]


def test_the_app_asks_as_well(project: Path) -> None:
    with Terminal(["-m", "doctor", ".venv"], columns=100, variables=variables(project), cwd=project) as terminal:
        terminal.wait_for("2 warnings in", "$ envdoctor check .venv")  # examined to the end: earlier it only says wait
        terminal.press("l")
        terminal.wait_for("start nothing", "broken, sound")
        terminal.press("enter")
        terminal.wait_for("SEC001")
        assert marks(project) == []
        terminal.press("l")
        terminal.wait_for("start nothing")
        terminal.press("y")
        terminal.wait_for("Something that is needed does not work", "import broken: ImportError", "--live")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    assert marks(project) == ["broken", "sound"]


def test_leaving_the_app_ends_what_is_being_tried(tmp_path: Path) -> None:
    project = make(tmp_path, {"hangs": "import time; time.sleep(600)"})
    room = tmp_path / "room"
    room.mkdir()
    with Terminal(
        ["-m", "doctor", ".venv"], columns=100, variables=variables(project) | {"TMPDIR": str(room)}, cwd=project
    ) as terminal:
        terminal.wait_for("$ envdoctor check .venv", "check")
        terminal.wait_for("No problem found")
        terminal.press("l")
        terminal.wait_for("start nothing")
        terminal.press("y")
        terminal.wait_for("trying hangs")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    assert [path for path in room.iterdir() if path.name.startswith("envdoctor-live")] == []


def test_secrets_do_not_reach_it_and_loader_settings_do(tmp_path: Path) -> None:
    project = make(tmp_path, {"sound": ""})
    told = tmp_path / "told"
    shower = make_wheel(
        tmp_path / "wheels",
        "shower",
        "1.0",
        {"shower.py": f"import os, json\nopen({str(told)!r}, 'w').write(json.dumps([dict(os.environ), os.getcwd()]))"},
    )
    install(project / ".venv", shower)
    (project / "main.py").write_text("import shower\n")
    subprocess.run(
        [sys.executable, "-m", "doctor", "check", "--live", "--yes", "--select", "DEP"],
        cwd=project,
        env=variables(project) | {"LD_LIBRARY_PATH": "/opt/somewhere", "PIP_INDEX_URL": "https://u:p@example.org"},
        capture_output=True,
        check=True,
    )
    seen, folder = json.loads(told.read_text())
    assert seen["LD_LIBRARY_PATH"] == "/opt/somewhere"
    assert "s3cret-canary" not in str(seen)
    assert "PIP_INDEX_URL" not in seen
    assert seen["HOME"] == folder != str(tmp_path / "home")
