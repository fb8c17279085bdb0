"""Reads the sizes layer: room on disk by owner, out of the walk that the files layer made.

What counts is what du counts: blocks, not lengths, and a file with several links once.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from doctor.collect.caches import read_caches
from doctor.collect.files import WalkedFolders, walk_environment
from doctor.collect.mounts import mount_of
from doctor.collect.owners import Owners
from doctor.facts import Facts, Size, Sizes
from doctor.reading.clean import clean
from doctor.reading.disk.tree import BLOCK, Walk, triples
from doctor.target.environment import Request

if TYPE_CHECKING:
    from doctor.reading.disk.tree import Folder

#: of the folders nobody owns, those that are told
_SHOWN, _WORTH_TELLING = 10, 10_000_000
#: seconds for counting the package managers' caches
_CACHE_SECONDS, _CACHE_SECONDS_DEEP = 0.06, 5.0


def read(request: Request, facts: Facts) -> Sizes:
    """Sum up what the walk found."""
    root = os.path.realpath(request.environment.prefix)
    walk = _take_walk(request, facts, root)
    owners = Owners(facts)
    rooms: dict[str, list[int]] = {"": [0, 0, 0]}
    unowned: Counter[str] = Counter()
    for (path, names, _, _, _, folder_blocks), own, shared in with_links(walk):
        by_name = owners.by_name(path)
        whole = owners.of_folder(path)
        room = rooms.setdefault(whole, [0, 0, 0])
        room[1] += folder_blocks
        nobodys = rooms[""][1] + rooms[""][2]
        if by_name is None:
            room[0] += len(names)
            room[1] += sum(own)
            room[2] += sum(shared)
        else:
            for index, name in enumerate(names):
                room = rooms.setdefault(by_name(name) or whole, [0, 0, 0])
                room[0] += 1
                room[1] += own[index]
                room[2] += shared[index] if shared else 0
        if (gained := rooms[""][1] + rooms[""][2] - nobodys) and (place := owners.place(path)):
            unowned[place] += gained
    by_owner = {owner: Size(files, own * BLOCK, shared * BLOCK) for owner, (files, own, shared) in rooms.items()}
    return Sizes(
        total=Size(*map(sum, zip(*by_owner.values(), strict=True))),
        by_owner=dict(sorted(by_owner.items())),
        unowned=tuple(
            (clean(place), blocks * BLOCK)
            for place, blocks in unowned.most_common(_SHOWN)
            if blocks * BLOCK >= _WORTH_TELLING
        ),
        newest_use=float(max(walk.newest, _newest_install(root, facts))),
        # Where reading is not noted, or every bytecode file is a hard link that other environments read too,
        # the time says only that the environment was used then, not that it was not used since.
        use_recorded=walk.newest > 0 and mount_of(root, request.root).notes_reading,
        caches=read_caches(request, facts, root, _CACHE_SECONDS_DEEP if request.deep else _CACHE_SECONDS),
    )


def _take_walk(request: Request, facts: Facts, root: str) -> Walk:
    """The walk that the files layer made; it is let go here, so that it does not outlive its use."""
    folders = facts.files.folders
    if isinstance(folders, WalkedFolders) and folders.walk is not None:
        walk, folders.walk = folders.walk, None
        return walk
    return walk_environment(request._replace(sizes=True), facts, root)


def _newest_install(root: str, facts: Facts) -> int:
    """When a package was last put into one of the site folders or taken out of it."""
    newest = 0
    for site in facts.identity.site_folders:
        if site.kind == "environment" and not site.path.startswith(("/", "~")):
            try:
                newest = max(newest, int(os.stat(f"{root}/{site.path}").st_mtime))  # noqa: PTH116
            except OSError:
                continue
    return newest


def with_links(walk: Walk) -> Iterator[tuple[Folder, list[int], list[int]]]:
    """Each folder with its files' blocks that are its own, and those that other hard links keep."""
    several_devices = len({folder[4] for folder in walk.folders}) > 1
    times: Counter[int] = Counter()
    for _, _, _, links, device, _ in walk.folders:
        if links:
            base = device << 64 if several_devices else 0
            times.update([base + inode for inode in links[1::3]] if base else links[1::3])
    counted: set[int] = set()
    nothing: list[int] = []
    for folder in walk.folders:
        _, _, blocks, links, device, _ = folder
        if not links:
            yield folder, blocks, nothing
            continue
        base = device << 64 if several_devices else 0
        own, shared = blocks.copy(), [0] * len(blocks)
        for index, inode, count in triples(links):
            here = times[base + inode]
            if here > 1 and base + inode in counted:
                own[index] = 0
                continue
            if here > 1:
                counted.add(base + inode)
            if count > here:
                shared[index], own[index] = own[index], 0
        yield folder, own, shared
