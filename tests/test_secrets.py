"""No secret of anything that is read reaches an output, a snapshot, a journal or a log."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patients.secretive import Secretive, make_secretive


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Secretive:
    return make_secretive(tmp_path_factory.mktemp("secretive"))


def told(place: Secretive, *arguments: str) -> str:
    """All that a command line prints, which must not be a traceback."""
    variables = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "PYTHONPATH")}
    done = subprocess.run(
        [sys.executable, "-m", "doctor", *arguments],
        cwd=place.project,
        env=variables | place.variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr


def assert_clean(place: Secretive, text: str, where: str) -> None:
    out = [secret for secret in place.secrets if secret in text]
    assert not out, f"{where}: {out}"


def test_there_are_many_secrets(place: Secretive) -> None:
    assert len(place.secrets) >= 30
    assert len(set(place.secrets)) == len(place.secrets)


COMMANDS = (
    ("check",),
    ("check", "--format", "json"),
    *(("check", "--format", kind) for kind in ("jsonl", "sarif", "junit", "github", "markdown", "html")),
    ("check", "--deep", "--ignore", "SIZ"),
    ("list",),
    ("explain", "direct", "--env", "{env}"),
    ("find", "--env", "{env}", "No module named 'direct'"),
    ("fix", "{env}", "--plan"),
    ("snapshot", "{env}", "-o", "-"),
    ("timeline", "{env}"),
    ("export", "{env}", "--format", "requirements"),
    ("export", "{env}", "--format", "cyclonedx"),
    ("export", "{env}", "--format", "environment.yml"),
    ("export", "{env}", "--format", "explicit"),
    ("export", "{env}", "--format", "pylock"),
    ("onboard", "--plan"),
    ("onboard", "--plan", "--format", "json"),
    ("advise", "--for", "research"),
    ("advise", "--for", "ml", "--format", "json"),
    ("history",),
)


@pytest.mark.parametrize("of", ["venv", "conda"])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_prints_one(place: Secretive, command: tuple[str, ...], of: str) -> None:
    prefix = str(place.venv if of == "venv" else place.conda)
    words = [word.replace("{env}", prefix) for word in command]
    if command[0] == "check":
        words += [prefix, "--project", str(place.project)]
    assert_clean(place, told(place, *words), " ".join(command))


def test_no_file_that_is_written_holds_one(place: Secretive, tmp_path: Path) -> None:
    state = Path(place.variables["ENVDOCTOR_STATE"])
    for number, prefix in enumerate((place.venv, place.conda)):
        saved = tmp_path / f"facts-{number}.json"
        told(place, "check", str(prefix), "--project", str(place.project), "--save", str(saved))
        assert_clean(place, saved.read_text(), "--save")
        mine = tmp_path / f"mine-{number}.json"
        told(place, "snapshot", str(prefix), "-o", str(mine))
        assert_clean(place, mine.read_text(), "snapshot")
    for kind in ("text", "json", "markdown", "html"):
        both = (str(tmp_path / "mine-0.json"), str(tmp_path / "mine-1.json"))
        assert_clean(place, told(place, "compare", *both, "--format", kind), f"compare {kind}")
    plan = tmp_path / "plan.json"
    told(place, "fix", str(place.venv), "SEC001", "--plan-out", str(plan), "--no-preview")
    told(place, "fix", str(place.venv), "SEC001", "--yes", "--no-preview", "--allow-root")
    if plan.exists():
        assert_clean(place, plan.read_text(), "--plan-out")
    told(place, "onboard", "--plan")
    for path in state.rglob("*"):
        if path.name == "kept":  # the files themselves, byte for byte: undo needs them, and nobody else may read them
            assert path.parent.stat().st_mode & 0o077 == 0
        elif path.is_file() and "kept" not in path.relative_to(state).parts:
            data = path.read_bytes()
            found = [secret for secret in place.secrets if secret.encode() in data]
            assert not found, f"{path.relative_to(state)}: {found}"
