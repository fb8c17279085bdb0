"""The folders of installed packages on an environment's import path, in the order in which Python asks them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from doctor.facts.identity import SiteFolder
from doctor.reading.files import Unfit, read_json
from doctor.reading.rooted import exists, is_absolute, is_folder, names_in, place, real_folder
from doctor.target.layout import site_folders
from doctor.target.running import TargetPython

#: bytes of conda-meta/state
_STATE_LIMIT = 256 * 1024
#: names looked at in one folder of PYTHONPATH
_NAMES = 2_000
#: entries of PYTHONPATH looked at
_ENTRIES = 100


def import_path(python: TargetPython) -> Iterator[SiteFolder]:
    """The folders that are there, each once by its real path; active is False for one that a setting keeps out."""
    seen: dict[Path, SiteFolder] = {}
    for path, folder in _all_sites(python):
        real = real_folder(path)
        before = seen.get(real)
        if before is None:
            seen[real] = folder
        elif folder.kind == "environment" and before.kind == "pythonpath":
            seen[real] = before._replace(kind="environment")  # also named in PYTHONPATH: it comes earlier, that is all
        elif folder.active and not before.active:
            seen[real] = folder
    yield from seen.values()


def _all_sites(python: TargetPython) -> Iterator[tuple[Path, SiteFolder]]:
    for path in _pythonpath(python):
        yield path, SiteFolder(python.show(path), "pythonpath", names=_importable(path))
    own = [(path, SiteFolder(python.show(path), "environment")) for path in site_folders(python.own)]
    user = [
        (path, SiteFolder(python.show(path), "user", active=_user_site_active(python)))
        for path in _user_sites(python)
        if is_folder(path)
    ]
    # site.py adds the user's folder before the prefix's, but a virtual environment's own before both
    yield from (*own, *user) if python.is_virtual else (*user, *own)
    if python.is_virtual and python.config.system_site and python.base is not None:
        for path in site_folders(python.base):
            yield path, SiteFolder(python.show(path), "base")


def _importable(folder: Path) -> tuple[str, ...]:
    """The modules and packages that a folder of PYTHONPATH brings, without namespace packages."""
    found = {
        name.partition(".")[0]
        for name in names_in(folder, _NAMES)
        if name.endswith((".py", ".so", ".pyd")) or exists(folder / name / "__init__.py")
    }
    return tuple(sorted(name for name in found if name.isidentifier()))


def _pythonpath(python: TargetPython) -> Iterator[Path]:
    text = python.request.variables.get("PYTHONPATH", "")
    for part in text.split(";" if python.system == "windows" else ":")[:_ENTRIES]:
        if part and "\0" not in part:
            path = place(part, python.request.root) if is_absolute(part) else Path.cwd() / part
            if is_folder(path):
                yield path


def _user_sites(python: TargetPython) -> Iterator[Path]:
    """Where pip install --user puts packages for this Python, as site.getusersitepackages says."""
    request, minor = python.request, python.minor
    if not minor:
        return
    suffix = "t" if python.free_threaded else ""
    named = request.variables.get("PYTHONUSERBASE", "")
    if python.system == "windows":
        roaming = request.variables.get("APPDATA", "")
        folder = named or roaming
        if is_absolute(folder):
            digits = minor.replace(".", "")
            base = place(folder, request.root) / ("" if named else "Python")
            for architecture in ("", "-32", "-arm64"):
                yield base / f"Python{digits}{suffix}{architecture}" / "site-packages"
        return
    base = place(named, request.root) if is_absolute(named) else request.home / ".local"
    stdlib = python.stdlib
    if python.system == "macos" and stdlib is not None and any(p.endswith(".framework") for p in stdlib.parts):
        folder_base = place(named, request.root) if is_absolute(named) else request.home / "Library" / "Python" / minor
        yield folder_base / "lib" / "python" / "site-packages"
        return
    name = "pypy" if python.implementation == "pypy" else "python"
    yield base / "lib" / f"{name}{minor}{suffix}" / "site-packages"


def _user_site_active(python: TargetPython) -> bool:
    request = python.request
    if request.variables.get("PYTHONNOUSERSITE"):
        return False
    if python.is_virtual:
        return python.config.system_site
    return not _conda_variable(request.environment.prefix, "PYTHONNOUSERSITE")


def _conda_variable(prefix: Path, name: str) -> str:
    """The value that activation sets, from conda-meta/state (conda env config vars set)."""
    try:
        state = read_json(prefix / "conda-meta" / "state", limit=_STATE_LIMIT)
    except Unfit:
        return ""
    variables = state.get("env_vars") if isinstance(state, dict) else None
    value = variables.get(name) if isinstance(variables, dict) else None
    return value if isinstance(value, str) and value != "***unset***" else ""
