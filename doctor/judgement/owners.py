"""Says which package put a native library where it is, by what installers recorded."""

from __future__ import annotations

from collections.abc import Mapping

from doctor.facts import CondaRecord, Distribution, Facts
from doctor.judgement.shared_paths import is_native


def owner_of(facts: Facts) -> Mapping[str, str]:
    """Path of a native library -> its owner: a distribution's key, or conda:NAME; what nobody recorded is not in it.

    Where a conda package and a distribution recorded the same path, pip wrote it last.
    """
    owners: dict[str, str] = {}
    described: set[str] = set()  # metadata folders that came with a conda package
    for record in facts.conda.records:
        name = f"conda:{record.name}"
        for path in record.files:
            if is_native(path):
                owners[path] = name
            elif path.endswith("-info/METADATA"):
                described.add(path.rpartition("/")[0])
    for dist in sorted(facts.distributions.installed, key=lambda dist: dist.modified):
        if dist.site.startswith(("/", "~")):
            continue
        if f"{dist.site}/{dist.folder}" in described and dist.installer in ("conda", ""):
            continue
        for path in dist.paths or ():
            if is_native(path):
                owners[path] = dist.key
    return owners


def package_of(facts: Facts, owner: str) -> Distribution | CondaRecord | None:
    """The package that an owner's name stands for."""
    if owner.startswith("conda:"):
        return facts.conda.record(owner.removeprefix("conda:"))
    return next((dist for dist in facts.distributions.installed if dist.key == owner), None) if owner else None


def named(facts: Facts, owner: str) -> str:
    """An owner as people say it, with its version: scipy 1.17.0, conda package libblas 3.9.0."""
    package = package_of(facts, owner)
    if isinstance(package, CondaRecord):
        return f"conda package {package.name} {package.version}"
    if package is not None:
        return f"{package.name} {package.version}"
    return "no package"
