"""Says which packages a creation brings, compared with those that are there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctor.facts import Facts
from doctor.fix.export.installed import of_pip
from doctor.fix.plan import Anew, Change

_PIN = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)==(?P<version>\S+)", re.ASCII)
_ADDRESS = re.compile(r".*/(?P<name>[^/]+)-(?P<version>[^/-]+)-(?P<build>[^/-]+)\.(?:conda|tar\.bz2)(?:#.*)?")
_SPEC = re.compile(r"(?:[^\s=]+::)?(?P<name>[A-Za-z0-9_][\w.-]*)=(?P<version>[^=\s]+)=(?P<build>[^=\s]+)", re.ASCII)
_AT = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*) @ ", re.ASCII)


def changes_of(anew: Anew, facts: Facts) -> tuple[Change, ...] | None:
    """Every package that is added, removed or of another version or build afterwards, by name, conda's first.

    None where the creation leaves versions to a solver, so that nobody knows them yet.
    """
    after: dict[tuple[str, str], str] = {}
    editable = any("--editable" in command.arguments for command in anew.commands)
    before = {("conda", record.name): f"{record.version} {record.build}".strip() for record in facts.conda.records}
    for dist in of_pip(facts):
        before["pip", dist.key] = dist.version
        kept = dist.direct_url is not None and dist.direct_url.editable and dist.direct_url.target_exists
        if kept and editable:
            after["pip", dist.key] = dist.version
    for name, text in anew.files:
        for line in text.splitlines():
            if not line or line.startswith(("#", "@")):
                continue
            found = _read(name, line, before)
            if found is None:
                return None
            after |= dict([found])
    if "explicit.txt" not in dict(anew.files) and ("pip", "pip") in before:
        after.setdefault(("pip", "pip"), before["pip", "pip"])
    return tuple(_changes(before, after))


def download_of(anew: Anew, facts: Facts) -> int | None:
    """Bytes that the creation fetches; None where only its tools will know."""
    if not any(command.network for command in anew.commands):
        return 0
    wanted = [record for record in facts.conda.records if not record.cached]
    if [name for name, _ in anew.files] != ["explicit.txt"] or not all(record.size for record in wanted):
        return None
    editable = any("--editable" in command.arguments for command in anew.commands)
    return None if editable else sum(record.size for record in wanted)


def _read(name: str, line: str, before: dict[tuple[str, str], str]) -> tuple[tuple[str, str], str] | None:
    if name.startswith("requirements"):
        pin, at = _PIN.fullmatch(line), _AT.match(line)
        if pin:
            return ("pip", _key(pin["name"])), pin["version"]
        return (("pip", _key(at["name"])), before.get(("pip", _key(at["name"])), "")) if at else None
    conda = _ADDRESS.fullmatch(line) or _SPEC.fullmatch(line)
    return (("conda", conda["name"]), f"{conda['version']} {conda['build']}") if conda else None


def _changes(before: dict[tuple[str, str], str], after: dict[tuple[str, str], str]) -> Iterator[Change]:
    for manager, name in sorted({*before, *after}):
        was, will = before.get((manager, name), ""), after.get((manager, name), "")
        if was != will:
            major = bool(was and will) and _first(was) != _first(will)
            yield Change(name, "conda" if manager == "conda" else "pip", was, will, major)


def _first(version: str) -> str:
    return re.split(r"[.\s]", version.rpartition("!")[2], maxsplit=1)[0]


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
