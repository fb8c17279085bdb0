"""Sees to it that the demonstration has a uv or a pip, without a network: what is there, else Python's own wheel."""

from __future__ import annotations

import os
import shutil
import sysconfig
import zipfile
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from doctor.demo.virtual import make_venv, site_of
from doctor.demo.writing import link, write, write_all


def have_installer(root: Path) -> bool:
    """Put a uv or a pip where the demonstration's user finds it; False where this machine has none to give."""
    uv = real_uv()
    if uv:
        link(root / "bin/uv", uv)
        return True
    if find_spec("pip"):
        return True  # envdoctor's own works on other environments
    wheel = bundled_pip()
    if wheel is None:
        return False
    prefix = make_venv(root / "tools")
    with zipfile.ZipFile(wheel) as archive:
        write_all(site_of(prefix), {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")})
    start = f"#!{prefix / 'bin/python'}\nimport sys\nfrom pip._internal.cli.main import main\n\nsys.exit(main())\n"
    link(root / "bin/pip", write(prefix / "bin/pip", start, program=True))
    return True


def real_uv() -> str:
    """The uv that this machine has; a script that looks for it in the user's home would not find it from here."""
    beside = Path(sysconfig.get_path("scripts")) / "uv"
    for found in (shutil.which("uv"), str(beside)):
        if not found or not os.access(found, os.X_OK):
            continue
        with suppress(OSError), Path(found).open("rb") as opened:
            if opened.read(2) != b"#!":
                return str(Path(found).resolve())
    return ""


def bundled_pip() -> Path | None:
    """The wheel of pip that Python brings, or its distributor beside it."""
    folders = [Path(sysconfig.get_path("stdlib")) / "ensurepip/_bundled"]
    elsewhere = sysconfig.get_config_var("WHEEL_PKG_DIR")
    folders += [Path(elsewhere)] if elsewhere else []
    return next((wheel for folder in folders for wheel in sorted(folder.glob("pip-*.whl"), reverse=True)), None)
