"""Two copies of one distribution's metadata lie in the same environment.

## Why it matters
Which of the two is read depends on the order in which the folder happens to list them. Versions shown by pip,
`importlib.metadata` and the code that is imported can all differ, and every requirement may be judged against
the wrong one. `pip uninstall` takes away only one of them.

## How it is found
Two dist-info or egg-info folders whose names are equal once normalised (PEP 503), in one site-packages folder.
The files that each one recorded are compared with what is on disk, to tell which copy is really there; where both
are complete, the one whose folder is named for its version counts, then the one that was installed later.

## What the fix does
Moves the metadata of the other copies aside, and of this one where its folder is named for another version, and
reinstalls exactly the version whose files are there, without touching anything else. Where conda installed one of
the copies and pip the other, conda's exact build can be put back: its stale metadata is moved aside, pip
uninstalls its own copy, and conda links the build again.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import CondaRecord, Distribution, Facts
from doctor.facts.build import distribution, environment, record, site_packages
from doctor.judgement.overlap import is_well_named, owners, present, superseded
from doctor.knowledge.reinstall import reinstalled, safety_of, same_package, taken_away
from doctor.model import Check, Evidence, Example, Finding, Move, Remedy, Safety, Severity


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each name that more than one metadata folder claims."""
    installed = {(dist.site, dist.folder): dist for dist in facts.distributions.installed}
    copies = superseded(facts)
    held = owners(facts) if copies else {}
    for place, others in sorted(copies.items(), key=lambda item: (installed[item[0]].key, item[0])):
        live = installed[place]
        dists = sorted((live, *others), key=lambda dist: dist.folder)
        records = {dist.folder: held[dist.site, dist.folder] for dist in dists if (dist.site, dist.folder) in held}
        versions = ", ".join(sorted({dist.version for dist in dists}))
        yield Finding(
            Severity.ERROR,
            live.key,
            f"{live.name} is installed {len(dists)} times: {versions}"[:100],
            tuple(Evidence(_seen(dist, facts), f"{dist.site}/{dist.folder}") for dist in dists),
            (live.key,),
            tuple(_remedies(live, others, records)),
        )


def _seen(dist: Distribution, facts: Facts) -> str:
    who = f"installed by {dist.installer}" if dist.installer else "no INSTALLER"
    if dist.paths is None:
        return f"version {dist.version}, {who}, no RECORD"
    return f"version {dist.version}, {who}, {present(dist, facts):.0%} of its files are there"


def _remedies(
    live: Distribution, others: tuple[Distribution, ...], records: dict[str, CondaRecord]
) -> Iterator[Remedy]:
    owner = records.get(live.folder)
    again = (same_package(owner),) if owner is not None else reinstalled(live)
    aside = others if owner is not None or is_well_named(live) else (live, *others)  # its RECORD tells of other files
    by_pip = [dist for dist in (live, *others) if dist.folder not in records]
    one_each = len(records) == 1 and len(by_pip) == 1
    if owner is not None or not one_each:  # else conda's record would lie under pip's files
        yield Remedy(
            f"Keep {live.name} {live.version}, whose files are there, and reinstall it cleanly",
            safety_of(again),
            (Move(tuple(f"{dist.site}/{dist.folder}" for dist in aside)), *again),
            "files that only the other copy recorded stay behind" if any(dist.paths for dist in others) else "",
        )
    if one_each:
        ((folder, record),) = records.items()
        # pip uninstalls what it finds under the name, so that conda's metadata has to be out of its sight
        yield Remedy(
            f"Go back to conda's {record.name} {record.version}, build {record.build}",
            Safety.CAREFUL,
            (Move((f"{live.site}/{folder}",)), *taken_away(by_pip[0]), same_package(record)),
            "takes away every file that pip installed, also those that conda's build does not have",
        )


def examples() -> Iterator[Example]:
    """Two versions of one package; one of each; conda's beside pip's."""
    old = distribution("demo-lib", "1.0", files=("demo_lib/__init__.py", "demo_lib/old.py"))
    new = distribution("demo-lib", "2.0", files=("demo_lib/__init__.py", "demo_lib/new.py"))
    gone = tuple(path for path in old.paths or () if path.endswith("old.py"))
    yield Example("two versions", environment(distributions=(old, new), missing=gone), finds=("demo-lib",))
    yield Example("one of each", environment(distributions=(new, distribution("other", "1.0"))))
    user = distribution("demo-lib", "1.0", site="~/.local/lib/python3.11/site-packages")
    yield Example("one of them in the user's folder", environment(distributions=(user, new)))
    twice = (
        distribution("cryptography", "38.0.4", installer="", paths=None),
        distribution(
            "cryptography", "38.0.4", installer="", paths=None, folder="cryptography.egg-info", kind="egg-info"
        ),
    )
    yield Example(
        "the operating system's package with metadata of both kinds", environment(kind="system", distributions=twice)
    )
    files = tuple(f"{site_packages()}/{path}" for path in ("demo_lib/__init__.py", "demo_lib-1.0.dist-info/METADATA"))
    conda = environment(
        kind="conda",
        records=(record("demo-lib", "1.0", "pyh_0", files=files),),
        distributions=(old._replace(installer="conda"), new),
    )
    yield Example("conda's put back while pip's stayed", conda, finds=("demo-lib",))


CHECK = Check(
    "MIX003",
    "duplicate-distribution",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions", "files"),
    optional=("conda",),
)
