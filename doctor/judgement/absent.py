"""Which recorded files are gone, as far as one walk of the environment can tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from doctor.facts import Facts
from doctor.judgement.overlap import own_sites
from doctor.judgement.shared_paths import is_bytecode

#: kinds whose whole prefix is walked; of others only the site folders and the standard library are
_WALKED_WHOLE = ("venv", "conda", "pyenv", "standalone")

#: what installers write about themselves and tools may take away
_MARKS = frozenset(
    (
        "INSTALLER",
        "REQUESTED",
        "RECORD",
        "RECORD.jws",
        "RECORD.p7s",
        "direct_url.json",
        "uv_cache.json",
        "uv_build.json",
    )
)

#: in a wheel or conda package and of no use to a program that runs
_UNIMPORTED = re.compile(
    r"(?:^|/)(?:tests|idle_test)/|(?:^|/)python3\.\d+t?/test/"
    r"|\.(?:pyi|pxd|pyx|h|hh|hpp|hxx|cuh|a|la|md|rst|map|c|cc|cpp|cu|html|pc|cmake)$"
    r"|(?:^|/)share/(?:man|doc|info|gtk-doc|licenses)/|\.dist-info/licenses/"
    r"|/(?:LICEN[SC]E|COPYING|NOTICE|AUTHORS|README|CHANGES|CHANGELOG)[^/.]*(?:\.txt)?$",
    re.IGNORECASE,
)
#: changed by programs that keep their own house: npm, R's install.packages, jupyter lab build, caches
KEPT_BY_OTHERS = re.compile(
    r"(?:^|/)node_modules/|(?:^|/)R/library/|(?:^|/)share/jupyter/lab/(?:static|staging)/|^var/"
)
#: a wheel's own folder, which installers spread: uv records a script there whose place a program of its name took
_OF_A_WHEEL = re.compile(r"(?:^|/)[\w.]+-[^/]+\.data/(?:scripts|data|headers|purelib|platlib)/")

Lost = Literal["gone", "empty", "hollow"]  #: import fails; finds no code at all; finds code and no __init__.py

_NOTHING: frozenset[str] = frozenset()


def absent(paths: Iterable[str], facts: Facts) -> list[str]:
    """The recorded paths that are gone, without what cannot be told, was never there, is bytecode or a mere mark."""
    folders = facts.files.folders
    last, names = "\n", _NOTHING
    unseen = []
    for path in paths:
        folder, _, name = path.rpartition("/")
        if folder != last:
            last, names = folder, folders.get(folder, _NOTHING)
        if name not in names and path not in folders:
            unseen.append(path)
    if not unseen:
        return []
    folded = _folded(facts) if facts.identity.system in ("windows", "macos") else {}
    return [
        path
        for path in unseen
        if not _is_mark(path)
        and not is_bytecode(path)
        and not _OF_A_WHEEL.search(path)
        and _judged(path, facts)
        and path.rpartition("/")[2].lower() not in folded.get(path.rpartition("/")[0].lower(), ())
    ]


def unimported(path: str) -> bool:
    """Whether a file can go without harm to what is imported and run: tests, headers, documentation."""
    return _UNIMPORTED.search(path) is not None


def lost_packages(recorded: Sequence[str], gone: Sequence[str], facts: Facts) -> dict[str, Lost]:
    """Import packages whose __init__.py is gone, with what an import meets instead."""
    found: dict[str, Lost] = {}
    missing = set(gone)
    for site in sorted(own_sites(facts)):
        for path in gone:
            top, _, name = path.removeprefix(f"{site}/").partition("/")
            if name != "__init__.py" or not path.startswith(f"{site}/"):
                continue
            start = f"{site}/{top}/"
            code = [other for other in recorded if other.startswith(start) and other.endswith((".py", ".so", ".pyd"))]
            if not any(f"{folder}/".startswith(start) for folder in facts.files.folders):
                found[top] = "gone"
            else:
                found[top] = "empty" if missing.issuperset(code) else "hollow"
    return found


def _is_mark(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return name in _MARKS and folder.endswith((".dist-info", ".egg-info"))


def _judged(path: str, facts: Facts) -> bool:
    """Whether the walk went where this path would be."""
    files, identity = facts.files, facts.identity
    if path.startswith(("/", "~", "..")) or path[1:2] == ":" or "\ufffd" in path or KEPT_BY_OTHERS.search(path):
        return False
    if identity.is_conda_base and path.startswith(("pkgs/", "envs/")):
        return False
    for folder in _above(path):
        if folder in files.unreadable or folder in files.nested:
            return False
        above, _, name = folder.rpartition("/")
        if name in files.folders.get(above, _NOTHING):  # a link to a folder, which nobody walks
            return False
    if files.complete or path.rpartition("/")[0] in files.folders:
        return True
    if identity.kind in _WALKED_WHOLE:
        return False
    return any(path.startswith(f"{site.path}/") and site.path in files.folders for site in identity.site_folders)


def _above(path: str) -> Iterator[str]:
    end = path.rfind("/")
    while end > 0:
        yield path[:end]
        end = path.rfind("/", 0, end)


def _folded(facts: Facts) -> dict[str, set[str]]:
    """Names by folder in lower case, for file systems that do not tell them apart."""
    folded: dict[str, set[str]] = {}
    for folder, names in facts.files.folders.items():
        folded.setdefault(folder.lower(), set()).update(name.lower() for name in names)
    return folded
