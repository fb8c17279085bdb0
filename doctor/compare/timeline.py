"""What happened to an environment, and when: from conda's history, folders' times, files, operations and snapshots.

Pure: what the state folder keeps is handed in. A time that may be a copy's or a checkout's is told as uncertain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from doctor.compare.addresses import public_channel
from doctor.compare.comparison import ItemDifference
from doctor.compare.fingerprint import hash_of
from doctor.compare.layers import compare_layers
from doctor.facts import Distribution, Facts, Fingerprint, Part
from doctor.facts.conda import Transaction

MomentKind = Literal["conda", "packages", "file", "operation", "snapshot"]
#: the letter that a moment's name begins with
LETTERS: Mapping[MomentKind, str] = {
    "conda": "c", "packages": "p", "file": "f", "operation": "o", "snapshot": "s",
}  # fmt: skip
#: seconds between two packages of one installation, and a whole environment's worth of them
_PAUSE, _MANY = 180.0, 10
#: of a kind, the newest
_MOST = 500


class Change(NamedTuple):
    """One package or fact that is not as it was before."""

    name: str
    before: str = ""  #: empty where it was not there, or where nobody wrote it down
    after: str = ""  #: empty where it is gone


class Moment(NamedTuple):
    """Something that happened."""

    name: str  #: c12, p3, s4: by which --between takes it
    time: float  #: seconds since the epoch; 0 where it is not known
    kind: MomentKind
    title: str
    changes: tuple[Change, ...] = ()
    sure: bool = True  #: False where its time may be that of a copy or a checkout
    fingerprint: Fingerprint | None = None  #: of a snapshot, and of a conda revision what history tells


class Past(NamedTuple):
    """An operation of envdoctor, as its journal tells it."""

    time: float
    title: str
    changes: tuple[Change, ...] = ()


class Timeline(NamedTuple):
    """Everything that is known, newest first."""

    moments: tuple[Moment, ...] = ()
    notes: tuple[str, ...] = ()  #: what its times can be trusted for


def timeline_of(facts: Facts, snapshots: Sequence[Fingerprint] = (), operations: Iterable[Past] = ()) -> Timeline:
    """Put all sources in order; snapshots in any order, each with the time it was made."""
    found = [
        *_conda(facts),
        *_packages(facts),
        *_files(facts),
        *_operations(operations),
        *_snapshots(snapshots),
    ]
    order = {kind: place for place, kind in enumerate(LETTERS)}
    found.sort(key=lambda moment: (moment.time, order[moment.kind], _number(moment)), reverse=True)
    return Timeline(tuple(found), tuple(_notes(facts, found)))


def _number(moment: Moment) -> int:
    return int(moment.name[1:])


def _conda(facts: Facts) -> Iterator[Moment]:
    """Every transaction with the packages it moved; the fingerprint holds the records that history leaves."""
    state: dict[str, tuple[str, str, str]] = {}
    history = facts.conda.history
    for number, transaction in enumerate(history):
        changes = _applied(state, transaction)
        if number >= len(history) - _MOST and (changes or transaction.command):
            yield Moment(
                f"c{number}",
                transaction.time,
                "conda",
                _command(transaction),
                changes,
                bool(transaction.time),
                _of_records(facts, state),
            )


def _applied(state: dict[str, tuple[str, str, str]], transaction: Transaction) -> tuple[Change, ...]:
    before: dict[str, tuple[str, str, str]] = {}
    for text in transaction.removed:
        name, told = _parsed(text)
        if name:
            before[name] = told
            state.pop(name, None)
    after: dict[str, tuple[str, str, str]] = {}
    for text in transaction.added:
        name, told = _parsed(text)
        if name:
            after[name] = state[name] = told
    changes = []
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old is None or new is None or old[:2] != new[:2]:
            same = old is not None and new is not None and old[0] == new[0]
            changes.append(Change(name, _version(old, build=same), _version(new, build=same)))
        elif old[2] != new[2] and old[2] and new[2]:
            changes.append(Change(name, f"{old[0]} of {old[2]}", f"{new[0]} of {new[2]}"))
    return tuple(changes)


def _version(told: tuple[str, str, str] | None, *, build: bool) -> str:
    if told is None:
        return ""
    return f"{told[0]} {told[1]}" if build else told[0]


def _parsed(text: str) -> tuple[str, tuple[str, str, str]]:
    """channel/subdir::name-version-build as name and (version, build, channel); an empty name for anything else."""
    where, colons, dist = text.rpartition("::")
    parts = dist.removesuffix(".conda").removesuffix(".tar.bz2").rsplit("-", 2)
    if len(parts) != 3 or not parts[0]:
        return "", ("", "", "")
    channel = where.rpartition("/")[0] if colons and "/" in where else where
    if channel == "defaults":  # history's word for pkgs/main and its like, which records tell apart
        channel = ""
    return parts[0], (parts[1], parts[2], public_channel(channel) if channel else "")


def _of_records(facts: Facts, state: Mapping[str, tuple[str, str, str]]) -> Fingerprint:
    items = {
        name: {key: value for key, value in (("version", v), ("build", b), ("channel", c)) if value}
        for name, (v, b, c) in sorted(state.items())
    }
    return Fingerprint(
        name=facts.identity.name,
        kind=facts.identity.kind,
        layers={"conda": Part(hash_of(items), items)},
    )


def _command(transaction: Transaction) -> str:
    """The command as somebody typed it: without the program's path."""
    words = transaction.command.split()
    if not words:
        return "conda changed packages"
    program = words[0].replace("\\", "/").rpartition("/")[2]
    return " ".join([program.removesuffix(".exe").removesuffix("-script.py"), *words[1:]])


def _packages(facts: Facts) -> Iterator[Moment]:
    """Distributions that conda did not bring, together where their folders were made together."""
    sites = {folder.path for folder in facts.identity.site_folders if folder.kind == "environment"}
    own = [
        dist
        for dist in facts.distributions.installed
        if dist.installer != "conda" and dist.modified > 0 and (not sites or dist.site in sites)
    ]
    own = [dist for dist in own if not _of_conda(dist, facts)]
    own.sort(key=lambda dist: (dist.modified, dist.key))
    clusters: list[list[Distribution]] = []
    for dist in own:
        if clusters and dist.modified - clusters[-1][-1].modified <= _PAUSE:
            clusters[-1].append(dist)
        else:
            clusters.append([dist])
    for number, cluster in enumerate(clusters, 1):
        if number > len(clusters) - _MOST:
            tools = sorted({dist.installer or "another tool" for dist in cluster})
            names = tuple(Change(dist.key, "", dist.version) for dist in sorted(cluster, key=lambda dist: dist.key))
            sure = facts.identity.kind not in ("system",) and cluster[-1].modified <= facts.now + 60
            yield Moment(
                f"p{number}", cluster[-1].modified, "packages", f"{' and '.join(tools)} installed", names, sure
            )


def _of_conda(dist: Distribution, facts: Facts) -> bool:
    """Whether a distribution without an installer came with a conda package of its name and version."""
    record = facts.conda.record(dist.key) or facts.conda.record(dist.name)
    return not dist.installer and record is not None and record.version == dist.version


def _files(facts: Facts) -> Iterator[Moment]:
    """Specifications and locks of the project; git gives a file the time of the checkout."""
    found: dict[str, float] = {}
    for specification in facts.project.specifications:
        found[specification.path] = max(found.get(specification.path, 0.0), specification.modified)
    for lock in facts.locks.files:
        found[lock.path] = max(found.get(lock.path, 0.0), lock.modified)
    rows = sorted((time, path) for path, time in found.items() if time > 0)
    for number, (time, path) in enumerate(rows[-_MOST:], 1):
        yield Moment(f"f{number}", time, "file", f"{path} was written", sure=False)


def _operations(operations: Iterable[Past]) -> Iterator[Moment]:
    for number, past in enumerate(sorted(operations, key=lambda past: past.time)[-_MOST:], 1):
        yield Moment(f"o{number}", past.time, "operation", past.title, past.changes)


def _snapshots(snapshots: Sequence[Fingerprint]) -> Iterator[Moment]:
    """Each snapshot with what differs from the one before."""
    before: Fingerprint | None = None
    for number, fingerprint in enumerate(sorted(snapshots, key=lambda one: one.made), 1):
        changes: tuple[Change, ...] = ()
        title = "the first that is kept"
        if before is not None:
            changes = changes_between(before, fingerprint)
            title = f"since s{number - 1}" if changes else f"nothing has changed since s{number - 1}"
        yield Moment(f"s{number}", fingerprint.made, "snapshot", title, changes, fingerprint=fingerprint)
        before = fingerprint


def changes_between(before: Fingerprint, after: Fingerprint) -> tuple[Change, ...]:
    """What is not as it was, what changes results first."""
    items = [item for layer in compare_layers(before, after) for item in layer.items]
    ranks = {"yes": 0, "maybe": 1, "no": 2}
    return tuple(_change(item) for item in sorted(items, key=lambda item: ranks[item.changes_results]))


def _change(item: ItemDifference) -> Change:
    shown = ("", "version", "vendor", "value")
    return Change(item.name if item.field in shown else f"{item.name} ({item.field})", item.here, item.there)


def _notes(facts: Facts, moments: Sequence[Moment]) -> Iterator[str]:
    clusters = [moment for moment in moments if moment.kind == "packages"]
    if len(clusters) == 1 and len(clusters[0].changes) >= _MANY:
        yield "all packages carry one time: they were installed together, or the environment was copied then"
    if clusters:
        yield "pip and uv keep no history: a package that was replaced or removed since then is not told"
    if any(moment.kind == "file" for moment in moments):
        yield "the times of files are those of this machine: git gives a file the time of its checkout"
    if facts.conda.present and not facts.conda.history:
        yield "conda-meta/history is empty, as rattler and pixi leave it: what conda packages did is not known"
    if any(moment.time > facts.now + 60 for moment in moments if facts.now):
        yield "some times lie in the future: the clock of this machine, or of the one it was copied from, was wrong"
    if facts.identity.kind == "system":
        yield "the system's packages carry the times at which they were built"


def moment_named(timeline: Timeline, name: str) -> Moment | None:
    """The moment of a name, whatever its case."""
    return next((moment for moment in timeline.moments if moment.name == name.strip().lower()), None)
