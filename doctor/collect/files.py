"""Reads the files layer: one walk over everything under the prefix, no link followed.

The walk also brings what the sizes layer needs; it rides along with the facts and is not part of them.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from doctor.collect import Gap
from doctor.collect.mounts import mount_of
from doctor.facts import Facts, Files
from doctor.reading.clean import clean, is_clean
from doctor.reading.disk.beside import Alone, do
from doctor.reading.disk.tree import Order, Walk, walk
from doctor.reading.redact import show
from doctor.target.environment import Environment, Request

#: kinds of environments that own everything below their prefix
_OWN_TREE = ("venv", "conda", "pyenv", "standalone")
#: entries of odd owners or permissions that are kept
_SHOWN = 20
#: packages from which on an environment has some 10,000 files, and children pay
_MANY_PACKAGES = 100


class WalkedFolders(dict[str, frozenset[str]]):
    """Names by folder, with the walk that they come from until the sizes layer has taken it."""

    walk: Walk | None = None


def read(request: Request, facts: Facts) -> Files:
    """Walk the environment and say what is there, and what others own or may write."""
    root = os.path.realpath(request.environment.prefix)
    found = walk_environment(request, facts, root)
    if not found.folders and found.unreadable:
        raise Gap("its folder cannot be listed")
    folders = WalkedFolders()
    unclean = 0
    for path, names, *_ in found.folders:
        if not path.isprintable() and not is_clean(path):
            unclean += len(names) + 1
            continue
        kept = frozenset(names)
        if not "".join(names).isprintable():
            kept = frozenset(filter(is_clean, names))
            unclean += len(names) - len(kept)
        folders[path] = kept
    folders.walk = found if request.sizes else None
    return Files(
        folders=folders,
        entries=found.entries,
        complete=found.complete and not found.unreadable and _owns_tree(request.environment),
        unreadable=tuple(sorted(map(clean, found.unreadable))),
        foreign=_topmost(found.foreign),
        writable_by_others=_topmost([*found.writable, *_writable_outside(request, facts)]),
        unclean=unclean,
        nested=tuple(sorted(map(clean, found.nested))),
    )


def walk_environment(request: Request, facts: Facts, root: str) -> Walk:
    """Walk the folders that belong to the environment, in children beside this process where that pays."""
    order = order_of(request, facts, root)
    found = Walk()
    if _is_large(root, facts):
        try:
            return _walk_beside(order, Path(root), request)
        except Alone:
            found = Walk()

    def tell() -> bool:
        request.tell("files", found.entries, 0)
        return False

    walk(order, found, tell)
    return found


def order_of(request: Request, facts: Facts, root: str) -> Order:
    """Say what is walked of an environment."""
    return Order(
        root,
        _units(request.environment, facts),
        request.sizes,
        _owner(root),
        ("pkgs", "envs") if facts.identity.is_conda_base else (),
        _importable(request, facts, root),
    )


def _walk_beside(order: Order, prefix: Path, request: Request) -> Walk:
    found, cuts = Walk(), []
    for answer in do("walk", order.plain(), prefix):
        if isinstance(answer, list):
            cuts.append(answer)
        else:
            found.add(answer)
            request.tell("files", found.entries, 0)
    if any(cut != cuts[0] for cut in cuts):
        raise Alone("the tree changed while it was cut into pieces")
    return found


def _units(environment: Environment, facts: Facts) -> tuple[str, ...]:
    if _owns_tree(environment):
        return ("",)
    inside = sorted({path for path in _import_folders(facts) if _is_inside(path)})
    return tuple(path for path in inside if not any(path.startswith(f"{other}/") for other in inside))


def _owns_tree(environment: Environment) -> bool:
    return environment.kind in _OWN_TREE


def _import_folders(facts: Facts) -> list[str]:
    """The folders that the environment's own Python imports from: relative to the prefix, or absolute."""
    folders = [site.path for site in facts.identity.site_folders if site.active]
    return [*folders, facts.identity.stdlib] if facts.identity.stdlib else folders


def _is_inside(path: str) -> bool:
    return bool(path) and not path.startswith(("/", "~")) and ":" not in path and ".." not in path.split("/")


def _is_large(root: str, facts: Facts) -> bool:
    """Guess from the number of packages whether there are more than some 10,000 files."""
    count = 0
    for path in (*_import_folders(facts), "conda-meta"):
        if _is_inside(path):
            try:
                with os.scandir(f"{root}/{path}") as entries:
                    count += sum(entry.name.endswith((".dist-info", ".egg-info", ".json")) for entry in entries)
            except OSError:
                continue
    return count >= _MANY_PACKAGES


def _owner(root: str) -> int:
    try:
        return os.stat(root).st_uid  # noqa: PTH116 - text, as everywhere in the walk
    except OSError:
        return -1


def _importable(request: Request, facts: Facts, root: str) -> tuple[str, ...]:
    """The folders in which write permissions of others would matter; none where others cannot get there."""
    if not _others_get_to(root) or not mount_of(root, request.root).keeps_permissions:
        return ()
    return tuple(f"{path}/" for path in _import_folders(facts) if _is_inside(path))


def _writable_outside(request: Request, facts: Facts) -> list[str]:
    """Folders of the import path outside the prefix that others may write."""
    found = []
    for path in _import_folders(facts):
        if path.startswith(("/", "~")):
            real = str(request.home) + path[1:] if path.startswith("~") else str(request.root / path[1:])
            try:
                status = os.stat(real)  # noqa: PTH116
            except OSError:
                continue
            writable = stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_IWOTH
            if writable and _others_get_to(real) and mount_of(real, request.root).keeps_permissions:
                found.append(show(path))
    return found


def _others_get_to(path: str) -> bool:
    """Whether every folder down to this one lets everybody pass."""
    if os.name == "nt":
        return False
    try:
        real = Path(path).resolve()
        return all(folder.stat().st_mode & stat.S_IXOTH for folder in (real, *real.parents))
    except OSError:
        return False


def _topmost(paths: list[str]) -> tuple[str, ...]:
    """The first paths in order, without those inside another one of them."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if len(kept) == _SHOWN:
            break
        if not any(path.startswith(f"{other}/") or other == "" for other in kept):
            kept.append(path)
    return tuple(map(clean, kept))
