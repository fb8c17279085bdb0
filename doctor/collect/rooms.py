"""Measures an environment folder by folder for a picture of its size, and says on the way how far it is."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence

from doctor.collect.files import order_of
from doctor.collect.owners import Owners
from doctor.collect.sizes import with_links
from doctor.facts import Facts
from doctor.facts.rooms import Portion, Rooms
from doctor.reading.clean import clean, is_clean
from doctor.reading.disk.tree import BLOCK, Walk, list_folder
from doctor.target.environment import Request

#: seconds between two words on how far it is
_TOLD_EVERY = 0.1


def measure_rooms(request: Request, facts: Facts) -> Iterator[int | Rooms]:
    """Yield how many files were seen so far, again and again, and at last what they take."""
    root = os.path.realpath(request.environment.prefix)
    order = order_of(request._replace(sizes=True), facts, root)
    found, told = Walk(), time.monotonic()
    pending = list(reversed(order.units))
    yield 0
    while pending and found.entries < order.limit:
        path = pending.pop()
        below = list_folder(order, found, path)
        pending += [f"{path}/{name}" if path else name for name in below]
        if time.monotonic() - told > _TOLD_EVERY:
            told = time.monotonic()
            yield found.entries
    found.complete = found.complete and not pending and not found.unreadable
    yield found.entries
    yield _by_owner(found, facts)


def _by_owner(walk: Walk, facts: Facts) -> Rooms:
    owners = Owners(facts)
    portions: dict[str, list[Portion]] = {}
    for (path, names, _, _, _, blocks), own, shared in with_links(walk):
        shown = path if is_clean(path) else clean(path)
        kept = _cleaned(names)
        by_name = owners.by_name(path)
        whole = owners.of_folder(path)
        if by_name is None:
            portions.setdefault(whole, []).append(
                Portion(shown, kept, _bytes(own), _bytes(shared) if any(shared) else (), blocks * BLOCK)
            )
            continue
        split: dict[str, list[int]] = {whole: []}
        for index, name in enumerate(names):
            split.setdefault(by_name(name) or whole, []).append(index)
        for owner, indices in split.items():
            portions.setdefault(owner, []).append(
                Portion(
                    shown,
                    [kept[index] for index in indices],
                    [own[index] * BLOCK for index in indices],
                    [shared[index] * BLOCK for index in indices] if any(shared) else (),
                    blocks * BLOCK if owner == whole else 0,
                )
            )
    sites = tuple(site.path for site in facts.identity.site_folders if not site.path.startswith(("/", "~")))
    return Rooms(portions, walk.entries, walk.complete, sites)


def _bytes(blocks: Sequence[int]) -> Sequence[int]:
    return [block * BLOCK for block in blocks]


def _cleaned(names: Sequence[str]) -> Sequence[str]:
    return names if "".join(names).isprintable() else [clean(name) for name in names]
