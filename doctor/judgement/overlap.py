"""Which package lies over which: pure judgements that several checks of mixed installers share.

One cause must give one finding, so a check that finds a symptom (a missing file, an altered one) asks here whether
the cause is told elsewhere: pip over a conda package, a conda record that vanished, two copies of one metadata.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import NamedTuple, TypeVar

from doctor.facts import CondaRecord, Distribution, Facts
from doctor.judgement.shared_paths import clashing, code_paths, is_bytecode, is_native

#: seconds by which the times of one transaction may differ
SLACK = 2.0

_METADATA = (".dist-info/METADATA", ".egg-info/PKG-INFO", ".egg-info")
_RUNS = re.compile(r"[-_.]+")
_END_OF_NAME = re.compile(r"[\s=<>!~\[;,]")

#: package managers of operating systems, as INSTALLER names them; Debian takes the file away
_SYSTEM_INSTALLERS = frozenset(("", "debian", "rpm", "apk", "pacman", "portage", "nix", "guix"))

_UNDATED = CondaRecord("", "", "")

_T = TypeVar("_T")

Place = tuple[str, str]  #: a site folder and the name of a metadata folder in it


class Overwrite(NamedTuple):
    """A conda package whose Python files belong to a distribution that conda did not install."""

    record: CondaRecord
    dist: Distribution
    version: str  #: of the Python distribution in conda's package
    same_files: bool  #: the same version of the same distribution, without native code of its own
    shared: tuple[str, ...] = ()  #: paths that both recorded, metadata and bytecode apart


class Vanished(NamedTuple):
    """A conda package whose files are there and whose record is not."""

    name: str  #: as conda calls it; for one that only its own metadata tells of, the distribution's name
    dist: Distribution
    remembered: str = ""  #: what history says is installed: conda-forge/linux-64::numpy-1.26.3-py311h0_0
    required: tuple[tuple[str, str], ...] = ()  #: (conda package, its depends entry)
    once: bool = True  #: False where a history that knows its dependents never knew it


def _kept_for(*layers: str) -> Callable[[Callable[[Facts], _T]], Callable[[Facts], _T]]:
    """Keep a judgement for as long as facts hold the same layers: a dozen checks ask the same questions."""

    def decorate(judge: Callable[[Facts], _T]) -> Callable[[Facts], _T]:
        latest: list[tuple[tuple[object, ...], _T]] = []

        @wraps(judge)
        def answer(facts: Facts) -> _T:
            key = tuple(getattr(facts, layer) for layer in layers)
            kept = latest[0] if latest else None
            if kept is not None and all(one is other for one, other in zip(kept[0], key, strict=True)):
                return kept[1]
            found = judge(facts)
            latest[:] = [(key, found)]
            return found

        return answer

    return decorate


def own_sites(facts: Facts) -> frozenset[str]:
    """The site folders that belong to the environment itself."""
    return frozenset(folder.path for folder in facts.identity.site_folders if folder.kind == "environment")


def name_and_version(folder: str) -> tuple[str, str]:
    """The normalised name and the version that a metadata folder's name tells."""
    stem = folder.removesuffix(".dist-info").removesuffix(".egg-info").removesuffix(".egg-link")
    name, _, version = stem.partition("-")
    if version[:1].isalpha():  # names with hyphens, as old tools wrote them
        head = re.match(r"(.+?)-(\d.*)", stem)
        name, version = (head[1], head[2]) if head else (stem, "")
    return _RUNS.sub("-", name).lower(), re.sub(r"-py\d.*$", "", version)


def by_system(dist: Distribution, facts: Facts) -> bool:
    """Whether the operating system's own package manager brought a distribution, whose RECORD is from its build."""
    in_system = facts.identity.kind == "system" or "dist-packages" in dist.site
    return in_system and dist.installer in _SYSTEM_INSTALLERS


@_kept_for("identity", "conda")
def owners(facts: Facts) -> Mapping[Place, CondaRecord]:
    """The conda record that lists each metadata folder of the environment's site folders."""
    sites = own_sites(facts)
    held: dict[Place, CondaRecord] = {}
    for record in facts.conda.records:
        for path in record.files:
            if path.endswith(_METADATA):
                folder = path if path.endswith(".egg-info") else path.rpartition("/")[0]
                site, _, name = folder.rpartition("/")
                if site in sites:
                    held[site, name] = record
    return held


@_kept_for("identity", "conda", "distributions", "files")
def overwrites(facts: Facts) -> tuple[Overwrite, ...]:
    """Conda packages that lie under another installer's, by name."""
    sites = own_sites(facts)
    live = {(dist.site, dist.folder): dist for dist in facts.distributions.installed if dist.site in sites}
    if not facts.conda.records or all(dist.installer == "conda" for dist in live.values()):
        return ()
    held = owners(facts)
    rivals = {place: dist for place, dist in live.items() if place not in held}
    by_key = {(dist.site, dist.key): dist for dist in rivals.values() if dist.installer != "conda"}
    found: dict[tuple[str, Place], Overwrite] = {}
    for place, record in held.items():
        key, version = name_and_version(place[1])
        own = live.get(place)
        if own is None:
            rival = by_key.get((place[0], key))
        else:
            rival = own if own.installer not in ("", "conda") and _replaced(own, record, facts) else None
        if rival is not None:
            found[record.name, (rival.site, rival.folder)] = _overwrite(record, rival, version, sites)
    for record, rival, shared in _written_over(facts, rivals, held, live):
        place = (rival.site, rival.folder)
        if not any(record.name == name for name, _ in found):
            found[record.name, place] = Overwrite(record, rival, record.version, False, shared)
    return tuple(found[key] for key in sorted(found))


def _overwrite(record: CondaRecord, dist: Distribution, version: str, sites: frozenset[str]) -> Overwrite:
    listed = set(record.files)
    code = code_paths(dist.paths or (), sites)
    same = dist.version == version and all(path in listed for path in code if is_native(path))
    return Overwrite(record, dist, version, same, tuple(path for path in code if path in listed))


def _written_over(
    facts: Facts,
    rivals: Mapping[Place, Distribution],
    held: Mapping[Place, CondaRecord],
    live: Mapping[Place, Distribution],
) -> Iterable[tuple[CondaRecord, Distribution, tuple[str, ...]]]:
    """Records that share code with a distribution of another name, which was installed later."""
    writers: dict[str, Distribution] = {}
    for dist in rivals.values():
        if dist.installer not in ("", "conda"):
            writers.update(dict.fromkeys(code_paths(dist.paths or (), own_sites(facts)), dist))
    if not writers:
        return
    by_record = {record.name: live.get(place) for place, record in held.items()}
    timely = times_tell(facts)
    for record in facts.conda.records:
        hits: dict[Place, list[str]] = defaultdict(list)
        for path in record.files:
            if path in writers:
                hits[writers[path].site, writers[path].folder].append(path)
        for place, paths in hits.items():
            rival, own = rivals[place], by_record.get(record.name)
            earlier = timely and record.installed > rival.modified + SLACK > SLACK
            same_name = own is not None and own.key == rival.key
            if not earlier and not same_name and clashing(paths, rival, own):
                yield record, rival, tuple(paths)


def _replaced(dist: Distribution, record: CondaRecord, facts: Facts) -> bool:
    """Whether metadata that a record lists, with another installer in it, is no longer conda's own.

    INSTALLER alone proves nothing: some conda packages were built with pip and say so for ever.
    """
    start = f"{dist.site}/{dist.folder}/"
    listed = {path[len(start) :] for path in record.files if path.startswith(start)}
    there = facts.files.folders.get(start[:-1])
    if there is not None and there != {name for name in listed if "/" not in name}:
        return True
    return times_tell(facts) and dist.modified > record.installed + SLACK > SLACK


@_kept_for("identity", "conda", "distributions")
def times_tell(facts: Facts) -> bool:
    """Whether times of files say what came first; a copied environment has new times throughout."""
    records = owners(facts)
    late = [
        dist.modified > records[dist.site, dist.folder].installed + SLACK
        for dist in facts.distributions.installed
        if dist.installer == "conda" and records.get((dist.site, dist.folder), _UNDATED).installed
    ]
    return sum(late) * 2 <= len(late)


def foreign(facts: Facts) -> list[Distribution]:
    """Distributions in the environment's own folders that another tool than conda installed, by key."""
    sites, held = own_sites(facts), owners(facts)
    over = {(item.dist.site, item.dist.folder) for item in overwrites(facts)}
    found = [
        dist
        for dist in facts.distributions.installed
        if dist.site in sites
        and dist.installer not in ("", "conda")
        and ((dist.site, dist.folder) not in held or (dist.site, dist.folder) in over)
    ]
    return sorted(found, key=lambda dist: dist.key)


def superseded(facts: Facts) -> Mapping[Place, tuple[Distribution, ...]]:
    """Where one site folder holds several copies of a name's metadata: the live copy's place and the others."""
    copies: dict[tuple[str, str], list[Distribution]] = defaultdict(list)
    for dist in facts.distributions.installed:
        copies[dist.site, dist.key].append(dist)
    found: dict[Place, tuple[Distribution, ...]] = {}
    for dists in copies.values():
        if len(dists) > 1 and not all(by_system(dist, facts) for dist in dists):
            live = max(dists, key=lambda dist: (present(dist, facts), is_well_named(dist), dist.modified))
            found[live.site, live.folder] = tuple(dist for dist in dists if dist is not live)
    return found


def is_well_named(dist: Distribution) -> bool:
    """Whether a metadata folder's name tells the version that its metadata tells; no installer writes another."""
    named = name_and_version(dist.folder)[1]
    return not named or _RUNS.sub("-", named).lower() == _RUNS.sub("-", dist.version).lower()


def present(dist: Distribution, facts: Facts) -> float:
    """The share of a distribution's own files (its metadata apart) that are on disk."""
    own = [path for path in dist.paths or () if f"/{dist.folder}/" not in path and not is_bytecode(path)]
    return sum(facts.files.has(path) for path in own) / len(own) if own else 0.0


def vanished(facts: Facts, key_of: Callable[[str], str]) -> tuple[Vanished, ...]:
    """Conda packages without a record whose distribution is there; key_of turns conda's name into PyPI's."""
    if not facts.conda.present:
        return ()
    sites, held = own_sites(facts), owners(facts)
    free: dict[str, Distribution] = {}
    owned_keys = {name_and_version(folder)[0] for _, folder in held}
    explained = {(item.dist.site, item.dist.folder) for item in overwrites(facts)}
    for dist in facts.distributions.installed:
        place = (dist.site, dist.folder)
        if dist.site in sites and place not in held and place not in explained and dist.key not in owned_keys:
            free.setdefault(dist.key, dist)
    there = {record.name for record in facts.conda.records} | {
        record_name(problem.path) for problem in facts.conda.problems
    }
    required: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for record in facts.conda.records:
        for depend in record.depends:
            required[_END_OF_NAME.split(depend.rpartition("::")[2].strip(), maxsplit=1)[0]].append(
                (record.name, depend)
            )
    ever = {record_name(dist) for change in facts.conda.history for dist in change.added}
    found = []
    for name in sorted({*facts.conda.remembered, *required} - there):
        key = key_of(name)
        if key in free:
            dist = free.pop(key)
            once = name in facts.conda.remembered or name in ever or not ever or dist.installer == "conda"
            remembered = facts.conda.remembered.get(name, "")
            found.append(Vanished(name, dist, remembered, tuple(required.get(name, ())), once))
    unread = {_RUNS.sub("-", name) for name in there}
    found += [
        Vanished(dist.key, dist)
        for dist in free.values()
        if dist.installer == "conda" and dist.key not in unread and facts.conda.records
    ]
    return tuple(found)


def record_name(text: str) -> str:
    """The package name in conda-meta/NAME-VERSION-BUILD.json or channel/subdir::NAME-VERSION-BUILD."""
    last = text.rpartition("::")[2].rpartition("/")[2].removesuffix(".json")
    return last.rsplit("-", 2)[0] if last.count("-") >= 2 else last


def depend_name(depend: str) -> str:
    """The package name that an entry of a record's depends begins with."""
    return _END_OF_NAME.split(depend.rpartition("::")[2].strip(), maxsplit=1)[0]
