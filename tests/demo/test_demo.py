"""The demonstration is what it says: exactly its faults, repairs that work and are undone, and no trace of it."""

from __future__ import annotations

import json
import os
import shlex
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from doctor.cli.parse import parse
from doctor.demo.catalogue import PATIENTS
from doctor.demo.patient import Patient

#: what a command may end with: fine, or findings
_WELL = (0, 1)
_SICK = [patient for patient in PATIENTS if patient.repair]
_EXAMINED = [patient for patient in PATIENTS if patient.prefix]

Enter = Callable[..., subprocess.CompletedProcess[str]]


def _name(patient: Patient) -> str:
    return patient.name


def start(*words: str, variables: Mapping[str, str] = {}, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run envdoctor demo without a terminal."""
    command = [sys.executable, "-m", "doctor", "demo", *words]
    given = {**os.environ, **variables}
    return subprocess.run(
        command, env=given, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=120
    )


def make(folder: Path) -> Enter:
    """Keep a demonstration in a folder, and return what runs a command in it."""
    home = folder.parent / f"{folder.name}-outside"
    home.mkdir()
    made = start("--keep", "--no-app", "--folder", str(folder), variables={"HOME": str(home), "TMPDIR": str(home)})
    assert made.returncode == 0, made.stderr
    assert f"rm -r {folder}" in made.stderr
    assert list(home.iterdir()) == []

    def enter(*words: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(folder / "enter"), *words],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        return done

    return enter


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Enter]:
    """A demonstration that every test leaves as it found it."""
    folder = tmp_path_factory.mktemp("demo") / "stage"
    return folder, make(folder)


def picture(folder: Path) -> dict[str, object]:
    """Every file with its bytes, mode and time, every link with its target, every folder."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content = str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else ""
        time = 0 if stat.S_ISDIR(status.st_mode) else status.st_mtime_ns
        found[path.relative_to(folder).as_posix()] = (status.st_mode, time, content)
    return found


def codes(enter: Enter, patient: Patient, *words: str) -> tuple[str, ...]:
    done = enter("envdoctor", "check", patient.target, "--format", "json", *words)
    return tuple(sorted({finding["code"] for finding in json.loads(done.stdout)["findings"]}))


@pytest.mark.parametrize("patient", _EXAMINED, ids=_name)
def test_each_has_exactly_its_faults(stage: tuple[Path, Enter], patient: Patient) -> None:
    _, enter = stage
    assert codes(enter, patient) == patient.codes
    assert codes(enter, patient, "--deep") == patient.codes


@pytest.mark.parametrize("patient", _SICK, ids=_name)
def test_its_repair_works_and_is_taken_back(stage: tuple[Path, Enter], patient: Patient) -> None:
    folder, enter = stage
    prefix = folder / "ada" / patient.prefix
    before = picture(prefix)
    done = enter("envdoctor", "fix", patient.target, patient.repair, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✓ Fixed" in done.stdout
    assert codes(enter, patient) == tuple(code for code in patient.codes if code != patient.repair)
    assert picture(prefix) != before
    undone = enter("envdoctor", "undo", patient.target, "--yes")
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert picture(prefix) == before


def test_families_are_many_and_one_is_healthy() -> None:
    families = {code[:3] for patient in PATIENTS for code in patient.codes}
    assert families >= {"MIX", "CHN", "DEP", "PYT", "NBK", "REP", "SIZ", "SEC"}
    assert [patient.name for patient in _EXAMINED if not patient.codes] == ["churn"]


@pytest.mark.parametrize("patient", PATIENTS, ids=_name)
def test_what_to_try_works_from_first_to_last(tmp_path: Path, patient: Patient) -> None:
    enter = make(tmp_path / "stage")
    for one in patient.tries:
        words = shlex.split(one.command)
        assert words[0] == "envdoctor"
        options = parse(words[1:])
        if options.command == "onboard" and not options.plan:
            words.append("--yes")
        done = enter(*words)
        assert done.returncode in _WELL, f"{one.command}: {done.stdout}{done.stderr}"
        assert done.stdout


def test_onboarding_ends_in_a_sound_environment(tmp_path: Path) -> None:
    enter = make(tmp_path / "stage")
    assert enter("envdoctor", "onboard", "../newcomer", "--yes").returncode == 0
    assert (
        enter("../newcomer/.venv/bin/python", "-m", "unittest", "discover", "-s", "../newcomer/tests").returncode == 0
    )
    checked = enter("envdoctor", "check", "../newcomer", "--fail-on", "note")
    assert checked.returncode == 0, checked.stdout


def test_a_colleague_s_file_tells_why_results_differ(stage: tuple[Path, Enter]) -> None:
    _, enter = stage
    done = enter("envdoctor", "compare", "../pricing/.venv", "../pricing/teammate.json")
    assert done.returncode == 1
    assert "seasons is 2.0 here and 2.1 there" in done.stdout


def test_the_password_is_nowhere_told(stage: tuple[Path, Enter]) -> None:
    _, enter = stage
    for form in ("text", "json"):
        assert "a-token-that-leaked" not in enter("envdoctor", "check", "../models", "--format", form).stdout


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a stand-in elsewhere")
def test_the_conda_environment_s_python_knows_no_other_folder(stage: tuple[Path, Enter]) -> None:
    folder, enter = stage
    prefix = folder / "ada/miniforge3/envs/analysis"
    done = enter(str(prefix / "bin/python"), "-c", "import sys, site; print(sys.prefix, *site.getsitepackages())")
    assert done.returncode == 0, done.stderr
    assert all(place.startswith(str(prefix)) for place in done.stdout.split())


def test_leaves_no_trace(tmp_path: Path) -> None:
    home, temporary, cwd = tmp_path / "home", tmp_path / "temporary", tmp_path / "cwd"
    for folder in (home, temporary, cwd):
        folder.mkdir()
    (home / "mine").write_text("mine")
    before = picture(tmp_path)
    done = start(variables={"HOME": str(home), "TMPDIR": str(temporary)}, cwd=cwd)
    assert done.returncode == 0, done.stderr
    assert picture(tmp_path) == before
    for patient in PATIENTS:
        assert patient.wrong[:30] in done.stdout
        assert all(code in done.stdout for code in patient.codes)
    assert "✓ No problem found" in done.stdout


def test_list_makes_nothing(tmp_path: Path) -> None:
    done = start("--list", variables={"HOME": str(tmp_path), "TMPDIR": str(tmp_path)})
    assert done.returncode == 0
    assert all(one.command in done.stdout for patient in PATIENTS for one in patient.tries)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    done = start("--folder", str(tmp_path))
    assert done.returncode == 2
    assert "not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_an_empty_folder_of_the_user_s_is_left_empty(tmp_path: Path) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    assert start("--folder", str(folder)).returncode == 0
    assert list(folder.iterdir()) == []


def test_a_folder_made_for_it_goes(tmp_path: Path) -> None:
    done = start("--folder", str(tmp_path / "here"))
    assert done.returncode == 0
    assert "gone again" in done.stderr
    assert list(tmp_path.iterdir()) == []
