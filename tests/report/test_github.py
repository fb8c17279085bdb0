"""Annotations as GitHub's runner reads them: no name ends a command or begins another, and the limits are told."""

from __future__ import annotations

import re
from collections import Counter

from doctor.model import Severity
from doctor.report.github import SHOWN, command, render
from doctor.report.places import Repository
from tests.report.examined import LONG, NASTY, everything, hostile


def read(line: str) -> tuple[str, dict[str, str], str]:
    """A line as the runner reads it: the command's name, its properties and its message."""
    found = re.fullmatch(r"::(\w+) ?(.*?)::(.*)", line)
    assert found, line
    properties = dict(part.split("=", 1) for part in found[2].split(",") if part)
    return found[1], {name: _back(_back_property(text)) for name, text in properties.items()}, _back(found[3])


def _back_property(text: str) -> str:
    return text.replace("%3A", ":").replace("%2C", ",")


def _back(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def test_commands_survive_hostile_names() -> None:
    for text in NASTY:
        assert read(command("error", {"file": text, "title": text}, text)) == (
            "error", {"file": text, "title": text}, text,
        )  # fmt: skip


def test_every_line_is_one_command_of_a_known_kind() -> None:
    for examination in (everything(), hostile(), hostile(Severity.NOTE)):
        for line in render(examination).splitlines():
            kind, properties, message = read(line)
            assert kind in ("error", "warning", "notice")
            assert set(properties) <= {"file", "line", "title"}
            assert message
            assert len(line) < 8_000
            assert LONG not in line


def test_limits_of_a_step_are_kept_and_told() -> None:
    lines = render(everything()).splitlines()
    kinds = Counter(read(line)[0] for line in lines)
    assert set(kinds.values()) == {SHOWN}
    last = read(lines[-1])[2]
    assert "GitHub shows 10 of each a step" in last
    assert re.search(r"\d+ errors, \d+ warnings, \d+ notes? in \d+ checks", last)


def test_annotations_stand_at_files_of_the_repository_alone() -> None:
    places = {read(line)[1].get("file") for line in render(hostile(), Repository("sub")).splitlines()}
    assert places == {"sub/requirements.txt", "sub/pyproject.toml", None}
