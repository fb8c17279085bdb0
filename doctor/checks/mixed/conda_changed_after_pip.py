"""conda changed the environment after pip had installed packages that conda does not know of.

## Why it matters
conda solves for its own packages only. It may have moved a library, numpy or Python itself to a version that the
packages from pip were not installed for, and it may have written its own copy over theirs. Nothing need be broken;
but what is installed is no longer what anybody resolved as a whole, and no single file describes it.

## How it is found
conda's history has a transaction later than the times at which the folders of packages from pip were written.
Packages that pip wrote over conda's have a finding of their own and do not count here.

## What the fix does
Writes down both layers as they are, conda's exact builds and pip's versions, so that this state can be made again.
Afterwards: let conda finish first and pip last, and make the environment anew where conda has to change.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from doctor.facts import Distribution, Facts, Transaction
from doctor.facts.build import NOW, distribution, environment
from doctor.judgement.overlap import foreign, overwrites, times_tell
from doctor.knowledge.forgetting import FORGETTING
from doctor.model import Check, Evidence, Example, Export, Finding, Remedy, Safety, Severity

#: seconds between pip's last file and conda's transaction below which the order is not sure
_MARGIN = 60.0
_SHOWN = 3


def find(facts: Facts) -> Iterator[Finding]:
    """At most one finding: conda's transactions that came after pip's packages."""
    over = {(item.dist.site, item.dist.folder) for item in overwrites(facts)}
    dists = [dist for dist in foreign(facts) if dist.modified and (dist.site, dist.folder) not in over]
    if not dists or not times_tell(facts):
        return
    first = min(dist.modified for dist in dists)
    later = [
        change
        for change in facts.conda.history[1:]  # the first one made the environment
        if change.time > first + _MARGIN and (change.added or change.removed) and change.command != FORGETTING
    ]
    if later:
        unknown = [dist for dist in dists if dist.modified + _MARGIN < later[-1].time]
        times = "once" if len(later) == 1 else f"{len(later)} times"
        plural = "" if len(unknown) == 1 else "s"
        yield Finding(
            Severity.NOTE,
            "pip packages",
            f"conda changed this environment {times} after pip installed {len(unknown)} package{plural}",
            tuple(_evidence(unknown, later)),
            tuple(dist.key for dist in unknown),
            (
                Remedy(
                    "Write down both layers as they are",
                    Safety.SAFE,
                    (Export(("explicit", "environment.yml", "requirements")),),
                ),
            ),
        )


def _evidence(dists: list[Distribution], later: list[Transaction]) -> Iterator[Evidence]:
    for dist in dists[:_SHOWN]:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(dist.modified))
        yield Evidence(f"{dist.installer} installed {dist.name} {dist.version} on {when}", f"{dist.site}/{dist.folder}")
    if len(dists) > _SHOWN:
        yield Evidence(f"and {len(dists) - _SHOWN} more")
    for change in later[-_SHOWN:]:
        counts = f"{len(change.added)} added, {len(change.removed)} removed"
        yield Evidence(f"conda on {change.date}: {counts}: {change.command}"[:200], "conda-meta/history", change.line)


def examples() -> Iterator[Example]:
    """Changed by conda after pip; by pip after conda; by conda alone."""
    day = 86_400.0
    made = Transaction(
        "2026-11-12 12:00:00", NOW - 10 * day, "conda create -n demo python", added=("a/b::python-3.11-0",)
    )
    later = Transaction("2026-11-21 12:00:00", NOW - day, "conda install scipy", added=("a/b::scipy-1.14-0",), line=40)
    pip = distribution("demo-lib", "1.0", files=("demo_lib/__init__.py",), modified=NOW - 5 * day)
    mixed = environment(kind="conda", distributions=(pip,), conda={"history": (made, later)})
    yield Example("conda after pip", mixed, ("pip packages",), Severity.NOTE)
    forgot = Transaction("2026-11-21 12:00:00", NOW - day, FORGETTING, removed=("a/b::demo-lib-0.9-0",), line=40)
    kept = environment(kind="conda", distributions=(pip,), conda={"history": (made, forgot)})
    yield Example("a record that was given up for pip's copy", kept)
    last = environment(kind="conda", distributions=(pip._replace(modified=NOW),), conda={"history": (made, later)})
    yield Example("pip last", last)
    yield Example("conda alone", environment(kind="conda", conda={"history": (made, later)}))
    clone = environment(kind="conda", distributions=(pip,), conda={"history": (later,)})
    yield Example("made with packages from pip in it, as a clone is", clone)


CHECK = Check(
    "MIX008",
    "conda-changed-after-pip",
    Severity.NOTE,
    __doc__,
    find,
    examples,
    needs=("distributions", "conda", "files"),
)
