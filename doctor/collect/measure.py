"""Measures one environment for the list of environments: room on disk and last use, and nothing else of it."""

from __future__ import annotations

import os
import threading

from doctor.reading.disk.tree import BLOCK, Order, Walk, triples, walk
from doctor.target.environment import Environment

#: of a conda installation's own prefix: other environments, and packages that they share
_OTHERS = ("pkgs", "envs")


def measure(environment: Environment, stop: threading.Event | None = None) -> Environment:
    """Fill in size and last_use; hand the environment back as it is where stop was set or nothing can be read.

    A Python that belongs to the operating system shares its folders with everything else, so it has no size.
    """
    if environment.kind in ("system", "unknown"):
        return environment
    root = os.path.realpath(environment.prefix)
    is_base = environment.kind == "conda" and os.path.isdir(f"{root}/condabin")  # noqa: PTH112 - text, as in the walk
    found = Walk()
    walk(Order(root, ("",), True, -1, _OTHERS if is_base else ()), found, stop.is_set if stop else None)
    if (stop and stop.is_set()) or not found.folders:
        return environment
    blocks = 0
    seen: set[tuple[int, int]] = set()
    for _, _, each, links, device, own in found.folders:
        blocks += sum(each) + own
        for index, inode, _ in triples(links):
            if (device, inode) in seen:
                blocks -= each[index]
            seen.add((device, inode))
    newest = max(found.newest, *(_changed(f"{root}/{path}") for path, *_ in found.folders if _is_site(path)), 0)
    return environment._replace(size=blocks * BLOCK, last_use=float(newest) or None)


def _is_site(path: str) -> bool:
    return path.endswith(("site-packages", "dist-packages")) and path.count("/") <= 2


def _changed(path: str) -> int:
    try:
        return int(os.stat(path).st_mtime)  # noqa: PTH116 - text, as in the walk
    except OSError:
        return 0
