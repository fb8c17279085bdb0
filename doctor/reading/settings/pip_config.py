"""Reads pip's configuration: its files in pip's order, and PIP_* variables (pip 26, _internal/configuration.py).

Values are clean but not redacted; a value of several members comes as one entry a member, each with its line.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from doctor.reading.clean import clean
from doctor.reading.conda.condarc_merge import Entry
from doctor.reading.files import Missing, Unfit, read_text
from doctor.reading.rooted import exists
from doctor.reading.settings.named_paths import named_path

#: bytes; a pip.conf has a few hundred
_LIMIT = 128 * 1024
#: options whose value is a list, separated by blanks or lines
_SEVERAL = {"extra-index-url", "find-links", "trusted-host", "no-binary", "only-binary", "constraint", "requirement"}
#: variables that belong to pip's surroundings and set no option
_NO_OPTIONS = {"PIP_CONFIG_FILE", "PIP_REQ_TRACKER", "PIP_BUILD_TRACKER"}

_SECTION = re.compile(r"\[(?P<name>[^]]+)\]")
_OPTION = re.compile(r"(?P<name>[^=:\s][^=:]*?)\s*[=:]\s*(?P<value>.*)$")


class PipConfig(NamedTuple):
    """Every value of every source, strongest first; keys with their section: global.index-url."""

    entries: tuple[Entry, ...] = ()
    problems: tuple[tuple[Path, str, int], ...] = ()  #: (file, reason, line): pip stops at each of them


def read_pip_config(
    *, prefix: Path, variables: Mapping[str, str], home: Path, root: Path = Path("/"), system: str = "linux"
) -> PipConfig:
    """Read all that configures the pip of the environment at prefix."""
    entries = list(_from_variables(variables))
    problems: list[tuple[Path, str, int]] = []
    for path in dict.fromkeys(_places(prefix, variables, home, root, system)):
        try:
            entries += parse_pip_config(path, read_text(path, limit=_LIMIT))
        except Missing:
            continue
        except Unfit as error:
            problems.append((path, error.reason, error.line))
    return PipConfig(tuple(entries), tuple(problems))


def parse_pip_config(path: Path, text: str) -> list[Entry]:
    """The options of one file. Raises Unfit where pip's parser would stop."""
    found: list[tuple[str, list[tuple[str, int]]]] = []
    names: set[str] = set()
    section, indent, open_option = "", 0, False
    for number, line in enumerate(text.splitlines(), 1):
        plain = line.strip()
        if not plain or plain.startswith(("#", ";")):
            continue
        depth = len(line) - len(line.lstrip())
        if open_option and depth > indent:
            found[-1][1].append((plain, number))
            continue
        header, option = _SECTION.match(plain), _OPTION.match(plain)
        if header:
            section, open_option = header["name"], False
        elif not section:
            raise Unfit(f"line {number}: a setting before the first [section]", number)
        elif option is None:
            raise Unfit(f"line {number}: neither [section] nor name = value", number)
        else:
            key = clean(f"{section}.{_normalised(option['name'])}", 120)
            if key in names:
                raise Unfit(f"line {number}: {key} is given a second time", number)
            names.add(key)
            found.append((key, [(option["value"].strip(), number)]))
            indent, open_option = depth, True
    return [entry for key, lines in found for entry in _members(key, lines, path)]


def _members(key: str, lines: list[tuple[str, int]], source: Path | str) -> Iterator[Entry]:
    if key.rpartition(".")[2] in _SEVERAL:
        for text, number in lines:
            yield from (Entry(key, clean(member, 2000), source, number) for member in text.split())
    else:
        value = " ".join(text for text, _ in lines if text)
        if value:
            yield Entry(key, clean(value, 2000), source, lines[0][1])


def _from_variables(variables: Mapping[str, str]) -> Iterator[Entry]:
    for name in sorted(variables):
        if name.startswith("PIP_") and name not in _NO_OPTIONS and variables[name]:
            yield from _members(f"global.{_normalised(name[4:])}", [(variables[name], 0)], f"${name}")


def _normalised(name: str) -> str:
    return name.strip().lower().replace("_", "-").removeprefix("--")


def _places(prefix: Path, variables: Mapping[str, str], home: Path, root: Path, system: str) -> Iterator[Path]:
    """Files, strongest first: PIP_CONFIG_FILE, the environment's, the user's, the machine's."""
    named = variables.get("PIP_CONFIG_FILE")
    if named in (os.devnull, "/dev/null"):
        return
    name = "pip.ini" if system == "windows" else "pip.conf"
    chosen = named_path(named, home, root) if named else None
    if chosen is not None:
        yield chosen
    yield prefix / name
    if chosen is None or not exists(chosen):
        if system == "windows":
            roaming = _variable(variables, "APPDATA", root, home) or home / "AppData/Roaming"
            yield roaming / "pip" / name
            yield home / "pip" / name
        else:
            support = home / "Library/Application Support/pip"
            config = _variable(variables, "XDG_CONFIG_HOME", root, home) or home / ".config"
            yield support / name if system == "macos" and exists(support) else config / "pip" / name
            yield home / ".pip" / name
    if system == "windows":
        yield root / "ProgramData/pip" / name
    elif system == "macos":
        yield root / "Library/Application Support/pip" / name
    else:
        yield root / "etc" / name
        for folder in reversed((variables.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")[:20]):
            place = named_path(folder, home, root)
            if place is not None:
                yield place / "pip" / name


def _variable(variables: Mapping[str, str], name: str, root: Path, home: Path) -> Path | None:
    value = variables.get(name)
    return named_path(value, home, root) if value else None
