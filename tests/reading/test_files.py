"""Hostile files are refused with a reason, at once."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from doctor.reading.files import Missing, Unfit, read_bytes, read_json, read_text


def fifo(path: Path) -> None:
    os.mkfifo(path)


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 30)


def endless_link(path: Path) -> None:
    path.symlink_to(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


HOSTILE: dict[str, tuple[Callable[[Path], None], str]] = {
    "fifo": (fifo, "FIFO"),
    "folder": (Path.mkdir, "folder"),
    "sparse gigabyte": (sparse, "1,073,741,824 bytes"),
    "endless link": (endless_link, "symbolic links"),
    "device": (device, "device"),
}


@pytest.mark.parametrize(("make", "reason"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_file_is_refused_at_once(make: Callable[[Path], None], reason: str, tmp_path: Path) -> None:
    path = tmp_path / "METADATA"
    make(path)
    start = time.monotonic()
    with pytest.raises(Unfit, match=reason):
        read_bytes(path)
    with pytest.raises(Unfit):
        read_bytes(path, within=tmp_path)
    assert time.monotonic() - start < 2


def test_missing_file_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(Missing):
        read_text(tmp_path / "nothing")


def test_link_out_of_the_environment_is_refused_unless_it_keeps_its_place(tmp_path: Path) -> None:
    inside, cache = tmp_path / "env" / "a-1.dist-info", tmp_path / "cache" / "a-1.dist-info"
    inside.mkdir(parents=True)
    cache.mkdir(parents=True)
    (tmp_path / "secret").write_text("secret")
    (cache / "METADATA").write_text("Name: a")
    (inside / "METADATA").symlink_to(cache / "METADATA")
    (inside / "WHEEL").symlink_to(tmp_path / "secret")
    within = tmp_path / "env"
    assert read_text(inside / "METADATA", within=within) == "Name: a"
    with pytest.raises(Unfit, match="leads out"):
        read_text(inside / "WHEEL", within=within)


def test_json_errors_name_the_line(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a": 1,\n "b": }')
    with pytest.raises(Unfit, match="line 2") as caught:
        read_json(path)
    assert caught.value.line == 2
    path.write_text("[" * 100_000)
    with pytest.raises(Unfit, match="deep"):
        read_json(path)


def test_json_cannot_smuggle_controls_by_its_own_escapes(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"a\x1b": ["\x1b[31m", {"b": "num\u200bpy\nsecond line"}], "n": 1}))
    assert read_json(path) == {"a\ufffd": ["\ufffd[31m", {"b": "num\ufffdpy\nsecond line"}], "n": 1}


def test_text_is_clean_and_without_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"\xef\xbb\xbfName: a\x1b[0m\n\xff")
    assert read_text(path) == "Name: a\ufffd[0m\n\ufffd"
