"""Reads the distributions layer: what installers left in the site-packages folders, and what a start runs.

METADATA, RECORD and their neighbours of 458 distributions with 165,000 files take about a tenth of a second, so
loops here and below work on strings and open only what they must.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from doctor.collect.metadata_folders import SUFFIXES, Site, read_distribution
from doctor.collect.presence import real_path
from doctor.collect.scripts import read_other_pythons, read_scripts
from doctor.collect.startup import startup_of_site, startup_of_stdlib
from doctor.facts.distributions import Distribution, Distributions, Leftover, StartupFile, Unreadable
from doctor.reading.python.installed_files import Place
from doctor.target.environment import Request

if TYPE_CHECKING:
    from doctor.facts import Facts

#: entries of one site-packages folder that are looked at
ENTRY_LIMIT = 100_000


def read(request: Request, facts: Facts) -> Distributions:
    """Read every site folder of the environment, the user's inactive one included."""
    identity = facts.identity
    installed: list[Distribution] = []
    problems: list[Unreadable] = []
    leftovers: list[Leftover] = []
    startup: list[StartupFile] = []
    prefix = os.path.abspath(request.environment.prefix)  # noqa: PTH100 - a string
    prefixes = tuple(
        dict.fromkeys(path.replace(os.sep, "/").rstrip("/") for path in (prefix, os.path.realpath(prefix)))
    )
    seen: set[tuple[int, int]] = set()
    for folder in identity.site_folders:
        real = real_path(folder.path, request)
        try:
            status = os.stat(real)  # noqa: PTH116 - a string
        except (FileNotFoundError, ValueError):
            continue
        except OSError as error:
            problems.append(Unreadable(folder.path, (error.strerror or "cannot be read").lower()))
            continue
        if (status.st_dev, status.st_ino) in seen:  # lib64 that is lib
            continue
        seen.add((status.st_dev, status.st_ino))
        where = Place(folder.path, real.replace(os.sep, "/"), prefixes, identity.system == "windows")
        inside = real.startswith(prefix + os.sep)
        site = Site(folder, real, prefix if inside else real, where, identity, request, problems, leftovers)
        names = _names(site)
        installed += _installed(site, names)
        startup += startup_of_site(folder, names, identity, request, problems)
    if identity.stdlib:
        startup += startup_of_stdlib(identity, request, problems)
    others = dict(read_other_pythons(prefix, identity))
    return Distributions(
        tuple(installed),
        tuple(problems),
        tuple(leftovers),
        tuple(startup),
        tuple(read_scripts(prefix, identity, request)),
        tuple((folder, tuple(left)) for folder, left in others.items()),
        others,
    )


def _names(site: Site) -> list[str]:
    """The names in a site folder, in order."""
    names: list[str] = []
    try:
        with os.scandir(site.real) as entries:
            for entry in entries:
                names.append(entry.name)
                if len(names) >= ENTRY_LIMIT:
                    site.problems.append(Unreadable(site.folder.path, f"more than {ENTRY_LIMIT:,} entries"))
                    break
    except OSError as error:
        site.problems.append(Unreadable(site.folder.path, (error.strerror or "cannot be listed").lower()))
    names.sort()
    return names


def _installed(site: Site, names: list[str]) -> list[Distribution]:
    """Read what the names tell: distributions by key, and on the way what pip renamed and never removed."""
    found: list[Distribution] = []
    of = sum(name.endswith(SUFFIXES) for name in names)
    for name in names:
        if name[0] in "~-":  # pip renames what it is about to remove, and may die on the way
            if site.ours and len(name) > 1:
                site.leftovers.append(Leftover(site.shown(name), "renamed"))
        elif name.endswith(SUFFIXES):
            site.request.tell("distributions", len(found), of)
            dist = read_distribution(site, name)
            if dist is not None:
                found.append(dist)
    found.sort(key=lambda dist: (dist.key, dist.version, dist.folder))
    return found
