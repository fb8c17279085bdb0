"""Ways to repair packages whose native libraries do not fit: what checks of native libraries share; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from doctor.facts import CondaRecord, Distribution, Facts
from doctor.judgement.owners import package_of
from doctor.knowledge.cuda_stack import LIBRARY
from doctor.knowledge.reinstall import reinstalled, safety_of, same_package, taken_away
from doctor.knowledge.system_libraries import BROUGHT_BY
from doctor.model import Install, Remedy, Safety, Step, Tell


def label(facts: Facts, owner: str) -> str:
    """A package with its version, as people say it: numpy 2.2.6, conda's libblas 3.9.0; empty for no package."""
    package = package_of(facts, owner)
    if package is None:
        return ""
    return f"{'conda' + chr(39) + 's ' if isinstance(package, CondaRecord) else ''}{package.name} {package.version}"


def bare(owner: str) -> str:
    """An owner's own name: conda:numpy is numpy."""
    return owner.removeprefix("conda:")


def again(facts: Facts, owner: str) -> Remedy | None:
    """Install exactly the same version once more, and nothing else."""
    package = package_of(facts, owner)
    if isinstance(package, CondaRecord):
        step = same_package(package)
        title = f"Link exactly {package.name} {package.version}, build {package.build}, again"
        return Remedy(title, Safety.CAREFUL, (step,))
    if isinstance(package, Distribution):
        steps = reinstalled(package)
        return Remedy(
            f"Install exactly {package.name} {package.version} again and nothing else", safety_of(steps), steps
        )
    return None


def from_conda(facts: Facts, specs: tuple[str, ...], title: str, trade_off: str = "") -> Remedy:
    """Install packages from the channel that most of a conda environment came from."""
    counted = Counter(record.channel for record in facts.conda.records if record.channel)
    channels = (counted.most_common(1)[0][0],) if counted else ()
    return Remedy(title, Safety.CAREFUL, (Install("conda", specs, channels=channels),), trade_off)


def from_system(names: Sequence[str]) -> Remedy:
    """Tell which of the operating system's packages bring libraries."""
    known = [BROUGHT_BY[name] for name in names if name in BROUGHT_BY]
    debian = tuple(dict.fromkeys(row.debian for row in known if row.debian))
    fedora = tuple(dict.fromkeys(row.fedora for row in known if row.fedora))
    cuda = [name for name in names if LIBRARY.fullmatch(name)]
    unknown = [name for name in names if name not in BROUGHT_BY and name not in cuda]
    steps: list[Step] = []
    if debian:
        steps.append(Tell("On Debian and Ubuntu, as administrator:", ("sudo", "apt-get", "install", *debian)))
    if fedora:
        steps.append(Tell("On Fedora, RHEL and Rocky, as administrator:", ("sudo", "dnf", "install", *fedora)))
    if cuda:
        text = f"{', '.join(cuda[:3])}: from NVIDIA's CUDA, as wheels (nvidia-...), by conda or by the system"
        steps.append(Tell(f"{text}. Take the release of CUDA that the package's documentation names."))
    for name in unknown[:3]:
        text = f"Find the system's package that brings {name}: on Debian and Ubuntu with apt-file, on Fedora with:"
        steps.append(Tell(text, ("dnf", "provides", f"*/{name}")))
    title = "Let the operating system bring what is missing"
    if len(cuda) == len(names):
        title = "Install the CUDA libraries that it was built with"
    return Remedy(title, Safety.MANUAL, tuple(steps))


def twin(dist: Distribution, name: str, version: str = "", extra: str = "") -> Remedy:
    """Put another distribution of the same import in a distribution's place."""
    spec = f"{name}{extra}=={version or dist.version}"
    step = Install("pip", (spec,), force=True, dependencies=bool(extra))
    return Remedy(f"Put {spec} in the place of {dist.name}", Safety.CAREFUL, (*taken_away(dist), step))
