"""Says what a stand-in for an environment holds, so that a package manager can be asked without touching it.

For pip and uv: a virtual environment of the same Python that holds nothing but metadata written from the facts, so
that no start-up code of the environment runs. For conda's family: a prefix that holds nothing but records.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from doctor.facts import CondaRecord, Distribution, Facts
from doctor.fix.managers.programs import environment_python, real_path
from doctor.reading.files import JSON_LIMIT, Unfit, read_text
from doctor.target.environment import Request

_EXTRA = re.compile(r"""extra\s*==\s*['"]([\w.-]+)['"]""")
_NAME = re.compile(r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?", re.ASCII)
_SITE = re.compile(r"lib/(?:python|pypy)[\d.]+t?/site-packages")


class Held(NamedTuple):
    """A distribution as a package manager sees it."""

    name: str
    version: str
    requires: tuple[str, ...] = ()
    requires_python: str = ""
    installer: str = ""
    folders: frozenset[str] = frozenset()  #: of its metadata, relative to the prefix


def distributions_held(facts: Facts) -> dict[str, Held]:
    """What pip or uv finds installed, by key: of each distribution the first on the import path."""
    counted = {"environment"} | ({"base"} if facts.identity.system_site else set())
    sites = [folder.path for folder in facts.identity.site_folders if folder.kind in counted and folder.active]
    there = [dist for dist in facts.distributions.installed if dist.site in sites]
    found: dict[str, Held] = {}
    for dist in sorted(there, key=lambda dist: sites.index(dist.site)):
        path = f"{dist.site}/{dist.folder}"
        if dist.key in found:
            found[dist.key] = found[dist.key]._replace(folders=found[dist.key].folders | {path})
        else:
            found[dist.key] = _held(dist, path)
    return found


def python_texts(request: Request, facts: Facts, held: Iterable[Held]) -> tuple[dict[str, str], dict[str, Path]]:
    """The files and links of a virtual environment of the same base that seems to hold these distributions."""
    real = Path(os.path.realpath(environment_python(request, facts)))
    base = facts.identity.base
    home = real_path(base.home, request.home) if base and base.exists and base.home else real.parent
    texts = {"pyvenv.cfg": f"home = {home}\ninclude-system-site-packages = false\n"}
    site = site_of(facts)
    for dist in filter(_is_sound, held):
        stem = f"{re.sub(r'[^A-Za-z0-9]+', '_', dist.name)}-{re.sub(r'[^A-Za-z0-9.!+_]', '_', dist.version)}"
        info = f"{site}/{stem}.dist-info"
        texts[f"{info}/METADATA"] = _metadata(dist)
        texts[f"{info}/INSTALLER"] = "pip\n"
        texts[f"{info}/RECORD"] = ""
    texts.setdefault(f"{site}/README.txt", "")
    return texts, {"bin/python": real}


def site_of(facts: Facts) -> str:
    """The site-packages folder of the stand-in."""
    own = (folder.path for folder in facts.identity.site_folders if folder.kind == "environment")
    fitting = (path for path in own if _SITE.fullmatch(path))
    return next(fitting, f"lib/python{facts.identity.python_minor}/site-packages")


def conda_texts(request: Request, records: Mapping[str, CondaRecord | Mapping[str, Any]]) -> dict[str, str]:
    """The files of a conda prefix that seems to hold these packages: as their records say, or as given."""
    prefix = request.environment.prefix
    texts = {"conda-meta/history": ""}
    for name in ("history", "pinned"):
        text = _text(prefix, f"conda-meta/{name}")
        if text:
            texts[f"conda-meta/{name}"] = text
    for record in records.values():
        if isinstance(record, CondaRecord):
            path = record_path(record)
            text = _text(prefix, path)
            if text:
                texts[path] = text
        else:
            stem = "-".join(str(record.get(part, "")) for part in ("name", "version", "build"))
            if re.fullmatch(r"[\w.+!~-]+", stem, re.ASCII):
                texts[f"conda-meta/{stem}.json"] = json.dumps({**record, "files": [], "paths_data": _NO_PATHS})
    return texts


_NO_PATHS = {"paths_version": 1, "paths": []}


def record_path(record: CondaRecord) -> str:
    """Where a package's record lies, relative to the prefix."""
    name = record.fn or record.dist
    for ending in (".json", ".conda", ".tar.bz2"):
        name = name.removesuffix(ending)
    return f"conda-meta/{name.replace('/', '_')}.json"


def _text(prefix: Path, path: str) -> str:
    try:
        return read_text(prefix / path, limit=JSON_LIMIT, within=prefix)
    except Unfit:
        return ""


def _held(dist: Distribution, path: str) -> Held:
    return Held(dist.name, dist.version, dist.requires, dist.requires_python, dist.installer, frozenset((path,)))


def _is_sound(dist: Held) -> bool:
    """Whether name and version are such that every package manager reads them."""
    return _NAME.fullmatch(dist.name) is not None and _parses(Version, dist.version)


def _parses(kind: Callable[[str], object], text: str) -> bool:
    try:
        kind(text)
    except ValueError:  # InvalidRequirement, InvalidVersion
        return False
    return True


def _metadata(dist: Held) -> str:
    extras = sorted({extra for line in dist.requires for extra in _EXTRA.findall(line)})
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {dist.name}",
        f"Version: {dist.version}",
        *([f"Requires-Python: {dist.requires_python}"] if _parses(SpecifierSet, dist.requires_python) else []),
        *(f"Provides-Extra: {extra}" for extra in extras),
        *(f"Requires-Dist: {line}" for line in dist.requires if _parses(Requirement, line)),
    ]
    return "".join(f"{' '.join(line.split())}\n" for line in lines)
