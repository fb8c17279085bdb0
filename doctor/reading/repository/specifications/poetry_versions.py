"""Says Poetry's version constraints in the words of PEP 440, exactly or not at all.

After python-poetry.org/docs/dependency-specification and poetry-core's parser of constraints.
"""

from __future__ import annotations

import re

#: the suffixes are counted, for their separators would otherwise be tried in every way
_VERSION = (
    r"v?(?P<release>\d+(?:\.\d+)*)"
    r"(?P<suffix>(?:[-_.]?(?:a|b|c|rc|alpha|beta|pre|preview|post|rev|r|dev)[-_.]?\d*){0,3})"
)
_CARET = re.compile(rf"\^\s*{_VERSION}", re.IGNORECASE)
_TILDE = re.compile(rf"~\s*(?!=){_VERSION}", re.IGNORECASE)
_STAR = re.compile(r"(?P<operator>==?|!=|)\s*v?(?P<release>\d+(?:\.\d+)*)(?:\.[*xX])+")
_PLAIN = re.compile(rf"(?P<operator>===?|=|!=|<>|<=|>=|~=|<|>|)\s*{_VERSION}(?P<local>\+[A-Za-z0-9.]+)?", re.IGNORECASE)
#: the gap between two constraints that no comma parts: >=1.0 <2.0
_GAP = re.compile(r"(?<=[\w*])\s+(?=[<>=!~^])")
_LONGEST = 200


def pep440(constraint: str) -> str | None:
    """A constraint as a PEP 440 specifier, empty for any version; None for what PEP 440 has no word for (||)."""
    text = constraint.strip()
    if len(text) > _LONGEST or "|" in text:
        return None
    if text in ("", "*"):
        return ""
    clauses = [_clause(part.strip()) for part in _GAP.sub(",", text).split(",") if part.strip()]
    return ",".join(dict.fromkeys(clause for clause in clauses if clause)) if None not in clauses else None


def _clause(text: str) -> str | None:
    if text in ("*", ">=*"):
        return ""
    if found := _CARET.fullmatch(text):
        release = found["release"].split(".")
        return _between(found, _next(release, _leading(release)))
    if found := _TILDE.fullmatch(text):
        release = found["release"].split(".")
        return _between(found, _next(release, min(1, len(release) - 1)))
    if found := _STAR.fullmatch(text):
        return f"{'!=' if found['operator'] == '!=' else '=='}{found['release']}.*"
    if found := _PLAIN.fullmatch(text):
        operator = {"": "==", "=": "==", "<>": "!="}.get(found["operator"], found["operator"])
        return f"{operator}{found['release']}{found['suffix']}{found['local'] or ''}"
    return None


def _between(found: re.Match[str], upper: str) -> str:
    return f">={found['release']}{found['suffix']},<{upper}"


def _leading(release: list[str]) -> int:
    """The place of the first part that is not zero; of the last part where all are."""
    return next((place for place, part in enumerate(release) if int(part)), len(release) - 1)


def _next(release: list[str], place: int) -> str:
    """The version above all that agree with a release up to one of its parts, as long as the release."""
    return ".".join([*release[:place], str(int(release[place]) + 1), *("0" for _ in release[place + 1 :])])


def python_marker(constraint: str) -> str:
    """The marker for a dependency that Poetry limits to some Pythons; empty where it cannot be said."""
    parts = []
    for clause in (pep440(constraint) or "").split(","):
        found = re.fullmatch(r"(===?|!=|<=|>=|~=|<|>)(\d+(?:\.\d+)*)(\.\*)?", clause)
        if found:
            short = found[2].count(".") < 2
            variable = "python_version" if short and (found[3] or found[1] in ("<", ">=")) else "python_full_version"
            version = found[2] if found[2].count(".") == 1 and found[3] else found[2] + (found[3] or "")
            parts.append(f'{variable} {found[1]} "{version}"')
    return " and ".join(parts)
