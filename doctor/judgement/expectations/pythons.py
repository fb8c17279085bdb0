"""Which of the Pythons that a project's files ask for the environment does not have: pure."""

from __future__ import annotations

import re

from doctor.facts import Facts
from doctor.judgement.expectations import expectations_of
from doctor.judgement.expectations.belonging import speaking
from doctor.judgement.expectations.expected import Expectation
from doctor.judgement.expectations.ranges import Range, in_common


def unmet_pythons(facts: Facts) -> list[Expectation]:
    """One wish of each file that excludes this Python; none where the project's metadata tells the same already."""
    here = Range(f"=={facts.identity.python_minor}.*")
    wishes: dict[str, list[Expectation]] = {}
    speaks = {spec.path for spec in speaking(facts)}
    for item in expectations_of(facts).of("python"):
        if item.value and item.strength != "hint" and (item.manager != "conda" or item.path in speaks):
            wishes.setdefault(item.path, []).append(item)
    unmet = [items[0] for items in wishes.values() if not any(in_common(Range(item.value), here) for item in items)]
    return [] if {item.path for item in unmet} <= _told_by_metadata(facts) else unmet


def _told_by_metadata(facts: Facts) -> set[str]:
    """The project's own files, where its installed metadata says which Python it needs: then that is told there."""
    name = facts.project.name
    if not any(name and dist.key == name and dist.requires_python for dist in facts.distributions.installed):
        return set()
    kinds = ("pyproject", "setup.cfg", "setup.py")
    return {spec.path for spec in facts.project.specifications if spec.kind in kinds}


def minor_of(specifier: str) -> str:
    """The one minor version that a specifier names: ==3.12.* or ==3.12.4."""
    found = re.fullmatch(r"(?:==|~=)(3\.\d+)(?:\.\*|\.\d+)?", specifier)
    return found[1] if found else ""
