"""Takes requirements (PEP 508) apart and judges their versions.

packaging is the oracle. The forms that nearly all requirements have (final releases, plain comparisons) are judged
here, because to import packaging takes longer than to judge 5,000 of them; every other form is handed to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_REQUIREMENT = re.compile(
    rf"\s*({_NAME})\s*(?:\[\s*({_NAME}(?:\s*,\s*{_NAME})*)\s*\])?\s*(?:\(([^()]*)\)|([^;@()\[\]]*))\s*(?:;(.+))?",
    re.DOTALL,
)
_CLAUSE = re.compile(
    r"\s*(~=|==|!=|<=|>=|<|>)\s*(\d{1,18}(?:\.\d{1,18})*)"
    r"(\.\*|\.post\d{1,18}|[._-]?(?:a|b|c|rc|alpha|beta|pre|preview|dev)[._-]?\d*)?\s*"
)
_PRE_RELEASE = re.compile(r"\d+(?:\.\d+)*(?:a|b|rc)\d+")
_VERSION = re.compile(r"(\d{1,18}(?:\.\d{1,18})*)(?:\.post(\d{1,18}))?(?:\+[a-z0-9]+(?:\.[a-z0-9]+)*)?")
_RUNS = re.compile(r"[-_.]+")

#: characters; the longest on PyPI have 80
_LONGEST_NAME = 200
#: versions that are tried when a common one is looked for
_CANDIDATES = 100

Release = tuple[int, ...]


class Clause(NamedTuple):
    """One comparison with a version: >=1.2, ==3.*, <2.0rc1."""

    operator: str
    release: Release  #: as written, zeros at the end included
    kind: str  #: "", "*", "pre" (a, b, rc, dev) or "post"
    number: int  #: of a post release


class Requirement(NamedTuple):
    """A requirement taken apart."""

    name: str  #: as written
    key: str  #: normalised
    extras: frozenset[str]  #: normalised
    specifier: str  #: as written, without parentheses
    marker: str
    url: str = ""

    @property
    def text(self) -> str:
        """Name and versions, as an installer takes them."""
        return f"{self.name}{self.specifier}"


def normalise(name: str) -> str:
    """Normalise a name (PEP 503)."""
    return _RUNS.sub("-", name).lower()


@lru_cache(maxsize=20_000)
def parse(text: str) -> Requirement | None:
    """Take a requirement apart; None where it is none."""
    found = _REQUIREMENT.fullmatch(text)
    if found and len(found[1]) <= _LONGEST_NAME:
        name, extras, inside, plain, marker = found.groups()
        specifier = (plain if inside is None else inside).strip()
        if specifier == "" or clauses(specifier) is not None:
            wanted = frozenset(normalise(extra.strip()) for extra in extras.split(",")) if extras else frozenset()
            return Requirement(name, normalise(name), wanted, specifier, (marker or "").strip())
    return _parse_by_packaging(text)


def _parse_by_packaging(text: str) -> Requirement | None:
    from packaging.requirements import Requirement as Parsed

    try:
        parsed = Parsed(text)
    except (ValueError, RecursionError):  # InvalidRequirement, or a number of thousands of digits
        return None
    if len(parsed.name) > _LONGEST_NAME:
        return None
    extras = frozenset(normalise(extra) for extra in parsed.extras)
    marker = str(parsed.marker) if parsed.marker else ""
    return Requirement(parsed.name, normalise(parsed.name), extras, str(parsed.specifier), marker, parsed.url or "")


@lru_cache(maxsize=20_000)
def clauses(specifier: str) -> tuple[Clause, ...] | None:
    """Take >=1.2,<2 apart; None for a form that packaging must judge."""
    found: list[Clause] = []
    for part in specifier.split(","):
        match = _CLAUSE.fullmatch(part)
        if match is None:
            return None
        operator, release, suffix = match.groups()
        numbers = tuple(map(int, release.split(".")))
        suffix = suffix or ""
        kind = "*" if suffix == ".*" else "post" if suffix.startswith(".post") else "pre" if suffix else ""
        # packaging's releases differ on what is above a pre- or post-release
        odd = (kind == "*" and operator not in ("==", "!=")) or (kind in ("pre", "post") and operator == ">")
        if odd or (operator == "~=" and (kind or len(numbers) < 2)):
            return None
        found.append(Clause(operator, numbers, kind, int(suffix[5:]) if kind == "post" else -1))
    return tuple(found)


def is_final(version: str) -> bool:
    """Whether a version has the plain form of a final release, perhaps with post release or local version."""
    return _version(version) is not None


@lru_cache(maxsize=20_000)
def _version(text: str) -> tuple[Release, int] | None:
    """(release without zeros at its end, post release or -1) of a final release; None for any other form."""
    match = _VERSION.fullmatch(text)
    if match is None:
        return None
    return _strip(tuple(map(int, match[1].split(".")))), int(match[2]) if match[2] else -1


def _strip(release: Release) -> Release:
    end = len(release)
    while end and release[end - 1] == 0:
        end -= 1
    return release[:end]


@lru_cache(maxsize=50_000)
def meets(version: str, specifier: str) -> bool | None:
    """Whether a version satisfies a specifier, pre-releases welcome; None where one of the two is no such thing."""
    if not specifier:
        return True
    wanted = clauses(specifier)
    have = _version(version) if wanted else None
    if specifier == f"=={version}" and _PRE_RELEASE.fullmatch(version):
        return True
    if wanted is None or have is None:
        return _meets_by_packaging(version, specifier)
    return all(_compare(have, clause) for clause in wanted)


def _meets_by_packaging(version: str, specifier: str) -> bool | None:
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

    try:
        return SpecifierSet(specifier).contains(Version(version), prereleases=True)
    except ValueError:  # InvalidSpecifier, InvalidVersion, or a number of thousands of digits
        return None


def _compare(have: tuple[Release, int], clause: Clause) -> bool:
    release, post = have
    operator, written, kind, number = clause
    if kind == "*":
        return _begins(release, written) == (operator == "==")
    wanted = _strip(written)
    same = release == wanted and (post == number if kind != "pre" else False)
    if operator in ("==", "!="):
        return same == (operator == "==")
    if operator == "~=":
        return release >= wanted and _begins(release, written[:-1])
    if kind == "pre":  # a final release is above every pre-release of its own number
        return release >= wanted if operator == ">=" else release < wanted
    if operator == ">=":
        return (release, post) >= (wanted, number)
    if operator == "<=":
        return (release, post) <= (wanted, number)
    if operator == "<":
        return (release, post) < (wanted, number)
    return release > wanted  # above 1.0 is 1.1 and not 1.0.post1


def _begins(release: Release, prefix: Release) -> bool:
    padded = release + (0,) * (len(prefix) - len(release))
    return padded[: len(prefix)] == prefix


def compatible(specifiers: Iterable[str]) -> bool:
    """Whether some version can satisfy all specifiers, tried with those that they name and one just above each."""
    joined = ",".join(specifier for specifier in specifiers if specifier)
    named = re.findall(r"\d+(?:\.\d+)*(?:\.post\d+)?", joined)[:_CANDIDATES]
    candidates = dict.fromkeys(["0", *named, *(f"{version}.1" for version in named), *(f"{v}.post1" for v in named)])
    return any(meets(version, joined) is not False for version in candidates)


def merge(specifiers: Iterable[str]) -> str:
    """Say several specifiers as one, without the lower and upper bounds that others imply."""
    parts = list(dict.fromkeys(part.strip().replace(" ", "") for text in specifiers for part in text.split(",")))
    plain = {part: found[0] for part in parts if (found := clauses(part)) and len(found) == 1 and not found[0].kind}
    least = max((_strip(clause.release) for clause in plain.values() if clause.operator == ">="), default=())
    most = min((_strip(clause.release) for clause in plain.values() if clause.operator == "<"), default=None)
    kept: dict[tuple[str, Release] | str, str] = {}
    for part in parts:
        clause = plain.get(part)
        release = _strip(clause.release) if clause else ()
        implied = clause is not None and (
            (clause.operator == ">=" and release < least)
            or (clause.operator == "<" and most is not None and release > most)
            or (clause.operator == "!=" and release < least)
        )
        if part and not implied:
            kept.setdefault((clause.operator, release) if clause else part, part)
    return ",".join(kept.values())


def is_below(version: str, specifier: str) -> bool:
    """Whether a version is older than a specifier wants, so that an even newer owner would not take it either."""
    have = _version(version)
    wanted = clauses(specifier)
    if have is None or wanted is None:
        return False
    return any(clause.operator in (">=", ">", "==", "~=") and have[0] < _strip(clause.release) for clause in wanted)
