"""One package is installed twice: by conda under its name, and by pip under another.

## Why it matters
conda calls PyTorch `pytorch`, pip calls it `torch`. Neither sees the other's copy, so each upgrades its own, and
which of the two is imported depends on the order of folders and files. Libraries of both may be loaded into one
process.

## How it is found
A conda record of a name that conda and PyPI spell differently, and a distribution that pip or uv installed under
PyPI's name (or that of a variant with the same import), in the same environment. Where both recorded the same files,
pip has written over conda's, which is another finding. Sound is conda's own package that carries the metadata of
that name.

## What the fix does
Keeps one of the two: uninstalls pip's copy and links conda's build again, or, where no conda package needs it, has
conda remove its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import CondaRecord, Distribution, Facts
from doctor.facts.build import distribution, environment, record, site_packages
from doctor.judgement.overlap import depend_name, foreign, name_and_version, overwrites, owners
from doctor.knowledge.conda_names import PYPI_NAMES
from doctor.knowledge.reinstall import reinstalled, safety_of, same_package, taken_away
from doctor.knowledge.twins import TWINS
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, Severity, Uninstall


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each distribution of pip's that conda holds under another name."""
    renamed = [record for record in facts.conda.records if record.name in PYPI_NAMES]
    if not renamed:
        return
    over = {(item.dist.site, item.dist.folder) for item in overwrites(facts)}
    brought = {(record.name, name_and_version(folder)[0]) for (_, folder), record in owners(facts).items()}
    pairs: dict[str, tuple[Distribution, list[CondaRecord]]] = {}
    for dist in foreign(facts):
        for other in renamed if (dist.site, dist.folder) not in over else ():
            if dist.key in _names_of(other) and (other.name, dist.key) not in brought:
                pairs.setdefault(dist.key, (dist, []))[1].append(other)
    for key, (dist, records) in sorted(pairs.items()):
        yield _finding(key, dist, records, facts)


def _names_of(record: CondaRecord) -> frozenset[str]:
    """What pip may call the package of a conda record: its name on PyPI, and variants with the same import."""
    name = PYPI_NAMES[record.name]
    return frozenset((name, *(member for row in TWINS if name in row.members for member in row.members)))


def _finding(key: str, dist: Distribution, records: list[CondaRecord], facts: Facts) -> Finding:
    names = " and ".join(record.name for record in records)
    main = max(records, key=lambda record: len(record.files))
    evidence = [
        Evidence(
            f"conda recorded {record.name} {record.version}, build {record.build}", f"conda-meta/{record.dist}.json"
        )
        for record in records
    ]
    evidence.append(Evidence(f"{dist.installer} installed {dist.name} {dist.version}", f"{dist.site}/{dist.folder}"))
    keep_conda = Remedy(
        f"Keep conda's {main.name} {main.version}, uninstall pip's {dist.name}",
        Safety.CAREFUL,
        (*taken_away(dist), same_package(main)),
        f"{dist.name} {dist.version} goes; packages from pip that ask for {dist.name} may not see conda's",
    )
    theirs = {record.name for record in records}
    needing = [
        r.name for r in facts.conda.records if r.name not in theirs and theirs & set(map(depend_name, r.depends))
    ]
    steps = (Uninstall("conda", tuple(r.name for r in records), dependencies=False), *reinstalled(dist))
    title = f"Keep pip's {dist.name} {dist.version}, have conda remove {names}"
    keep_pip = () if needing else (Remedy(title, safety_of(steps), steps),)
    return Finding(
        Severity.WARNING,
        key,
        f"{dist.name} {dist.version} from {dist.installer} stands beside conda's {main.name} {main.version}"[:100],
        tuple(evidence),
        tuple(dict.fromkeys((key, *(record.name for record in records)))),
        (keep_conda, *keep_pip),
    )


def _pair(name: str, conda_name: str) -> Facts:
    dist = distribution(name, "2.4.0", files=(f"{name}/__init__.py",))
    return environment(kind="conda", records=(record(conda_name, "2.1.0", "cpu_0"),), distributions=(dist,))


def examples() -> Iterator[Example]:
    """Names that differ; variants; and one package under both names."""
    yield Example("pytorch and torch", _pair("torch", "pytorch"), ("torch",), Severity.WARNING)
    yield Example("msgpack-python and msgpack", _pair("msgpack", "msgpack-python"), ("msgpack",), Severity.WARNING)
    headless = _pair("opencv-python-headless", "py-opencv")
    yield Example("a variant with the same import", headless, ("opencv-python-headless",), Severity.WARNING)

    own = distribution("torch", "2.1.0", files=("torch/__init__.py",), installer="conda")
    files = tuple(own.paths or ())
    conda = environment(kind="conda", records=(record("pytorch", "2.1.0", files=files),), distributions=(own,))
    yield Example("conda's own metadata", conda)
    yield Example("the program graphviz and pip's graphviz", _pair("graphviz", "graphviz"))
    over = distribution("torch", "2.4.0", files=("torch/__init__.py",))
    listed = (f"{site_packages()}/torch/__init__.py", f"{site_packages()}/torch-2.1.0.dist-info/METADATA")
    told = environment(
        kind="conda", records=(record("pytorch", "2.1.0", files=listed),), distributions=(over,), missing=listed[1:]
    )
    yield Example("pip over conda, which has its own finding", told)


CHECK = Check(
    "MIX011",
    "two-names-one-package",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("distributions", "conda", "files"),
)
