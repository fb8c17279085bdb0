"""What the path says of each step: one arrow, marks that are explained, and how the project itself is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from doctor.fix.events import Ended
from doctor.fix.options import Options
from doctor.onboard import as_text
from doctor.onboard.data import Onboarding, OnboardStep, Wishes
from doctor.onboard.looking import look
from doctor.onboard.taking import decline, prepare, take
from doctor.report.text import plain_text
from tests.onboard.repositories import drifted, with_lock
from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel


@pytest.fixture
def place(tmp_path: Path, variables: dict[str, str]) -> Path:
    return tmp_path


def _look(place: Path, folder: Path) -> Onboarding:
    options = Options(offline=True, wheels=place / "wheels", export_first=False)
    return look(folder, Wishes(options=options), place / "state")


def _step(onboarding: Onboarding, name: str) -> OnboardStep:
    return next(step for step in onboarding.steps if step.name == name)


def _told(onboarding: Onboarding) -> str:
    return plain_text(as_text.path(onboarding, 80))


def _copied(place: Path, *, cloned: bool) -> Path:
    """A repository whose environment holds a copy of the project, as pip install . leaves it."""
    folder = with_lock(place / "shop", place / "wheels")
    if cloned:
        (folder / ".git").mkdir()
    wheel = make_wheel(place / "built", "shop", "0.1", {"shop.py": "def price(n):\n    return 0\n"})
    prefix = make_venv(folder / ".venv")
    install(prefix, place / "wheels/scales-2.0-py3-none-any.whl", wheel)
    return folder


def test_one_arrow_marks_what_comes_now(place: Path) -> None:
    folder = drifted(place / "shop", place / "wheels")
    onboarding = _look(place, folder)
    needed = [step for step in onboarding.steps if step.state in ("todo", "later")]
    lines = _told(onboarding).splitlines()
    assert len(needed) > 2
    assert onboarding.next is not None
    assert [line for line in lines[2:] if line.startswith("  → ")] == [f"  → {onboarding.next.title}"]
    assert sum(line.startswith("  ○ ") for line in lines[2:]) == len(needed) - 1
    assert "→ next" in lines[1]
    assert "○ needed, in its turn" in lines[1]


def test_the_arrow_comes_to_the_examination_once_the_rest_is_settled(place: Path) -> None:
    folder = drifted(place / "shop", place / "wheels")
    onboarding = _look(place, folder)
    while onboarding.next is not None:
        decline(onboarding.next, onboarding)
        onboarding = _look(place, folder)
    arrows = [line for line in _told(onboarding).splitlines()[2:] if line.startswith("  → ")]
    assert arrows == ["  → Examine it"]


def test_a_copy_of_the_project_is_no_editable_install(place: Path, variables: dict[str, str]) -> None:
    folder = _copied(place, cloned=True)
    onboarding = _look(place, folder)
    step = _step(onboarding, "project")
    assert step.state == "todo"
    assert "version 0.1 is installed as a copy, not in editable mode" in step.why
    before = _files(folder / ".venv")
    ended = list(take(prepare(step, onboarding), onboarding))[-1]
    assert isinstance(ended, Ended)
    assert ended.ending == "done"
    after = _step(_look(place, folder), "project")
    assert (after.state, after.reason) == ("done", "it is installed, in editable mode")
    command = [sys.executable, "-m", "doctor", *after.undo.split()[1:], "--yes"]
    subprocess.run(command, cwd=folder, env=variables, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    assert _files(folder / ".venv") == before


def _files(prefix: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in prefix.rglob("*") if path.is_file() and not path.is_symlink()}


def test_a_release_that_was_unpacked_is_told_as_a_copy_and_left_so(place: Path) -> None:
    step = _step(_look(place, _copied(place, cloned=False)), "project")
    assert (step.title, step.state) == ("Install shop itself", "done")
    assert "changes in the repository do not count until it is installed again" in step.reason


def test_an_editable_install_of_another_clone_is_told(place: Path) -> None:
    other = with_lock(place / "other", place / "wheels")
    folder = with_lock(place / "shop", place / "wheels")
    (folder / ".git").mkdir()
    prefix = make_venv(folder / ".venv")
    install(prefix, place / "wheels/scales-2.0-py3-none-any.whl")
    install(prefix, str(other), extra_args=["--editable"])
    step = _step(_look(place, folder), "project")
    assert step.state == "todo"
    assert f"in editable mode from {other}" in step.why
