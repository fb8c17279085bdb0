"""Makes sure that what a command is to work on is what it says: names, requirements, specs, channels, addresses.

All of it may come out of an environment, so that nothing reaches a command that could be an option, a file or a
script instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from packaging.requirements import InvalidRequirement, Requirement

from doctor.reading.clean import is_clean

_NAME = re.compile(r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?", re.ASCII)
#: channel::name, then what conda allows of versions and builds
_CONDA_NAME = re.compile(r"[A-Za-z0-9_][\w.-]*", re.ASCII)
_CONDA_SPEC = re.compile(
    r"(?:(?P<channel>[^\s'\"\\]+)::)?(?P<name>[A-Za-z0-9_][\w.-]*)(?P<rest>[ =<>!~\[][\w .,*=<>!~|+\-\[\]'\"^$():]*)?",
    re.ASCII,
)
_CHANNEL = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?[\w@%.~/:+-]+", re.ASCII | re.IGNORECASE)
_SCHEMES = ("https://", "http://", "file://", "git+https://", "git+http://", "git+ssh://", "git+file://",
            "hg+https://", "svn+https://", "bzr+https://")  # fmt: skip
_HIDDEN = "***"


class Unusable(Exception):
    """Something that no command can be given; the text says why."""


def names(given: Iterable[str], *, conda: bool = False) -> list[str]:
    """Names of packages as they are. Raises Unusable."""
    pattern = _CONDA_NAME if conda else _NAME
    return [_fitting(pattern.fullmatch(name) is not None, name, "no package's name") for name in given]


def requirements(given: Iterable[str], home: Path) -> list[str]:
    """Requirements for pip or uv, with the home folder put back into file addresses. Raises Unusable."""
    return [_requirement(text, home) for text in given]


def specs(given: Iterable[str]) -> list[str]:
    """Specs for conda's family. Raises Unusable."""
    return [_fitting(_is_spec(text), text, "no conda spec") for text in given]


def channel_of(spec: str) -> str:
    """The channel that a spec names, or empty."""
    found = _CONDA_SPEC.fullmatch(spec)
    return (found["channel"] or "") if found else ""


def conda_name(spec: str) -> str:
    """The package that a spec names, or empty."""
    found = _CONDA_SPEC.fullmatch(spec)
    return found["name"].lower() if found else ""


def channels(given: Iterable[str]) -> list[str]:
    """Channels, by name or address. Raises Unusable."""
    found = []
    for text in given:
        fits = _CHANNEL.fullmatch(text) is not None and not text.startswith(("-", ".", "~")) and _open(text)
        found.append(_fitting(fits, text, "no channel that can be named"))
    return found


def address(text: str) -> str:
    """The address of an index. Raises Unusable."""
    return _fitting(text.startswith(("https://", "http://", "file://")) and _open(text), text, "no index's address")


def word(text: str, home: Path) -> str:
    """One argument as a check gave it, with the home folder put back. Raises Unusable."""
    text = f"{home}/{text[2:]}" if text.startswith("~/") else text
    return _fitting(_open(text), text, "no argument for a command")


def _requirement(text: str, home: Path) -> str:
    try:
        parsed = Requirement(text)
    except InvalidRequirement:
        raise Unusable(f"{text!r} is no requirement that pip understands") from None
    if not parsed.url:
        return _fitting(_open(text), text, "no requirement")
    if _HIDDEN in parsed.url:
        raise Unusable(f"the address of {parsed.name} holds a password, which envdoctor does not keep: {parsed.url}")
    if not parsed.url.startswith(_SCHEMES):
        raise Unusable(f"{parsed.name} came from {parsed.url}, which is no address that can be installed from")
    at_home = re.sub(r"^((?:git\+)?file://)~/", lambda match: f"{match[1]}{quote(str(home))}/", parsed.url)
    return _fitting(_open(at_home) and " " not in at_home, text.replace(parsed.url, at_home, 1), "no requirement")


def _is_spec(text: str) -> bool:
    return _CONDA_SPEC.fullmatch(text) is not None and _open(text) and " -" not in text


def _open(text: str) -> bool:
    """Whether a text is plain and whole: nothing invisible, nothing redacted, no option."""
    return is_clean(text) and "\ufffd" not in text and _HIDDEN not in text and bool(text) and not text.startswith("-")


def _fitting(fits: bool, text: str, otherwise: str) -> str:
    if not fits:
        raise Unusable(f"{text!r} is {otherwise}")
    return text
