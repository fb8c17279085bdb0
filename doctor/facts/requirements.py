"""Judges requirements (PEP 508) for a target: its markers, its versions.

packaging is the oracle. The forms that nearly all requirements have (final releases, plain comparisons) are judged
here, because to import packaging takes longer than to judge 5,000 of them; every other form is handed to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_REQUIREMENT = re.compile(
    rf"\s*({_NAME})\s*(?:\[\s*({_NAME}(?:\s*,\s*{_NAME})*)\s*\])?\s*(?:\(([^()]*)\)|([^;@()\[\]]*))\s*(?:;(.+))?",
    re.DOTALL,
)
_CLAUSE = re.compile(r"\s*(~=|==|!=|<=|>=|<|>)\s*(\d+(?:\.\d+)*)(\.\*|(?:a|b|rc|\.dev)\d+|\.post\d+)?\s*")
_VERSION = re.compile(r"(\d+(?:\.\d+)*)(?:\.post(\d+))?(?:\+[a-z0-9]+(?:\.[a-z0-9]+)*)?")
_RUNS = re.compile(r"[-_.]+")

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
    if found:
        name, extras, inside, plain, marker = found.groups()
        specifier = (plain if inside is None else inside).strip()
        if specifier == "" or clauses(specifier) is not None:
            wanted = frozenset(normalise(extra.strip()) for extra in extras.split(",")) if extras else frozenset()
            return Requirement(name, normalise(name), wanted, specifier, (marker or "").strip())
    return _parse_by_packaging(text)


def _parse_by_packaging(text: str) -> Requirement | None:
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Parsed

    try:
        parsed = Parsed(text)
    except (InvalidRequirement, RecursionError):
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
        odd = (kind == "*" and operator not in ("==", "!=")) or (kind == "pre" and operator == ">")
        if odd or (operator == "~=" and (kind or len(numbers) < 2)):
            return None
        found.append(Clause(operator, numbers, kind, int(suffix[5:]) if kind == "post" else -1))
    return tuple(found)


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
    if wanted is None or have is None:
        return _meets_by_packaging(version, specifier)
    return all(_compare(have, clause) for clause in wanted)


def _meets_by_packaging(version: str, specifier: str) -> bool | None:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    try:
        return SpecifierSet(specifier).contains(Version(version), prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
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
    # above 1.0 is 1.1 and not 1.0.post1; above 1.0.post1 is 1.0.post2
    return (release, post) > (wanted, number) if kind == "post" else release > wanted


def _begins(release: Release, prefix: Release) -> bool:
    padded = release + (0,) * (len(prefix) - len(release))
    return padded[: len(prefix)] == prefix


_TOKEN = re.compile(
    r"""\s*(?:(?P<sign>[()])|(?P<word>and\b|or\b|not\s+in\b|in\b)|(?P<operator>~=|===|==|!=|<=|>=|<|>)"""
    r"""|"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<variable>[a-z_]+))\s*"""
)
_VERSIONS = frozenset({"python_version", "python_full_version", "implementation_version"})
_TEXTS = frozenset(
    {
        "os_name",
        "sys_platform",
        "platform_machine",
        "platform_python_implementation",
        "platform_system",
        "implementation_name",
    }
)
#: what packaging may take for a version and compare as one
_LIKE_A_VERSION = re.compile(r"\s*v?\d")

Environment = Mapping[str, str]
Test = Callable[[Environment, str], bool]


class _Unusual(Exception):
    """A marker in a form that packaging must judge."""


class Markers:
    """Evaluates markers for one target; answers are kept."""

    def __init__(self, environment: Environment) -> None:
        self._environment = dict(environment)
        self._known: dict[tuple[str, str], bool | None] = {}

    def hold(self, marker: str, extras: frozenset[str] = frozenset()) -> bool | None:
        """Whether a marker holds for one of the extras (or for none, where none is asked for); None if it is none."""
        if not marker:
            return True
        if not extras:
            return self._holds(marker, "")
        answers = [self._holds(marker, extra) for extra in extras]
        return True if True in answers else None if None in answers else False

    def _holds(self, marker: str, extra: str) -> bool | None:
        key = (marker, extra if "extra" in marker else "")
        if key not in self._known:
            self._known[key] = self._evaluate(marker, extra)
        return self._known[key]

    def _evaluate(self, marker: str, extra: str) -> bool | None:
        try:
            test = compile_marker(marker)
            if test is not None:
                return test(self._environment, extra)
        except (_Unusual, KeyError):
            pass
        from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName
        from packaging.version import InvalidVersion

        try:
            return Marker(marker).evaluate({**self._environment, "extra": extra})
        except (InvalidMarker, InvalidVersion, UndefinedComparison, UndefinedEnvironmentName, RecursionError):
            return None


@lru_cache(maxsize=5_000)
def compile_marker(marker: str) -> Test | None:
    """Turn a marker into a test; None for a form that packaging must judge."""
    tokens: list[tuple[str, str]] = []
    position = 0
    while position < len(marker):
        match = _TOKEN.match(marker, position)
        if match is None or len(tokens) > 200:
            return None
        kind = match.lastgroup or ""
        text = match[kind]
        tokens.append(("literal", text) if kind in ("double", "single") else (kind, " ".join(text.split())))
        position = match.end()
    tokens.reverse()
    try:
        test = _either(tokens)
    except (_Unusual, IndexError, RecursionError):
        return None
    return None if tokens else test


def _either(tokens: list[tuple[str, str]]) -> Test:
    tests = [_both(tokens)]
    while tokens and tokens[-1] == ("word", "or"):
        tokens.pop()
        tests.append(_both(tokens))
    return tests[0] if len(tests) == 1 else lambda environment, extra: any(test(environment, extra) for test in tests)


def _both(tokens: list[tuple[str, str]]) -> Test:
    tests = [_single(tokens)]
    while tokens and tokens[-1] == ("word", "and"):
        tokens.pop()
        tests.append(_single(tokens))
    return tests[0] if len(tests) == 1 else lambda environment, extra: all(test(environment, extra) for test in tests)


def _single(tokens: list[tuple[str, str]]) -> Test:
    left = tokens.pop()
    if left == ("sign", "("):
        test = _either(tokens)
        if tokens.pop() != ("sign", ")"):
            raise _Unusual
        return test
    operator, right = tokens.pop(), tokens.pop()
    if operator[0] not in ("operator", "word") or operator[1] in ("and", "or"):
        raise _Unusual
    if left[0] == "variable" and right[0] == "literal":
        return _comparison(left[1], operator[1], right[1], False)
    if left[0] == "literal" and right[0] == "variable":
        return _comparison(right[1], operator[1], left[1], True)
    raise _Unusual


def _comparison(variable: str, operator: str, literal: str, reverse: bool) -> Test:
    negated = operator in ("!=", "not in")
    if variable == "extra" and operator in ("==", "!="):
        key = normalise(literal)
        return lambda _, extra: (normalise(extra) == key) != negated
    if variable in _VERSIONS and not reverse and clauses(operator + literal):
        return lambda environment, _: _meets_plainly(environment[variable], operator + literal)
    if variable in _TEXTS and operator in ("==", "!=") and not _LIKE_A_VERSION.match(literal):
        return lambda environment, _: (environment[variable] == literal) != negated
    if variable in _TEXTS and operator in ("in", "not in"):
        if reverse:
            return lambda environment, _: (literal in environment[variable]) != negated
        return lambda environment, _: (environment[variable] in literal) != negated
    raise _Unusual


def _meets_plainly(version: str, specifier: str) -> bool:
    if _version(version) is None:
        raise _Unusual
    answer = meets(version, specifier)
    if answer is None:
        raise _Unusual
    return answer
