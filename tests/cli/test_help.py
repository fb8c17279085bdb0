"""The help of each command fits the narrowest usual terminal, and its example is a command that parses."""

from __future__ import annotations

import re
import shlex

import pytest

from doctor.cli.parse import COMMANDS, Usage, parse


def told(command: str) -> str:
    words = ["--help"] if command == "app" else [command, "--help"]
    with pytest.raises(Usage) as usage:
        parse(words)
    assert usage.value.status == 0
    return str(usage.value)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_and_ends_with_an_example(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = told(command)
    assert max(map(len, text.splitlines())) <= 80
    if command == "app":
        return
    last = text.splitlines()[-1]
    found = re.fullmatch(rf"Example: envdoctor ({command}\b.*)", last)
    assert found, last
    words = shlex.split(found[1])
    assert len(words) > 1
    assert parse(words).command in (command, "listing", "catalogue", "packing")


@pytest.mark.parametrize(
    "command", ["check", "find", "fix", "undo", "recover", "compare", "timeline", "onboard", "demo"]
)
def test_statuses_that_scripts_tell_apart_are_named(command: str) -> None:
    assert "Exit status" in told(command)
