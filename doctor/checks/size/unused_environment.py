"""Nobody has used this environment for months.

## Why it matters
Forgotten environments are where disk room goes: each holds gigabytes, and nobody remembers whether a result still
depends on it.

## How it is found
Importing a module reads its bytecode, and the file system notes when. The newest time at which any bytecode of the
environment was read or written, or a package put in, is older than half a year. Where the file system does not
note reading (mounted with noatime, network and overlay file systems, macOS, Windows), or all bytecode is shared
with other environments by hard links, there is no verdict. conda's base and the active environment are passed over.

## What the fix does
Writes down what is installed, so that the environment can be made again; then moves it aside as a whole.
Undo brings it back until its snapshot is pruned, which is when the room is free.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from doctor.facts import Facts, Size, Sizes
from doctor.facts.build import NOW, environment
from doctor.facts.units import size
from doctor.model import (
    CannotTell,
    Check,
    Evidence,
    Example,
    Export,
    Finding,
    Move,
    Remedy,
    Safety,
    Severity,
)

_DAY = 86_400.0
#: seconds without use after which an environment counts as forgotten
FORGOTTEN = 183 * _DAY


def find(facts: Facts) -> Iterator[Finding]:
    """One finding, on the environment itself."""
    identity, sizes = facts.identity, facts.sizes
    if identity.kind not in ("venv", "conda") or identity.is_conda_base or identity.active:
        return
    if sizes.newest_use and facts.now - sizes.newest_use < FORGOTTEN:
        return
    if not sizes.newest_use or not sizes.use_recorded:
        raise CannotTell("nothing here notes when the environment was used last")
    months = int((facts.now - sizes.newest_use) / (30.4 * _DAY))
    last = time.strftime("%Y-%m-%d", time.gmtime(sizes.newest_use))
    yield Finding(
        Severity.NOTE,
        identity.name or identity.prefix,
        f"The environment has not been used for {months} months and takes {size(sizes.total.total)}",
        (
            Evidence(f"no bytecode was read or written since {last}", identity.prefix),
            Evidence(f"removing it would give back {size(sizes.total.own)}"),
        ),
        (),
        (_export(facts), _remove(facts)),
    )


def _formats(facts: Facts) -> tuple[str, ...]:
    return ("explicit", "environment.yml") if facts.identity.kind == "conda" else ("requirements",)


def _export(facts: Facts) -> Remedy:
    return Remedy("Write down what is installed", Safety.SAFE, (Export(_formats(facts)),))


def _remove(facts: Facts) -> Remedy:
    """Move the environment as a whole aside: it can be brought back until its snapshot is pruned."""
    return Remedy(
        f"Export it, then move it aside: {size(facts.sizes.total.own)}",
        Safety.CAREFUL,
        (Export(_formats(facts)), Move((".",))),
        "Scripts and notebooks that still use it stop working. Undo brings it back; the room is free only once"
        " `envdoctor history --prune` deletes it for good.",
    )


def examples() -> Iterator[Example]:
    """Long unused, lately used, and where nothing shows it."""
    total = Size(9_000, 3_000_000_000)
    old = Sizes(total, newest_use=NOW - 300 * _DAY)
    yield Example("300 days", environment(sizes=old), ("demo",), Severity.NOTE)
    yield Example("300 days, conda", environment(kind="conda", sizes=old), ("demo",), Severity.NOTE)
    yield Example("100 days", environment(sizes=Sizes(total, newest_use=NOW - 100 * _DAY)))
    unrecorded = Sizes(total, newest_use=NOW - 300 * _DAY, use_recorded=False)
    yield Example("reading is not noted", environment(sizes=unrecorded), cannot_tell=True)
    fresh = Sizes(total, newest_use=NOW - _DAY, use_recorded=False)
    yield Example("reading is not noted, but it is new", environment(sizes=fresh))
    yield Example("no bytecode", environment(sizes=Sizes(total)), cannot_tell=True)
    yield Example("the active one", environment(sizes=old, identity={"active": True}))
    yield Example("conda's base", environment(kind="conda", sizes=old, identity={"is_conda_base": True}))
    yield Example("the system's Python", environment(kind="system", sizes=old))


CHECK = Check(
    "SIZ007",
    "unused-environment",
    Severity.NOTE,
    __doc__,
    find,
    examples,
    needs=("identity", "sizes"),
)
