"""Whether the project wants a GPU, and what to say on a machine that has none."""

from __future__ import annotations

from typing import NamedTuple

from doctor.facts import Facts
from doctor.facts.machine import Gpus
from doctor.model import CannotTell, Evidence

#: why no verdict is given where the project expects a GPU that is not here
NOT_HERE = "this machine has no GPU and the project expects one: run it on the node that has it"


class Expectation(NamedTuple):
    """What the project says of a GPU: wanted is None where it says nothing."""

    wanted: bool | None = None
    evidence: Evidence | None = None


def gpu_expected(facts: Facts) -> Expectation:
    """What the project says: its own policy first, then pixi's system requirements and the dev container."""
    policy = facts.project.policy
    if policy.gpu is not None:
        told = f"gpu = {str(policy.gpu).lower()} in [tool.envdoctor]"
        return Expectation(policy.gpu, Evidence(told, policy.path or "pyproject.toml"))
    for wish in facts.project.gpu_wishes:
        if wish.wanted:
            return Expectation(True, Evidence(wish.text, wish.path, wish.line))
    return Expectation()


def gpus_to_judge(facts: Facts) -> Gpus | None:
    """The GPUs of this machine; None where there is none and none is expected, or the project wants none.

    Raises CannotTell where the project expects one that this machine does not have.
    """
    expected = gpu_expected(facts).wanted
    if expected is False:
        return None
    if facts.machine.gpus.devices:
        return facts.machine.gpus
    if expected:
        raise CannotTell(NOT_HERE)
    return None
