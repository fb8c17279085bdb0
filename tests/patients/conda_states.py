"""Puts conda prefixes into the states that real use leaves them in, by doing what users do.

Where conda itself would be needed, rattler does the same to the files; what conda then writes down is written as
conda writes it. Each function returns what a test wants to know of the state.
"""

from __future__ import annotations

import json
import os
import shutil
import sysconfig
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from tests.patients.conda import SOUND, Style, make_conda_prefix
from tests.patients.conda_channel import SITE
from tests.patients.venvs import install, uninstall
from tests.patients.wheels import make_wheel

Installer = Literal["pip", "uv"]

_PLATFORM = sysconfig.get_platform().replace("-", "_").replace(".", "_")

#: what a wheel of demo-lib brings, by version; conda's builds have other modules
MODULES: Mapping[str, Mapping[str, bytes | str]] = {
    "1.1": {"demo_lib/__init__.py": "__version__ = '1.1'\n", "demo_lib/only_1_1.py": "x = 1\n"},
    "2.0": {"demo_lib/__init__.py": "__version__ = '2.0'\n", "demo_lib/new.py": "y = 2\n"},
}


def pip_over_conda(prefix: Path, version: str = "2.0", *, by: Installer = "pip", keep: bool = False) -> None:
    """Install demo-lib over conda's: another version, or the same one (1.1); keep leaves conda's metadata there."""
    wheel = make_wheel(prefix.parent / "wheels", "demo-lib", version, MODULES[version])
    force = "--ignore-installed" if keep else "--force-reinstall" if by == "pip" else "--reinstall"
    install(prefix, wheel, by=by, extra_args=(force,))
    assert keep or version == "1.1" or not (prefix / SITE / "demo_lib-1.1.dist-info").exists()


def native_pip_over_conda(prefix: Path, by: Installer = "pip") -> None:
    """Install a numpy with compiled code over conda's numpy."""
    modules: dict[str, bytes | str] = {
        "numpy/__init__.py": "__version__ = '2.0.2'\n",
        "numpy/_core/_umath.abi3.so": b"\x7fELF" + bytes(60),
    }
    wheel = make_wheel(prefix.parent / "wheels", "numpy", "2.0.2", modules, tag=f"py3-none-{_PLATFORM}")
    install(prefix, wheel, by=by)
    assert not (prefix / SITE / "numpy-1.26.3.dist-info").exists()


def pip_only(prefix: Path, by: Installer = "uv") -> None:
    """Install a package of pure Python that no channel has."""
    wheel = make_wheel(prefix.parent / "wheels", "demo-extra", "0.1", {"demo_extra.py": "z = 3\n"})
    install(prefix, wheel, by=by)


def conda_listed(prefix: Path, name: str) -> Path:
    """What `conda list` does after pip wrote over a package: its record is deleted. Returns where it was."""
    (path,) = (prefix / "conda-meta").glob(f"{name}-[0-9]*.json")
    path.unlink()
    return path


def conda_reinstalled(prefix: Path, name: str, style: Style = "conda", packages: Iterable[str] = SOUND) -> None:
    """What `conda install --force-reinstall` does: conda's files are linked again, and pip's dist-info stays."""
    make_conda_prefix(prefix, style, packages, reinstall=(name,))


def pip_uninstalled(prefix: Path, name: str) -> None:
    """Uninstall conda's package by pip: its record stays."""
    uninstall(prefix, name, by="pip")


def python_updated(prefix: Path, packages: Iterable[str]) -> None:
    """Let conda change Python's minor version: conda's packages move along, pip's stay where they are."""
    make_conda_prefix(prefix, packages=packages)


def cloned(mixed: Path, copy: Path) -> None:
    """What `conda create --clone` does: conda's packages are linked anew, files that nobody owns are copied."""
    make_conda_prefix(copy)
    for source in sorted(mixed.rglob("*")):
        target = copy / source.relative_to(mixed)
        if source.is_file() and not os.path.lexists(target) and source.parent.name != "conda-meta":
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)


def update_killed(prefix: Path) -> tuple[str, ...]:
    """What a killed update leaves: files renamed and not deleted. Returns their paths."""
    changed = []
    for path in sorted((prefix / "lib").glob("python3.*/site-packages/demo_lib*/*.py")):
        path.rename(f"{path}.c~")
        changed.append(f"{path.relative_to(prefix).as_posix()}.c~")
    return tuple(changed)


def edited_in_place(prefix: Path, path: str) -> None:
    """Add a line to a file as an editor that writes in place does: the cache's copy changes too."""
    with (prefix / path).open("ab") as opened:
        opened.write(b"# edited\n")


def record_of(prefix: Path, name: str) -> Path:
    """The file of a package's record."""
    (path,) = (path for path in (prefix / "conda-meta").glob("*.json") if json.loads(path.read_text())["name"] == name)
    return path


def change_record(prefix: Path, name: str, **fields: Any) -> None:
    """Replace fields of a record; a value of None takes the field away."""
    path = record_of(prefix, name)
    body = json.loads(path.read_text()) | fields
    path.write_text(json.dumps({key: value for key, value in body.items() if value is not None}, indent=2))
