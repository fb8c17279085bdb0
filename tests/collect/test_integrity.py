"""--deep: what differs from its recorded hash is told, and what differs for good reasons is not."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from doctor.collect import LayerRead, collect, integrity
from doctor.facts import Integrity
from doctor.reading.disk import beside, hashes
from doctor.target.environment import Environment, Request
from tests.patients.conda import make_conda_prefix
from tests.patients.venvs import install, make_venv, site_packages_of
from tests.patients.wheels import make_wheel


def integrity_of(prefix: Path, kind: str = "venv") -> Integrity:
    request = Request(Environment(prefix, kind), home=Path("/nowhere"), deep=True)  # type: ignore[arg-type]
    *_, last = collect(request, {"integrity"})
    assert isinstance(last, LayerRead)
    assert not last.facts.gaps
    return last.facts.integrity


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    made = make_venv(tmp_path / "env")
    files = {f"demo/m{n}.py": f"VALUE = {n}\n" for n in range(20)} | {"demo/__init__.py": "", "demo/own.pyc": "x"}
    entry = "[console_scripts]\ndemo = demo:main\n"
    install(made, make_wheel(tmp_path, "demo", "1.0", files, entry_points=entry))
    return made


@pytest.mark.parametrize("by", ["uv", "pip"])
def test_a_fresh_installation_is_unaltered(tmp_path: Path, by: str) -> None:
    made = make_venv(tmp_path / "env")
    wheel = make_wheel(tmp_path, "demo", "1.0", {"demo.py": "x"}, entry_points="[console_scripts]\nx = demo:main\n")
    install(made, wheel, by=by)  # type: ignore[arg-type]
    found = integrity_of(made)
    assert not found.altered
    assert not found.unreadable
    assert found.hashed >= 3


def test_an_edited_file_is_told_with_both_hashes(prefix: Path) -> None:
    (site_packages_of(prefix) / "demo/m3.py").write_text("VALUE = 4\n")
    (altered,) = integrity_of(prefix).altered
    assert altered.path.endswith("site-packages/demo/m3.py")
    assert altered.owner == "demo"
    assert altered.expected == hashlib.sha256(b"VALUE = 3\n").hexdigest()
    assert altered.found == hashlib.sha256(b"VALUE = 4\n").hexdigest()


def test_bytecode_scripts_and_installers_notes_may_change(prefix: Path) -> None:
    info = site_packages_of(prefix) / "demo-1.0.dist-info"
    for path in (site_packages_of(prefix) / "demo/own.pyc", info / "INSTALLER", prefix / "bin/demo"):
        path.write_text("changed\n")
    assert integrity_of(prefix).altered == ()


def test_gone_and_linked_files_are_other_checks_matters(prefix: Path, tmp_path: Path) -> None:
    package = site_packages_of(prefix) / "demo"
    (package / "m1.py").unlink()
    (tmp_path / "outside.py").write_text("outside")
    (package / "m2.py").unlink()
    (package / "m2.py").symlink_to(tmp_path / "outside.py")
    found = integrity_of(prefix)
    assert not found.altered
    assert not found.unreadable


def test_nothing_outside_the_prefix_is_read(prefix: Path, tmp_path: Path) -> None:
    package = site_packages_of(prefix) / "demo"
    package.rename(tmp_path / "away")
    package.symlink_to(tmp_path / "away")
    (tmp_path / "away/m1.py").write_text("secret")
    found = integrity_of(prefix)
    assert found.altered == ()
    assert f"{package.relative_to(prefix)}/m1.py" in found.unreadable


def test_a_fifo_does_not_hang(prefix: Path) -> None:
    module = site_packages_of(prefix) / "demo/m1.py"
    module.unlink()
    os.mkfifo(module)
    assert integrity_of(prefix).unreadable == (module.relative_to(prefix).as_posix(),)


def test_a_path_of_two_owners_is_left_to_another_check(prefix: Path, tmp_path: Path) -> None:
    install(prefix, make_wheel(tmp_path, "rival", "1.0", {"demo/m1.py": "other", "rival.py": ""}))
    assert integrity_of(prefix).altered == ()


def test_condas_own_digests_count_and_not_the_wheels(tmp_path: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "env", cache=tmp_path / "cache")
    sound = integrity_of(prefix, "conda")
    assert sound.altered == ()
    assert sound.hashed > 500
    (module,) = prefix.glob("lib/python3.*/site-packages/numpy/__init__.py")
    data = module.read_bytes()
    module.unlink()
    module.write_bytes(data + b"# edited\n")
    (altered,) = integrity_of(prefix, "conda").altered
    assert altered.owner == "conda:numpy"


def test_children_find_the_same(prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (site_packages_of(prefix) / "demo/m3.py").write_text("VALUE = 4\n")
    alone = integrity_of(prefix)
    jobs = []
    done = beside.do

    def noted(job: str, arguments: tuple[Any, ...], where: Path) -> Iterator[Any]:
        jobs.append(job)
        return done(job, arguments, where)

    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    monkeypatch.setattr(integrity, "_MANY_FILES", 1)
    monkeypatch.setattr(integrity, "do", noted)
    monkeypatch.setattr(integrity, "_hash_here", None)
    assert integrity_of(prefix) == alone
    assert jobs == ["hash"]
    assert len(alone.altered) == 1


def test_a_file_beyond_the_limit_is_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "big").write_bytes(b"x" * 100)
    monkeypatch.setattr(hashes, "LIMIT", 50)
    assert hashes.hash_files(str(tmp_path), [("big", "0" * 64)]) == ([], ["big"], 0, 0)


@pytest.mark.parametrize("text", ["", "!!", "AAAA", "not base64 at all", "A" * 44])
def test_malformed_digests_are_no_digests(text: str) -> None:
    assert integrity._hexadecimal(text) == ""
