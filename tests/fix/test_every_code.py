"""Every check that can be repaired is repaired on a real environment by one of the tests."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from doctor import checks
from doctor.model import Check, Finding, Safety

#: codes whose repair no real environment of a test can have, and why
NOT_HERE = {
    "NUM005": "it is found by numbers that are computed after a yes, and the examinations around a repair ask for none",
    "PYT011": "the environment is the operating system's own Python, below /usr; its remedy only writes down",
}


def repaired() -> dict[str, set[str]]:
    """Code -> the files whose tests repair it: as a Case(make, code, ...) or by ward.repair(prefix, code, ...)."""
    found: dict[str, set[str]] = {}
    for path in sorted(Path(__file__).parent.glob("test_codes_*.py")):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and _name(call.func) in ("Case", "repair"):
                for code in filter(None, map(_code, call.args[1:2])):
                    found.setdefault(code, set()).add(path.name)
    return found


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _code(argument: ast.expr) -> str:
    text = argument.value if isinstance(argument, ast.Constant) else ""
    return text if isinstance(text, str) and re.fullmatch(r"[A-Z]{3}\d{3}", text) else ""


def can_be_repaired(check: Check) -> bool:
    """Whether any of its examples has a remedy that is not for the user to carry out."""
    return any(remedy.safety is not Safety.MANUAL for finding in _found(check) for remedy in finding.remedies)


def _found(check: Check) -> Iterator[Finding]:
    for example in check.examples():
        if not example.cannot_tell:
            yield from check.find(example.facts)


@pytest.mark.parametrize("check", [pytest.param(check, id=check.code) for check in checks.load()])
def test_it_is_repaired_on_a_real_environment(check: Check) -> None:
    if check.code in NOT_HERE:
        assert check.code not in repaired()
    elif can_be_repaired(check):
        assert repaired().get(check.code), f"no test repairs {check.code} {check.name}"
    else:
        assert check.code not in repaired(), "a test repairs what envdoctor leaves to the user"
