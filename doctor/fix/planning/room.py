"""How much room on disk a plan needs, where, and whether it is there.

What is known of the environment's own sizes comes first; a download stands for several times its bytes. An estimate
may be wrong: a disk that fills up all the same is met when it happens, and the old state comes back.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from doctor.facts import Facts
from doctor.facts.files import Size
from doctor.facts.units import size
from doctor.fix.dry_run.preview import Preview
from doctor.fix.host.picture import take_picture
from doctor.fix.plan import Anew, Change, Command, Forecast, PlannedStep, Write
from doctor.fix.rebuild import changes_of
from doctor.reading.redact import show
from doctor.reading.settings.named_paths import named_path
from doctor.target.environment import Request

#: packages take so many times their download once they are unpacked
_UNPACKED = 4
#: bytes for each saved file: its row in a picture, its share of a folder; a block more where it is copied
_ROW, _BLOCK = 512, 4096
#: bytes of a journal, its reserve, a plan and facts
_JOURNAL = 1024 * 1024
#: bytes that stay free when an environment has to be copied
_SPARE = 64 * 1024 * 1024


class Need(NamedTuple):
    """Room that is needed on one file system."""

    folder: Path  #: that lies on it, or will
    bytes: int


def needs(
    steps: Sequence[PlannedStep], seen: Preview, saved: Forecast, request: Request, facts: Facts, state: Path
) -> tuple[Need, ...]:
    """What a plan needs at most, as far as it can be told beforehand."""
    prefix = request.environment.prefix
    rows = saved.files * (_ROW + (_BLOCK if saved.method == "copies" else 0))
    texts = sum(len(step.after.encode()) for step in steps if isinstance(step, Write))
    found = [Need(state, _JOURNAL + texts), Need(Path(saved.folder or state), saved.bytes + rows)]
    anew = [step for step in steps if isinstance(step, Anew)]
    if anew:
        found += [Need(prefix.parent, _created(step, request, facts)) for step in anew]
    else:
        found.append(Need(prefix, sum(_unpacked(change, facts) for change in seen.changes)))
    if seen.download:
        tools = [command.tool for command in _commands(steps) if command.network]
        found.append(Need(_cache(tools[0] if tools else "", request, facts), seen.download))
    return tuple(need for need in found if need.bytes)


def lacking(found: Sequence[Need], saved: Forecast, facts: Facts) -> tuple[str, ...]:
    """Say of each file system that has too little room how much is needed and how much is free."""
    groups: dict[int, list[Need]] = {}
    for need in found:
        groups.setdefault(_there(need.folder).stat().st_dev, []).append(need)
    texts = []
    for needed in groups.values():
        largest = max(needed, key=lambda need: need.bytes)
        total, free = sum(need.bytes for need in needed), _free(largest.folder, facts)
        spare = _SPARE if saved.method == "copies" and any(n.folder == Path(saved.folder) for n in needed) else 0
        if total + spare > free:
            texts.append(
                f"it needs up to {size(total + spare)} of room where {show(largest.folder)} lies, and {size(free)} "
                f"{'is' if free == 1 else 'are'} free there: make room first, or do its steps by hand"
            )
    return tuple(texts)


def _created(anew: Anew, request: Request, facts: Facts) -> int:
    """The new environment beside the old one; its trial is gone before it is created under its own name.

    What a package cache shares with the old environment, it shares with one of the same versions as well.
    """
    whole = facts.sizes.total
    if not whole.files:
        return sum(row.size for row in take_picture(request.environment.prefix, frozenset()).files.values())
    return whole.own if changes_of(anew, facts) == () else whole.total


def _unpacked(change: Change, facts: Facts) -> int:
    """A package once it is installed: as large as it is, or as its download lets guess."""
    if not change.after:
        return 0
    owner = f"conda:{change.name}" if change.manager == "conda" else change.name
    there = facts.sizes.by_owner.get(owner, Size())
    if change.what == "reinstalled" and there.files:
        return there.total if change.size else there.own  # from a cache it is linked, where it was before
    return change.size * _UNPACKED or there.total


def _commands(steps: Sequence[PlannedStep]) -> list[Command]:
    inner = chain.from_iterable(step.commands for step in steps if isinstance(step, Anew))
    return [*(step for step in steps if isinstance(step, Command)), *inner]


def _cache(tool: str, request: Request, facts: Facts) -> Path:
    """About where a package manager keeps what it fetches: on which file system is all that matters."""
    home, root = request.home, request.root
    if tool in ("conda", "mamba", "micromamba") and facts.conda.caches:
        return named_path(facts.conda.caches[0], home, root) or home
    for text in (request.variables.get(f"{tool.upper()}_CACHE_DIR", ""), request.variables.get("XDG_CACHE_HOME", "")):
        place = named_path(text, home, root)
        if place is not None:
            return place
    return home / ".cache"


def _free(folder: Path, facts: Facts) -> int:
    there = _there(folder)
    free, device = shutil.disk_usage(there).free, str(there.stat().st_dev)
    quotas = [disk.quota_free for disk in facts.machine.disks if disk.device == device]
    return min([free, *(quota for quota in quotas if quota is not None)])


def _there(folder: Path) -> Path:
    return next((place for place in (folder, *folder.parents) if place.exists()), Path("/"))
