"""Whether one package should come from pip or from conda, in this environment."""

from __future__ import annotations

from typing import Literal, NamedTuple

from doctor.facts import Facts
from doctor.judgement.overlap import depend_name
from doctor.model import Install
from doctor.onboard.advice.packages import Package, package_of
from doctor.reading.python.metadata import normalise
from doctor.report.steps import command


class Origin(NamedTuple):
    """From where, and why."""

    package: Package
    manager: Literal["pip", "conda"]
    reasons: tuple[str, ...]
    command: str  #: to copy; empty where it is installed already
    installed: str = ""  #: by whom, and in which version, where it is there


def origin_of(name: str, facts: Facts) -> Origin:
    """Judge one name of PyPI or of conda-forge. Layers: identity; distributions and conda where they are there."""
    key = normalise(name)
    record = facts.conda.record(name.lower()) or next((r for r in facts.conda.records if r.name == key), None)
    dist = next((one for one in facts.distributions.installed if one.key == key), None)
    package = package_of(key, dist)
    manager, reasons = _judged(package, facts)
    by = f"{dist.installer or 'an unknown installer'}, {dist.version}" if dist else ""
    by = f"conda, {record.version} {record.build}" if record and not by else by
    spec = package.conda or key if manager == "conda" else key
    step = Install(manager, (spec,), channels=tuple(_channel(facts)) if manager == "conda" else ())
    return Origin(package, manager, tuple(reasons), "" if by else command(step, facts), by)


def _judged(package: Package, facts: Facts) -> tuple[Literal["pip", "conda"], list[str]]:
    if not facts.conda.present:
        reasons = ["this is no conda environment: pip or uv owns everything in it"]
        if package.wheel is False:
            reasons.append(
                f"{package.how}: it would be compiled here"
                + (f"; conda-forge has it built as {package.conda}" if package.conda else "")
            )
        return "pip", reasons
    if not package.conda:
        return "pip", ["conda-forge is not known to have it", *_with_care(package)]
    if package.nature == "pure":
        return "conda", [
            "pure Python: both are fine, and conda then knows of it when it solves",
            "pip is right where conda-forge lags behind a release that you need",
        ]
    reasons = [f"{package.how}: from conda it shares native libraries with the rest of this environment"]
    if package.shares:
        reasons.append(f"it must share {package.shares} with others, and a wheel brings a second copy")
    if package.tools:
        reasons.append(f"it needs {package.tools}, which conda brings along")
    needing = sorted(r.name for r in facts.conda.records if package.conda in {depend_name(one) for one in r.depends})
    if needing:
        shown = ", ".join(needing[:4]) + (", ..." if len(needing) > 4 else "")
        reasons.append(f"{shown} of conda need it: pip's copy would be one that conda does not know of")
    return "conda", reasons


def _with_care(package: Package) -> list[str]:
    if package.nature == "pure":
        return ["pure Python from pip is fine in a conda environment; write it into the file's pip section"]
    return ["install conda's packages first and pip's last; write it into the pip section of environment.yml"]


def _channel(facts: Facts) -> list[str]:
    """conda-forge, where the environment already comes from it; else what is configured decides."""
    return ["conda-forge"] if any(r.channel == "conda-forge" for r in facts.conda.records) else []
