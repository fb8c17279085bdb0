"""Changes single files: always beside first, then in one step, and never through a link into a cache."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from pathlib import Path

#: the file that takes up room
_RESERVE = "reserve"


def write_new(path: Path, text: str, *, mode: int | None = None) -> None:
    """Write a text file whole or not at all; one that is there keeps its mode, and a link stays one."""
    target = Path(os.path.realpath(path))
    there = _status(target)
    if mode is None:
        mode = stat.S_IMODE(there.st_mode) if there else 0o644
    beside = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(text.encode("utf-8", "surrogateescape"))
            opened.flush()
            os.fsync(opened.fileno())
        beside.chmod(mode)
        _same_owner(beside, there)
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def write_only_new(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Write a file that must not be there yet. Raises FileExistsError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), mode)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(text.encode("utf-8", "surrogateescape"))
        opened.flush()
        os.fsync(opened.fileno())
    sync_folder(path.parent)


def private_folder(path: Path) -> Path:
    """Make a folder, with those above it, that nobody else may read."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def make_folder(path: Path) -> Path:
    """Make a folder that anybody may look into, with those above it."""
    path.mkdir(parents=True, exist_ok=True)
    return path


def reserve(folder: Path, size: int) -> None:
    """Take up some room, to have it for the way back should the disk be full by then."""
    write_new(folder / _RESERVE, "0" * size, mode=0o600)


def free_reserve(folder: Path) -> None:
    """Give that room back."""
    (folder / _RESERVE).unlink(missing_ok=True)


def protect(path: Path) -> None:
    """Take the permission to write away from others, of a file or of a folder with all that is in it."""
    _protect(path)
    if path.is_dir() and not path.is_symlink():
        for folder, folders, names in os.walk(path):
            for name in (*folders, *names):
                _protect(Path(folder, name))


def _protect(path: Path) -> None:
    """The same of one path; a file that has other names is copied first, for they share its mode."""
    status = path.lstat()
    mode = stat.S_IMODE(status.st_mode) & ~stat.S_IWOTH
    if stat.S_ISLNK(status.st_mode) or mode == stat.S_IMODE(status.st_mode):
        return
    if not stat.S_ISREG(status.st_mode) or status.st_nlink == 1:
        path.chmod(mode)
        return
    beside = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}")
    try:
        shutil.copy2(path, beside, follow_symlinks=False)
        beside.chmod(mode)
        _same_owner(beside, status)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def remove_folder(folder: Path) -> None:
    """Delete a folder of ours with all that is in it, folders that forbid it included."""

    def allow(function: object, path: str, error: BaseException) -> None:  # noqa: ARG001 - rmtree calls it so
        if isinstance(error, FileNotFoundError):
            return
        for place in (os.path.dirname(path), path):  # noqa: PTH120 - rmtree hands on texts
            with contextlib.suppress(OSError):
                if not os.path.islink(place):  # noqa: PTH114
                    os.chmod(place, 0o700)  # noqa: PTH101
        if os.path.isdir(path) and not os.path.islink(path):  # noqa: PTH112, PTH114
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)  # noqa: PTH108

    if folder.is_symlink():
        raise OSError(f"{folder} is a link")
    if not folder.exists():
        return
    if hasattr(shutil.rmtree, "avoids_symlink_attacks"):
        try:
            shutil.rmtree(folder, onexc=allow)  # type: ignore[call-arg, unused-ignore]
        except TypeError:  # Python 3.11 calls it onerror
            shutil.rmtree(folder, onerror=lambda function, path, error: allow(function, path, error[1]))


def sync_folder(folder: Path) -> None:
    """Make a new name in a folder last through a loss of power, where the system can."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except FileNotFoundError:
        return None


def _same_owner(path: Path, like: os.stat_result | None) -> None:
    """Give a file to the owner of the one that it replaces, as far as this user may."""
    if like is not None and hasattr(os, "chown") and (like.st_uid, like.st_gid) != (os.geteuid(), os.getegid()):
        with contextlib.suppress(PermissionError):
            os.chown(path, like.st_uid, like.st_gid)
