"""Whether two ranges of versions, of pip's or of conda's writing, have a version in common."""

from __future__ import annotations

import re
from typing import NamedTuple

from doctor.judgement import requirements, versions

_NAMED = re.compile(r"\d{1,18}(?:\.\d{1,18})*(?:\.post\d+|(?:a|b|rc)\d+)?(?:\+[a-z0-9.]+)?")
#: versions that are tried
_MOST = 60
_FUZZY = re.compile(r"=?(\d+(?:\.\d+)*)\.?\*|=(\d+(?:\.\d+)*)")
_PLAIN = re.compile(r"(?:>=|<=|!=|==|~=|>|<)\s*\d+(?:\.\d+)*(?:\.\*)?")


class Range(NamedTuple):
    """A range of versions as one of the two families writes it."""

    specifier: str
    manager: str = "pip"


def allows(versions_of: Range, version: str) -> bool | None:
    """Whether a range holds a version; None where that cannot be told."""
    if versions_of.manager == "pip":
        return requirements.meets(version, versions_of.specifier)
    try:
        return versions.version_meets(version, versions_of.specifier)
    except versions.Unsupported:
        return None


def in_common(first: Range, second: Range) -> bool:
    """Whether some version lies in both, tried with those that they name and some beside each; unknown is yes."""
    named = _NAMED.findall(f"{first.specifier},{second.specifier}")[:_MOST]
    candidates: dict[str, None] = {"0": None}
    for version in named:
        candidates |= dict.fromkeys((version, f"{version}.1", f"{version}.999", f"{version}.post1", _below(version)))
        candidates[f"{version}.0.1"] = None
    return any(allows(first, v) is not False and allows(second, v) is not False for v in candidates)


def _below(version: str) -> str:
    """A version just below another one."""
    parts = [int(part) for part in re.findall(r"\d+", version)]
    while parts and not parts[-1]:
        parts.pop()
    if not parts:
        return "0"
    return ".".join(map(str, (*parts[:-1], parts[-1] - 1, 999)))


def as_pep440(specifier: str) -> str:
    """A conda version spec in pip's words: =3.11 is ==3.11.*; empty where there is no such word."""
    parts = []
    for part in specifier.split(","):
        text = part.strip()
        found = _FUZZY.fullmatch(text)
        if found:
            parts.append(f"=={found[1] or found[2]}.*")
        elif _PLAIN.fullmatch(text):
            parts.append(text.replace(" ", ""))
        elif re.fullmatch(r"\d+(?:\.\d+)*", text):
            parts.append(f"=={text}")
        elif text not in ("", "*"):
            return ""
    return ",".join(parts)


def exact(specifier: str, manager: str = "pip") -> str:
    """The one version that a range allows; empty where it allows several."""
    shape = r"={2,3}\s*([^*,|<>=!~\s]+)" if manager == "pip" else r"={0,2}\s*(\d[^*,|<>=!~\s]*)"
    found = re.fullmatch(shape, specifier.strip())
    return found[1] if found else ""
