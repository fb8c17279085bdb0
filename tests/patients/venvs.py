"""Makes real virtual environments and fills them as users do, without a network."""

from __future__ import annotations

import atexit
import ensurepip
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from uv import find_uv_bin

WINDOWS = os.name == "nt"


def make_venv(
    folder: Path,
    *,
    system_site: bool = False,
    by: Literal["uv", "venv"] = "uv",
    python: str = sys.executable,
) -> Path:
    """Make a virtual environment without pip and return its prefix."""
    if by == "uv":
        command = [find_uv_bin(), "venv", "--quiet", "--no-project", "--python", python, str(folder)]
    else:
        command = [python, "-I", "-m", "venv", "--without-pip", str(folder)]
    if system_site:
        command.insert(-1, "--system-site-packages")
    _run(command)
    return folder


def install(
    prefix: Path,
    *wheels: Path | str,
    by: Literal["uv", "pip"] = "uv",
    extra_args: Iterable[str] = (),
    cache: Path | None = None,
) -> None:
    """Install wheels into an environment, alone and without a network; INSTALLER says who did it.

    A wheel given as a Path comes as from an index: without a direct_url.json. Text is handed on as written, so
    str(wheel) leaves one. extra_args stand before the wheels: --force-reinstall, --ignore-installed, -e. A cache
    is uv's, to link from; without one files are copied.
    """
    folders = sorted({str(wheel.parent) for wheel in wheels if isinstance(wheel, Path)})
    what = ["--no-index", "--no-deps", *(f"--find-links={folder}" for folder in folders), *extra_args]
    what += [wheel if isinstance(wheel, str) else "==".join(wheel.name.split("-")[:2]) for wheel in wheels]
    if by == "uv":
        caching = ["--no-cache"] if cache is None else [f"--cache-dir={cache}"]
        _run([find_uv_bin(), "pip", "install", "--quiet", *caching, "--python", str(python_of(prefix)), *what])
    else:
        _run([str(python_of(prefix)), "-I", _runnable_pip(), "install", "--quiet", "--no-compile", *what])


def uninstall(prefix: Path, *names: str, by: Literal["uv", "pip"] = "uv") -> None:
    """Uninstall distributions as a user would."""
    if by == "uv":
        _run([find_uv_bin(), "pip", "uninstall", "--quiet", "--python", str(python_of(prefix)), *names])
    else:
        _run([str(python_of(prefix)), "-I", _runnable_pip(), "uninstall", "--quiet", "--yes", *names])


def python_of(prefix: Path) -> Path:
    """The environment's interpreter."""
    return prefix / ("Scripts/python.exe" if WINDOWS else "bin/python")


def site_packages_of(prefix: Path) -> Path:
    """The environment's only site-packages folder."""
    if WINDOWS:
        return prefix / "Lib" / "site-packages"
    (found,) = prefix.glob("lib/python3.*")
    return found / "site-packages"  # uv takes the folder itself away with the last package


@cache
def _runnable_pip() -> str:
    """A pip that any interpreter can run: the one beside the tests, else the wheel that Python itself brings.

    It lies alone in a folder of its own, for pip puts that folder on its path and takes whatever is installed there
    for the target's: beside other packages it would uninstall them.
    """
    spec = find_spec("pip")
    if spec is not None and spec.origin is not None:
        alone = Path(tempfile.mkdtemp(prefix="pip-alone-"))
        atexit.register(shutil.rmtree, alone, ignore_errors=True)
        (alone / "pip").symlink_to(Path(spec.origin).parent)
        return str(alone / "pip")
    (wheel,) = (Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")
    return str(wheel / "pip")


def _run(command: list[str]) -> None:
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_", "PYTHON"))}
    variables |= {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_CACHE_DIR": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
        "UV_NO_CONFIG": "1",
        "UV_OFFLINE": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_LINK_MODE": "copy",
    }
    variables.pop("VIRTUAL_ENV", None)
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
