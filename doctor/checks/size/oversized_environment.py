"""The environment takes more room on disk than the limit allows.

## Why it matters
Large environments fill home folders and quotas, take long to copy, to back up and to put into a container, and
usually hold packages that nobody uses any more.

## How it is found
Every file below the prefix is counted as `du` counts it and given to the package that recorded it. The limit is
10 GB, or `max-size` in `[tool.envdoctor]` of the project's pyproject.toml. Files that a package cache or another
environment shares by hard links are told apart: deleting the environment would not give their room back.

## What the fix does
Takes away one of the heaviest packages that no other package needs, together with what is there for its sake
alone. Packages that the project imports are not offered. Or raises the limit, where the size is meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Facts, Policy, Project, Size, Sizes
from doctor.facts.build import distribution, environment, record
from doctor.facts.project import Imported
from doctor.facts.units import several, size
from doctor.judgement.needs import Graph, brought_by, freed_by, graph, name_of, owners, reversed_graph
from doctor.judgement.removal import INDISPENSABLE, spared, uninstall
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, Severity, Tell

#: bytes that an environment may take where the project says nothing
LIMIT = 10_000_000_000
#: how many packages are named, how many removals offered, and from what share of the whole on
_NAMED, _OFFERED, _SHARE = 6, 3, 0.05


def find(facts: Facts) -> Iterator[Finding]:
    """One finding where the total is above the limit."""
    limit = facts.project.policy.max_size or LIMIT
    total = facts.sizes.total
    if total.total <= limit:
        return
    needs = graph(facts)
    yield Finding(
        Severity.WARNING,
        facts.identity.name or facts.identity.prefix,
        f"The environment takes {size(total.total)}, more than the {size(limit)} it may",
        (
            _limit(facts, limit),
            Evidence(f"deleting it would give back {size(total.own)}", facts.identity.prefix),
            *_shared(total),
            *(_heavy(facts, owner, needs) for owner in _heaviest(facts)),
            *(Evidence(f"{size(count)} that belong to no package", path) for path, count in facts.sizes.unowned[:3]),
        ),
        tuple(name_of(owner) for owner in _heaviest(facts)),
        (*_removals(facts, needs, limit), _raise_limit(total)),
    )


def _limit(facts: Facts, limit: int) -> Evidence:
    if facts.project.policy.max_size:
        return Evidence(f"max-size is {size(limit)}", facts.project.policy.path)
    return Evidence(f"the limit is {size(limit)}, as the project sets none")


def _shared(total: Size) -> Iterator[Evidence]:
    if total.shared:
        yield Evidence(f"{size(total.shared)} are hard links that a package cache or another environment keeps")


def _heaviest(facts: Facts) -> list[str]:
    packages = [owner for owner in facts.sizes.by_owner if owner]
    return sorted(packages, key=lambda owner: (-facts.sizes.by_owner[owner].total, owner))[:_NAMED]


def _heavy(facts: Facts, owner: str, needs: Graph) -> Evidence:
    above = [name_of(root) for root in brought_by(needs, owner) if root != owner]
    why = f", pulled in by {', '.join(above[:3])}" if above else ""
    more = f" and {len(above) - 3} more" if len(above) > 3 else ""
    return Evidence(f"{name_of(owner)}: {size(facts.sizes.by_owner[owner].total)}{why}{more}")


def _removals(facts: Facts, needs: Graph, limit: int) -> Iterator[Remedy]:
    """Packages that nobody needs and without which the environment is small enough: one, else several together."""
    imported = _imported(facts)
    needed_by = reversed_graph(needs)
    over = facts.sizes.total.total - limit
    freed: dict[str, tuple[set[str], int]] = {}
    for owner in facts.sizes.by_owner:
        if owner and name_of(owner) not in INDISPENSABLE and owner not in imported and not needed_by.get(owner):
            gone = spared(freed_by(needs, owner), imported, facts)
            if owner in gone:
                freed[owner] = gone, _room(facts, gone)
    heaviest = sorted(freed.items(), key=lambda item: (-item[1][1], item[0]))
    enough = [(owner, gone, count) for owner, (gone, count) in heaviest if count >= over]
    for owner, gone, count in enough[:_OFFERED]:
        others = f" and {several(len(gone) - 1, 'package')} that only it needs" if len(gone) > 1 else ""
        yield _removal(f"{name_of(owner)}{others}", name_of(owner), gone, count)
    if not enough:
        names: list[str] = []
        together: set[str] = set()
        for owner, (gone, count) in heaviest:
            if _room(facts, together) >= over or count < facts.sizes.total.total * _SHARE:
                break
            names.append(name_of(owner))
            together |= gone
        if _room(facts, together) >= over:
            others = f" and {several(len(together) - len(names), 'package')} that only they need"
            what = f"{', '.join(names)}{others if len(together) > len(names) else ''}"
            yield _removal(what, ", ".join(names), together, _room(facts, together))


def _room(facts: Facts, owners: set[str]) -> int:
    return sum(facts.sizes.by_owner.get(owner, Size()).total for owner in owners)


def _removal(what: str, imported: str, gone: set[str], count: int) -> Remedy:
    trade_off = f"Code that imports {imported} stops working in this environment."
    return Remedy(f"Remove {what}: {size(count)}", Safety.CAREFUL, uninstall(gone), trade_off)


def _imported(facts: Facts) -> set[str]:
    known = owners(facts)
    modules = set(facts.project.imports)
    return {
        known[dist.key]
        for dist in facts.distributions.installed
        if modules.intersection(dist.top_level) or dist.key.replace("-", "_") in modules
    }


def _raise_limit(total: Size) -> Remedy:
    unit, name = (1_000_000_000, "GB") if total.total > 1_000_000_000 else (1_000_000, "MB")
    enough = f"{(total.total // (5 * unit) + 1) * 5} {name}"
    text = f'Where this size is meant, set max-size = "{enough}" in [tool.envdoctor] of the project\'s pyproject.toml'
    return Remedy("Raise the limit", Safety.MANUAL, (Tell(text),))


def _sized(**gigabytes: float) -> Sizes:
    by_owner = {name.replace("__", ":").replace("_", "-"): Size(9, int(gb * 1e9)) for name, gb in gigabytes.items()}
    return Sizes(Size(9 * len(by_owner), sum(each.own for each in by_owner.values())), by_owner)


def examples() -> Iterator[Example]:
    """Above and below the default limit, and the project's own."""
    torch = distribution("torch", "2.9.1", requires=("nvidia-cublas-cu12==12.8.4.1",))
    cublas = distribution("nvidia-cublas-cu12", "12.8.4.1")
    spacy = distribution("spacy", "3.8.7", top_level=("spacy",))
    dists = (torch, cublas, spacy)
    big = _sized(torch=4, nvidia_cublas_cu12=5, spacy=2)
    yield Example("11 GB", environment(distributions=dists, sizes=big), ("demo",), Severity.WARNING)
    imports = {"torch": (Imported("train.py", 1),)}
    used = Project(True, "~/demo", imports=imports)
    yield Example("what is imported stays", environment(distributions=dists, sizes=big, project=used), ("demo",))
    yield Example("10 GB exactly", environment(distributions=dists, sizes=_sized(torch=5, nvidia_cublas_cu12=5)))
    more = Project(True, "~/demo", Policy("pyproject.toml", max_size=20_000_000_000))
    yield Example("the project allows it", environment(distributions=dists, sizes=big, project=more))
    less = Project(True, "~/demo", Policy("pyproject.toml", max_size=1_000_000_000))
    small = environment(distributions=dists, sizes=_sized(spacy=2), project=less)
    yield Example("the project allows less", small, ("demo",))
    mkl = environment(
        kind="conda",
        records=(record("mkl", "2024.2"), record("numpy", "2.1.0", depends=("mkl >=2024",))),
        sizes=Sizes(Size(10, 1_000_000_000, 11_000_000_000), {"conda:mkl": Size(5, 0, 11_000_000_000)}),
    )
    yield Example("mostly hard links", mkl, ("demo",))


CHECK = Check(
    "SIZ001",
    "oversized-environment",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("identity", "distributions", "conda", "sizes"),
    optional=("project",),
)
