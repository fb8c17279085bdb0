"""Packages from the user's own folder win over those of this environment.

## Why it matters
`pip install --user`, or pip without permission to write, puts packages into a folder below the home directory
(`~/.local` on Linux). Every Python of that version reads it first, conda environments included. What is imported
is then not what the environment says: another numpy, or a package that no colleague has. It works on one account
and fails on the next.

## How it is found
The user's folder is on the import path of this environment, and a distribution in it comes before another copy in
the environment, or supplies one that packages of the environment require and the environment lacks. A virtual
environment without system packages never reads that folder, and nothing is said where PYTHONNOUSERSITE keeps it out.

## What the fix does
Sets PYTHONNOUSERSITE=1 whenever this environment is activated, so that it imports only its own packages, and first
installs those that it had borrowed. In a virtual environment, whose own packages come before the user's, a copy of
its own is enough. The user's folder is left as it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from doctor.facts import Distribution, Facts, Settings, SiteFolder, Variable
from doctor.facts.build import distribution, environment, site_packages
from doctor.knowledge.foundations import FOUNDATIONS, INSTALLERS
from doctor.knowledge.reinstall import torch_index
from doctor.model import (
    Check,
    Evidence,
    Example,
    Finding,
    Install,
    Remedy,
    Safety,
    SetVariable,
    Severity,
    Step,
    Tell,
)

SWITCH = "PYTHONNOUSERSITE"


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each package of the user's folder that the environment imports instead of its own."""
    places = {folder.path: n for n, folder in enumerate(facts.identity.site_folders) if folder.active}
    user = {folder.path for folder in facts.identity.site_folders if folder.active and folder.kind == "user"}
    switch = facts.settings.variable(SWITCH)
    if not user or (switch is not None and switch.value):
        return
    copies: dict[str, list[Distribution]] = defaultdict(list)
    for dist in sorted(facts.distributions.installed, key=lambda dist: places.get(dist.site, 0)):
        if dist.site in places:
            copies[dist.key].append(dist)
    for key, dists in sorted(copies.items()):
        winner, hidden = dists[0], [dist for dist in dists if dist.site not in user]
        if winner.site not in user:
            continue
        if hidden:
            yield _shadow(winner, hidden[0], facts)
        elif facts.identity.kind in ("venv", "conda"):
            askers = [name for name in copies if name != key and _asks(copies[name][0], key, user, facts)]
            if askers:
                yield _borrowed(winner, sorted(askers), facts)


def _asks(dist: Distribution, key: str, user: set[str], facts: Facts) -> bool:
    """Whether a distribution of the environment requires another one here, extras apart."""
    if dist.site in user or not any(_may_name(line, key) for line in dist.requires):
        return False
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    for line in dist.requires:
        if not _may_name(line, key):
            continue
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        here = {**facts.identity.markers, "extra": ""}
        if canonicalize_name(requirement.name) == key and (not requirement.marker or requirement.marker.evaluate(here)):
            return True
    return False


def _may_name(line: str, key: str) -> bool:
    return line.lower().replace("_", "-").replace(".", "-").startswith(key)


def _shadow(winner: Distribution, hidden: Distribution, facts: Facts) -> Finding:
    other = winner.version != hidden.version
    grave = (other or winner.native or winner.key in FOUNDATIONS) and winner.key not in INSTALLERS
    kept_apart = facts.identity.kind in ("venv", "conda")
    what = f"{winner.name} {winner.version}" if other else winner.name
    copy = hidden.version if other else "copy"
    return Finding(
        Severity.ERROR if grave and kept_apart else Severity.WARNING,
        winner.key,
        f"{what} from the user's own folder hides this environment's {copy}"[:100].rstrip("."),
        (
            Evidence(f"imported: {winner.name} {winner.version}", f"{winner.site}/{winner.folder}"),
            Evidence(f"hidden: {hidden.name} {hidden.version}", f"{hidden.site}/{hidden.folder}"),
            Evidence(f"{SWITCH} is not set, so the user's folder comes first"),
        ),
        (winner.key,),
        (*_kept_apart(hidden, facts), _take_away(winner)) if kept_apart else (_take_away(winner),),
    )


def _kept_apart(hidden: Distribution, facts: Facts) -> Iterator[Remedy]:
    """What wins over the user's folder: a virtual environment's own packages do, a conda environment's do not."""
    if facts.identity.kind == "venv":
        yield Remedy(
            f"Install {hidden.name} {hidden.version} into this environment, whose own packages come first",
            Safety.CAREFUL,
            (_own_copy(hidden),),
            "with all that it requires, as the environment's own copies",
        )
    yield _keep_out(())


def _own_copy(dist: Distribution) -> Install:
    """Install by force, as pip counts what it finds in the user's folder as installed."""
    return Install("pip", (f"{dist.key}=={dist.version}",), force=True, index_url=torch_index(dist.version))


def _borrowed(winner: Distribution, askers: list[str], facts: Facts) -> Finding:
    remedies = []
    if facts.identity.kind == "venv":
        title = f"Install {winner.name} {winner.version} here"
        remedies.append(Remedy(title, Safety.CAREFUL, (_own_copy(winner),), "with all that it requires"))
    conda = facts.identity.kind == "conda" and winner.native
    install = (
        Install("conda", (f"{winner.key}={winner.version}",))
        if conda
        else _own_copy(winner)._replace(dependencies=False)
    )
    return Finding(
        Severity.WARNING,
        winner.key,
        f"{winner.name} is missing here and comes from the user's own folder"[:100],
        (
            Evidence(f"imported: {winner.name} {winner.version}", f"{winner.site}/{winner.folder}"),
            Evidence(f"required by {', '.join(askers[:5])}{' and others' if len(askers) > 5 else ''}"),
        ),
        (winner.key,),
        (*remedies, _keep_out((install,))),
    )


def _keep_out(before: tuple[Step, ...]) -> Remedy:
    return Remedy(
        "Install it here, then keep the user's folder out"
        if before
        else "Keep the user's folder out of this environment",
        Safety.CAREFUL,
        (*before, SetVariable(SWITCH, "1")),
        "Counts for shells and notebooks that start with this environment activated; whatever else was taken from "
        "the user's folder has to be installed here.",
    )


def _take_away(winner: Distribution) -> Remedy:
    return Remedy(
        f"Take {winner.name} out of the user's folder",
        Safety.MANUAL,
        (
            Tell(
                f"pip removes the copy that is imported, which is the one in {winner.site}. Every other environment "
                "of this Python version loses it, too.",
                ("python", "-m", "pip", "uninstall", winner.key),
            ),
        ),
    )


def examples() -> Iterator[Example]:
    """Another version, the same version, a borrowed package; and all that keeps the folder out."""
    home = "~/.local/lib/python3.11/site-packages"
    reads = {"site_folders": (SiteFolder(home, "user"), SiteFolder(site_packages(), "environment"))}
    numpy = distribution("numpy", "1.26.4", files=("numpy/core.so",), pure=False)
    stray = numpy._replace(version="2.1.0", site=home, folder="numpy-2.1.0.dist-info")
    both = (stray, numpy)
    error, warning = Severity.ERROR, Severity.WARNING
    yield Example(
        "another numpy wins", environment(kind="conda", distributions=both, identity=reads), ("numpy",), error
    )
    same = numpy._replace(site=home)
    native = environment(kind="conda", distributions=(same, numpy), identity=reads)
    yield Example("the same version, built by someone else", native, ("numpy",), error)
    pure = (distribution("tqdm", "4.66.0", site=home), distribution("tqdm", "4.66.0"))
    yield Example("a pure twin", environment(kind="conda", distributions=pure, identity=reads), ("tqdm",), warning)
    pips = (distribution("pip", "26.3", site=home), distribution("pip", "24.0"))
    yield Example("a newer pip", environment(kind="conda", distributions=pips, identity=reads), ("pip",), warning)
    pandas = distribution("pandas", "2.2.3", requires=("numpy>=1.26", 'tqdm; extra == "all"'))
    borrowed = environment(kind="conda", distributions=(stray, pure[0], pandas), identity=reads)
    yield Example("a borrowed numpy", borrowed, ("numpy",), warning)
    system = environment(kind="system", distributions=both, identity=reads)
    yield Example("the system's Python, whose users have no other place", system, ("numpy",), warning)
    lone = environment(kind="conda", distributions=(pure[0], pandas, numpy), identity=reads)
    yield Example("a tool that nothing here requires", lone)
    off = {"site_folders": (SiteFolder(home, "user", active=False), SiteFolder(site_packages(), "environment"))}
    yield Example("a venv without system packages", environment(distributions=both, identity=off))
    for source, settings in (
        ("the shell", Settings(variables=(Variable(SWITCH, "1"),))),
        ("its activation", Settings(activation=(Variable(SWITCH, "1", "conda-meta/state"),))),
    ):
        kept = environment(kind="conda", distributions=both, identity=reads, settings=settings)
        yield Example(f"kept out by {source}", kept)
    base = "/usr/lib/python3/dist-packages"
    order = (SiteFolder(site_packages(), "environment"), SiteFolder(home, "user"), SiteFolder(base, "base"))
    shared = environment(distributions=both, identity={"site_folders": order, "system_site": True})
    yield Example("a venv with system packages, whose own come first", shared)
    theirs = (stray, numpy._replace(site=base))
    hides = environment(distributions=theirs, identity={"site_folders": order, "system_site": True})
    yield Example("a venv with system packages that uses the system's numpy", hides, ("numpy",), error)


CHECK = Check(
    "PYT001",
    "user-site-shadows",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("identity", "distributions"),
    optional=("settings",),
)
