"""Room folder by folder: the same bytes as the sizes layer, on real environments, with true progress."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from doctor.collect import LayerRead, collect
from doctor.collect.rooms import measure_rooms
from doctor.facts import Facts
from doctor.facts.rooms import Rooms
from doctor.reading.disk.tree import DEPTH_LIMIT
from doctor.report.pictures.shares import below, packages, whole
from doctor.target.environment import Request
from doctor.target.resolve import inspect_prefix
from tests.patients.venvs import install, make_venv, site_packages_of
from tests.patients.wheels import make_wheel


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rooms")
    made = make_venv(folder / "env")
    files: dict[str, bytes | str] = {
        "glacier/__init__.py": "x = 1\n",
        "glacier/data/ice.bin": b"i" * 300_000,
        "glacier/fast.so": b"s" * 90_000,
    }
    install(
        made,
        make_wheel(folder, "glacier", "1.0", files),
        make_wheel(folder, "moraine", "2.0", {"moraine.py": "y = 2\n"}),
    )
    return made


def request_of(prefix: Path) -> Request:
    environment = inspect_prefix(prefix)
    assert environment
    return Request(environment=environment, home=prefix.parent)


def facts_of(request: Request) -> Facts:
    facts = Facts()
    for event in collect(request, {"distributions", "conda", "sizes"}):
        facts = event.facts if isinstance(event, LayerRead) else facts
    return facts


def rooms_of(request: Request, facts: Facts) -> tuple[list[int], Rooms]:
    *told, rooms = measure_rooms(request, facts)
    assert isinstance(rooms, Rooms)
    return [number for number in told if isinstance(number, int)], rooms


def test_every_byte_is_somebodys_and_in_some_folder(prefix: Path) -> None:
    request = request_of(prefix)
    facts = facts_of(request)
    told, rooms = rooms_of(request, facts)
    shares = packages(rooms)
    every = whole(shares)
    assert (every.files, every.own, every.shared) == facts.sizes.total
    assert {share.key: (share.files, share.own, share.shared) for share in shares} == {
        owner: tuple(size) for owner, size in facts.sizes.by_owner.items() if size.total
    }
    assert sum(every.kinds) == every.total
    for share in shares:
        inside = below(rooms, share.key)
        top = sum(portion.folder for portion in rooms.by_owner[share.key] if portion.path in ("", *rooms.sites))
        assert whole(inside).total + top == share.total
    assert told[0] == 0
    assert told == sorted(told)
    assert told[-1] == facts.sizes.total.files


def test_folders_lead_down_to_files(prefix: Path) -> None:
    request = request_of(prefix)
    _, rooms = rooms_of(request, facts_of(request))
    tops = {share.name: share for share in below(rooms, "glacier")}
    assert {"glacier", "glacier-1.0.dist-info"} <= set(tops)
    inside = {share.name: share for share in below(rooms, "glacier", "glacier")}
    assert not inside["data"].is_file
    assert inside["fast.so"].is_file
    assert inside["fast.so"].kind == "compiled"
    assert inside["__init__.py"].kind == "Python"
    (ice,) = below(rooms, "glacier", inside["data"].key)
    assert (ice.name, ice.key, ice.kind, ice.is_file) == ("ice.bin", "glacier/data/ice.bin", "other", True)
    assert ice.total >= 300_000
    assert below(rooms, "glacier", ice.key) == ()
    assert below(rooms, "absent") == ()


def test_what_others_link_is_shared(prefix: Path, tmp_path: Path) -> None:
    request = request_of(prefix)
    target = site_packages_of(prefix) / "glacier/data/ice.bin"
    _, before = rooms_of(request, facts_of(request))
    other = prefix.parent / "cache-of-somebody"
    os.link(target, other)
    try:
        _, after = rooms_of(request, facts_of(request))
    finally:
        other.unlink()
    (was,), (now,) = (below(rooms, "glacier", "glacier/data") for rooms in (before, after))
    assert (was.shared, now.own) == (0, 0)
    assert was.own == now.shared > 0


def test_hostile_names_are_cleaned(prefix: Path) -> None:
    strange = site_packages_of(prefix) / "glacier/a\x1b]52;c;x\x07b\u202e.py"
    folder = site_packages_of(prefix) / "glacier/evil\x1b[31m"
    strange.write_text("")
    folder.mkdir()
    (folder / "inside.py").write_text("x" * 9_000)
    try:
        _, rooms = rooms_of(request_of(prefix), facts_of(request_of(prefix)))
    finally:
        strange.unlink()
        (folder / "inside.py").unlink()
        folder.rmdir()
    names = [share.name for share in below(rooms, "glacier", "glacier")]
    assert not any("\x1b" in name or "\u202e" in name or "\x07" in name for name in names)
    assert any(name.startswith("evil") for name in names)


def test_what_could_not_be_listed_is_said(prefix: Path) -> None:
    top = site_packages_of(prefix) / "glacier/deep"
    deepest = top.joinpath(*["d"] * (DEPTH_LIMIT + 1))
    deepest.mkdir(parents=True)
    try:
        _, rooms = rooms_of(request_of(prefix), facts_of(request_of(prefix)))
    finally:
        shutil.rmtree(top)
    assert not rooms.complete
