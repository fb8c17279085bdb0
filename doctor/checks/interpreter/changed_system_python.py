"""Packages from pip lie in the Python that the operating system needs for itself.

## Why it matters
Parts of the system are written in Python and expect the versions that its package manager brought. A newer
package from pip comes first on their import path, too: tools such as apt, dnf or the desktop's own can stop
working, and the next system update overwrites what pip wrote. Since PEP 668 pip refuses this. The often repeated
advice to add `--break-system-packages`, or to delete the EXTERNALLY-MANAGED file, only switches that warning off.

## How it is found
The environment is the system's Python: it is marked as externally managed or has Debian's dist-packages folder. In
it lie distributions that pip or uv says it installed. pip, setuptools and wheel alone are a note. The user's own
folder and virtual environments are not counted.

## What the fix does
Writes down what pip installed, so that a virtual environment can be filled with it. Removing it from the system is
left to you, as it needs the administrator.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from doctor.facts import DirectUrl, Distribution, Facts, SiteFolder
from doctor.facts.build import distribution, environment
from doctor.knowledge.foundations import INSTALLERS
from doctor.model import Check, Evidence, Example, Export, Finding, Remedy, Safety, Severity, Tell

_BY = ("pip", "uv")


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each folder of the system's Python that pip wrote into."""
    identity = facts.identity
    own = {folder.path for folder in identity.site_folders if folder.kind in ("environment", "base")}
    managed = bool(identity.externally_managed) or any("dist-packages" in path for path in own)
    if identity.kind != "system" or not managed:
        return
    changed: dict[str, list[Distribution]] = defaultdict(list)
    for dist in facts.distributions.installed:
        if dist.site in own and dist.installer in _BY and not _built_elsewhere(dist):
            changed[dist.site].append(dist)
    theirs = {dist.key: dist for dist in facts.distributions.installed if dist.installer not in _BY}
    for site, dists in sorted(changed.items()):
        yield _finding(site, dists, theirs, facts)


def _built_elsewhere(dist: Distribution) -> bool:
    """Whether a package manager had pip build it from a folder that is gone, as Homebrew's formulas do."""
    url = dist.direct_url
    return url is not None and not url.editable and not url.target_exists and url.url.startswith("file:")


def _finding(site: str, dists: list[Distribution], theirs: dict[str, Distribution], facts: Facts) -> Finding:
    dists = sorted(dists, key=lambda dist: (dist.key not in theirs, dist.key))
    tools_only = all(dist.key in INSTALLERS for dist in dists)
    seen = []
    for dist in dists[:8]:
        hides = theirs.get(dist.key)
        text = f"{dist.name} {dist.version}, installed by {dist.installer}"
        seen.append(
            Evidence(f"{text}, beside the system's {hides.version}" if hides else text, f"{site}/{dist.folder}")
        )
    if facts.identity.externally_managed:
        seen.append(Evidence("marked as externally managed", facts.identity.externally_managed))
    names = tuple(sorted(dist.key for dist in dists if tools_only or dist.key not in INSTALLERS))
    many = f"{len(dists)} packages" if len(dists) > 1 else dists[0].name
    python = facts.identity.interpreter.path.rpartition("/")[2] if facts.identity.interpreter else "python3"
    python = python if python.startswith("python") else "python3"
    return Finding(
        Severity.NOTE if tools_only else Severity.WARNING,
        site,
        f"pip put {many} into the operating system's Python"[:100].rstrip("."),
        tuple(seen),
        names,
        (
            Remedy("Write down what pip installed", Safety.SAFE, (Export(("requirements",)),)),
            Remedy(
                "Move these packages to a virtual environment",
                Safety.MANUAL,
                (
                    Tell("Make an environment of your own.", (python, "-m", "venv", ".venv")),
                    Tell("Install the packages there.", (".venv/bin/python", "-m", "pip", "install", *_specs(dists))),
                    Tell(
                        "Then take them out of the system, as administrator. This, once, is what the switch is for.",
                        ("sudo", python, "-m", "pip", "uninstall", "--break-system-packages", *names),
                    ),
                ),
            ),
        ),
    )


def _specs(dists: list[Distribution]) -> tuple[str, ...]:
    return tuple(sorted(f"{dist.key}=={dist.version}" for dist in dists if dist.key not in INSTALLERS)) or ("pip",)


def examples() -> Iterator[Example]:
    """Packages in Debian's Python, in a marked one, pip alone; and all Pythons that may be filled."""
    debian, local = "/usr/lib/python3/dist-packages", "local/lib/python3.11/dist-packages"
    folders = (SiteFolder(local, "environment"), SiteFolder(debian, "environment"))
    system = {"prefix": "/usr", "site_folders": folders, "base": None}
    marked = system | {"externally_managed": "/usr/lib/python3.11/EXTERNALLY-MANAGED"}
    ours = distribution("requests", "2.34.2", site=local)
    theirs = distribution("requests", "2.28.1", site=debian, installer="", folder="requests-2.28.1.egg-info")
    pip = distribution("pip", "26.3", site=local)
    warning, note = Severity.WARNING, Severity.NOTE
    both = environment(kind="system", identity=marked, distributions=(ours, theirs))
    yield Example("pip in a marked Python", both, (local,), warning)
    yield Example(
        "Debian of before", environment(kind="system", identity=system, distributions=(ours,)), (local,), warning
    )
    fedora = {"prefix": "/usr", "base": None, "externally_managed": "/usr/lib64/python3.11/EXTERNALLY-MANAGED"}
    site = "lib/python3.11/site-packages"
    by_uv = distribution("polars", "2.1.0", installer="uv")
    yield Example("uv in Fedora's Python", environment(kind="system", identity=fedora, distributions=(by_uv,)), (site,))
    yield Example(
        "a newer pip alone", environment(kind="system", identity=marked, distributions=(pip,)), (local,), note
    )
    yield Example("as the system made it", environment(kind="system", identity=marked, distributions=(theirs,)))
    by_rpm = distribution("requests", "2.28.1", installer="rpm")
    yield Example("from the system's packages", environment(kind="system", identity=fedora, distributions=(by_rpm,)))
    home = "~/.local/lib/python3.11/site-packages"
    user = marked | {"site_folders": (SiteFolder(home, "user"), *folders)}
    lone = distribution("black", "25.1", site=home)
    yield Example("in the user's own folder", environment(kind="system", identity=user, distributions=(lone,)))
    image = {"prefix": "/usr/local", "base": None}
    yield Example(
        "a container's own Python, unmanaged", environment(kind="system", identity=image, distributions=(by_uv,))
    )
    formula = distribution("numpy", "2.4", direct_url=DirectUrl("file:///private/tmp/numpy", target_exists=False))
    yield Example("built by Homebrew", environment(kind="system", identity=fedora, distributions=(formula,)))
    yield Example("a virtual environment", environment(distributions=(by_uv,)))


CHECK = Check(
    "PYT011",
    "changed-system-python",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("identity", "distributions"),
)
