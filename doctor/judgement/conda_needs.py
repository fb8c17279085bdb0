"""What conda's records need of each other and of the machine, and do not get: a pure judgement."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

from doctor.facts import CondaRecord, Facts
from doctor.judgement.versions import Spec, Unsupported, meets, parse_spec, version_meets

_PLAIN = re.compile(r"[\w.*+!|,<>=~-]*")
#: virtual packages by operating system
_SYSTEMS = {"__linux": ("linux",), "__osx": ("macos",), "__win": ("windows",), "__unix": ("linux", "macos")}


class Objection(NamedTuple):
    """One record that does not get what it asks for."""

    record: CondaRecord
    spec: Spec
    text: str  #: as the record writes it
    excluded: bool  #: ruled out by constrains, rather than needed by depends


def unmet(facts: Facts, key_of: Callable[[str], str]) -> tuple[dict[str, list[Objection]], list[tuple[str, str]]]:
    """What is not met, by the name of the package needed; and the requirements that cannot be judged.

    key_of turns a conda name into PyPI's: what only pip has is another matter, and not told here.
    """
    by_name: dict[str, list[CondaRecord]] = defaultdict(list)
    for held in facts.conda.records:
        by_name[held.name.lower()].append(held)
    unread = _unread(facts)
    from_pip = {dist.key for dist in facts.distributions.installed}
    found: dict[str, list[Objection]] = defaultdict(list)
    unclear: list[tuple[str, str]] = []
    for owner in facts.conda.records:
        for text, excluded in [*((t, False) for t in owner.depends), *((t, True) for t in owner.constrains)]:
            try:
                spec = parse_spec(text)
                if spec.name.startswith("__"):
                    met = excluded or _machine_meets(spec, facts)
                elif spec.name in by_name:
                    met = any(meets(held, spec) for held in by_name[spec.name])
                else:
                    # conda itself adds pip to what python depends on, and an environment may do without
                    met = excluded or spec.name in unread or key_of(spec.name) in from_pip or spec.name == "pip"
            except Unsupported:
                unclear.append((owner.name, text))
                continue
            if not met:
                found[spec.name].append(Objection(owner, spec, text, excluded))
    return found, unclear


def _unread(facts: Facts) -> set[str]:
    """Names of the packages whose records are there and cannot be read."""
    files = (problem.path.rpartition("/")[2] for problem in facts.conda.problems)
    return {name.removesuffix(".json").rsplit("-", 2)[0].lower() for name in files}


def _machine_meets(spec: Spec, facts: Facts) -> bool:
    """Whether a virtual package is as asked for, or nothing is known that speaks against it."""
    system, machine = facts.identity.system, facts.machine
    if spec.name in _SYSTEMS:
        return system in _SYSTEMS[spec.name]
    known = ""
    if machine.system == system:
        kind, _, version = machine.libc.partition(" ")
        known = {"__glibc": version if kind == "glibc" else "", "__cuda": machine.gpus.cuda}.get(spec.name, "")
    return not known or version_meets(known, spec.version)


def argument(spec: Spec) -> str:
    """A specification as conda takes it on the command line; the name alone where it holds odd characters."""
    version, build = spec.version, spec.build
    if not _PLAIN.fullmatch(version + build) or (version in ("", "*") and not build):
        return spec.name
    if build or "|" in version:
        return f"{spec.name}[version='{version or '*'}'" + (f",build='{build}']" if build else "]")
    if version[0] in "<>=!~":
        return spec.name + version
    return f"{spec.name}={version}" if version.endswith("*") else f"{spec.name}=={version}"
