"""Makes tiny environments out of nothing, for the examples of checks and for tests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from doctor.facts import LAYERS, Facts
from doctor.facts.conda import Conda, CondaRecord
from doctor.facts.distributions import Distribution, Distributions
from doctor.facts.files import Files
from doctor.facts.identity import Base, Identity, Interpreter, SiteFolder

#: the moment at which all examples play: 2026-11-22 12:00 UTC
NOW = 1_795_348_800.0


def site_packages(python: str = "3.11.7") -> str:
    """The site-packages folder of a Linux environment, relative to its prefix."""
    return f"lib/python{'.'.join(python.split('.')[:2])}/site-packages"


def markers(python: str = "3.11.7") -> dict[str, str]:
    """The PEP 508 variables of a CPython on 64-bit Linux."""
    return {
        "implementation_name": "cpython",
        "implementation_version": python,
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": python,
        "python_version": ".".join(python.split(".")[:2]),
        "sys_platform": "linux",
    }


def distribution(
    name: str, version: str, *, files: Iterable[str] = (), python: str = "3.11.7", **more: Any
) -> Distribution:
    """A distribution installed by pip (unless said otherwise), its files given relative to site-packages.

    RECORD lists them with the dist-info's own; paths=None leaves it without a RECORD.
    """
    key = re.sub(r"[-_.]+", "-", name).lower()
    site = more.pop("site", site_packages(python))
    folder = more.pop("folder", f"{re.sub(r'[-_.]+', '_', name)}-{version}.dist-info")
    own = (f"{folder}/METADATA", f"{folder}/RECORD", f"{folder}/WHEEL", f"{folder}/INSTALLER")
    paths = tuple(f"{site}/{path}" for path in (*files, *own))
    filled: dict[str, Any] = {"installer": "pip", "pure": True, "paths": paths, "modified": NOW - 86_400.0} | more
    if filled["paths"] is not None and not filled.get("digests"):
        filled["digests"] = ("",) * len(filled["paths"])
    return Distribution(name=name, key=key, version=version, site=site, folder=folder, **filled)


def record(name: str, version: str, build: str = "h0_0", **more: Any) -> CondaRecord:
    """A conda record from conda-forge unless said otherwise; files relative to the prefix."""
    filled: dict[str, Any] = {
        "channel": "conda-forge",
        "subdir": "linux-64",
        "link": "hard",
        "installed": NOW - 172_800.0,
    }
    filled |= more
    channel = filled["channel"]
    host = "https://repo.anaconda.com" if str(channel).startswith("pkgs/") else "https://conda.anaconda.org"
    fn = f"{name}-{version}-{build}.conda"
    filled.setdefault("url", f"{host}/{channel}/{filled['subdir']}/{fn}")
    filled.setdefault("fn", fn)
    return CondaRecord(name=name, version=version, build=build, **filled)


def environment(
    *,
    kind: str = "venv",
    python: str = "3.11.7",
    distributions: Iterable[Distribution] = (),
    records: Iterable[CondaRecord] = (),
    missing: Iterable[str] = (),
    extra: Iterable[str] = (),
    identity: Mapping[str, Any] | None = None,
    conda: Mapping[str, Any] | None = None,
    installed: Mapping[str, Any] | None = None,
    **layers: Any,
) -> Facts:
    """Facts of a Linux environment in which every layer was read.

    All files of distributions and records are there but those missing (relative to the prefix), and extra ones
    are. identity, conda and installed replace fields of their layers (installed: of distributions); any other
    layer is given whole by its name.
    """
    dists, recs = tuple(distributions), tuple(records)
    is_conda = kind == "conda"
    who: dict[str, Any] = {
        "prefix": "~/miniforge3/envs/demo" if is_conda else "~/demo/.venv",
        "name": "demo",
        "kind": kind,
        "maker": "conda" if is_conda else "venv",
        "system": "linux",
        "architecture": "x86_64",
        "python": python,
        "abi": f"cp{''.join(python.split('.')[:2])}",
        "interpreter": Interpreter("bin/python", "" if is_conda else "/usr/bin/python3"),
        "base": None if is_conda else Base("/usr/bin", True, python),
        "site_folders": (SiteFolder(site_packages(python), "environment"),),
        "stdlib": f"lib/python{'.'.join(python.split('.')[:2])}" if is_conda else "/usr/lib/python3",
        "markers": markers(python),
    }
    there = {path for dist in dists for path in dist.paths or ()} | {path for rec in recs for path in rec.files}
    there |= {"conda-meta/history"} if is_conda else {"pyvenv.cfg", "bin/python"}
    there = (there | set(extra)) - set(missing)
    folders: dict[str, set[str]] = {}
    for path in there:
        folder, _, name = path.rpartition("/")
        folders.setdefault(folder, set()).add(name)
    about_conda: dict[str, Any] = {"present": is_conda, "records": recs}
    read: dict[str, Any] = {
        "identity": Identity(**(who | dict(identity or {}))),
        "distributions": Distributions(**({"installed": dists} | dict(installed or {}))),
        "conda": Conda(**(about_conda | dict(conda or {}))),
        "files": Files(folders={k: frozenset(v) for k, v in folders.items()}, entries=len(there)),
    }
    return Facts(**(read | layers), layers=tuple(LAYERS), now=NOW)
