"""envdoctor find as a process: from arguments and standard input, its formats and its exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from doctor.reading.clean import is_clean
from tests.patients.venvs import install, make_venv, site_packages_of
from tests.patients.wheels import make_wheel

LOST = "ModuleNotFoundError: No module named 'lost_file.part'"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in whose environment a file is gone."""
    folder = tmp_path_factory.mktemp("find")
    prefix = make_venv(folder / "project" / ".venv")
    install(
        prefix, make_wheel(folder / "w", "lost-file", "1.0", {"lost_file/__init__.py": "", "lost_file/part.py": ""})
    )
    (site_packages_of(prefix) / "lost_file/part.py").unlink()
    (folder / "home").mkdir()
    return folder / "project"


def run(project: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
    outside = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "CONDA_PREFIX")}
    done = subprocess.run(
        [sys.executable, "-m", "doctor", "find", *arguments],
        cwd=project,
        env=outside | {"HOME": str(project.parent / "home"), "ENVDOCTOR_STATE": str(project.parent / "state")},
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def test_a_cause_found_here_is_status_0(project: Path) -> None:
    done = run(project, LOST)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "MIX006 missing-files" in done.stdout
    assert "$ envdoctor fix MIX006:lost-file" in done.stdout


def test_words_without_quotes_and_a_named_environment(project: Path) -> None:
    done = run(project, "--env", ".venv", *LOST.split())
    assert done.returncode == 0
    assert "$ envdoctor fix .venv MIX006:lost-file" in done.stdout


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_standard_input_takes_a_whole_log(project: Path, arguments: tuple[str, ...]) -> None:
    noise = b"".join(b"\x1b[32mstep %d done\x1b[0m\r\n" % number for number in range(20_000))
    done = run(project, *arguments, stdin=noise + b"\x1b]52;c;aGk=\x07" + LOST.encode() + b"\n" + noise[:5_000])
    assert done.returncode == 0, done.stderr
    assert "MIX006 missing-files" in done.stdout
    assert all(is_clean(line) for line in done.stdout.splitlines())


def test_known_and_not_explained_here_is_status_1(project: Path) -> None:
    done = run(project, "OMP: Error #15: Initializing libiomp5.so, but found libomp.so already initialized.")
    assert done.returncode == 1
    assert "KMP_DUPLICATE_LIB_OK" in done.stdout
    assert "nothing in this environment explains it" in done.stdout


def test_unknown_is_status_1_and_the_json_tells_the_difference(project: Path) -> None:
    done = run(project, "--format", "json", "something that nobody ever said")
    assert done.returncode == 1
    assert json.loads(done.stdout)["recognised"] == []
    known = json.loads(run(project, "--format", "json", LOST).stdout)
    assert [item["id"] for item in known["recognised"]] == ["module-not-found"]
    (cause,) = known["causes"]
    assert cause["code"] == "MIX006"
    assert cause["fix"] == "envdoctor fix MIX006:lost-file"
    assert "MIX004" in known["not_the_cause"]


def test_harmless_noise_is_status_0(project: Path) -> None:
    done = run(project, "E external/xla/cuda_dnn.cc:9261] Unable to register cuDNN factory: Attempting to register")
    assert done.returncode == 0
    assert "harmless" in done.stdout


def test_without_a_message_it_says_what_to_do(project: Path) -> None:
    done = run(project, stdin=b" \n\n")
    assert done.returncode == 2
    assert "paste it" in done.stderr
    assert run(project, "--env", "nothing-of-that-name", LOST).returncode == 2


def test_the_environment_of_the_traceback_is_examined(project: Path, tmp_path: Path) -> None:
    prefix = project / ".venv"
    frame = f'  File "{site_packages_of(prefix)}/lost_file/__init__.py", line 1, in <module>\n'
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = run(elsewhere, stdin=f"Traceback (most recent call last):\n{frame}{LOST}\n".encode())
    assert done.returncode == 0, done.stderr
    assert "MIX006" in done.stdout
    assert "comes from another environment" not in done.stdout


def test_no_screen_and_no_numpy_are_loaded(project: Path) -> None:
    code = (
        "import sys; sys.argv = ['envdoctor', 'find', sys.argv[1]]\n"
        "from doctor.__main__ import main\n"
        "main(); print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, LOST], cwd=project, capture_output=True, text=True, check=False, timeout=60
    )
    assert not {"textual", "rich", "numpy", "asyncio", "subprocess", "dataclasses"} & set(done.stderr.split())
