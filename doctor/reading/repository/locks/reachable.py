"""Says by whom each locked package is needed: always, or only for some groups, extras or members."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

#: (package, extra): the extra is empty for what the package needs in any case
Wanted = tuple[str, str]
#: what a package needs: for each of its extras, and "" for any case
Needs = Mapping[str, Mapping[str, tuple[Wanted, ...]]]


def needed_by(roots: Mapping[str, Iterable[Wanted]], needs: Needs) -> dict[str, tuple[str, ...]]:
    """Package -> the groups that lead to it, in order; none where the root of no name ("") leads to it."""
    found: dict[str, list[str]] = {}
    for group, wanted in roots.items():
        for package in _closure(wanted, needs):
            found.setdefault(package, []).append(group)
    return {package: () if "" in groups else tuple(groups) for package, groups in found.items()}


def _closure(wanted: Iterable[Wanted], needs: Needs) -> set[str]:
    pending = list(wanted)
    seen: set[Wanted] = set()
    while pending:
        step = pending.pop()
        if step in seen:
            continue
        seen.add(step)
        package, extra = step
        if extra:
            pending.append((package, ""))
        pending.extend(needs.get(package, {}).get(extra, ()))
    return {package for package, _ in seen}
