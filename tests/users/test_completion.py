"""Words at Tab: from the grammars, and in real shells."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from doctor.cli.candidates import MEANINGS, candidates
from doctor.cli.grammar.carrying import SHELLS
from doctor.cli.parse import COMMANDS, grammar
from tests.patients.venvs import make_venv


def words(*typed: str) -> list[str]:
    return [candidate.word for candidate in candidates(typed).words]


def test_every_word_of_every_grammar_has_a_meaning() -> None:
    for command in COMMANDS:
        for action in grammar(command)()._actions:
            takes = action.nargs != 0 and action.help != "==SUPPRESS=="
            if takes and action.choices is None:
                told = action.metavar if isinstance(action.metavar, str) else action.dest
                assert told in MEANINGS or command == "timeline", (command, told)


def test_every_command_and_option_is_completed() -> None:
    assert set(COMMANDS) - {"app"} <= set(words(""))
    for command in COMMANDS:
        expected = {
            action.option_strings[-1]
            for action in grammar(command)()._actions
            if action.option_strings and action.help != "==SUPPRESS=="
        }
        assert set(words(*([] if command == "app" else [command]), "-")) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (("sna",), ["snapshot"]),
        (("check", "--fail-on", "w"), ["warning"]),
        (("check", "--format=js"), ["--format=json", "--format=jsonl"]),
        (("--check", "--format", "sa"), ["sarif"]),
        (("check", "--select", "MIX001,GP"), ["MIX001,GPU"]),
        (("explain", "mix00"), [f"MIX00{n}" for n in range(1, 10)]),
        (("check", "--output", "jso"), ["json=", "jsonl="]),
        (("completion", "z"), ["zsh"]),
        (("advise", "--for", "ml"), ["ml"]),
        (("check", "--deep", "--dee"), []),
        (("check", "--select", "MIX", "--sel"), ["--select"]),
        (("undo", "--y"), ["--yes"]),
        (("no-such-command", "x", "y"), []),
    ],
)
def test_what_is_typed_is_gone_on_with(typed: tuple[str, ...], expected: list[str]) -> None:
    assert words(*typed) == expected


def test_paths_are_left_to_the_shell() -> None:
    assert candidates(("snapshot", "-o", "x")).paths == "files"
    assert candidates(("check", "--project", "")).paths == "folders"
    assert candidates(("check", "--output", "json=/tm"))[:2] == ((), "files")
    assert candidates(("check", "--output", "json=/tm")).before == "json="
    assert candidates(("check", "--format", "")).paths == "none"


def test_environments_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_venv(tmp_path / ".venv")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert ".venv" in words("check", "")
    assert ".venv" in words("fix", "")
    assert "MIX" in words("fix", "")


def test_options_are_completed_without_a_look_at_checks_or_the_machine() -> None:
    code = (
        "import sys; from doctor.cli import run; run(['completion', 'fish', '--words', 'check', '--f'])\n"
        "print(*(n for n in sys.modules if n.startswith(('doctor.checks', 'doctor.target', 'doctor.collect'))))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "--format" in told
    assert told.splitlines()[-1] == ""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "some folder").mkdir()
    (tmp_path / "note.txt").touch()
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "envdoctor").write_text(f'#!/bin/sh\nexec {sys.executable} -m doctor "$@"\n')
    (programs / "envdoctor").chmod(0o755)
    return tmp_path


_STARTS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], 'eval "$(envdoctor completion bash)"'),
    "zsh": (["zsh", "-f", "-i"], 'eval "$(envdoctor completion zsh)"'),
    "fish": (["fish", "--private", "--no-config", "-i"], "envdoctor completion fish | source"),
}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_real_shell_completes(shell: str, folder: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    start, load = _STARTS[shell]
    env = {
        "PATH": f"{folder / 'bin'}:/usr/bin:/bin",
        "HOME": str(folder),
        "TERM": "xterm",
        "LANG": "C.UTF-8",
        "ENVDOCTOR_STATE": str(folder / "state"),
    }
    with _Terminal(start, env, folder) as terminal:
        terminal.type(f"{load}; echo rea''dy\n", until="ready")
        for typed, completed in (
            ("envdoctor snap", "envdoctor snapshot "),
            ("envdoctor check --select MIX001,GP", "--select MIX001,GPU"),
            ("envdoctor check --output sari", "sarif="),
            ("envdoctor check --output json=no", "json=note.txt"),
            ("envdoctor check so", "some\\ folder/"),
        ):
            terminal.type(f"{typed}\t", until=completed)
            terminal.type("\x15")


class _Terminal:
    """A shell in a pseudo-terminal."""

    def __init__(self, command: list[str], env: dict[str, str], cwd: Path) -> None:
        self.command, self.env, self.cwd = command, env, cwd

    def __enter__(self) -> _Terminal:
        self.process, self.master = pty.fork()
        if self.process == 0:
            os.chdir(self.cwd)
            os.execvpe(self.command[0], self.command, self.env)
        return self

    def __exit__(self, *_: object) -> None:
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.master)

    def type(self, keys: str, *, until: str = "") -> None:
        os.write(self.master, keys.encode())
        seen = ""
        for piece in self._pieces(20 if until else 0.3):
            seen += piece
            if until and until in _plain(seen):
                return
        assert not until, f"{until!r} did not appear: {_plain(seen)!r}"

    def _pieces(self, seconds: float) -> Iterator[str]:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.master], [], [], 0.05)[0]:
                yield os.read(self.master, 65536).decode(errors="replace")


def _plain(text: str) -> str:
    """Without the sequences that colour, move and erase."""
    return re.sub(r"\x1b(\[[\d;?>=]*[A-Za-z]|\][^\x07]*\x07|[=>()][\dAB]?)|[\x07\r]", "", text)
