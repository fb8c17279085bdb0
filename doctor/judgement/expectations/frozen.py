"""Specifications that were written from what was installed: pip freeze, conda env export, conda list --export."""

from __future__ import annotations

import re

from doctor.facts import Asked, Facts, Specification
from doctor.judgement.expectations.ranges import exact
from doctor.judgement.expectations.roles import is_compiled
from doctor.judgement.requirements import parse

#: entries below which a list of exact versions may well be written by hand
_FEWEST = 8
#: packages that others need, from which on a list that holds nearly all of them was not written by hand
_NEEDED = 5
_NEARLY_ALL = 0.9
#: a build as build tools number them: h64a7726_0, py311h64a7726_0, py39_0, 0
_BUILD = re.compile(r"(?:.*_)?\d+|py\d+.*|h[0-9a-f]{7,}.*", re.IGNORECASE)


def is_frozen(spec: Specification, facts: Facts) -> bool:
    """Whether a file lists all that was installed, each at its version, and not only what was asked for."""
    if is_compiled(spec) or spec.kind not in ("requirements", "environment.yml"):
        return False
    entries = [asked for asked in spec.asked if asked.manager == "conda" or not asked.url]
    if len(entries) < _FEWEST or not all(exact(each.specifier, each.manager) for each in entries):
        return False
    if spec.kind == "environment.yml":
        return bool(spec.prefix) or len(exact_builds(spec)) * 2 > len(entries)
    return _holds_what_it_needs({asked.name for asked in entries}, facts)


def exact_builds(spec: Specification) -> tuple[Asked, ...]:
    """The entries that name one build, which exists on one platform; patterns and words are wishes."""
    return tuple(
        asked
        for asked in spec.asked
        if asked.manager == "conda" and asked.build and "*" not in asked.build and _BUILD.fullmatch(asked.build)
    )


def _holds_what_it_needs(names: set[str], facts: Facts) -> bool:
    """Whether a list holds nearly all that its members need, as nobody writes by hand."""
    installed = {dist.key for dist in facts.distributions.installed}
    needed: set[str] = set()
    for dist in facts.distributions.installed:
        if dist.key in names:
            parsed = (parse(line) for line in dist.requires)
            needed |= {each.key for each in parsed if each and "extra" not in each.marker and each.key in installed}
    return len(needed) >= _NEEDED and len(needed & names) >= _NEARLY_ALL * len(needed)
