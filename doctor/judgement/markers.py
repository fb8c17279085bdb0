"""Evaluates the markers of requirements (PEP 508) for a target, which is not the Python that runs us.

packaging is the oracle; the forms that nearly all markers have are judged here, as in doctor.judgement.requirements.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from doctor.judgement.requirements import clauses, is_final, meets, normalise

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
        from packaging.markers import Marker, UndefinedEnvironmentName

        try:
            return Marker(marker).evaluate({**self._environment, "extra": extra})
        except (UndefinedEnvironmentName, KeyError, ValueError, RecursionError):  # InvalidMarker is a ValueError
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
    if variable in _TEXTS and operator in ("==", "!="):
        return lambda environment, _: (environment[variable] == literal) != negated
    if variable in _TEXTS and operator in ("in", "not in"):
        if reverse:
            return lambda environment, _: (literal in environment[variable]) != negated
        return lambda environment, _: (environment[variable] in literal) != negated
    raise _Unusual


def _meets_plainly(version: str, specifier: str) -> bool:
    if not is_final(version):
        raise _Unusual
    answer = meets(version, specifier)
    if answer is None:
        raise _Unusual
    return answer
