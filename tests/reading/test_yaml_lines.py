"""YAML comes in with its lines, and hostile YAML comes to an end."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor.reading.files import Missing, Unfit
from doctor.reading.yaml_lines import Node, parse_yaml, read_yaml, scalars


def test_every_value_knows_its_line_and_its_text() -> None:
    root = parse_yaml(
        "name: demo\n\nchannels:\n  - conda-forge\n  - 'defaults'  # why\npython: 3.10\nday: 2024-01-02\n"
    )
    channels = root.get("channels")
    assert channels is not None
    assert channels.line == 3
    assert [(item.value, item.line) for item in channels.items()] == [("conda-forge", 4), ("defaults", 5)]
    assert root.get("python") == Node(3.1, 6, "3.10")
    assert root.get("day") == Node("2024-01-02", 7, "2024-01-02")
    assert [(place, node.line) for place, node in scalars(root)][:2] == [("name", 1), ("channels", 4)]


def test_flags_stand_on_their_lines() -> None:
    root = parse_yaml("channels:  #!final\n  - a  #!top\n  - b # top\n  - c  #!bottom\nssl_verify: false #!final\n")
    channels, verify = root.get("channels"), root.get("ssl_verify")
    assert channels is not None
    assert verify is not None
    assert (root.flag, channels.flag, verify.flag) == ("", "final", "final")
    assert [item.flag for item in channels.items()] == ["top", "", "bottom"]


def test_repeated_keys_are_told_and_the_last_one_counts() -> None:
    root = parse_yaml("a: 1\nb: 2\na: 3\n")
    assert root.repeated == (("a", 3),)
    assert root.get("a") == Node(3, 3, "3")


def test_merge_keys_fill_what_is_not_there() -> None:
    root = parse_yaml("base: &base {x: 1, y: 2}\nmine: {<<: *base, y: 3}\n")
    mine = root.get("mine")
    assert mine is not None
    assert [(key, node.value) for key, node in scalars(mine)] == [("x", 1), ("y", 3)]


def test_an_empty_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "x.yml").write_text("# nothing\n")
    assert read_yaml(tmp_path / "x.yml").value is None
    with pytest.raises(Missing):
        read_yaml(tmp_path / "y.yml")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("channels:\n  - a\n bad\n", 3),
        ("a: [1\nb: 2\n", 2),
        ("---\na: 1\n---\nb: 2\n", 3),
        ("a: &a [*a]\n", 1),
        ("[" * 100_000, 0),
        ("\ta: 1\n", 1),
    ],
)
def test_what_cannot_be_used_says_where(text: str, line: int) -> None:
    with pytest.raises(Unfit) as caught:
        parse_yaml(text)
    assert caught.value.line == line


def test_aliases_of_aliases_come_to_an_end() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        bomb += f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n"
    with pytest.raises(Unfit, match="aliases"):
        parse_yaml(bomb)


def test_tags_start_nothing() -> None:
    root = parse_yaml("a: !!python/object/apply:os.system ['true']\nb: !!int abc\nc: !!float ''\n")
    assert [node.value for _, node in scalars(root)] == ["true", "abc", ""]
