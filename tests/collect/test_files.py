"""The walk: everything below the prefix by name, nothing outside of it, nothing that hangs."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from doctor.collect import Gap, files
from doctor.collect.files import WalkedFolders
from doctor.facts import Facts, Files, Identity, SiteFolder
from doctor.reading.disk import beside
from doctor.reading.disk import tree as tree_module
from doctor.target.environment import Environment, Request
from tests.patients.venvs import make_venv

SITE = "lib/python3.11/site-packages"
as_root = pytest.mark.skipif(os.getuid() != 0, reason="giving files away needs root")


def tree(prefix: Path, *paths: str) -> Path:
    for path in paths:
        (prefix / path).parent.mkdir(parents=True, exist_ok=True)
        (prefix / path).write_text("x")
    return prefix


def walk(prefix: Path, kind: str = "venv", *, sizes: bool = True, root: Path = Path("/"), **identity: object) -> Files:
    who = Identity(prefix=str(prefix), site_folders=(SiteFolder(SITE, "environment"),))._replace(**identity)  # type: ignore[arg-type]
    request = Request(Environment(prefix, kind), sizes=sizes, root=root)  # type: ignore[arg-type]
    return files.read(request, Facts(identity=who))


def names(found: Files) -> set[str]:
    return {f"{folder}/{name}" if folder else name for folder, each in found.folders.items() for name in each}


def test_a_real_environment_is_listed_as_find_lists_it(tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "env")
    expected = {
        path.relative_to(prefix).as_posix() for path in prefix.rglob("*") if path.is_symlink() or not path.is_dir()
    }
    found = walk(prefix)
    assert names(found) == expected
    assert found.entries == len(expected)
    assert found.complete
    assert found.has("pyvenv.cfg")
    assert found.has("bin/python")
    assert not found.has("bin")


def test_links_are_names_and_never_entered(tmp_path: Path) -> None:
    outside = tree(tmp_path / "outside", "secret.txt")
    prefix = tree(tmp_path / "env", "lib/a.py")
    (prefix / "out").symlink_to(outside)
    (prefix / "loop").symlink_to(prefix)
    (prefix / "dangling").symlink_to("nowhere")
    assert names(walk(prefix)) == {"lib/a.py", "out", "loop", "dangling"}


def test_a_folder_that_became_a_link_meanwhile_is_not_entered(tmp_path: Path) -> None:
    outside = tree(tmp_path / "outside", "secret.txt")
    prefix = tree(tmp_path / "env", "lib/a.py")
    (prefix / "out").symlink_to(outside)
    found = tree_module.Walk()
    assert tree_module.list_folder(tree_module.Order(str(prefix), ("",), True, -1), found, "out") == []
    assert found.unreadable == ["out"]
    assert found.folders == []


def test_a_prefix_that_is_a_link_is_walked(tmp_path: Path) -> None:
    tree(tmp_path / "real", "lib/a.py")
    (tmp_path / "env").symlink_to("real")
    assert names(walk(tmp_path / "env")) == {"lib/a.py"}


def test_fifos_and_sockets_do_not_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prefix = tree(tmp_path / "env", "lib/a.py")
    os.mkfifo(prefix / "lib/METADATA")
    monkeypatch.chdir(prefix)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("s")
        assert names(walk(prefix)) == {"lib/a.py", "lib/METADATA", "s"}


@pytest.mark.parametrize("mark", [("pyvenv.cfg", "bin/python"), ("conda-meta/history",)])
def test_environments_inside_are_left_out(tmp_path: Path, mark: tuple[str, ...]) -> None:
    prefix = tree(tmp_path / "env", "pyvenv.cfg", "bin/python", "conda-meta/history", "lib/a.py")
    tree(prefix / "work/inner", *mark, "lib/b.py")
    found = walk(prefix)
    assert names(found) == {"pyvenv.cfg", "bin/python", "conda-meta/history", "lib/a.py"}
    assert found.nested == ("work/inner",)


def test_a_package_cannot_hide_behind_a_pyvenv_cfg(tmp_path: Path) -> None:
    prefix = tree(tmp_path / "env", f"{SITE}/odd/pyvenv.cfg", f"{SITE}/odd/code.py")
    assert f"{SITE}/odd/code.py" in names(walk(prefix))


def test_condas_base_is_walked_without_the_other_environments(tmp_path: Path) -> None:
    prefix = tree(tmp_path / "conda", "conda-meta/history", "pkgs/x-1-0/a", "envs/e/b", "lib/pkgs/c", "lib/envs/d")
    own = {"conda-meta/history", "lib/pkgs/c", "lib/envs/d"}
    assert names(walk(prefix, "conda", is_conda_base=True)) == own
    assert names(walk(prefix, "conda")) == own | {"pkgs/x-1-0/a", "envs/e/b"}


def test_of_a_system_python_only_its_own_folders_are_walked(tmp_path: Path) -> None:
    prefix = tree(tmp_path / "usr", "lib/python3/dist-packages/a.py", "lib/python3.11/os.py", "share/doc/other")
    tree(prefix, "lib/python3.11/dist-packages/b.py")
    sites = tuple(SiteFolder(p, "environment") for p in ("lib/python3/dist-packages", "lib/python3.11/dist-packages"))
    found = walk(prefix, "system", site_folders=sites, stdlib="lib/python3.11")
    assert len(names(found)) == found.entries == 3
    assert not found.complete


def test_names_that_drive_a_terminal_are_counted_and_left_out(tmp_path: Path) -> None:
    prefix = tree(
        tmp_path / "env", "lib/a.py", "lib/größe 数.py", "lib/\x1b]0;x\x07.py", "lib/\u202egnp.py", "\x1bd/in.py"
    )
    Path(os.fsdecode(os.fsencode(prefix) + b"/lib/\xff.py")).write_text("x")
    found = walk(prefix)
    assert names(found) == {"lib/a.py", "lib/größe 数.py"}
    assert found.unclean == 5  # three names, and a folder with what is in it


def test_what_cannot_be_listed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prefix = tree(tmp_path / "env", "lib/a.py", "closed/b.py")
    opened = os.open

    def refuse(path: str, *rest: int) -> int:
        if str(path).endswith("/closed"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *rest)

    monkeypatch.setattr(os, "open", refuse)
    found = walk(prefix)
    assert found.unreadable == ("closed",)
    assert not found.complete
    assert "closed" not in found.folders


def test_a_prefix_that_is_gone_is_a_gap(tmp_path: Path) -> None:
    with pytest.raises(Gap, match="cannot be listed"):
        walk(tmp_path / "gone")


def test_depth_and_number_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(150):
        Path("d").mkdir()
        monkeypatch.chdir("d")
    found = walk(tmp_path)
    assert len(found.unreadable) == 1
    assert not found.complete
    many = tree(tmp_path / "many", *(f"f{n}" for n in range(50)))
    found_many = tree_module.Walk()
    tree_module.walk(tree_module.Order(str(many), ("",), True, -1, limit=20), found_many)
    assert not found_many.complete
    assert found_many.entries <= 21


@as_root
def test_files_of_another_owner_are_told_topmost_first(tmp_path: Path) -> None:
    prefix = tree(tmp_path / "env", f"{SITE}/a/x.py", f"{SITE}/a/y.py", f"{SITE}/b.py", "bin/tool")
    for path in (f"{SITE}/a", f"{SITE}/a/x.py", f"{SITE}/b.py"):
        os.chown(prefix / path, 12345, 12345)
    assert walk(prefix).foreign == (f"{SITE}/a", f"{SITE}/b.py")
    assert walk(prefix, sizes=False).foreign == (f"{SITE}/a",)  # files are looked at with their sizes only
    for each in (prefix, *prefix.rglob("*")):
        os.chown(each, 12345, 12345)
    assert walk(prefix).foreign == ()


@pytest.fixture
def passable() -> Iterator[Path]:
    """A folder that everybody gets to, as pytest's own are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_what_others_may_write_on_the_import_path_is_told(passable: Path) -> None:
    prefix = tree(passable / "env", f"{SITE}/a/x.py", f"{SITE}/b.py", "share/c", f"{SITE}/t/y.py")
    (prefix / SITE / "a").chmod(0o777)
    (prefix / SITE / "t").chmod(0o1777)
    (prefix / SITE / "b.py").chmod(0o666)
    (prefix / SITE / "link").symlink_to("b.py")  # every link shows 0o777
    (prefix / "share").chmod(0o777)
    assert walk(prefix).writable_by_others == (f"{SITE}/a", f"{SITE}/b.py", f"{SITE}/t")
    prefix.chmod(0o750)
    assert walk(prefix).writable_by_others == ()  # nobody else gets there


def test_an_import_folder_outside_that_others_may_write_is_told(passable: Path) -> None:
    prefix = tree(passable / "env", "lib/a.py")
    open_to_all = passable / "shared"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    sites = (SiteFolder(str(open_to_all), "pythonpath"), SiteFolder("/nowhere", "pythonpath"))
    assert walk(prefix, site_folders=sites).writable_by_others == (str(open_to_all),)


def test_permissions_of_a_file_system_that_has_none_mean_nothing(passable: Path) -> None:
    prefix = tree(passable / "mnt/c/env", f"{SITE}/b.py")
    (prefix / SITE / "b.py").chmod(0o777)
    (passable / "proc/self").mkdir(parents=True)
    mounts = passable / "proc/self/mountinfo"
    mounts.write_text("1 0 8:1 / / rw,relatime - ext4 /dev/sda rw\n2 1 0:5 / /mnt/c rw,noatime shared:1 - 9p C:\\ rw\n")
    assert walk(prefix, root=passable).writable_by_others == ()
    mounts.write_text("1 0 8:1 / / rw,relatime - ext4 /dev/sda rw\n")
    assert walk(prefix, root=passable).writable_by_others == (f"{SITE}/b.py",)


def large(prefix: Path) -> Path:
    for number in range(120):
        tree(
            prefix,
            f"{SITE}/p{number}-1.dist-info/METADATA",
            f"{SITE}/p{number}/__init__.py",
            f"{SITE}/p{number}/s/m.py",
        )
    os.link(prefix / SITE / "p1/__init__.py", prefix / SITE / "p2/linked.py")
    (prefix / SITE / "p3/link").symlink_to("../p4")
    return tree(prefix, "pyvenv.cfg", f"{SITE}/top.py", "inner/pyvenv.cfg", "inner/bin/python")


@pytest.mark.skipif(not hasattr(os, "posix_spawn"), reason="no children on this system")
def test_children_find_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prefix = large(tmp_path / "env")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    jobs = []
    done = beside.do

    def noted(job: str, arguments: tuple[Any, ...], where: Path) -> Iterator[Any]:
        jobs.append(job)
        return done(job, arguments, where)

    monkeypatch.setattr(files, "do", noted)
    with_children = walk(prefix)
    assert jobs == ["walk"]
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    alone = walk(prefix)
    assert with_children == alone
    assert with_children.nested == ("inner",)
    assert isinstance(with_children.folders, WalkedFolders)
    assert isinstance(alone.folders, WalkedFolders)
    assert with_children.folders.walk is not None
    assert alone.folders.walk is not None
    assert sorted(map(by_name, with_children.folders.walk.folders)) == sorted(map(by_name, alone.folders.walk.folders))


def by_name(folder: tree_module.Folder) -> tuple[object, ...]:
    path, below, blocks, links, device, own = folder
    linked = sorted((below[index], inode, count) for index, inode, count in tree_module.triples(links))
    return path, sorted(zip(below, blocks, strict=True)), linked, device, own


@pytest.mark.parametrize(
    "program", ["raise SystemExit(3)", "import os; os.write(1, b'\\x08' + bytes(9))", "while 1: 1/0"]
)
def test_children_that_fail_cost_nothing_but_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    prefix = large(tmp_path / "env")
    expected = walk(prefix)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    monkeypatch.setattr(beside, "_PROGRAM", program)
    assert walk(prefix) == expected


def test_a_tree_that_changes_while_it_is_cut_is_walked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prefix = large(tmp_path / "env")
    expected = walk(prefix)
    cuts = iter([[("lib", True)], [("lib", True), ("late", True)]])
    monkeypatch.setattr(files, "do", lambda *_: cuts)
    assert walk(prefix) == expected
    assert next(cuts, None) is None, "both children's cuts were looked at"


def test_the_examined_environments_own_python_is_never_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    monkeypatch.setattr(os, "posix_spawn", lambda *_, **__: pytest.fail("started"))
    for prefix in (Path(sys.prefix), Path(sys.base_prefix)):
        with pytest.raises(beside.Alone, match="own Python"):
            list(beside.do("walk", (), prefix))


def test_children_end_when_nobody_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    program = "import marshal, os, time; data = marshal.dumps('an answer')"
    program += "; os.write(1, len(data).to_bytes(8, 'little') + data); time.sleep(60)"
    monkeypatch.setattr(beside, "_PROGRAM", program)
    started = []
    spawn = os.posix_spawn

    def noted(*how: Any, **more: Any) -> int:
        started.append(spawn(*how, **more))
        return started[-1]

    monkeypatch.setattr(os, "posix_spawn", noted)
    answers = beside.do("walk", (), tmp_path)
    assert next(answers) == "an answer"
    start = time.monotonic()
    answers.close()  # type: ignore[attr-defined]
    assert time.monotonic() - start < 30
    assert len(started) == 2
    for child in started:
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)


def test_walking_in_a_thread_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prefix = large(tmp_path / "env")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    found: list[Files] = []
    threads = [threading.Thread(target=lambda: found.append(walk(prefix))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(each == found[0] for each in found)
    assert len(found) == 4
