"""pyvenv.cfg: the file that makes a folder a virtual environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from doctor.reading.files import Missing, Unfit, read_text

NAME = "pyvenv.cfg"
#: bytes; real ones have a few hundred
_LIMIT = 64 * 1024

_VERSION = re.compile(r"(\d+\.\d+)(\.\d+)?(?:\.?(a|b|rc|c|alpha|beta|candidate|final)\.?(\d*))?(?![\w.])")
_STAGES = {"alpha": "a", "beta": "b", "candidate": "rc", "c": "rc"}


class Config(NamedTuple):
    """The keys of pyvenv.cfg, or why it cannot be read."""

    there: bool = False
    readable: bool = False
    values: Mapping[str, str] = {}  #: keys in lower case
    problem: str = ""

    @property
    def home(self) -> str:
        """The folder of the base interpreter, as written."""
        return self.values.get("home", "")

    @property
    def system_site(self) -> bool:
        """Whether the base's packages are seen too; Python takes a missing line for yes."""
        return self.readable and self.values.get("include-system-site-packages", "true").lower() == "true"

    @property
    def version(self) -> str:
        """The Python version that the environment was made for, or empty."""
        for key in ("version_info", "version"):
            version = normalise(self.values.get(key, ""))
            if version:
                return version
        return ""

    @property
    def maker(self) -> str:
        """Who made it: virtualenv, uv, or venv of the standard library."""
        for maker in ("uv", "virtualenv"):
            if maker in self.values:
                return maker
        return "venv" if "home" in self.values else "unknown"

    @property
    def implementation(self) -> str:
        """cpython, pypy, ... where the maker wrote it down, else empty."""
        return self.values.get("implementation", "").lower()

    @property
    def prompt(self) -> str:
        """The prompt's text without the quotes that venv writes around it."""
        return self.values.get("prompt", "").strip("'\"")


def read_config(prefix: Path) -> Config:
    """Read pyvenv.cfg of a prefix as Python does: lines of key = value, keys without case."""
    try:
        text = read_text(prefix / NAME, limit=_LIMIT)
    except Missing:
        return Config()
    except Unfit as error:
        return Config(there=True, problem=error.reason)
    except ValueError:  # a name that no file can have
        return Config()
    values: dict[str, str] = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals:
            values[key.strip().lower()] = value.strip()
    problem = "" if values.get("home") else "has no line home = FOLDER, so the base Python is unknown"
    return Config(there=True, readable=True, values=values, problem=problem)


def normalise(text: str) -> str:
    """Turn a version as makers write it (3.11.7.final.0, 3.14.0rc2+) into 3.11.7 or 3.14.0rc2; empty if it is none."""
    found = _VERSION.match(text.strip().rstrip("+"))
    if found is None:
        return ""
    minor, patch, stage, serial = found.groups()
    if not stage or stage == "final" or not patch:
        return minor + (patch or "")
    return f"{minor}{patch}{_STAGES.get(stage, stage)}{serial or 0}"
