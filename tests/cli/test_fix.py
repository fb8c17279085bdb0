"""envdoctor fix, undo, history and recover as processes: what they print, what they change, and how they end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest
from uv import find_uv_bin

import doctor.fix
from doctor.cli import unfinished
from doctor.fix.folders import state_folder
from tests.fix.trees import differences, picture
from tests.patients.venvs import install, make_venv, site_packages_of
from tests.patients.wheels import make_wheel
from tests.tui.terminal import Terminal

SCHEMA = json.loads((Path(doctor.fix.__file__).parent / "plan.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A lost file, a missing requirement, and what a killed pip left behind, with all wheels at hand."""
    wheels = tmp_path / "wheels"
    prefix = make_venv(tmp_path / "project" / ".venv")
    needed = make_wheel(wheels, "needed", "1.0", {"needed/__init__.py": "", "needed/part.py": ""})
    needy = make_wheel(wheels, "needy", "2.0", {"needy.py": ""}, requires=["needed>=1", "absent>=3"])
    make_wheel(wheels, "absent", "3.1", {"absent.py": ""})
    install(prefix, needed, needy)
    (site_packages_of(prefix) / "needed/part.py").unlink()
    (site_packages_of(prefix) / "~eeded").mkdir()
    (site_packages_of(prefix) / "~eeded/old.py").touch()
    (tmp_path / "home").mkdir()
    return tmp_path / "project"


def variables(project: Path) -> dict[str, str]:
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "UV_", "CONDA", "XDG_", "PYTHON", "VIRTUAL"))
    }
    folder = project.parent
    path = os.pathsep.join([str(Path(find_uv_bin()).parent), "/usr/bin", "/bin"])
    own = {"HOME": str(folder / "home"), "ENVDOCTOR_STATE": str(folder / "state"), "PATH": path}
    return kept | own | {"PIP_CONFIG_FILE": os.devnull, "PYTHONPATH": str(Path(doctor.fix.__file__).parents[2])}


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "doctor", *arguments],
        cwd=project, env=variables(project), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip


OFFLINE = ("--offline", "--wheels", "../wheels")


def test_plan_then_apply_then_undo(project: Path) -> None:
    before = picture(project / ".venv")
    planned = run(project, "fix", ".venv", "MIX006", "--plan", *OFFLINE)
    assert planned.returncode == 0, planned.stderr
    assert planned.stderr == ""
    assert "needed  1.0  again" in planned.stdout
    assert "--no-deps" in planned.stdout
    assert not differences(before, picture(project / ".venv"))
    written = run(project, "fix", "MIX006", "DEP001", "--plan-out", "plan.json", *OFFLINE)
    assert written.returncode == 0, written.stderr
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads((project / "plan.json").read_text()))
    assert (project / "plan.json").stat().st_mode & 0o777 == 0o600
    done = run(project, "fix", "--apply", "plan.json", "--yes")
    assert done.returncode == 0, done.stderr
    assert "✓ Fixed: " in done.stdout
    assert f"Undo: envdoctor undo {project}/.venv" in done.stdout
    assert run(project, "check", "--select", "DEP,MIX006").returncode == 0
    again = run(project, "fix", "--apply", "plan.json", "--yes")
    assert again.returncode == 2
    assert "changed since the plan was made" in again.stderr
    undone = run(project, "undo", "--yes")
    assert undone.returncode == 0, undone.stderr
    assert "Undone" in undone.stdout
    assert not differences(before, picture(project / ".venv"))
    assert run(project, "undo", "--yes").returncode == 2


def test_yes_without_codes_takes_what_is_safe_alone(project: Path) -> None:
    done = run(project, "fix", "--yes", "--json", *OFFLINE)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    schema = {"$ref": "#/$defs/event", "$defs": SCHEMA["$defs"]}
    for line in lines:
        jsonschema.Draft202012Validator(schema).validate(line)
    assert [known["code"] for line in lines if line["event"] == "verified" for known in line["gone"]] == ["MIX004"]
    assert lines[-1]["ending"] == "fixed"
    assert not (site_packages_of(project / ".venv") / "~eeded").exists()
    assert run(project, "check", "--select", "MIX006").returncode == 1, "what is careful was not named"


def test_what_cannot_be_solved_is_not_planned_and_put_back_where_it_was_not_asked(project: Path) -> None:
    make_wheel(project.parent / "wheels", "absent", "3.1", {"absent.py": ""}, requires=["nowhere>=1"])
    before = picture(project / ".venv")
    planned = run(project, "fix", "DEP001", "--yes", *OFFLINE)
    assert planned.returncode == 2
    assert "nowhere" in planned.stderr
    done = run(project, "fix", "DEP001", "--yes", "--no-preview", *OFFLINE)
    assert done.returncode == 3, done.stderr
    assert not differences(before, picture(project / ".venv"))


def test_command_that_fails_is_put_back_with_status_three(project: Path) -> None:
    before = picture(project / ".venv")
    assert run(project, "fix", "MIX006", "--plan-out", "plan.json", "--no-export", *OFFLINE).returncode == 0
    (project.parent / "wheels" / "needed-1.0-py3-none-any.whl").unlink()
    done = run(project, "fix", "--apply", "plan.json", "--yes")
    assert done.returncode == 3, done.stderr
    assert "Put back" in done.stdout
    assert not differences(before, picture(project / ".venv"))
    listed = run(project, "history")
    assert "Put back" in listed.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("fix",), "nobody is there to answer; write --plan"),
        (("fix", "MIX006", "--json"), "--json asks nothing"),
        (("fix", "MIX003", "--plan"), "MIX003 is not among the findings on .venv of project; to repair: 'MIX004:~"),
        (("fix", "MIX006#2", "--plan"), "has one remedy, no number 2"),
        (("fix", ".venv", "other", "--plan"), "'other' is out of place"),
        (("fix", "--apply", "nothing.json", "--yes"), "--apply nothing.json: no such file"),
        (("fix", "MIX006", "--apply", "x", "--yes"), "leave codes"),
        (("fix", "--yes", "--allow", "everything"), "--allow everything: there is no such thing"),
        (("fix", "--yes", "--wheels", "nowhere"), "--wheels nowhere: no such folder"),
        (("fix", "MIX006", "--plan-out", "/nonexistent/x", "--no-preview"), "cannot be written"),
        (("undo", "--yes"), "nothing on"),
        (("undo", "20261122-100000-abcd", "--yes"), "there is no operation 20261122-100000-abcd"),
        (("undo", "a", "b"), "'b' is out of place"),
        (("history", "--keep", "1"), "add --prune"),
        (("history", ".venv", "--prune", "--keep", "1"), "leave ENV out"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_refusals_are_one_clear_sentence(project: Path, arguments: tuple[str, ...], said: str) -> None:
    done = run(project, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_broken_plan_is_named_with_its_place(project: Path) -> None:
    (project / "plan.json").write_text('{"schema_version": 1, "plan": {"id": 3}}')
    done = run(project, "fix", "--apply", "plan.json", "--yes")
    assert done.returncode == 2
    assert "--apply plan.json: plan: " in done.stderr


def test_history_lists_prunes_and_says_sizes(project: Path) -> None:
    assert "Nothing has been repaired here" in run(project, "history").stdout
    assert run(project, "fix", "MIX004", "--yes").returncode == 0
    (one,) = json.loads(run(project, "history", "--format", "json").stdout)
    assert one["ending"] == "fixed"
    assert one["can_undo"]
    assert one["size"] > 0
    text = run(project, "history", ".venv").stdout
    assert "MIX004 ~eeded" in text
    assert one["id"] in text
    refused = run(project, "history", "--prune")
    assert refused.returncode == 2
    assert "--keep N" in refused.stderr
    assert "0 operations given up" in run(project, "history", "--prune", "--keep", "1").stdout
    assert "1 operation given up" in run(project, "history", "--prune", "--keep", "0").stdout
    assert json.loads(run(project, "history", "--format", "json").stdout) == []


def test_at_a_terminal_it_asks_which_shows_the_plan_and_wants_a_yes(project: Path) -> None:
    before = picture(project / ".venv")
    arguments = ["-P", "-m", "doctor", "fix", ".venv", *OFFLINE]
    with Terminal(arguments, variables=variables(project), cwd=project, rows=60) as terminal:
        terminal.wait_for("Repair which?")
        assert "MIX006 needed" in terminal.text()
        terminal.press("9", "enter")
        terminal.wait_for("Numbers from 1 to 3")
        terminal.press("1", "enter")
        terminal.wait_for("Apply? [y/N]")
        terminal.press("enter")
        assert terminal.wait_for_end(10) == 2
        assert "Nothing was changed" in terminal.text()
    assert not differences(before, picture(project / ".venv"))
    with Terminal(arguments, variables=variables(project), cwd=project, rows=60) as terminal:
        terminal.wait_for("Repair which?")
        terminal.press("enter")  # what is safe is chosen beforehand, and nothing else
        terminal.wait_for("Apply? [y/N]")
        terminal.press("y", "enter")
        assert terminal.wait_for_end(30) == 0
        assert "✓ Fixed: MIX004 ~eeded" in terminal.text()
        assert "Undo: envdoctor undo" in terminal.text()
    assert run(project, "check", "--select", "MIX006").returncode == 1


def test_what_is_lost_for_good_wants_the_name_typed(project: Path) -> None:
    assert run(project, "fix", "MIX004", "--plan-out", "plan.json", "--no-export").returncode == 0
    data = json.loads((project / "plan.json").read_text())
    data["plan"]["reversible"] = False
    (project / "plan.json").write_text(json.dumps(data))
    arguments = ["-P", "-m", "doctor", "fix", "--apply", "plan.json"]
    for typed, status in (("y", 2), (".venv of project", 0)):
        with Terminal(arguments, variables=variables(project), cwd=project, rows=60) as terminal:
            terminal.wait_for("Type the environment's name, .venv of project, to go on:")
            terminal.press(typed, "enter")
            assert terminal.wait_for_end(30) == status
        assert (site_packages_of(project / ".venv") / "~eeded").exists() == (status == 2)


def slow_plan(project: Path, seconds: float) -> None:
    """A plan whose first step takes its time, and whose second would do the repair."""
    assert run(project, "fix", "MIX004", "--plan-out", "plan.json", "--no-export").returncode == 0
    data = json.loads((project / "plan.json").read_text())
    code = f"import time; time.sleep({seconds}); open({str(project / '.venv/changed')!r}, 'w')"
    sleep = {
        "sentence": "Take some time", "arguments": [sys.executable, "-I", "-c", code], "tool": "python",
        "variables": {}, "network": False, "changes": "environment", "kind": "command",
    }  # fmt: skip
    data["plan"]["steps"].insert(0, sleep)
    (project / "plan.json").write_text(json.dumps(data))


def started(project: Path, *arguments: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "doctor", *arguments],
        cwd=project, env=variables(project), stdin=subprocess.DEVNULL, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    while "Take some time" not in process.stderr.readline():
        assert process.poll() is None
    return process


def test_interrupting_waits_for_the_step_and_puts_back(project: Path) -> None:
    slow_plan(project, 1.5)
    before = picture(project / ".venv")
    process = started(project, "fix", "--apply", "plan.json", "--yes")
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert said.count("it stops when the step that runs now is done") == 2
    assert "Put back" in out
    assert not differences(before, picture(project / ".venv"))


def test_killed_operation_is_told_of_everywhere_and_recovered(project: Path) -> None:
    slow_plan(project, 1.5)
    before = picture(project / ".venv")
    process = started(project, "fix", "--apply", "plan.json", "--yes")
    process.kill()
    process.communicate()
    checked = run(project, "check", "--select", "DEP")
    assert "cut short or is under way; see: envdoctor recover" in checked.stderr
    refused = run(project, "fix", "MIX004", "--yes")
    assert refused.returncode == 2
    assert "envdoctor recover" in refused.stderr
    assert "Unfinished" in run(project, "history").stdout
    asked = run(project, "recover")
    assert asked.returncode == 2
    assert "add --yes" in asked.stderr
    done = run(project, "recover", "--yes")
    assert done.returncode == 0, done.stderr
    assert not differences(before, picture(project / ".venv"))
    assert run(project, "recover").stderr == "Nothing is unfinished\n"
    assert run(project, "check", "--select", "DEP").stderr == ""


def test_undo_knows_an_environment_that_is_gone_by_its_folder(project: Path) -> None:
    assert run(project, "fix", "MIX004", "--yes").returncode == 0
    (project / ".venv").rename(project / "away")
    done = run(project, "undo", str(project / ".venv"))
    assert done.returncode == 2
    assert "nobody is there to answer; to undo operation" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere platformdirs itself is asked")
def test_state_folder_that_is_worked_out_is_the_one_that_platformdirs_names(monkeypatch: pytest.MonkeyPatch) -> None:
    for state in ("", "/tmp/x", " "):
        monkeypatch.setenv("XDG_STATE_HOME", state)
        monkeypatch.delenv("ENVDOCTOR_STATE", raising=False)
        assert unfinished._operations() == state_folder() / "operations"
    monkeypatch.setenv("ENVDOCTOR_STATE", "/tmp/y")
    assert unfinished._operations() == state_folder() / "operations"
