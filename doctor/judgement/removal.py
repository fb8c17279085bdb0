"""How to take packages away with the tools that own them: the steps that remedies share."""

from __future__ import annotations

from collections.abc import Iterable

from doctor.facts import Facts
from doctor.judgement.needs import closure, graph, name_of
from doctor.model import Uninstall

#: what an environment is no use without
INDISPENSABLE = frozenset({"python", "pip", "setuptools", "wheel", "conda", "mamba", "uv", "_libgcc_mutex"})


def spared(gone: set[str], kept: Iterable[str], facts: Facts) -> set[str]:
    """What may go without anybody missing it: not what is to be kept, nor what anything that stays needs.

    Needs of extras count, for somebody may have asked for them.
    """
    needs = graph(facts, extras=True)
    gone = gone - closure(needs, kept)
    while missed := {need for owner, needed in needs.items() if owner not in gone for need in needed} & gone:
        gone -= missed
    return gone


def uninstall(owners: Iterable[str]) -> tuple[Uninstall, ...]:
    """Take packages away, pip's first, as conda does not know what pip's need; nothing that Python itself needs."""
    wanted = sorted(set(owners))
    by_pip = tuple(owner for owner in wanted if owner == name_of(owner) and owner not in INDISPENSABLE)
    by_conda = tuple(name_of(owner) for owner in wanted if owner != name_of(owner))
    by_conda = tuple(name for name in by_conda if name not in INDISPENSABLE)
    steps = []
    if by_pip:
        steps.append(Uninstall("pip", by_pip))
    if by_conda:
        steps.append(Uninstall("conda", by_conda))
    return tuple(steps)
