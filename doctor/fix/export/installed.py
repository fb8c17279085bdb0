"""What is installed by whom: the judgements that all exports and a rebuild share."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence

from doctor.facts import CondaRecord, Distribution, Facts
from doctor.judgement.overlap import by_system, depend_name, foreign, overwrites, own_sites, owners, superseded
from doctor.knowledge.channels import PARTS_OF_DEFAULTS
from doctor.reading.redact import REDACTED

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_CONDA_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_CONDA_VERSION = re.compile(r"[A-Za-z0-9_.!+]+")
_CHANNEL = re.compile(r"[A-Za-z0-9_.~-]+(?:/[A-Za-z0-9_.~-]+)*|https?://[A-Za-z0-9_.~:/%+-]+")


def day(facts: Facts) -> str:
    """The day of the facts as 2026-11-22; empty where they have no time."""
    return time.strftime("%Y-%m-%d", time.gmtime(facts.now)) if facts.now else ""


def file_name(facts: Facts) -> str:
    """The environment's name as one word: .venv of shop becomes shop."""
    name = facts.identity.name
    folder, of, project = name.partition(" of ")
    name = project if of and folder.lstrip(".") in ("venv", "env", "virtualenv", "conda", "default") else name
    return re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII).strip("-.")[:60] or "environment"


def of_pip(facts: Facts) -> tuple[Distribution, ...]:
    """The distributions of the environment's own folders that no package manager but Python's own installed.

    By key; of several copies of one name the live one.
    """
    if facts.identity.kind == "conda":
        held = owners(facts)
        over = {(found.dist.site, found.dist.folder) for found in overwrites(facts)}
        found = [*foreign(facts)]
        found += [
            dist
            for dist in facts.distributions.installed
            if dist.site in own_sites(facts)
            and not dist.installer
            and ((dist.site, dist.folder) not in held or (dist.site, dist.folder) in over)
            and (dist.direct_url is not None or not facts.conda.records)
        ]
    else:
        sites = own_sites(facts)
        found = [d for d in facts.distributions.installed if d.site in sites and not by_system(d, facts)]
    dead = {(dist.site, dist.folder) for copies in superseded(facts).values() for dist in copies}
    kept: dict[str, Distribution] = {}
    for dist in found:
        if (dist.site, dist.folder) not in dead:
            kept.setdefault(dist.key, dist)
    return tuple(kept[key] for key in sorted(kept))


def covered_by_pip(facts: Facts) -> dict[str, Distribution]:
    """Conda's package name -> the distribution of another installer that lies over it."""
    return {found.record.name: found.dist for found in overwrites(facts)}


def asked_for(records: Sequence[CondaRecord]) -> tuple[CondaRecord, ...]:
    """The packages that somebody asked for; where nothing tells, those that no other needs, and Python."""
    asked = [record for record in records if any("://" not in spec for spec in record.requested)]  # addresses: a clone
    if not asked or (len(asked) == 1 and asked[0].name == "python" and len(records) > 1):
        needed = {depend_name(depend) for record in records for depend in record.depends}
        asked = [record for record in records if record.name not in needed]
    names = {record.name for record in asked}
    asked += [record for record in records if record.name == "python" and "python" not in names]
    return tuple(sorted(asked, key=lambda record: (record.name != "python", record.name)))


def in_order(records: Sequence[CondaRecord]) -> tuple[CondaRecord, ...]:
    """Packages with what they need before them, else by name; circles are cut where they are met."""
    by_name = {record.name: record for record in sorted(records, key=lambda record: record.name)}
    done: dict[str, CondaRecord] = {}
    open_names: set[str] = set()
    for start in by_name:
        pending = [(start, False)]
        while pending:
            name, ready = pending.pop()
            if ready:
                done.setdefault(name, by_name[name])
            elif name not in done and name not in open_names:
                open_names.add(name)
                needed = {depend_name(depend) for depend in by_name[name].depends} & by_name.keys()
                pending.append((name, True))
                pending += [(other, False) for other in sorted(needed - open_names, reverse=True)]
    return tuple(done.values())


def channels_of(records: Iterable[CondaRecord], facts: Facts) -> tuple[str, ...]:
    """The channels that the packages came from, as a file names them: in the configured order, then the fullest.

    Anaconda's own channels are told as defaults, which stands for them together.
    """
    count: dict[str, int] = {}
    for record in records:
        name = channel_name(record.channel, facts)
        if name:
            count[name] = count.get(name, 0) + 1
    configured = {name: number for number, name in enumerate(facts.settings.channels)}
    return tuple(sorted(count, key=lambda name: (configured.get(name, len(configured)), -count[name], name)))


def channel_name(channel: str, facts: Facts) -> str:
    """A record's channel as a file names it; empty where none can be named."""
    parts = facts.settings.members.get("defaults", PARTS_OF_DEFAULTS)
    if channel in parts:
        return "defaults"
    unnamed = channel in ("", "<unknown>", "local", "pypi") or REDACTED in channel
    return "" if unnamed or not _CHANNEL.fullmatch(channel) or channel.startswith("-") else channel


def is_conda_package(record: CondaRecord) -> bool:
    """Whether name, version and build can stand in a spec."""
    parts = (_CONDA_VERSION.fullmatch(record.version), not record.build or _CONDA_VERSION.fullmatch(record.build))
    return bool(_CONDA_NAME.fullmatch(record.name)) and all(parts)


def is_release(dist: Distribution) -> bool:
    """Whether name and version can stand in a requirement."""
    from packaging.version import InvalidVersion, Version

    try:
        Version(dist.version)
    except InvalidVersion:
        return False
    return _NAME.fullmatch(dist.name) is not None and dist.version.isascii() and " " not in dist.version
