"""Reads the settings layer: what configures conda, pip and uv, and which variables change how Python behaves.

Everything in the layer is redacted here; of credentials only the place and the kind are kept.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from doctor.facts import Facts
from doctor.facts.distributions import Unreadable
from doctor.facts.settings import Setting, Settings, Variable
from doctor.knowledge.channels import is_plain_http
from doctor.reading.clean import clean
from doctor.reading.conda.condarc import read_condarc
from doctor.reading.conda.condarc_channels import effective_channels
from doctor.reading.conda.condarc_merge import Entry
from doctor.reading.files import Missing, Unfit, read_text
from doctor.reading.redact import REDACTED, has_secret, hide_home, redact
from doctor.reading.rooted import shown
from doctor.reading.settings.pip_config import read_pip_config
from doctor.reading.settings.shell_lines import (
    Assignment,
    holds_secret,
    is_allowed,
    is_secret_name,
    read_assignments,
    read_variables_json,
)
from doctor.reading.settings.uv_config import read_uv_config
from doctor.target.environment import Request

#: addresses of channels and indexes; proxies are plain http by custom
_ADDRESSES = re.compile(r"channel|index|find-links|url", re.IGNORECASE)

#: start files below the home folder, by the shell's own order of strength
_HOME_FILES = (
    ".bashrc", ".bash_profile", ".bash_login", ".profile", ".zshrc", ".zprofile", ".zshenv", ".zlogin",
    ".config/fish/config.fish", ".pam_environment",
)  # fmt: skip
_HOME_FOLDERS = (".config/fish/conf.d", ".config/environment.d")
_SYSTEM_FILES = ("etc/profile", "etc/bash.bashrc", "etc/bashrc", "etc/zshenv", "etc/zsh/zshenv", "etc/zshrc")
#: files read from one folder
_FILES = 100
#: bytes of a file, and characters of a line, that a value is quoted from
_LIMIT, _LONGEST_LINE = 128 * 1024, 2000
#: stores that are meant for credentials, sick only where others can read them
_STORES = (".netrc", "_netrc", ".pypirc")
_TOKEN_STORES = (".continuum/anaconda-client/tokens", ".config/binstar")
#: what every activate script of a virtual environment sets
_STOCK = {"VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", "PATH"}


def read(request: Request, facts: Facts) -> Settings:
    """Read all configuration that counts for the environment."""
    return _Reading(request, facts).read()


class _Reading:
    """What is found on the way: credentials and files that cannot be used."""

    def __init__(self, request: Request, facts: Facts) -> None:
        self.request = request
        self.identity = facts.identity
        self.prefix = request.environment.prefix
        self.secrets: dict[tuple[str, int, str], None] = {}
        self.problems: list[Unreadable] = []
        self.lines: dict[Path, list[str]] = {}

    def read(self) -> Settings:
        request, identity = self.request, self.identity
        condarc = read_condarc(
            prefix=self.prefix if identity.kind == "conda" else None,
            variables=request.variables,
            home=request.home,
            root=request.root,
            mamba=identity.maker == "mamba",
        )
        pip = read_pip_config(
            prefix=self.prefix,
            variables=request.variables,
            home=request.home,
            root=request.root,
            system=identity.system,
        )
        uv = read_uv_config(
            project=request.project,
            variables=request.variables,
            home=request.home,
            root=request.root,
            system=identity.system,
        )
        for path, reason, line in (*condarc.problems, *pip.problems, *uv.problems):
            self.problems.append(Unreadable(self.show(path), redact(reason), line))
        channels, members = effective_channels(condarc)
        there = (*condarc.files, *(path for path, _, _ in condarc.problems))
        own = next((path for path in there if path.parent == self.prefix), None)
        settings = Settings(
            condarc={
                key: tuple(self.setting(entry, "conda") for entry in entries) for key, entries in condarc.merged.items()
            },
            condarc_all=tuple(self.setting(entry, "conda") for entry in condarc.entries),
            condarc_files=tuple(self.show(path) for path in condarc.files),
            channels=channels,
            members=members,
            environment_condarc=own.name if own else "",
            pip=tuple(self.setting(entry, "pip") for entry in pip.entries),
            uv=tuple(self.setting(entry, "uv") for entry in uv.entries),
            variables=tuple(
                Variable(name, _value(name, clean(value, 8000)))
                for name, value in sorted(request.variables.items())
                if is_allowed(name)
            ),
            activation=tuple(self.activation()),
            shell=tuple(self.shell()),
            wrong=tuple((self.setting(entry, "conda"), kind) for entry, kind in condarc.wrong),
        )
        self.look_into_stores()
        return settings._replace(secrets=tuple(self.secrets), problems=tuple(self.problems))

    def show(self, path: Path) -> str:
        """A path inside the environment relative to it, any other as people may see it."""
        if path.is_relative_to(self.prefix):
            return clean(path.relative_to(self.prefix).as_posix())
        return shown(path, self.request.root, self.request.home)

    def setting(self, entry: Entry, tool: str) -> Setting:
        """One value, redacted; its credentials are noted."""
        source = entry.source if isinstance(entry.source, str) else self.show(entry.source)
        value = entry.value
        if isinstance(value, float) and not math.isfinite(value):
            value = str(value)
        written = self.written(entry)
        if not isinstance(value, str):
            return Setting(redact(entry.key), value, source, entry.line, written=written)
        secret = holds_secret(entry.key, value)
        if secret and entry.line:
            what = "token" if "/t/" in value or "token" in entry.key.lower() else "password"
            self.secrets[source, entry.line, f"{what} in {tool}'s {redact(entry.key)}"] = None
        insecure = is_plain_http(value) and _ADDRESSES.search(entry.key) is not None
        return Setting(redact(entry.key), _value(entry.key, value), source, entry.line, secret, insecure, written)

    def written(self, entry: Entry) -> str:
        """The line that holds a value; empty where it cannot be told, or holds what nobody is to see."""
        path = entry.source
        if isinstance(path, str) or not entry.line or holds_secret(entry.key, str(entry.value)):
            return ""
        if path not in self.lines:
            try:
                self.lines[path] = read_text(path, limit=_LIMIT).split("\n")
            except Unfit:
                self.lines[path] = []
        lines = self.lines[path]
        line = lines[entry.line - 1].rstrip("\r") if entry.line <= len(lines) else ""
        return "" if len(line) > _LONGEST_LINE or has_secret(line) else hide_home(line)

    def activation(self) -> Iterator[Variable]:
        """What the environment sets when it is activated, strongest first."""
        if self.identity.kind == "conda":
            folder = self.prefix / "etc/conda"
            suffix = ".bat" if self.identity.system == "windows" else ".sh"
            for path in reversed(self.listing(folder / "activate.d", suffix)):
                yield from self.variables_of(path, self.assignments(path, inside=True)[::-1])
            state = self.prefix / "conda-meta/state"
            yield from self.variables_of(state, self.assignments(state, inside=True, key="env_vars"))
            for path in reversed(self.listing(folder / "env_vars.d", ".json")):
                yield from self.variables_of(path, self.assignments(path, inside=True, key=""))
        else:
            for name in ("bin/postactivate", "bin/activate", "Scripts/activate.bat"):
                path = self.prefix / name
                for variable in self.variables_of(path, self.assignments(path, inside=True)[::-1]):
                    stock = variable.name in _STOCK and ("VIRTUAL_ENV" in variable.value or variable.name != "PATH")
                    if not stock:
                        yield variable

    def shell(self) -> Iterator[Variable]:
        """What the start files of shells set: the user's, then the system's."""
        home, root = self.request.home, self.request.root
        paths = [home / name for name in _HOME_FILES]
        zsh = self.request.variables.get("ZDOTDIR")
        if zsh and zsh.startswith("/") and root == Path("/"):
            paths += [Path(zsh) / name for name in (".zshrc", ".zprofile", ".zshenv")]
        for folder in _HOME_FOLDERS:
            paths += self.listing(home / folder, ".fish", ".conf")
        paths += [root / name for name in _SYSTEM_FILES]
        paths += [*self.listing(root / "etc/profile.d", ".sh"), root / "etc/environment"]
        for path in dict.fromkeys(paths):
            yield from self.variables_of(path, self.assignments(path))

    def assignments(self, path: Path, *, inside: bool = False, key: str | None = None) -> list[Assignment]:
        """What a file sets; one that cannot be read sets nothing that we know of."""
        within = self.prefix if inside else None
        try:
            if key is not None:
                return read_variables_json(path, within=within, key=key)
            return read_assignments(path, within=within)
        except Missing:
            return []
        except Unfit as error:
            if inside:
                self.problems.append(Unreadable(self.show(path), error.reason, error.line))
            return []

    def variables_of(self, path: Path, assigned: Iterable[Assignment]) -> Iterator[Variable]:
        """The allowed ones as facts; of the others only that they hold a secret."""
        source = self.show(path)
        for name, value, line in assigned:
            if holds_secret(name, value):
                what = "token" if "TOKEN" in name.upper() else "password or key"
                self.secrets[source, line, f"{what} in the variable {redact(clean(name, 80))}"] = None
            if is_allowed(name) and value != "***unset***":
                yield Variable(name, _value(name, value), source, line)

    def listing(self, folder: Path, *suffixes: str) -> list[Path]:
        """The files of a folder with these endings, by name; none where it cannot be listed."""
        try:
            with os.scandir(folder) as entries:
                names = sorted(entry.name for entry in islice(entries, 5000) if entry.name.endswith(suffixes))
        except OSError:
            return []
        return [folder / name for name in names[:_FILES]]

    def look_into_stores(self) -> None:
        """Note the files meant for credentials that other users of the machine may read."""
        if self.identity.system == "windows" or os.name == "nt":
            return
        home = self.request.home
        paths = [home / name for name in _STORES]
        for folder in _TOKEN_STORES:
            paths += self.listing(home / folder, ".token")
        for path in paths:
            try:
                readable = path.stat().st_mode & 0o044 and path.stat().st_size > 0
            except (OSError, ValueError):
                continue
            if readable and _open_way(path.parent, home):
                self.secrets[self.show(path), 0, "credentials that other users may read"] = None


def _open_way(folder: Path, home: Path) -> bool:
    """Whether other users can get as far as this folder, from the home folder on."""
    while True:
        try:
            if not folder.stat().st_mode & 0o011:
                return False
        except OSError:
            return False
        if folder in (home, folder.parent):
            return True
        folder = folder.parent


def _value(name: str, value: str) -> str:
    return REDACTED if is_secret_name(name) and value else redact(value)
