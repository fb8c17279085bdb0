"""Two copies of one distribution's metadata lie in the same environment.

## Why it matters
Which of the two is read depends on the order in which the folder happens to list them. Versions shown by pip,
`importlib.metadata` and the code that is imported can all differ, and every requirement may be judged against
the wrong one.

## How it is found
Two dist-info or egg-info folders whose names are equal once normalised (PEP 503), in one site-packages folder.
The files that each one recorded are compared with what is on disk, to tell which copy is really there.

## What the fix does
Moves the metadata of the other copy aside and reinstalls exactly the version whose files are there, without
touching anything else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from doctor.facts import Distribution, Facts
from doctor.facts.build import distribution, environment
from doctor.model import Check, Evidence, Example, Finding, Install, Manager, Move, Remedy, Safety, Severity


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each name that more than one metadata folder claims."""
    copies: dict[tuple[str, str], list[Distribution]] = defaultdict(list)
    for dist in facts.distributions.installed:
        copies[dist.site, dist.key].append(dist)
    for (_, key), dists in sorted(copies.items()):
        if len(dists) > 1:
            live = max(dists, key=lambda dist: (_present(dist, facts), dist.modified))
            yield Finding(
                Severity.ERROR,
                key,
                f"{live.name} is installed {len(dists)} times: {', '.join(sorted(d.version for d in dists))}"[:100],
                tuple(Evidence(_seen(dist, facts), f"{dist.site}/{dist.folder}") for dist in dists),
                (key,),
                (_keep(live, [dist for dist in dists if dist is not live]),),
            )


def _present(dist: Distribution, facts: Facts) -> float:
    """The share of a distribution's own files (its metadata apart) that are on disk."""
    own = [path for path in dist.paths or () if f"/{dist.folder}/" not in path and not path.endswith(".pyc")]
    return sum(facts.files.has(path) for path in own) / len(own) if own else 0.0


def _seen(dist: Distribution, facts: Facts) -> str:
    who = f"installed by {dist.installer}" if dist.installer else "no INSTALLER"
    if dist.paths is None:
        return f"version {dist.version}, {who}, no RECORD"
    return f"version {dist.version}, {who}, {_present(dist, facts):.0%} of its files are there"


def _keep(live: Distribution, others: list[Distribution]) -> Remedy:
    manager: Manager = "conda" if live.installer == "conda" else "pip"
    spec = f"{live.key}={live.version}" if manager == "conda" else f"{live.key}=={live.version}"
    return Remedy(
        f"Keep {live.name} {live.version}, whose files are there, and reinstall it cleanly",
        Safety.CAREFUL,
        (
            Move(paths=tuple(f"{dist.site}/{dist.folder}" for dist in others)),
            Install(manager=manager, specs=(spec,), force=True, dependencies=False),
        ),
    )


def examples() -> Iterator[Example]:
    """Two versions of one package; one of each."""
    old = distribution("demo-lib", "1.0", files=("demo_lib/__init__.py", "demo_lib/old.py"))
    new = distribution("demo-lib", "2.0", files=("demo_lib/__init__.py", "demo_lib/new.py"))
    gone = tuple(path for path in old.paths or () if path.endswith("old.py"))
    yield Example("two versions", environment(distributions=(old, new), missing=gone), finds=("demo-lib",))
    yield Example("one of each", environment(distributions=(new, distribution("other", "1.0"))))
    user = distribution("demo-lib", "1.0", site="~/.local/lib/python3.11/site-packages")
    yield Example("one of them in the user's folder", environment(distributions=(user, new)))


CHECK = Check(
    "MIX003",
    "duplicate-distribution",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions", "files"),
)
