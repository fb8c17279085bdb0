"""A package that is installed from a folder points to a folder that is gone.

## Why it matters
`pip install -e` leaves the code where it is and only notes its place. When that folder is moved, renamed or
deleted, pip still lists the package, and `import` fails with ModuleNotFoundError. A colleague who gets a copy of
the environment has never had the folder at all.

## How it is found
An editable distribution whose `direct_url.json` or egg-link names a folder that does not exist, or a `.pth` file
that adds one to the import path. Files of packages that an index delivers are left out: they may name optional
folders. A `.pth`
line that belongs to no installed package is a warning, since nobody can say what it was for.

## What the fix does
Uninstalls the package, or moves the dead `.pth` file aside, or takes the dead line out of one that is shared. If the
folder only moved, install it again from its new place.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from doctor.facts import DirectUrl, Distribution, Facts, SiteFolder, StartupFile
from doctor.facts.build import distribution, environment, site_packages
from doctor.knowledge.reinstall import safety_of, taken_away
from doctor.model import Check, Edit, Evidence, Example, Finding, Move, Remedy, Safety, Severity, Step, Tell

_EDITABLE = re.compile(r"__editable__\.(?P<name>.+?)-\d[^/]*\.pth$")
#: written by conda develop, which leaves no metadata of the package
_CONDA_DEVELOP = "conda.pth"


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each editable package without its folder, then one for each .pth to nowhere."""
    folders = facts.identity.site_folders
    sites = {folder.path for folder in folders if folder.active and folder.kind in ("environment", "user")}
    installed = [dist for dist in facts.distributions.installed if dist.site in sites]
    gone = {dist.key: dist for dist in installed if dist.direct_url and _is_gone(dist.direct_url)}
    dead = {file.path: file for file in facts.distributions.startup if _is_dead(file, sites)}
    owners = {path: dist for dist in installed for path in dead.keys() & set(dist.paths or ())} if dead else {}
    for path, file in sorted(dead.items()):
        owner = owners.get(path) or _by_name(file, installed)
        if owner is None:
            if not _belongs_to_any(file, gone):
                yield _stray(file)
        elif owner.direct_url is not None and owner.direct_url.editable:
            gone.setdefault(owner.key, owner)
    for _, dist in sorted(gone.items()):
        mine = [file for path, file in dead.items() if (owners.get(path) or _by_name(file, installed)) is dist]
        shared = [file for file in dead.values() if file not in mine and _belongs_to_any(file, gone)]
        yield _finding(dist, mine, shared)


def _is_gone(url: DirectUrl) -> bool:
    return url.editable and not url.target_exists


def _is_dead(file: StartupFile, sites: set[str]) -> bool:
    return file.kind == "pth" and posixpath.dirname(file.path) in sites and any(not there for *_, there in file.folders)


def _by_name(file: StartupFile, installed: list[Distribution]) -> Distribution | None:
    """The editable distribution that a .pth file is named for: __editable__.NAME-1.0.pth, _NAME.pth or NAME.pth."""
    base = posixpath.basename(file.path)
    named = _EDITABLE.match(base)
    name = named["name"] if named else base.removesuffix(".pth").removeprefix("_")
    key = re.sub(r"[-_.]+", "-", name).lower()
    return next((d for d in installed if d.key == key and d.direct_url is not None and d.direct_url.editable), None)


def _belongs_to_any(file: StartupFile, gone: dict[str, Distribution]) -> bool:
    """Whether all dead folders of a shared .pth are those of editable packages that are told anyway."""
    targets = [dist.direct_url.url.rstrip("/") for dist in gone.values() if dist.direct_url]
    dead = [folder.replace("\\", "/").rstrip("/") for _, folder, there in file.folders if not there]
    return all(any(target.endswith(folder) for target in targets) for folder in dead)


def _finding(dist: Distribution, files: list[StartupFile], shared: list[StartupFile]) -> Finding:
    where = f"{dist.site}/{dist.folder}"
    place = dist.direct_url.url if dist.direct_url else ""
    evidence = [Evidence(f"installed in place from {place}, which is gone", where)] if place else []
    for file in files:
        evidence += [
            Evidence(f"adds {folder}, which is gone", file.path, n) for n, folder, there in file.folders if not there
        ]
    uninstall = Remedy(f"Uninstall {dist.name}", Safety.CAREFUL, taken_away(dist))
    if dist.kind == "egg-link":  # without the folder's egg-info pip does not know the package
        steps = (Move((where,)), *(step for file in shared for step in _without_dead_lines(file)))
        safety = safety_of(steps) if _inside(where) else Safety.MANUAL
        uninstall = Remedy(f"Move {dist.folder} and its line on the import path aside", safety, steps)
    return Finding(
        Severity.ERROR,
        dist.key,
        f"{dist.name} is installed from a folder that is gone"[:100],
        tuple(evidence[:6]),
        (dist.key,),
        (uninstall, _again()),
    )


def _stray(file: StartupFile) -> Finding:
    dead = [(line, folder) for line, folder, there in file.folders if not there]
    base = posixpath.basename(file.path)
    lines = ", ".join(str(line) for line, _ in dead[:5])
    steps = _without_dead_lines(file)
    whole = isinstance(steps[0], Move)
    title = f"Move {base} aside" if whole else f"Take {'line' if len(dead) == 1 else 'lines'} {lines} out of {base}"
    remedy = Remedy(title, safety_of(steps) if _inside(file.path) else Safety.MANUAL, steps)
    return Finding(
        Severity.ERROR if base == _CONDA_DEVELOP else Severity.WARNING,
        file.path,
        f"{base} puts a folder on the import path that is gone"[:100],
        tuple(Evidence(f"adds {folder}, which is gone", file.path, line) for line, folder in dead[:6]),
        (),
        (remedy, _again()),
    )


def _without_dead_lines(file: StartupFile) -> tuple[Step, ...]:
    """Move a .pth aside that names nothing else than what is gone, or take the lines out that do."""
    dead = [line for line, _, there in file.folders if not there]
    if len(dead) == len(file.folders) and not file.code and _inside(file.path):
        return (Move((file.path,)),)
    texts = [file.written.get(str(line), "") for line in dead]
    if not all(texts) or len(set(texts)) < len(texts):
        return (Tell(f"Delete line {', '.join(map(str, dead[:5]))} of {file.path}."),)
    return tuple(Edit(file.path, f"{text}\n", "") for text in texts)


def _inside(path: str) -> bool:
    return not path.startswith(("/", "~")) and path[1:2] != ":"


def _again() -> Remedy:
    return Remedy(
        "Install it from its new place",
        Safety.MANUAL,
        (Tell("If the folder only moved, install it again.", ("python", "-m", "pip", "install", "-e", "PATH")),),
    )


def examples() -> Iterator[Example]:
    """Editable installs old and new whose folder is gone, dead .pth files; and all that is whole."""
    site = site_packages()
    pth = f"{site}/__editable__.mylab-1.0.pth"

    def editable(there: bool, **more: Any) -> Distribution:
        url = DirectUrl("file://~/code/mylab", editable=True, target_exists=there)
        return distribution("mylab", "1.0", files=("__editable__.mylab-1.0.pth",), direct_url=url, **more)

    def startup(path: str, *folders: tuple[int, str, bool]) -> dict[str, tuple[StartupFile, ...]]:
        return {"startup": (StartupFile(path, "pth", folders=folders),)}

    error, warning = Severity.ERROR, Severity.WARNING
    dead = startup(pth, (1, "~/code/mylab/src", False))
    gone = environment(distributions=(editable(False),), installed=dead)
    yield Example("its folder is gone", gone, ("mylab",), error)
    inner = environment(distributions=(editable(True),), installed=dead)
    yield Example("only its src folder is gone", inner, ("mylab",), error)
    link = editable(False, kind="egg-link", folder="mylab.egg-link", paths=None)
    shared = startup(f"{site}/easy-install.pth", (1, "~/code/mylab", False))
    yield Example("an egg-link", environment(distributions=(link,), installed=shared), ("mylab",), error)
    lost = environment(installed=shared)
    yield Example("a line of easy-install.pth that outlived its package", lost, (f"{site}/easy-install.pth",), warning)
    developed = environment(kind="conda", installed=startup(f"{site}/conda.pth", (1, "~/code/mylab", False)))
    yield Example("conda develop", developed, (f"{site}/conda.pth",), error)
    nobody = environment(installed=startup(f"{site}/extra.pth", (1, "/data/code", False)))
    yield Example("a .pth that nobody owns", nobody, (f"{site}/extra.pth",), warning)
    whole = environment(distributions=(editable(True),), installed=startup(pth, (1, "~/code/mylab/src", True)))
    yield Example("an editable package that is there", whole)
    wheel = DirectUrl("file://~/Downloads/mylab-1.0-py3-none-any.whl", target_exists=False)
    yield Example(
        "a wheel file that was deleted", environment(distributions=(distribution("mylab", "1.0", direct_url=wheel),))
    )
    optional = distribution("pywin32", "308", files=("pywin32.pth",))
    theirs = startup(f"{site}/pywin32.pth", (1, "win32/optional", False))
    yield Example("an optional folder of a wheel", environment(distributions=(optional,), installed=theirs))
    home = "~/.local/lib/python3.11/site-packages"
    off = {"site_folders": (SiteFolder(home, "user", active=False), SiteFolder(site, "environment"))}
    outside = startup(f"{home}/extra.pth", (1, "/data/code", False))
    yield Example("in a folder that is not read", environment(identity=off, installed=outside))


CHECK = Check(
    "PYT009",
    "missing-editable",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("identity", "distributions"),
)
