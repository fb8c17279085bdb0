"""How much of a repository's expectations an environment meets, by its cheap facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from doctor.facts import Distribution, Facts
from doctor.judgement.dependencies import visible_distributions
from doctor.judgement.expectations.applying import holds
from doctor.judgement.expectations.expected import Expectation, Expectations, Met, Unlike
from doctor.judgement.expectations.ranges import Range, allows, as_pep440
from doctor.knowledge.conda_names import pypi_key


def meets(expectations: Expectations, facts: Facts) -> Met:
    """How much of it an environment meets (layers: identity, distributions, conda).

    Judged are Python's version, packages that are always needed, and the environment's name; a package that several
    places ask for counts once, as unlike where it is unlike for one of them.
    """
    met: dict[str, Expectation] = {}
    missing: dict[str, Expectation] = {}
    different: dict[str, Unlike] = {}
    installed = installed_versions(facts)
    for item in expectations.items:
        key = _key(item)
        if not key or not holds(item.marker, facts):
            continue
        found = _found(item, installed, facts)
        if found is None:
            if item.group != "constraints":
                missing.setdefault(key, item)
        elif _is_met(item, found):
            met.setdefault(key, item)
        else:
            different.setdefault(key, Unlike(item, found))
    fine = tuple(item for key, item in met.items() if key not in missing and key not in different)
    lacking = tuple(item for key, item in missing.items() if key not in different)
    return Met(fine, lacking, tuple(different.values()))


def installed_versions(facts: Facts) -> Mapping[tuple[str, str], str]:
    """(manager, name) -> version; conda's packages by their own names, all with metadata by pip's."""
    found = {("conda", record.name): record.version for record in facts.conda.records}
    found |= {("pip", key): newest(copies).version for key, copies in visible_distributions(facts).items()}
    return found


def newest(copies: Sequence[Distribution]) -> Distribution:
    """Of several copies of one name in one folder the one that was installed last."""
    return max(copies, key=lambda dist: dist.modified)


def _key(item: Expectation) -> str:
    """What an expectation is counted as; empty for what is not judged."""
    if item.kind == "python" and item.value and item.strength != "hint":
        return "python"
    if item.kind == "package" and item.group in ("", "constraints"):
        return f"package {(pypi_key(item.name) or item.name) if item.manager == 'conda' else item.name}"
    if item.kind == "environment" and item.value != "editor":
        return "environment"
    return ""


def _found(item: Expectation, installed: Mapping[tuple[str, str], str], facts: Facts) -> str | None:
    if item.kind == "python":
        return facts.identity.python or None
    if item.kind == "environment":
        return facts.identity.name
    own = installed.get((item.manager or "pip", item.name))
    if own is None and item.manager == "conda":
        return installed.get(("pip", pypi_key(item.name))) if pypi_key(item.name) else None
    if own is None:  # conda's package without metadata of Python's
        records = (record for record in facts.conda.records if pypi_key(record.name) == item.name)
        return next((record.version for record in records), None)
    return own


def _is_met(item: Expectation, found: str) -> bool:
    if item.kind == "environment":
        name = item.name.rstrip("/").rpartition("/")[2]
        return found == name or found.startswith(f"{name} of ")
    if item.kind == "python":
        if found.count(".") < 2:  # 3.11 may be any of its releases
            return any(allows(Range(item.value), f"{found}{patch}") for patch in ("", *(f".{n}" for n in range(30))))
        return allows(Range(item.value), found) is not False
    if allows(Range(item.value, item.manager or "pip"), found) is not False:
        return True
    words = as_pep440(item.value) if item.manager == "conda" else ""
    return bool(words) and allows(Range(words), found) is True
