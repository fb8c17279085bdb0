"""A made-up home with fixed patients, so that every screen reads the same wherever it is drawn."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from uv import find_uv_bin

from tests.patients.venvs import install, make_venv, site_packages_of
from tests.patients.wheels import make_wheel

#: what the clock says when the walk begins, and how old everything is by then
_NOW, _AGE = 1_795_003_200.0, 3 * 86_400.0
_PYTHON = ".".join(map(str, sys.version_info[:3]))
_LENGTH = len("3.11.7")

#: what differs from machine to machine and run to run, and what stands for it, as long as it was
_MASKS = (
    (re.compile(re.escape(_PYTHON)), "3.x.y"),
    (re.compile(rf"python{sys.version_info[0]}\.{sys.version_info[1]}\b"), "python3.x"),
    (re.compile(r"\b20\d\d-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?)?"), "#"),
    (re.compile(r"\b20\d{6}[-T]?\d{6}\S*"), "#"),
    (re.compile(r"(?<![\w.])\d[\d.,]* (?:B|kB|MB|GB)\b"), "#"),
    (re.compile(r"\b\d+\.\d+ s\b"), "#"),
    (re.compile(r"\b\d+:\d\d$", re.MULTILINE), "#"),
    (re.compile(r"\b\d+ checks\b"), "NN checks"),
)


class Stage(NamedTuple):
    """Where everything is."""

    home: Path
    forecast: Path  #: a project with a sick environment
    churn: Path  #: a healthy environment's prefix


@contextmanager
def staged() -> Iterator[Stage]:
    """Make the patients and live there for a while: variables, working folder and clock."""
    with tempfile.TemporaryDirectory(prefix="golden-", dir="/tmp") as folder:
        yield from _staged(Path(folder) / "ada")


def _staged(home: Path) -> Iterator[Stage]:
    stage = _make(home)
    began = time.monotonic()
    variables = {
        "HOME": str(home),
        "PATH": str(home / ".local/bin"),
        "ENVDOCTOR_STATE": str(home / ".local/state/envdoctor"),
        "UV_FIND_LINKS": str(home / "wheels"),
        "UV_NO_INDEX": "1",
        "UV_OFFLINE": "1",
        "UV_CACHE_DIR": str(home / ".cache/uv"),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": "https://ada:hunter2@pypi.example.org/simple",  # a secret, which no screen may show
    }
    cwd = Path.cwd()
    with (
        patch.dict(os.environ, variables, clear=True),
        patch("time.time", lambda: _NOW + time.monotonic() - began),
    ):
        os.chdir(stage.forecast)
        try:
            yield stage
        finally:
            os.chdir(cwd)


def masked(text: str, home: Path) -> str:
    """A screen without what differs from run to run, no line longer or shorter for it."""
    for pattern, instead in ((re.compile(re.escape(str(home))), "~"), *_MASKS):
        text = pattern.sub(lambda found, instead=instead: _as_long(instead, found[0]), text)  # type: ignore[misc]
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def has_usual_version() -> bool:
    """Whether the running Python's version is as long as that of the kept pictures, so that lines break alike."""
    return len(_PYTHON) == _LENGTH


def _as_long(text: str, as_this: str) -> str:
    return (text * len(as_this) if text == "#" else text)[: len(as_this)].ljust(len(as_this))


def _make(home: Path) -> Stage:
    wheels = home / "wheels"
    forecast, churn = home / "projects/forecast", home / "projects/churn/.venv"
    prefix = make_venv(forecast / ".venv")
    install(
        prefix,
        make_wheel(wheels, "plotkit", "4.2", {"plotkit/__init__.py": "", "plotkit/fast.py": "x = 1\n"}),
        make_wheel(wheels, "seasons", "2.0", {"seasons.py": "y = 2\n" * 4000}, requires=["tidal>=3"]),
    )
    make_wheel(wheels, "tidal", "3.1", {"tidal.py": ""})
    (site_packages_of(prefix) / "plotkit/fast.py").unlink()
    (site_packages_of(prefix) / "~easons-1.9.dist-info").mkdir()
    (forecast / "requirements.txt").write_text("plotkit==4.2\nseasons>=2\n")
    (forecast / "model.py").write_text("import plotkit\nimport seasons\n")
    install(make_venv(churn), make_wheel(wheels, "needed", "1.0", {"needed.py": ""}))
    settings = home / ".config/pip/pip.conf"
    settings.parent.mkdir(parents=True)
    settings.write_text("[global]\ntimeout = 60\n")
    (home / ".condarc").write_text("channels:\n  - conda-forge\nchannel_priority: strict\n")
    (home / ".local/bin").mkdir(parents=True)
    (home / ".local/bin/uv").symlink_to(find_uv_bin())
    for folder, _, names in os.walk(home):
        for name in (*names, "."):
            os.utime(Path(folder, name), (_NOW - _AGE, _NOW - _AGE), follow_symlinks=False)
    shutil.rmtree(home / ".cache", ignore_errors=True)
    return Stage(home, forecast, churn)
