"""The package cache lies on another file system, so every environment is a full copy.

## Why it matters
conda and uv link files from their cache into environments, so that ten environments with the same torch take the
room of one and are made in seconds. Across file systems nothing can be linked: every environment is copied, and
takes its full size.

## How it is found
The file system of the cache that uv would use, or that conda's records name, is another one than the
environment's; and what that tool installed here takes 1 GB or more. For conda, the records must say themselves
that files were copied.

## What the fix does
Tells how to put the cache beside the environments. Those made from then on are linked; this one takes less room once
it is made anew.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from doctor.facts import Cache, Facts, Size, Sizes
from doctor.facts.build import distribution, environment, record
from doctor.facts.units import size
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, Severity, Tell

#: bytes of copies that are worth a word
WORTH_IT = 1_000_000_000


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each tool whose cache cannot be linked from."""
    for cache in facts.sizes.caches:
        if cache.same_filesystem or cache.tool not in ("conda", "uv"):
            continue
        copied = _copied(facts, cache)
        if copied >= WORTH_IT:
            yield Finding(
                Severity.WARNING,
                cache.tool,
                f"{cache.tool}'s cache is on another file system: {size(copied)} here are copies",
                (
                    Evidence(
                        f"the cache holds {'' if cache.complete else 'more than '}{size(cache.total)}", cache.folder
                    ),
                    Evidence(f"{size(copied)} were copied out of it instead of linked", facts.identity.prefix),
                ),
                (),
                (_move_cache(facts, cache),),
            )


def _copied(facts: Facts, cache: Cache) -> int:
    if cache.tool == "uv":
        owners = [dist.key for dist in facts.distributions.installed if dist.installer == "uv"]
    else:
        inside = cache.folder.rstrip("/") + "/"
        copies = [r for r in facts.conda.records if r.link == "copy" and r.extracted.startswith(inside)]
        owners = [f"conda:{record_.name}" for record_ in copies]
    return sum(facts.sizes.by_owner.get(owner, Size()).own for owner in owners)


def _move_cache(facts: Facts, cache: Cache) -> Remedy:
    beside = posixpath.dirname(facts.identity.prefix)
    then = Tell("Environments made from then on are linked; make this one anew to give its room back.")
    if cache.tool == "conda":
        folder = f"{posixpath.dirname(beside)}/pkgs" if beside.endswith("/envs") else f"{beside}/pkgs"
        told = Tell("Name a cache beside the environments.", ("conda", "config", "--prepend", "pkgs_dirs", folder))
        title = "Let conda keep its packages beside the environments"
    else:
        told = Tell(f"Set UV_CACHE_DIR, or cache-dir in uv.toml, to a folder on the file system of {beside}.")
        title = "Let uv keep its cache on the environments' file system"
    return Remedy(title, Safety.MANUAL, (told, then), "Packages are fetched once more for the new cache.")


def examples() -> Iterator[Example]:
    """Caches elsewhere and beside, used and not."""
    elsewhere = Cache("uv", "~/.cache/uv", 9_000_000_000, 9_000_000_000, same_filesystem=False)
    torch = distribution("torch", "2.9.1", installer="uv")
    room = {"torch": Size(9_000, 1_700_000_000)}
    sizes = Sizes(by_owner=room, caches=(elsewhere,))
    yield Example("uv's cache elsewhere", environment(distributions=(torch,), sizes=sizes), ("uv",), Severity.WARNING)
    beside = Sizes(by_owner=room, caches=(elsewhere._replace(same_filesystem=True),))
    yield Example("uv's cache beside", environment(distributions=(torch,), sizes=beside))
    by_pip = distribution("torch", "2.9.1")
    yield Example("nothing here came through it", environment(distributions=(by_pip,), sizes=sizes))
    small = Sizes(by_owner={"torch": Size(9, 200_000_000)}, caches=(elsewhere,))
    yield Example("little to save", environment(distributions=(torch,), sizes=small))
    pip = Sizes(by_owner=room, caches=(elsewhere._replace(tool="pip"),))
    yield Example("pip's cache, of which nothing is ever linked", environment(distributions=(by_pip,), sizes=pip))
    mkl = record("mkl", "2024.2", link="copy", extracted="/opt/conda/pkgs/mkl-2024.2-h0_0")
    pkgs = Cache("conda", "/opt/conda/pkgs", 4_000_000_000, same_filesystem=False)
    sizes = Sizes(by_owner={"conda:mkl": Size(90, 1_200_000_000)}, caches=(pkgs,))
    yield Example("conda's copies", environment(kind="conda", records=(mkl,), sizes=sizes), ("conda",))
    linked = environment(kind="conda", records=(mkl._replace(link="hard"),), sizes=sizes)
    yield Example("linked before the cache was moved", linked)


CHECK = Check(
    "SIZ004",
    "unlinked-cache",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("identity", "distributions", "conda", "sizes"),
)
