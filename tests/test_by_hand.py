"""Remedies for a Python that its operating system manages are told, never run; those of others stay as they are."""

from __future__ import annotations

import pytest

from doctor import checks
from doctor.checks.dependencies import unmet_requirement
from doctor.examine import judge
from doctor.facts import Facts, SiteFolder
from doctor.facts.build import distribution, environment
from doctor.judgement.by_hand import is_managed
from doctor.model import Check, Install, Move, Protect, Rebuild, Remedy, Safety, Tell, Uninstall

DEBIAN = "/usr/lib/python3/dist-packages"
MARK = "/usr/lib/python3.11/EXTERNALLY-MANAGED"
NUMBA = distribution("numba", "0.60.0", site=DEBIAN, requires=("numpy<2.1",))


def system(**more: object) -> Facts:
    who = {"prefix": "/usr", "base": None, "site_folders": (SiteFolder(DEBIAN, "environment"),)}
    return environment(kind="system", distributions=(NUMBA,), identity=who | more)


def remedies(facts: Facts, check: Check = unmet_requirement.CHECK) -> list[Remedy]:
    return [remedy for finding in judge(check, facts).findings for remedy in finding.remedies]


@pytest.mark.parametrize("facts", [system(), system(externally_managed=MARK)], ids=["Debian of before", "marked"])
def test_the_systems_python_is_left_alone(facts: Facts) -> None:
    (remedy,) = remedies(facts)
    assert remedy.safety is Safety.MANUAL
    own, install = remedy.steps
    assert isinstance(own, Tell)
    assert "apt" in own.text
    assert own.command == ("python", "-m", "venv", ".venv")
    assert isinstance(install, Tell)
    assert install.command == (".venv/bin/python", "-m", "pip", "install", "numpy<2.1")


def test_others_are_installed_into() -> None:
    image = {"prefix": "/usr/local", "base": None}
    venv_of_system = {"externally_managed": MARK}
    numba = NUMBA._replace(site="lib/python3.11/site-packages")
    for facts in (
        environment(kind="system", distributions=(numba,), identity=image),
        environment(distributions=(numba,), identity=venv_of_system),
    ):
        assert not is_managed(facts)
        (remedy,) = remedies(facts)
        assert remedy.steps == (Install("pip", ("numpy<2.1",)),)


@pytest.mark.parametrize("check", checks.load(), ids=lambda check: check.code)
def test_no_check_changes_a_managed_python(check: Check) -> None:
    for example in check.examples():
        if example.facts.identity.kind == "conda":
            continue
        who = example.facts.identity._replace(kind="system", externally_managed=MARK)
        for remedy in remedies(example.facts._replace(identity=who), check):
            changing = [
                step for step in remedy.steps if isinstance(step, Install | Uninstall | Move | Protect | Rebuild)
            ]
            assert not changing, remedy.title
