"""Which distributions Python finds in an environment, and what they need of each other there and then."""

from __future__ import annotations

from doctor.facts import Distribution, Facts
from doctor.judgement.markers import Markers
from doctor.judgement.requirements import Requirement, parse

Visible = dict[str, list[Distribution]]
#: key -> (distribution, requirement of that name that holds for it)
Needs = dict[str, list[tuple[Distribution, Requirement]]]


def visible_distributions(facts: Facts) -> Visible:
    """The distributions that Python finds, by name: all copies in the first active folder that has the name."""
    rank = {folder.path: number for number, folder in enumerate(facts.identity.site_folders) if folder.active}
    found: Visible = {}
    for dist in facts.distributions.installed:
        here = rank.get(dist.site) if rank else 0
        if here is None:
            continue
        others = found.get(dist.key)
        if others is None or (rank and rank[others[0].site] > here):
            found[dist.key] = [dist]
        elif not rank or others[0].site == dist.site:
            others.append(dist)
    return found


def held_requirements(facts: Facts, visible: Visible) -> tuple[Needs, list[tuple[Distribution, str]]]:
    """What this environment's own distributions need, and the requirements that cannot be read."""
    markers = Markers(facts.identity.markers)
    sites = {folder.path for folder in facts.identity.site_folders if folder.kind == "environment"}
    own = {
        key: max(dists, key=lambda dist: dist.modified)
        for key, dists in visible.items()
        if not sites or dists[0].site in sites
    }
    extras: dict[str, frozenset[str]] = _extras_of_project(facts)
    needed: dict[str, list[Requirement]] = {}
    broken: dict[tuple[str, str], tuple[Distribution, str]] = {}
    pending = list(own)
    while pending:
        key = pending.pop()
        dist, wanted = own[key], extras.get(key, frozenset())
        held: list[Requirement] = []
        for text in dist.requires:
            if not wanted and "extra ==" in text and " or " not in text:
                continue  # an extra's requirement, and nobody asks for an extra
            requirement = parse(text)
            holds = None if requirement is None else markers.hold(requirement.marker, wanted)
            if requirement is None or holds is None:
                broken[key, text] = (dist, text)
            elif holds:
                held.append(requirement)
                known = extras.get(requirement.key, frozenset())
                if requirement.extras - known and requirement.key in own:
                    extras[requirement.key] = known | requirement.extras
                    pending.append(requirement.key)
        needed[key] = held
    needs: Needs = {}
    for key, requirements in needed.items():
        for requirement in requirements:
            needs.setdefault(requirement.key, []).append((own[key], requirement))
    return needs, [broken[place] for place in sorted(broken)]


def _extras_of_project(facts: Facts) -> dict[str, frozenset[str]]:
    """Extras that the project asks for here, where this is the project's own environment."""
    project, identity = facts.project, facts.identity
    if not project.present:
        return {}
    markers = Markers(identity.markers)
    inside = bool(project.root) and identity.prefix.startswith(project.root.rstrip("/") + "/")
    found: dict[str, frozenset[str]] = {}
    for specification in project.specifications:
        if inside or (specification.name and specification.name == identity.name):
            for asked in specification.asked:
                if asked.manager != "pip" or asked.group or "[" not in asked.text:
                    continue
                wanted = parse(asked.text)
                marker = asked.marker or (wanted.marker if wanted else "")
                if wanted and (not marker or markers.hold(marker) is True):
                    found[wanted.key] = found.get(wanted.key, frozenset()) | wanted.extras
    return found
