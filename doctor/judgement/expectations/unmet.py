"""What of the project's own files is not met, each package once, and who tells of it; pure.

A package that is asked for, imported and not installed is one trouble. One or a few are told import by import; from
more on the environment was never filled from the file, and the file tells of all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from doctor.facts import Facts, Specification
from doctor.judgement.expectations.belonging import belongs, speaking
from doctor.judgement.expectations.drifting import Drift, from_specification
from doctor.judgement.expectations.frozen import is_frozen
from doctor.judgement.expectations.roles import is_compiled
from doctor.judgement.missing_imports import missing_imports

#: missing packages that are told import by import
_FEW = 3


def unmet_files(facts: Facts, but: Collection[str] = ()) -> Iterator[tuple[Specification, list[Drift]]]:
    """The files that an environment follows with what of them is not met; but names, in lower case, are left out."""
    specs = speaking(facts)
    compiled = {spec.path for spec in specs if is_compiled(spec)}
    told: set[str] = set()
    for spec in specs:
        if is_frozen(spec, facts) or f"{spec.path.removesuffix('.in')}.txt" in compiled - {spec.path}:
            continue
        drifts = [drift for drift in from_specification(spec, facts) if drift.name.lower() not in but]
        drifts = [drift for drift in drifts if drift.found or drift.name not in told]
        told |= {drift.name for drift in drifts if not drift.found}
        if drifts:
            yield spec, drifts


def imported_in_vain(facts: Facts) -> frozenset[str]:
    """The packages that an unmet file asks for and that the project imports at once; empty where none is missing."""
    if not belongs(facts) or not facts.project.imports or facts.project.importable is None:
        return frozenset()
    lacking = {drift.name for _, drifts in unmet_files(facts) for drift in drifts if not drift.found}
    if not lacking:
        return frozenset()
    found = (each.asked[1].name for each in missing_imports(facts) if each.weight == "needed" and each.asked)
    return frozenset(lacking.intersection(found))


def is_told_by_file(in_vain: Collection[str]) -> bool:
    """Whether so many are missing that their file tells of them, and not each import."""
    return len(in_vain) > _FEW
