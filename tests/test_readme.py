"""The README says what is true: its commands, its options, its table of checks."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from doctor import checks
from doctor.cli.parse import parse
from doctor.reading.repository.policy import read_policy
from doctor.symptoms.paste import understand
from doctor.symptoms.recognise import recognise

README = Path(__file__).parent.parent / "README.md"
TEXT = README.read_text(encoding="utf-8")


def table() -> str:
    """The table of checks as the README must hold it; `python -m tests.test_readme` writes it."""
    rows = ["| code | worst | name | finds |", "|---|---|---|---|"]
    for check in checks.load():
        deep = " (`--deep`)" if check.deep else ""
        rows.append(f"| {check.code} | {check.severity.value} | {check.name}{deep} | {check.title} |")
    return "\n".join(rows)


def test_table_of_checks_is_made_from_the_checks() -> None:
    found = re.search(r"<!-- checks -->\n(.*?)\n<!-- /checks -->", TEXT, re.DOTALL)
    assert found
    assert found[1] == table(), "run: python -m tests.test_readme"


@pytest.mark.parametrize("line", sorted(set(re.findall(r"(?m)(?:^|`)(envdoctor [^`\n|]*)", TEXT))))
def test_every_command_in_it_parses(line: str) -> None:
    options = parse(
        [word for word in shlex.split(line)[1:] if word != "CODE"] + (["MIX001"] if line.endswith("CODE") else [])
    )
    assert options.command


MESSAGES = re.search(r"<!-- messages -->\n(.*?)<!-- /messages -->", TEXT, re.DOTALL)
ROWS = re.findall(r"(?m)^\| `([^`]+)` \| (\w+) \|$", MESSAGES[1] if MESSAGES else "")


@pytest.mark.parametrize(("message", "code"), ROWS)
def test_every_message_in_it_is_recognised_and_judged_by_its_check(message: str, code: str) -> None:
    row = recognise(understand(message))[0].message
    assert code in (*row.directly, *row.related)
    assert checks.load([code])


def test_some_messages_are_told() -> None:
    assert len(ROWS) >= 10


def test_exactly_two_commands_set_it_up() -> None:
    commands = re.findall(r"```sh\n(python3 -m venv .*?)\n```", TEXT)
    assert len(commands) == 2
    assert commands[0].endswith("/envdoctor")
    assert commands[1].endswith("/pytest")


def test_policy_in_it_is_accepted(tmp_path: Path) -> None:
    found = re.search(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    assert found
    tomllib.loads(found[1])
    (tmp_path / "pyproject.toml").write_text(found[1], encoding="utf-8")
    policy = read_policy(tmp_path)
    assert policy.gpu
    assert policy.fail_on == "warning"
    assert policy.ignore[0].until == "2027-06-30"


def test_pictures_exist() -> None:
    for picture in re.findall(r"\]\((screenshots/[^)]+)\)", TEXT):
        assert (README.parent / picture).is_file(), picture


if __name__ == "__main__":
    made = re.sub(
        r"(<!-- checks -->\n).*?(<!-- /checks -->)", lambda m: f"{m[1]}{table()}\n{m[2]}", TEXT, flags=re.DOTALL
    )
    README.write_text(made, encoding="utf-8")
