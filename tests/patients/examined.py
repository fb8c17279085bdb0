"""Reads the distributions layer of a patient, and sees to it that it survives JSON."""

from __future__ import annotations

import sys
from pathlib import Path

from doctor.collect import distributions, identity
from doctor.facts import Distribution, Distributions, Facts, serialise
from doctor.target.environment import Environment, Request

#: site-packages of the interpreter that runs the tests, relative to a prefix
SITE = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"


def examine(prefix: Path, **more: object) -> Distributions:
    """Read identity and distributions of a prefix."""
    request = Request(Environment(prefix, "venv"), home=prefix.parent / "home")._replace(**more)  # type: ignore[arg-type]
    facts = Facts(identity=identity.read(request, Facts()))
    found = distributions.read(request, facts)
    whole = facts._replace(distributions=found)
    assert serialise.load(serialise.dump(whole)) == whole, "facts survive JSON"
    return found


def only(found: Distributions, key: str) -> Distribution:
    """The one distribution of this key."""
    (dist,) = (dist for dist in found.installed if dist.key == key)
    return dist
