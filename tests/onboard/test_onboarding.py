"""What onboarding reads, refuses, remembers and tells, held in real repositories without a terminal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from doctor.compare.as_json import dump as dump_fingerprint
from doctor.compare.fingerprint import fingerprint_of, hash_of
from doctor.failure import Failure
from doctor.fix.events import Ended
from doctor.fix.history import operations, unfinished
from doctor.fix.options import Options
from doctor.onboard import as_json
from doctor.onboard.data import Onboarding, Wishes
from doctor.onboard.looking import look
from doctor.onboard.summary import summary
from doctor.onboard.taking import prepare, take
from doctor.onboard.verifying import verify
from doctor.target.recognise import inspect_prefix
from tests.onboard.repositories import BY_UV, PYTHON, own_tests, with_lock
from tests.patients.conda_command import make_conda_command
from tests.patients.venvs import make_venv
from tests.patients.wheels import make_wheel


@pytest.fixture
def place(tmp_path: Path, variables: dict[str, str]) -> Path:
    return tmp_path


def _wishes(place: Path) -> Wishes:
    return Wishes(options=Options(offline=True, wheels=place / "wheels", export_first=False))


def _look(place: Path, folder: Path) -> Onboarding:
    return look(folder, _wishes(place), place / "state")


def _taken(place: Path, folder: Path, name: str) -> str:
    onboarding = _look(place, folder)
    (step,) = (step for step in onboarding.steps if step.name == name)
    last = list(take(prepare(step, onboarding), onboarding))[-1]
    assert isinstance(last, Ended)
    return last.ending


def _states(onboarding: Onboarding) -> dict[str, str]:
    return {step.name: step.state for step in onboarding.steps}


def _run(place: Path, variables: dict[str, str], folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "doctor", "onboard", "--offline", "--wheels", str(place / "wheels"), *words],
        cwd=folder, env=variables, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def test_looking_changes_nothing(place: Path) -> None:
    folder = with_lock(place / "shop", place / "wheels")
    before = sorted(path for path in place.rglob("*"))
    onboarding = _look(place, folder)
    assert sorted(path for path in place.rglob("*")) == before
    assert _states(onboarding) == {
        "create": "todo",
        "project": "later",
        "variables": "later",
        "kernel": "not-needed",
        "examine": "later",
    }
    assert onboarding.recipe is not None
    assert onboarding.recipe.exact
    assert [change.name for change in onboarding.recipe.changes] == ["scales"]


def test_nobody_is_there_to_answer(place: Path, variables: dict[str, str]) -> None:
    folder = with_lock(place / "shop", place / "wheels")
    done = _run(place, variables, folder)
    assert done.returncode == 2
    assert "--yes takes every step" in done.stderr
    assert "The path" in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines() if not line.startswith("    $ "))
    assert not (folder / ".venv").exists()
    assert _run(place, variables, folder, "--plan").returncode == 0


def test_json_tells_everything(place: Path, variables: dict[str, str]) -> None:
    folder = with_lock(place / "shop", place / "wheels")
    told = json.loads(_run(place, variables, folder, "--plan", "--format", "json").stdout)
    assert told["expectations"]["python"].replace(" ", "") == f"=={PYTHON}.*"
    assert told["environment"]["exists"] is False
    assert [step["state"] for step in told["steps"]][:2] == ["todo", "later"]
    assert "--require-hashes" in told["steps"][0]["commands"][1]
    done = _run(place, variables, folder, "--yes", "--format", "json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["environment"]["exists"] is True
    assert told["verdict"]["sound"] is True
    assert own_tests(folder, folder / ".venv") == ""


def test_a_wrong_hash_leaves_nothing_behind(place: Path) -> None:
    folder = with_lock(place / "shop", place / "wheels")
    text = (folder / "requirements.txt").read_text()
    (folder / "requirements.txt").write_text(text[:-66] + "0" * 64 + "\n")
    assert _taken(place, folder, "create") == "put-back"
    assert not os.path.lexists(folder / ".venv")
    assert [one.ending for one in operations(place / "state")] == ["put-back"]
    assert _states(_look(place, folder))["create"] == "todo"


def test_killed_in_the_middle_and_taken_up_again(place: Path, variables: dict[str, str]) -> None:
    folder = with_lock(place / "shop", place / "wheels", head="# by hand\n")
    words = [sys.executable, "-m", "doctor", "onboard", "--offline", "--wheels", str(place / "wheels"), "--yes"]
    with subprocess.Popen(words, cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 60
        while not (folder / ".venv/pyvenv.cfg").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    assert len(unfinished(place / "state")) == 1
    (folder / "requirements.txt").write_text(BY_UV + (folder / "requirements.txt").read_text())  # by uv: it is faster
    onboarding = _look(place, folder)
    assert onboarding.chosen is None, "what is half created counts for nothing"
    assert [step.state for step in onboarding.steps[:2]] == ["todo", "later"]
    done = _run(place, variables, folder, "--yes")
    assert done.returncode == 0, done.stderr
    assert "Put back" in done.stdout
    assert own_tests(folder, folder / ".venv") == ""
    assert unfinished(place / "state") == ()


def test_nothing_is_written_over_what_is_there(place: Path) -> None:
    folder = with_lock(place / "shop", place / "wheels")
    (folder / ".venv").mkdir()
    (folder / ".venv/mine").write_text("keep me")
    onboarding = _look(place, folder)
    assert onboarding.prefix == folder / ".venv-2"
    assert any("the usual place is taken" in note for note in onboarding.notes)
    step = prepare(onboarding.steps[0], onboarding)
    (folder / ".venv-2").mkdir()
    with pytest.raises(Failure, match="is there already"):
        list(take(step, onboarding))
    assert (folder / ".venv/mine").read_text() == "keep me"


def test_an_environment_of_another_python_is_left_alone(place: Path) -> None:
    folder = with_lock(place / "shop", place / "wheels")
    make_venv(folder / ".venv")
    config = folder / ".venv/pyvenv.cfg"
    (folder / "pyproject.toml").write_text(
        (folder / "pyproject.toml").read_text().replace(f"=={PYTHON}.*", f"!={PYTHON}.*")
    )
    text = config.read_text()
    onboarding = _look(place, folder)
    assert onboarding.chosen is None
    assert any("it is left alone" in note for note in onboarding.notes)
    assert config.read_text() == text


def test_an_environment_elsewhere_is_told_and_not_taken(place: Path) -> None:
    folder = with_lock(place / "shop", place / "wheels")
    other = make_venv(place / "home/.venvs/other")
    onboarding = _look(place, folder)
    assert onboarding.chosen is None
    assert other in [one.environment.prefix for one in onboarding.candidates]
    taken = look(folder, _wishes(place)._replace(environment=str(other)), place / "state")
    assert taken.chosen is not None
    assert taken.prefix == other
    assert _states(taken)["packages"] == "todo"
    assert _taken(place, folder, "create") == "done"
    assert _taken(place, folder, "project") == "done"
    again = look(folder, _wishes(place)._replace(environment=str(other)), place / "state")
    assert _states(again)["create"] == "not-needed", "what was done to one environment says nothing of another"


def test_the_baseline_is_compared(place: Path) -> None:
    folder = with_lock(place / "shop", place / "wheels")
    for name in ("create", "project", "variables"):
        assert _taken(place, folder, name) == "done"
    verdict = verify(_look(place, folder))
    assert verdict.comparison is None
    assert "no baseline" in verdict.problem
    fingerprint = fingerprint_of(verdict.examination.facts)
    (folder / ".envdoctor").mkdir()
    (folder / ".envdoctor/baseline.json").write_text(dump_fingerprint(fingerprint))
    verdict = verify(_look(place, folder))
    assert verdict.sound
    assert set(verdict.marks.values()) == {"equal"}
    items = dict(fingerprint.layers["distributions"].items)
    other = {**items, "numpy": {"version": "2.1.0", "installer": "pip", "source": "index"}}
    part = fingerprint.layers["distributions"]._replace(items=other, hash=hash_of(other))
    changed = fingerprint._replace(layers={**fingerprint.layers, "distributions": part})
    (folder / ".envdoctor/baseline.json").write_text(dump_fingerprint(changed))
    verdict = verify(_look(place, folder))
    assert verdict.marks["distributions"] == "1 difference"
    assert "compared with `.envdoctor/baseline.json`" in summary(_look(place, folder), verdict)


def test_requirements_that_reach_out_are_refused(place: Path) -> None:
    make_wheel(place / "wheels", "scales", "2.0", {"scales.py": ""})
    folder = place / "reach"
    folder.mkdir()
    for line in ("-r /etc/passwd", "-r ../outside.txt", "--requirement=https://example.org/r.txt"):
        (folder / "requirements.txt").write_text(f"scales==2.0\n{line}\n")
        onboarding = _look(place, folder)
        assert onboarding.recipe is None, line
        assert _states(onboarding)["create"] == "cannot"
        assert "requirements.txt" in onboarding.limits[0]


def test_where_packages_come_from_is_shown_before(place: Path) -> None:
    folder = place / "indexed"
    folder.mkdir()
    (folder / "requirements.txt").write_text(
        "--extra-index-url https://evil.example.org/simple\n--trusted-host evil.example.org\n"
        "scales @ https://evil.example.org/scales-1.0-py3-none-any.whl\n"
    )
    (step, *_) = _look(place, folder).steps
    said = " ".join(step.beware)
    assert "https://evil.example.org/simple" in said
    assert "host without checked certificate evil.example.org" in said
    assert "scales-1.0-py3-none-any.whl" in said


def test_no_conda_is_told_with_what_would_help(place: Path) -> None:
    folder = place / "weather"
    folder.mkdir()
    (folder / "environment.yml").write_text("dependencies: [python=3.11, numpy]\n")
    onboarding = _look(place, folder)
    assert _states(onboarding)["create"] == "cannot"
    assert "Miniforge" in onboarding.limits[0]


def test_dangerous_variables_are_left_to_the_user(place: Path) -> None:
    folder = place / "vars"
    folder.mkdir()
    (folder / "environment.yml").write_text(
        "dependencies: [python]\nvariables:\n  LD_PRELOAD: ./evil.so\n  PATH: /evil\n  BASH_ENV: x\n  MODE: fine\n"
    )
    states = _states(_look(place, folder))
    assert {name: states[f"variable {name}"] for name in ("LD_PRELOAD", "PATH", "BASH_ENV")} == dict.fromkeys(
        ("LD_PRELOAD", "PATH", "BASH_ENV"), "by-hand"
    )
    assert "variable MODE" not in states


SECRET = "s3cr3tWORDS"


def test_secrets_of_the_repository_are_kept_nowhere(
    place: Path, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_conda_command(place / "tools")
    path = f"{place / 'tools'}{os.pathsep}{os.environ['PATH']}"
    monkeypatch.setenv("PATH", path)
    wheels = place / "wheels"
    folder = with_lock(
        place / "shop", wheels, head=f"{BY_UV}--extra-index-url https://user:{SECRET}@index.example.org/simple\n"
    )
    (folder / "environment.yml").write_text(
        f"name: shop\nchannels: [https://conda.example.org/t/{SECRET}/private]\ndependencies: [python]\n"
        f"variables:\n  API_TOKEN: {SECRET}\n  DATABASE: postgres://me:{SECRET}@db.example.org/x\n"
    )
    (folder / ".env").write_text(f"AWS_SECRET_ACCESS_KEY={SECRET}\n")
    (folder / "Pipfile").write_text(
        f'[[source]]\nurl = "https://user:{SECRET}@pypi.example.org/simple"\nname = "x"\n[packages]\nscales = "*"\n'
    )
    with (folder / "pyproject.toml").open("a") as opened:
        opened.write(f'[[tool.uv.index]]\nname = "x"\nurl = "https://user:{SECRET}@index.example.org/simple"\n')
    given = {**variables, "PATH": path}
    done = [
        _run(place, given, folder, "--plan"),
        _run(place, given, folder, "--plan", "--format", "json"),
        _run(place, given, folder, "--yes", "--summary", str(place / "summary.md")),
    ]
    assert done[2].returncode in (0, 1, 3), done[2].stderr
    assert inspect_prefix(folder / ".venv") is not None, done[2].stderr
    for one in done:
        assert SECRET not in one.stdout
        assert SECRET not in one.stderr
    assert SECRET not in (place / "summary.md").read_text()
    for file in (place / "state").rglob("*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes(), file
    assert SECRET not in as_json.dump(_look(place, folder))


def test_what_the_policy_alone_asks_for_is_installed(place: Path) -> None:
    folder = with_lock(place / "shop", place / "wheels")
    make_wheel(place / "wheels", "team-tools", "1.2", {"team_tools.py": ""})
    text = (folder / "pyproject.toml").read_text()
    (folder / "pyproject.toml").write_text(
        text.replace("[tool.envdoctor]", '[tool.envdoctor]\npackages = ["team-tools>=1"]')
    )
    assert _taken(place, folder, "create") == "done"
    onboarding = _look(place, folder)
    assert _states(onboarding)["packages"] == "todo"
    (step,) = (step for step in onboarding.steps if step.name == "packages")
    assert len(step.does) == 1, "what the lock names is there"
    assert _taken(place, folder, "packages") == "done"
    assert "packages" not in _states(_look(place, folder))
