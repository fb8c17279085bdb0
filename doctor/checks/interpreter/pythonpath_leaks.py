"""PYTHONPATH or PYTHONHOME brings packages of another place into this environment.

## Why it matters
PYTHONPATH comes before everything that is installed, in every Python that is started. A line that was once added to
a shell file for one project makes all environments import that project's numpy, or packages compiled for another
Python version, which then fail with an `ImportError` about a missing C extension. PYTHONHOME replaces the standard
library itself.

## How it is found
The variables as they are once this environment is active. A folder is reported when it belongs to another Python
version, or when it holds distributions or modules that hide installed ones or the standard library; PYTHONHOME when
it names another Python. Copies of the same versions alone are a note. Folders of the project around the environment
are yours and stay unmentioned unless they hold another copy of an installed distribution.

## What the fix does
Unsets the variable whenever this environment is activated. Where a shell file sets it, file and line are shown, so
that the cause can be removed for good.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from doctor.facts import Base, DirectUrl, Distribution, Facts, Project, Settings, SiteFolder, Variable
from doctor.facts.build import distribution, environment, site_packages
from doctor.facts.units import several
from doctor.knowledge.foundations import ORDINARY_NAMES, SHARED_NAMESPACES
from doctor.knowledge.stdlib import ALWAYS_FIRST, SOMETIMES_FIRST, module_names
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, SetVariable, Severity, Tell

_OF_PYTHON = re.compile(
    r"(?:python(\d+\.\d+)t?/(?:site|dist)-packages|/python(\d)(\d+)/lib/site-packages)(?:/|$)", re.I
)


class Harm(NamedTuple):
    """What a place on the import path does to this environment."""

    summary: str
    seen: tuple[Evidence, ...]
    severity: Severity = Severity.WARNING


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each folder of PYTHONPATH that does harm, and one for a foreign PYTHONHOME."""
    path, home = facts.settings.variable("PYTHONPATH"), facts.settings.variable("PYTHONHOME")
    if path is not None and path.value:
        folders = _split(path.value, facts)
        for folder in folders:
            harm = _of_another(folder, facts) or _hides(folder, facts)
            if harm:
                yield _finding(path, folder, harm, len(folders) > 1, facts)
    if home is not None and home.value and not _own_home(home.value, facts):
        seen = Evidence(f"the value names {home.value}, this environment is {facts.identity.prefix}")
        harm = Harm("PYTHONHOME makes this environment use the standard library of another Python", (seen,))
        yield _finding(home, "PYTHONHOME", harm, False, facts)


def _split(value: str, facts: Facts) -> tuple[str, ...]:
    separator = ";" if facts.identity.system == "windows" else ":"
    parts = (part.strip().rstrip("/") for part in value.replace("\\", "/").split(separator))
    return tuple(dict.fromkeys(part for part in parts if part not in ("", ".") and "$" not in part))


def _of_another(folder: str, facts: Facts) -> Harm | None:
    named = _OF_PYTHON.search(folder)
    minor = facts.identity.python_minor
    found = (named[1] or f"{named[2]}.{named[3]}") if named else ""
    if not found or not minor or found == minor:
        return None
    seen = Evidence(f"the folder belongs to Python {found}", folder)
    return Harm(f"PYTHONPATH brings packages of Python {found} into this Python {minor}", (seen,))


def _hides(folder: str, facts: Facts) -> Harm | None:
    """What a folder of PYTHONPATH hides, or nothing."""
    sites = facts.identity.site_folders
    own = {site.path for site in sites if site.kind in ("environment", "base") and site.active}
    place = next((site for site in sites if site.kind == "pythonpath" and site.path.rstrip("/") == folder), None)
    if place is None:
        return None
    installed = [dist for dist in facts.distributions.installed if dist.site in own]
    hidden = {dist.key: dist for dist in reversed(installed) if not _is_local(dist)}
    ours = bool(facts.project.root) and f"{folder}/".startswith(f"{facts.project.root.rstrip('/')}/")
    seen: list[Evidence] = []
    alike: list[Evidence] = []
    for dist in facts.distributions.installed:
        if dist.site == place.path and dist.key in hidden and not (ours and dist.kind != "dist-info"):
            there = hidden[dist.key].version
            if dist.version == there:
                text = f"{dist.name} {dist.version} lies on PYTHONPATH as well"
                alike.append(Evidence(text, f"{dist.site}/{dist.folder}"))
            else:
                text = f"{dist.name} {dist.version} on PYTHONPATH hides this environment's {there}"
                seen.append(Evidence(text, f"{dist.site}/{dist.folder}"))
    told = {dist.key for dist in facts.distributions.installed if dist.site == place.path}
    if not ours:
        names = set(place.names) - ORDINARY_NAMES - SHARED_NAMESPACES
        for dist in hidden.values():
            if dist.key not in told:
                shared = sorted(names.intersection(dist.top_level))
                its = f"hides this environment's {dist.name} {dist.version}"
                seen += [Evidence(f"Another {name} on PYTHONPATH {its}", f"{folder}/{name}") for name in shared]
        library = module_names(facts.identity.python_minor) - ALWAYS_FIRST - SOMETIMES_FIRST
        library &= names
        of_library = "on PYTHONPATH hides the standard library's"
        seen += [Evidence(f"A module named {name} {of_library}", f"{folder}/{name}") for name in sorted(library)]
    if not seen:
        return _same(alike) if alike else None
    first = seen[0].text
    return Harm(first if len(seen) == 1 else f"{first}, and {len(seen) - 1} more are hidden", tuple(seen[:10]))


def _same(alike: list[Evidence]) -> Harm:
    """Copies of the same versions change nothing until one side is upgraded."""
    what = f"{several(len(alike), 'package')} of this environment {'lies' if len(alike) == 1 else 'lie'}"
    return Harm(f"{what} on PYTHONPATH as well, in the same version", tuple(alike[:10]), Severity.NOTE)


def _is_local(dist: Distribution) -> bool:
    """Whether it was installed from a folder, as the user's own packages are."""
    return dist.kind == "egg-link" or (dist.direct_url is not None and dist.direct_url.url.startswith("file:"))


def _own_home(value: str, facts: Facts) -> bool:
    identity = facts.identity
    home = _split(value, facts)[:1]
    base = identity.base.home.replace("\\", "/").rstrip("/") if identity.base else ""
    known = (identity.prefix.rstrip("/"), base, base.rpartition("/")[0])
    return not home or any(home[0].casefold() == place.casefold() for place in known if place)


def _finding(variable: Variable, subject: str, harm: Harm, others: bool, facts: Facts) -> Finding:
    where = facts.settings.shell_source(variable.name) if variable.source == "$" else variable
    place = where.source if where else f"${variable.name}"
    line = where.line if where else 0
    told = f"line {line} of {where.source}" if where and line else place if where else "the place that sets it"
    return Finding(
        harm.severity,
        subject,
        harm.summary[:100].rstrip("."),
        (
            *harm.seen,
            Evidence(f"{variable.name}={variable.value}"[:300], place, line),
        ),
        (),
        (
            Remedy(
                f"Unset {variable.name} whenever this environment is activated",
                Safety.CAREFUL,
                (SetVariable(variable.name, ""),),
                "The other folders in it are gone from the import path, too." if others else "",
            ),
            Remedy(
                "Remove the cause",
                Safety.MANUAL,
                (Tell(f"Take {subject} out of {told}, then open a new terminal."),),
            ),
        ),
    )


def examples() -> Iterator[Example]:
    """Another Python's folder, hidden packages and modules, PYTHONHOME; and what may well be on PYTHONPATH."""
    numpy = distribution("numpy", "2.1.0", files=("numpy/__init__.py",), top_level=("numpy",))

    def patient(value: str, *, names: tuple[str, ...] = (), name: str = "PYTHONPATH", **more: object) -> Facts:
        kinds = (SiteFolder(value, "pythonpath", names=names), SiteFolder(site_packages(), "environment"))
        shell = (Variable(name, value, "~/.bashrc", 12),)
        parts = {
            "distributions": (numpy,),
            "identity": {"site_folders": kinds},
            "settings": Settings(variables=(Variable(name, value),), shell=shell),
        }
        return environment(**(parts | more))  # type: ignore[arg-type]

    other = "/opt/tool/lib/python3.8/site-packages"
    yield Example("another Python's packages", patient(other), (other,), Severity.WARNING)
    old = distribution("numpy", "1.26.4", site="/data/libs")
    yield Example("an older numpy", patient("/data/libs", distributions=(old, numpy)), ("/data/libs",))
    same = old._replace(version="2.1.0")
    yield Example("the same numpy", patient("/data/libs", distributions=(same, numpy)), ("/data/libs",), Severity.NOTE)
    yield Example("a bare numpy folder", patient("/data/libs", names=("numpy",)), ("/data/libs",))
    yield Example("a module named random", patient("/data/scripts", names=("random",)), ("/data/scripts",))
    yield Example("PYTHONHOME of another Python", patient("/opt/python3.9", name="PYTHONHOME"), ("PYTHONHOME",))
    script = Settings(activation=(Variable("PYTHONPATH", other, "etc/conda/activate.d/tool.sh", 3),))
    yield Example("set by an activation script", patient(other, settings=script), (other,))
    yield Example("modules of one's own", patient("/data/scripts", names=("mylab", "plots", "utils", "time")))
    project = Project(present=True, root="~/demo")
    yield Example("the project's own folder", patient("~/demo/src", names=("numpy",), project=project))
    code = distribution("demo", "1.1", site="~/demo/src", folder="demo.egg-info", kind="egg-info")
    built = (code, distribution("demo", "1.0", top_level=("demo",)))
    yield Example("a project that is also installed", patient("~/demo/src", distributions=built, project=project))
    in_place = numpy._replace(direct_url=DirectUrl("file:///data/numpy", editable=True))
    source = patient("/data/numpy", names=("numpy",), distributions=(in_place,))
    yield Example("sources of a package installed in place", source)
    yield Example("another Python's name, same version", patient("/opt/ros/lib/python3.11/site-packages"))
    yield Example("nothing set", environment(distributions=(numpy,)))
    yield Example("an empty value", patient("", settings=Settings(variables=(Variable("PYTHONPATH", ""),))))
    later = (Variable("PYTHONPATH", other, "~/.bashrc", 3),)
    yield Example("set by a shell file, and not here", patient(other, settings=Settings(shell=later)))
    base = {"base": Base("/opt/python3.11/bin", True, "3.11.7")}
    yield Example("PYTHONHOME of the base", patient("/opt/python3.11", name="PYTHONHOME", identity=base))


CHECK = Check(
    "PYT002",
    "pythonpath-leaks",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("identity", "settings", "distributions"),
    optional=("project",),
)
