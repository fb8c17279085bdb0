"""A hostile environment is examined to the end, quickly, and nothing of it drives the terminal."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from doctor.reading.clean import is_clean
from tests.patients.hostile import make_hostile
from tests.tui.terminal import Terminal

#: what the data would send if it got through; Textual itself sends only the operating system command 22
FORBIDDEN = (
    *(f"\x1b]{number};".encode() for number in (0, 1, 2, 8, 9, 52, 777)),
    *(text.encode() for text in ("\x1b[31mRED", "\x9b31m", "\u202e", "\u2066", "\u200b")),
)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_hostile(tmp_path_factory.mktemp("hostile") / "env")


def check(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "doctor", *arguments], capture_output=True, timeout=60, check=False, cwd="/"
    )


@pytest.mark.parametrize("deep", [(), ("--deep",)], ids=["", "deep"])
def test_text_report_ends_clean(hostile: Path, deep: tuple[str, ...]) -> None:
    done = check("check", str(hostile), *deep)
    assert done.returncode == 1, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    for line in done.stdout.decode().splitlines():
        assert is_clean(line), repr(line)


def test_json_report_tells_what_could_not_be_read_and_nothing_crashed(hostile: Path) -> None:
    body = json.loads(check("check", str(hostile), "--format", "json").stdout)
    assert body["crashed"] == []
    unreadable = " ".join(
        evidence["text"] + (evidence["path"] or "")
        for finding in body["findings"]
        if finding["code"] == "MIX009"
        for evidence in finding["evidence"]
    )
    for name in ("fifo-1.0", "device-1.0", "endless-1.0", "sparse-1.0", "deep-1-0", "broken-1-0"):
        assert name in unreadable, name
    assert all(is_clean(text) for text in strings(body))
    assert "hunter2" not in json.dumps(body)


def test_saved_facts_are_clean_and_judge_the_same(hostile: Path, tmp_path: Path) -> None:
    saved = tmp_path / "facts.json"
    first = check("check", str(hostile), "--format", "json", "--save", str(saved))
    text = saved.read_text(encoding="utf-8")
    assert "hunter2" not in text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", text)
    assert r"\u001b" not in text
    again = check("check", "--from", str(saved), "--format", "json")
    assert json.loads(again.stdout)["findings"] == json.loads(first.stdout)["findings"]


def test_app_sends_no_control_sequence_that_came_from_data(hostile: Path) -> None:
    with Terminal(["-m", "doctor", str(hostile)]) as terminal:
        terminal.wait_for(" in ", "checks")
        for _ in range(12):
            terminal.press("enter")
            terminal.wait_for("What was seen")
            terminal.press("escape")
            terminal.wait_for("c Checks")
            terminal.press("down")
        terminal.press("c")
        terminal.wait_for("how they came out")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    for sequence in FORBIDDEN:
        at = terminal.raw.find(sequence)
        assert at < 0, terminal.raw[max(0, at - 40) : at + 60]


def strings(value: object) -> list[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.items() for part in item for text in strings(part)]
    return [text for item in value for text in strings(item)] if isinstance(value, list) else []
