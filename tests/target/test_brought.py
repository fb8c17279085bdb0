"""Environments that a repository brings itself, known by git's index in each of its versions."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from doctor.reading.git_index import tracked_below
from doctor.target.brought import about_brought, brought_by_repository


def git(folder: Path, *words: str) -> None:
    own = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *own, *words], cwd=folder, check=True, capture_output=True)


def with_environment(folder: Path, name: str = ".venv") -> Path:
    """A folder of two projects, the second with something like an environment, and names that are nearly its own."""
    prefix = folder / "second" / name
    (prefix / "bin").mkdir(parents=True)
    (prefix / "pyvenv.cfg").write_text("home = /usr/bin\n")
    (prefix / "bin/python").symlink_to("/usr/bin/python3")
    (folder / "first").mkdir()
    for path in ("first/a file.py", f"second/{name}a", f"second/{name}/.gitignore", "second/z.py"):
        (folder / path).write_text("")
    return prefix


@pytest.mark.parametrize("digest", ["sha1", "sha256"])
@pytest.mark.parametrize("version", ["2", "3", "4"])
def test_a_committed_environment_is_known(tmp_path: Path, digest: str, version: str) -> None:
    prefix = with_environment(tmp_path)
    git(tmp_path, "init", f"--object-format={digest}")
    git(tmp_path, "add", "--all", "--", "first", "second")
    (tmp_path / "first/later.py").write_text("")
    if version != "2":
        git(tmp_path, "add", "--intent-to-add", "first/later.py")  # what version 3 was made for
    git(tmp_path, "update-index", "--index-version", version)
    assert int.from_bytes((tmp_path / ".git/index").read_bytes()[4:8]) == int(version)
    assert brought_by_repository(prefix) == tmp_path
    assert set(tracked_below(tmp_path, "second/.venv")) == {".gitignore", "bin/python", "pyvenv.cfg"}
    git(tmp_path, "rm", "-r", "--cached", "second/.venv/bin", "second/.venv/pyvenv.cfg")
    assert brought_by_repository(prefix) is None
    assert about_brought(prefix) == ""


def test_a_worktree_and_a_committed_link_are_known(tmp_path: Path) -> None:
    main, tree = tmp_path / "main", tmp_path / "tree"
    main.mkdir()
    with_environment(main, "tools")
    (main / ".venv").symlink_to("second/tools")
    git(main, "init")
    git(main, "add", "--all")
    git(main, "commit", "--message", "all")
    git(main, "worktree", "add", str(tree))
    assert brought_by_repository(main / ".venv") == main
    assert brought_by_repository(tree / ".venv") == tree
    assert brought_by_repository(tree / "second/tools") == tree
    assert "came with the repository itself" in about_brought(tree / ".venv")


def test_an_environment_of_ones_own_is_none(tmp_path: Path) -> None:
    prefix = with_environment(tmp_path)
    assert brought_by_repository(prefix) is None
    git(tmp_path, "init")
    (tmp_path / ".gitignore").write_text(".venv/\n")
    git(tmp_path, "add", "--all")
    assert brought_by_repository(prefix) is None


def test_an_index_that_means_harm_tells_nothing(tmp_path: Path) -> None:
    prefix = with_environment(tmp_path)
    git(tmp_path, "init")
    git(tmp_path, "add", "--all")
    git(tmp_path, "update-index", "--index-version", "4")
    index = tmp_path / ".git/index"
    whole = index.read_bytes()
    for at in range(0, len(whole), 7):
        for broken in (whole[:at], whole[:at] + b"\xff" * 9 + whole[at + 9 :]):
            index.write_bytes(broken)
            brought_by_repository(prefix)  # raises nothing
    index.write_bytes(b"DIRC" + (2).to_bytes(4) + (2**32 - 1).to_bytes(4) + whole[12:])
    assert brought_by_repository(prefix) is None
    index.unlink()
    os.mkfifo(index)
    assert brought_by_repository(prefix) is None
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/.git").write_text("gitdir: /dev/zero\n")
    assert list(tracked_below(tmp_path / "elsewhere", ".venv")) == []


def test_a_git_folder_behind_a_link_is_read(tmp_path: Path) -> None:
    prefix = with_environment(tmp_path)
    git(tmp_path, "init")
    git(tmp_path, "add", "--all")
    (tmp_path / ".git").rename(tmp_path / "kept.git")
    (tmp_path / ".git").symlink_to("kept.git")
    assert brought_by_repository(prefix) == tmp_path


def test_paths_that_grow_from_entry_to_entry_are_no_index(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    index = tmp_path / ".git/index"
    entry = bytes(24) + (0o100644).to_bytes(4) + bytes(12 + 20 + 2) + b"\0"  # drops nothing of the path before
    for most, told in ((4_000, 9), (5_000, 0)):
        paths = [b".venv/" + b"a" * most, *[b"b"] * 8]
        head = b"DIRC" + (4).to_bytes(4) + len(paths).to_bytes(4)
        index.write_bytes(head + b"".join(entry + path + b"\0" for path in paths))
        assert len(list(tracked_below(tmp_path, ".venv"))) == told


def test_a_repository_that_is_an_environment_brings_itself(tmp_path: Path) -> None:
    prefix = with_environment(tmp_path)
    git(prefix, "init")
    assert brought_by_repository(prefix) is None
    git(prefix, "add", "--all")
    assert brought_by_repository(prefix) == prefix
