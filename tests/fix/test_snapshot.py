"""The way back: whatever happens to a prefix after it was saved, it comes back byte for byte."""

from __future__ import annotations

import os
import random
import shutil
import stat
from pathlib import Path

import pytest

from doctor.fix.host import snapshot
from doctor.fix.host.snapshot import Method, Places
from tests.fix.trees import differences, picture


def make_prefix(folder: Path) -> Path:
    """A tree with everything that prefixes hold: modes, links, empty folders, odd names."""
    site = folder / "lib/python3.11/site-packages"
    for package in ("numpy", "demo", "~left", "läib"):
        (site / package / "sub").mkdir(parents=True)
        for number in range(6):
            path = site / package / f"m{number}.py"
            path.write_text(f"{package} {number}\n")
            os.utime(path, ns=(1, 1_600_000_000_000_000_000 + number))
    (site / "numpy/sub/empty").mkdir()
    (site / "add.pth").write_text("/somewhere\n")
    (folder / "bin").mkdir()
    (folder / "bin/tool").write_text("#!/bin/sh\n")
    (folder / "bin/tool").chmod(0o755)
    (folder / "bin/python").symlink_to("/usr/bin/python3")
    (folder / "lib64").symlink_to("lib")
    (folder / "pyvenv.cfg").write_text("home = /usr/bin\n")
    (folder / "conda-meta").mkdir()
    (folder / "conda-meta/history").write_text("==> first <==\n")
    (folder / "conda-meta/numpy-1-0.json").write_text("{}")
    os.link(site / "numpy/m0.py", site / "numpy/same.py")
    (site / "demo").chmod(0o555)
    os.utime(folder, ns=(5, 1_500_000_000_000_000_000))
    (folder / os.fsdecode(b"caf\xe9")).write_text("undecodable name")
    os.mkfifo(folder / "pipe")
    return folder


def spoil(prefix: Path, chance: random.Random) -> None:
    """Do to a tree what package managers and accidents do, without writing to files that are only ever replaced."""
    for folder in [prefix, *(p for p in prefix.rglob("*") if p.is_dir() and not p.is_symlink())]:
        folder.chmod(0o755)
    paths = sorted((path for path in prefix.rglob("*")), key=lambda path: os.fsencode(path))
    for path in chance.sample(paths, len(paths) // 2):
        if not os.path.lexists(path):
            continue
        is_folder = path.is_dir() and not path.is_symlink()
        match chance.randrange(7):
            case 0:
                shutil.rmtree(path) if is_folder else path.unlink()
            case 1 if not is_folder:
                path.unlink()
                path.write_text("replaced")
            case 2 if not is_folder:
                path.unlink()
                path.mkdir()
                (path / "inner").write_text("a folder where a file was")
            case 3 if is_folder:
                shutil.rmtree(path)
                path.write_text("a file where a folder was")
            case 4 if not path.is_symlink():
                path.chmod(0o700 if is_folder else 0o600)
            case 5:
                path.rename(path.with_name(path.name + ".c~"))
            case _:
                folder = path if is_folder else path.parent
                if folder.is_dir():
                    (folder / f"new{chance.randrange(10)}").mkdir(exist_ok=True)
    for name in ("conda-meta/history", "pyvenv.cfg", "lib/python3.11/site-packages/add.pth"):
        if (prefix / name).is_file():
            with (prefix / name).open("a") as opened:
                opened.write("written in place\n")


@pytest.fixture(params=["links", "copies"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Places:
    prefix = make_prefix(tmp_path / "env")
    method: Method = request.param
    return Places(prefix, tmp_path / "state/operations/1", tmp_path / "state/operations/1", method)


@pytest.mark.parametrize("seed", range(8))
def test_a_spoiled_prefix_comes_back(places: Places, tmp_path: Path, seed: int) -> None:
    before = picture(places.prefix)
    snapshot.save(places, tmp_path / "state", lambda done: None)
    assert not differences(before, picture(places.prefix)), "saving changes nothing"
    spoil(places.prefix, random.Random(seed))
    assert differences(before, picture(places.prefix))
    changed, problems = snapshot.bring_back(places, tmp_path / "state")
    expected = ("pipe",) if places.method == "copies" else ()
    left = [line for line in differences(before, picture(places.prefix)) if not line.startswith((*expected, "!"))]
    assert not left
    assert changed
    assert [problem.partition(":")[0] for problem in problems] in ([], list(expected))


@pytest.mark.parametrize("seed", range(8))
def test_what_was_changed_is_undone(places: Places, tmp_path: Path, seed: int) -> None:
    (places.prefix / "pipe").unlink()
    before = picture(places.prefix)
    snapshot.save(places, tmp_path / "state", lambda done: None)
    spoil(places.prefix, random.Random(seed))
    snapshot.note_changes(places, tmp_path / "state")
    snapshot.reduce(places)
    kept = [path for path in places.kept.rglob("*") if path.is_file()]
    assert not places.tree.exists()
    assert len(kept) < len(before), "only what was changed is kept"
    assert snapshot.changed_since(places) == ()
    assert snapshot.take_back(places)[1] == ()
    assert not differences(before, picture(places.prefix))


def test_other_names_of_its_files_stay_untouched(tmp_path: Path) -> None:
    """Files of a prefix are hard links of a cache and of other environments."""
    prefix = make_prefix(tmp_path / "env")
    cache = tmp_path / "cache"
    shutil.copytree(prefix / "lib", cache, copy_function=os.link)
    before = picture(cache)
    places = Places(prefix, tmp_path / "op", tmp_path / "op", "links")
    snapshot.save(places, tmp_path, lambda done: None)
    (prefix / "lib/python3.11/site-packages/numpy/m1.py").unlink()
    snapshot.note_changes(places, tmp_path)
    snapshot.reduce(places)
    snapshot.take_back(places)
    snapshot.forget(places)
    assert not differences(before, picture(cache))
    assert (prefix / "lib/python3.11/site-packages/numpy/m1.py").samefile(
        cache / "python3.11/site-packages/numpy/m1.py"
    )


def test_what_users_changed_since_is_seen(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path / "env")
    site = prefix / "lib/python3.11/site-packages"
    places = Places(prefix, tmp_path / "op", tmp_path / "op", "links")
    snapshot.save(places, tmp_path, lambda done: None)
    (site / "numpy/m1.py").unlink()
    (site / "added").mkdir()
    (site / "added/a.py").write_text("x")
    snapshot.note_changes(places, tmp_path)
    snapshot.reduce(places)
    (site / "demo").chmod(0o755)
    (site / "demo/other.py").write_text("nothing of the operation's")
    (site / "added/__pycache__").mkdir()
    (site / "added/__pycache__/a.cpython-311.pyc").write_text("")
    assert snapshot.changed_since(places) == ()
    (site / "added/a.py").write_text("edited by hand")
    (site / "numpy/m1.py").write_text("put there again")
    assert snapshot.changed_since(places) == (
        "lib/python3.11/site-packages/added/a.py",
        "lib/python3.11/site-packages/numpy/m1.py",
    )


def test_a_file_written_in_place_is_told(tmp_path: Path) -> None:
    """What nobody should do: the saved link is the same file, and claiming to have it back would be a lie."""
    prefix = make_prefix(tmp_path / "env")
    places = Places(prefix, tmp_path / "op", tmp_path / "op", "links")
    snapshot.save(places, tmp_path, lambda done: None)
    with (prefix / "bin/tool").open("a") as opened:
        opened.write("echo more\n")
    _, problems = snapshot.bring_back(places, tmp_path)
    assert problems == ("bin/tool: was written to in place meanwhile, and stays as it is",)


def test_an_empty_file_that_is_emptied_again_comes_back(tmp_path: Path) -> None:
    """Installers open REQUESTED for writing and write nothing: only its time changes."""
    prefix = make_prefix(tmp_path / "env")
    mark = prefix / "lib/python3.11/site-packages/demo/REQUESTED"
    mark.parent.chmod(0o755)
    mark.write_text("")
    before = picture(prefix)
    places = Places(prefix, tmp_path / "op", tmp_path / "op", "links")
    snapshot.save(places, tmp_path, lambda done: None)
    mark.open("w").close()
    assert differences(before, picture(prefix))
    assert snapshot.bring_back(places, tmp_path)[1] == ()
    assert not differences(before, picture(prefix))


def test_the_saved_copy_is_private(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path / "env")
    places = Places(prefix, tmp_path / "op", tmp_path / "op", "links")
    snapshot.save(places, tmp_path, lambda done: None)
    for folder in (places.folder, places.tree, places.tree / "lib"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
