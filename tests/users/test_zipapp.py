"""One file that examines where nothing is installed: a bare interpreter, no site-packages, nothing but the file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from doctor.carry.archive import CARRIED, archive
from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("zipapp")
    command = [sys.executable, "-m", "doctor", "zipapp", "-o", str(folder / "envdoctor.pyz")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    prefix = make_venv(folder / "sick")
    install(
        prefix,
        make_wheel(folder / "wheels", "needy", "1.0", {"needy.py": ""}, requires=["absent>=2; python_version>'3'"]),
    )
    return folder


def run(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the file by the bare interpreter, from a folder and with variables that know nothing of this checkout."""
    command = [sys._base_executable, "-I", "-S", "-W", "error", str(place / "envdoctor.pyz"), *words]  # type: ignore[attr-defined]
    empty = place / "empty"
    empty.mkdir(exist_ok=True)
    env = {"PATH": os.defpath, "HOME": str(empty), "ENVDOCTOR_STATE": str(empty / "state"), "TERM": "dumb"}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=empty, env=env)


def test_it_checks_in_text_and_json_as_the_installed_one_does(place: Path) -> None:
    sick = str(place / "sick")
    text = run(place, "check", sick)
    assert text.returncode == 1, text.stderr
    assert "DEP001" in text.stdout
    python = Path(sys._base_executable).name  # type: ignore[attr-defined]
    assert f"Next: {python} {place / 'envdoctor.pyz'} explain DEP001" in text.stdout, "commands as they can be run"
    assert text.stderr == ""
    told = run(place, "check", sick, "--format", "json")
    assert told.returncode == 1, told.stderr
    report = json.loads(told.stdout)
    assert report["crashed"] == []
    installed = [sys.executable, "-m", "doctor", "check", sick, "--format", "json"]
    env = {"PATH": os.defpath, "HOME": str(place / "empty"), "TERM": "dumb"}
    same = subprocess.run(installed, capture_output=True, text=True, check=False, cwd=place / "empty", env=env).stdout
    assert report == json.loads(same)


def test_nothing_is_taken_from_anywhere_but_the_file_and_the_standard_library(place: Path) -> None:
    code = (
        "import sys, runpy; before = set(sys.modules); sys.argv = ['x', 'check', sys.argv[2], '--format', 'json']\n"
        f"sys.path.insert(0, {str(place / 'envdoctor.pyz')!r})\n"
        "import doctor.__main__ as start; code = start.main()\n"
        "import packaging.version, platformdirs, yaml\n"
        "for m in list(sys.modules.values()): print(getattr(m, '__file__', None) or '', file=sys.stderr)"
    )
    command = [sys._base_executable, "-I", "-S", "-c", code, "-", str(place / "sick")]  # type: ignore[attr-defined]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=place)
    files = [line for line in done.stderr.splitlines() if line]
    ours = [file for file in files if "envdoctor.pyz" in file]
    assert len(ours) > 100
    assert not [file for file in files if "site-packages" in file or "/work/" in file]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--version",), "envdoctor"),
        (("--help",), "envdoctor explain MIX001"),
        (("explain", "MIX001"), "Why it matters"),
        (("checks",), "REP005"),
        (("list",), "environment"),
        (("find", "--env", "SICK", "ModuleNotFoundError: No module named 'absent'"), "absent"),
        (("export", "SICK", "--format", "requirements"), "needy==1.0"),
        (("completion", "bash"), "complete -F"),
        (("SICK",), "DEP001"),
    ],
)
def test_what_else_it_can_do(place: Path, words: tuple[str, ...], said: str) -> None:
    done = run(place, *(str(place / "sick") if word == "SICK" else word for word in words))
    assert said in done.stdout, done.stderr
    assert "Traceback" not in done.stderr


def test_what_it_does_not_carry_is_said(place: Path) -> None:
    done = run(place, "fix", str(place / "sick"), "DEP001", "--plan", "--offline")
    assert "Traceback" not in done.stderr
    again = run(place, "zipapp")
    assert (again.returncode, "already is that one file" in again.stderr) == (2, True)


def test_the_same_files_make_the_same_archive(place: Path) -> None:
    first = archive()
    assert first == archive() == (place / "envdoctor.pyz").read_bytes()
    assert first.startswith(b"#!/usr/bin/env python3\n")
    assert os.access(place / "envdoctor.pyz", os.X_OK)


def test_licences_go_along_and_no_folder_of_this_machine(place: Path) -> None:
    with zipfile.ZipFile(place / "envdoctor.pyz") as opened:
        names = opened.namelist()
        compiled = [name for name in names if name.endswith(".pyc")]
        here = str(Path(__file__).parents[2]).encode()
        assert compiled
        assert not [name for name in compiled if here in opened.read(name)]
    for distribution in CARRIED.values():
        assert any(name.startswith(f"licences/{distribution}/") for name in names)


def test_a_file_that_is_there_is_not_written_over(place: Path) -> None:
    command = [sys.executable, "-m", "doctor", "zipapp", "-o", str(place / "envdoctor.pyz")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "--force" in done.stderr) == (2, True)
