"""Package caches hold gigabytes that no environment shares.

## Why it matters
pip, uv and conda keep what they fetched. It saves time, and it grows without end: caches of 20 GB and more are
common, and nobody looks there when a disk is full.

## How it is found
The caches are counted as `du` counts them. Files that an environment shares by hard links do not count, as
removing them from the cache gives nothing back; for conda, an extracted package counts only where no file of it
is linked. A cache that belongs to someone else, or that colleagues may write in, is left alone. Counting stops
after a fraction of a second (5 seconds with `--deep`). What was counted by then is spread over the cache, and the
rest is estimated by it, or by the lists of files in uv's unpacked wheels: the finding then says *about*, or
*more than* where the counted part alone is enough.

## What the fix does
Lets the tool that owns the cache clean it. That cannot be undone; installing again takes longer once.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Cache, Facts, Sizes
from doctor.facts.build import environment
from doctor.facts.units import size
from doctor.model import CannotTell, Check, Evidence, Example, Finding, Remedy, Run, Safety, Severity, Step, Tell

#: bytes from which on a cache is worth cleaning
WORTH_IT = 2_000_000_000


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each cache that is worth cleaning."""
    unknown, told = False, False
    for cache in facts.sizes.caches:
        free = max(cache.free, cache.estimate)
        if not cache.mine:
            continue
        if free < WORTH_IT:
            unknown |= not cache.complete and not cache.estimate
            continue
        told = True
        about = "" if cache.complete else "about " if cache.estimate > cache.free else "more than "
        back = f"{about}{size(free)} to be had back"
        by = f"{back}, estimated" if about == "about " else f"{about}{size(cache.total)} in all, {back}"
        yield Finding(
            Severity.NOTE,
            cache.folder,
            f"{cache.tool}'s cache holds {about}{size(free)} that no environment shares",
            (Evidence(by, cache.folder),),
            (),
            (_clean(facts, cache),),
        )
    if unknown and not told:
        raise CannotTell("the package caches answer too slowly to count them in passing; --deep takes longer")


def _clean(facts: Facts, cache: Cache) -> Remedy:
    step: Step
    if cache.tool == "pip":
        step = Run(("pip", "cache", "purge"))
    elif cache.tool == "uv":
        step = Run(("uv", "cache", "clean"))
    elif facts.identity.maker in ("pixi", "rattler"):
        step = Tell("Let pixi empty its cache of packages", ("pixi", "clean", "cache"))
    else:
        tool = facts.identity.maker if facts.identity.maker in ("mamba", "micromamba") else "conda"
        step = Run((tool, "clean", "--tarballs", "--packages", "--yes"))
    return Remedy(
        f"Let {cache.tool} empty its cache",
        Safety.MANUAL if isinstance(step, Tell) else Safety.SAFE,
        (step,),
        "Downloaded packages are deleted for good: what is installed again later has to be fetched again.",
        reversible=False,
    )


def examples() -> Iterator[Example]:
    """Caches that are large, shared, someone else's, and not wholly counted."""
    pip = Cache("pip", "~/.cache/pip", 12_000_000_000, 12_000_000_000)
    large = Sizes(caches=(pip,))
    yield Example("12 GB of pip's", environment(sizes=large), ("~/.cache/pip",), Severity.NOTE)
    uv = Cache("uv", "~/.cache/uv", 30_000_000_000, 40_000_000)
    yield Example("environments share it", environment(sizes=Sizes(caches=(uv,))))
    theirs = Cache("conda", "/opt/conda/pkgs", 30_000_000_000, 20_000_000_000, mine=False)
    yield Example("colleagues use it", environment(kind="conda", sizes=Sizes(caches=(theirs,))))
    unused = Cache("conda", "~/miniforge3/pkgs", 9_000_000_000, 3_000_000_000)
    conda = environment(kind="conda", sizes=Sizes(caches=(unused,)))
    yield Example("packages that no environment links", conda, ("~/miniforge3/pkgs",))
    begun = Sizes(caches=(pip._replace(total=2_500_000_000, free=2_500_000_000, complete=False),))
    yield Example("large after a glance", environment(sizes=begun), ("~/.cache/pip",))
    sample = Sizes(caches=(uv._replace(complete=False, estimate=4_000_000_000),))
    yield Example("large by a sample", environment(sizes=sample), ("~/.cache/uv",))
    small = Sizes(caches=(uv._replace(complete=False, estimate=900_000_000),))
    yield Example("small by a sample", environment(sizes=small))
    glance = Sizes(caches=(uv._replace(complete=False),))
    yield Example("unknown after a glance", environment(sizes=glance), cannot_tell=True)
    yield Example("no cache", environment(sizes=Sizes()))


CHECK = Check(
    "SIZ005",
    "reclaimable-caches",
    Severity.NOTE,
    __doc__,
    find,
    examples,
    needs=("identity", "sizes"),
)
